"""Forms that were sent and not acted on: their sender must confirm first that it is them, or sign in again.

What they typed waits in their session for half an hour: the form's page shows it again, and after a confirmation it is
sent on (accounts.step_up). Only views that say so keep anything: nothing secret is typed there.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, QueryDict

from accounts.kept import keep, kept
from audit.record import cleanse

NAME: Final = "unsent"
GOOD_FOR, MOST = 1800, 5  # seconds; forms at once, for people with many tabs
LONGEST: Final = 20_000  # characters of one form: the largest of the administration, and no stranger's novel
NOT_TYPED: Final = {"csrfmiddlewaretoken"}
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Unsent:
    """``path`` is where it was sent; ``fields`` hold all values of each name."""

    path: str
    fields: Mapping[str, list[str]]

    @property
    def data(self) -> QueryDict:
        """Return it as it came, for a form that shows it again."""
        made = QueryDict(mutable=True)
        for name, values in self.fields.items():
            made.setlist(name, list(values))
        return made

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Return it as a page sends it on, in hidden fields."""
        return [(name, value) for name, values in self.fields.items() for value in values]


def keeps_what_is_typed(view: View) -> View:
    """Mark a view: what is posted to it may wait in the session of whoever must confirm or sign in first."""
    view.keeps_what_is_typed = True  # type: ignore[attr-defined]  # a mark that keep_unsent reads
    return view


def keep_unsent(request: HttpRequest) -> str:
    """Keep the form of this request, if its view lets it; return its path, "" if nothing is kept."""
    view = request.resolver_match.func if request.resolver_match else None
    fields = {name: values for name, values in request.POST.lists() if name not in NOT_TYPED}
    length = sum(len(name) + sum(map(len, values)) for name, values in fields.items())
    if request.method != "POST" or length > LONGEST or not getattr(view, "keeps_what_is_typed", False):
        return ""
    made = {"path": request.path, "fields": cleanse(fields), "at": time.time()}
    _write(request.session, [*_others(request.session, request.path), made])
    return request.path


def unsent(session: SessionBase, *paths: str) -> Unsent | None:
    """Return the form that waits for one of these addresses, the newest if there are several."""
    found = next((each for each in reversed(_alive(session)) if each["path"] in paths), None)
    return Unsent(found["path"], found["fields"]) if found else None


def is_waiting(session: SessionBase) -> bool:
    """Tell whether anything that was typed waits here."""
    return bool(_alive(session))


def forget_unsent(session: SessionBase, path: str) -> None:
    """Drop the form that waits for this address: it has been sent again."""
    if unsent(session, path):
        _write(session, _others(session, path))


def _others(session: SessionBase, path: str) -> list[dict[str, Any]]:
    return [each for each in _alive(session) if each["path"] != path]


def _alive(session: SessionBase) -> list[dict[str, Any]]:
    return [each for each in kept(session, NAME) or [] if time.time() - each["at"] <= GOOD_FOR]


def _write(session: SessionBase, forms: list[dict[str, Any]]) -> None:
    keep(session, NAME, forms[-MOST:])
