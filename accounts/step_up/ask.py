"""What somebody was asked to confirm, and where they go on: kept in their session, for half an hour.

It grants nothing. Whoever confirms has confirmed for their sign-in; the role looks at that when it is taken.
"""

import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.contrib.sessions.backends.base import SessionBase
from django.urls import reverse

from accounts.kept import keep, kept
from accounts.navigation import safe_next
from accounts.step_up.demand import Demand, Kind

NAME: Final = "step_up"
GOOD_FOR, MOST = 1800, 5  # seconds; open at once, for people with many tabs


@dataclass(frozen=True, kw_only=True)
class Ask:
    """``what`` is for what, in words; ``next`` is a path of the portal.

    ``own_factors`` tells that it is for changing the person's own second factors: there a recovery code will do, as
    it does for no role. ``reference`` is the mark of the refusal that led here. ``act`` is where a form waits to be
    sent on (accounts.unsent), and ``goes_on`` tells that the person confirms for just this.
    """

    id: str
    demand: Demand
    next: str
    what: str
    own_factors: bool = False
    reference: str = ""
    act: str = ""
    goes_on: bool = False

    @property
    def address(self) -> str:
        return reverse("accounts:step_up", args=[self.id])


def ask(
    session: SessionBase,
    *,
    demand: Demand,
    next_page: str,
    what: str,
    own_factors: bool = False,
    reference: str = "",
    act: str = "",
) -> Ask:
    """Remember what is asked and return it; ``address`` is the page that asks. The parameters are the fields of Ask."""
    made = {
        "id": secrets.token_urlsafe(9),
        "demand": asdict(demand),
        "next": next_page,
        "what": what,
        "own_factors": own_factors,
        "reference": reference,
        "act": act,
        "at": time.time(),
    }
    others = [each for each in _open(session) if each["next"] != next_page]
    keep(session, NAME, [*others, made][-MOST:])
    return _read(made)


def asked(session: SessionBase, ask_id: str) -> Ask | None:
    """Return what was asked under this id in this session; None when there is nothing, or no longer."""
    return next((_read(each) for each in _open(session) if each["id"] == ask_id), None)


def latest(session: SessionBase) -> Ask | None:
    """Return what was asked last, for whoever comes back from a detour that failed."""
    return next((_read(each) for each in reversed(_open(session))), None)


def let_go_on(session: SessionBase, ask_id: str) -> None:
    """Note that the person sets out to confirm this: what they wanted then goes on by itself."""
    _change(session, ask_id, goes_on=True)


def done(session: SessionBase, ask_id: str) -> None:
    """Let nothing go on by itself any more; whoever comes back to the page is still led to where they were going."""
    _change(session, ask_id, act="", goes_on=False)


def _change(session: SessionBase, ask_id: str, **values: Any) -> None:
    keep(session, NAME, [{**each, **values} if each["id"] == ask_id else each for each in _open(session)])


def _open(session: SessionBase) -> list[dict[str, Any]]:
    return [each for each in kept(session, NAME) or [] if time.time() - each["at"] <= GOOD_FOR]


def _read(each: dict[str, Any]) -> Ask:
    values = {name: value for name, value in each.items() if name != "at"}
    demand = Demand(Kind(each["demand"]["kind"]), each["demand"]["minutes"])
    return Ask(**{**values, "demand": demand, "next": safe_next(each["next"]) or "/"})
