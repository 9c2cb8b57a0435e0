"""What a trial brought, cut and without anything secret, so that a session can hold it until its page is shown."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone

from accounts.sessions import current_sign_in
from audit.record import cleanse
from portal.texts import plain

KEY: Final = "provider_trial"
LASTS = timedelta(minutes=10)
MOST_CLAIMS, LONGEST_NAME, LONGEST_CLAIM, MOST_GROUPS = 60, 120, 2000, 300
# Claims of whatever provider whose value opens something, or might.
SECRET: Final = ("token", "secret", "password", "code", "nonce", "_hash")


@dataclass(frozen=True)
class Outcome:
    """``reason`` is "" for a trial that would have signed somebody in; ``sign_in`` is the administrator's own.

    ``person`` says who this is to the portal, ``notes`` what else is worth knowing of a trial that went well.
    """

    provider: str
    reference: str
    sign_in: str
    until: float
    reason: str = ""
    detail: str = ""
    email: str = ""
    name: str = ""
    subject: str = ""
    person: str = ""
    principals: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    groups_problem: str = ""
    groups_detail: str = ""
    claims: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def would_be_let_in(self) -> bool:
        return not self.reason


def keep(request: HttpRequest, outcome: Outcome) -> None:
    request.session[KEY] = asdict(outcome)


def kept(request: HttpRequest) -> Outcome | None:
    """Return the last trial of this very sign-in, for ten minutes."""
    found, mine = request.session.get(KEY), current_sign_in(request)
    if not found or mine is None:
        return None
    outcome = Outcome(**{**found, **{name: _tuple(found[name]) for name in TUPLES}})
    lasts = outcome.until > timezone.now().timestamp()
    return outcome if lasts and outcome.sign_in == str(mine.pk) else None


TUPLES: Final = ("principals", "groups", "claims", "notes")


def _tuple(value: list[Any]) -> tuple[Any, ...]:
    return tuple(tuple(item) if isinstance(item, list) else item for item in value)


def shown_claims(asserted: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the claims as text, in order of their names, cut, with every secret masked; templates escape the rest."""
    names = sorted(str(name) for name in asserted)[:MOST_CLAIMS]
    return tuple((name[:LONGEST_NAME], shown(name, asserted[name])) for name in names if name in asserted)


def shown(name: str, value: object) -> str:
    if any(part in name.lower() for part in SECRET):
        return "[masked]"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    clean = plain(str(cleanse(text)), instead="\ufffd")
    return clean if len(clean) <= LONGEST_CLAIM else f"{clean[:LONGEST_CLAIM]}… ({len(clean)} characters)"
