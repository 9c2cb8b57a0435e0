"""What a browser set out for when it was sent to an identity provider, and under which sign-in.

Every protocol keeps it in allauth's state, which stands in the browser's session and is good once: who comes back is
who set out, and for nothing else.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from django.utils import timezone

from accounts.navigation import safe_next
from accounts.refusals import SignInRefused


class Purpose(StrEnum):
    SIGN_IN = "sign_in"
    STEP_UP = "step_up"
    LINK = "link"
    TRY = "try"


@dataclass(frozen=True, kw_only=True)
class Journey:
    """One trip to a provider. ``began_at`` is seconds since 1970.

    ``next`` is a path of the portal. ``sign_in`` is the id of the sign-in that set out, empty for a stranger.
    ``max_age`` (seconds) asks the provider to authenticate the person again unless it did so that recently.
    """

    purpose: Purpose = Purpose.SIGN_IN
    next: str = ""
    sign_in: str = ""
    max_age: int | None = None
    began_at: float = field(default_factory=lambda: timezone.now().timestamp())

    def as_state(self) -> dict[str, Any]:
        return {"journey": asdict(self)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Journey":
        """Return the journey of a state that this portal wrote; the session signs nothing, so addresses are checked."""
        kept = state["journey"]
        return cls(**{**kept, "purpose": Purpose(kept["purpose"]), "next": safe_next(kept["next"])})


@contextmanager
def on(journey: Journey) -> Iterator[None]:
    """Let every refusal in this block know what the browser had set out for: it is answered accordingly."""
    try:
        yield
    except SignInRefused as refusal:
        refusal.journey = journey
        raise
