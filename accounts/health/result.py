"""What a look at a provider found, as values that a row of JSON can keep."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Document:
    """Something that a provider publishes. ``good_at`` is when it last came and made sense; ``problem`` is "" then."""

    what: str
    note: str = ""
    good_at: datetime | None = None
    problem: str = ""


@dataclass(frozen=True)
class Certificate:
    """``signing`` ones vouch for what people bring, ``tls`` for the connection, ``ours`` is this portal's own."""

    use: str
    name: str
    until: datetime


@dataclass(frozen=True)
class Clock:
    """How many seconds the provider's clock is ahead of ours, give or take ``within`` seconds."""

    ahead: float
    within: float

    @property
    def surely(self) -> float:
        """Return how far apart the clocks are at least."""
        return max(0.0, abs(self.ahead) - self.within)

    @property
    def words(self) -> str:
        """Return the difference as a page says it; less than is known for certain is none."""
        if not self.surely:
            return "In step with ours"
        return f"{abs(self.ahead):.0f} s {'ahead of' if self.ahead > 0 else 'behind'} ours"


@dataclass(frozen=True)
class Result:
    """``renewals`` counts by outcome how the last 24 hours' refreshes of sign-ins went."""

    documents: tuple[Document, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    clock: Clock | None = None
    seconds: float | None = None
    renewals: Mapping[str, int] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """Return the first thing that did not come, or made no sense; "" when all is well."""
        return next((document.problem for document in self.documents if document.problem), "")

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = _plain(asdict(self))
        return found

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Result":
        return cls(
            documents=tuple(
                Document(**{**item, "good_at": _moment(item["good_at"])}) for item in kept.get("documents", ())
            ),
            certificates=tuple(
                Certificate(item["use"], item["name"], datetime.fromisoformat(item["until"]))
                for item in kept.get("certificates", ())
            ),
            clock=Clock(**kept["clock"]) if kept.get("clock") else None,
            seconds=kept.get("seconds"),
            renewals=dict(kept.get("renewals", {})),
        )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
