"""What waits in a session of a form that was not acted on: little, not for long, and for nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.urls import resolve
from django.utils import timezone

from accounts.kept import KEY
from accounts.models import SignIn
from accounts.unsent import LONGEST, MOST, forget_unsent, is_waiting, keep_unsent, unsent
from demo.idp.testing import LocalIdps
from tests.accounts.conftest import Walk
from tests.conftest import SANDBOX, Browser, MakeRole

PAGE = f"/roles/{SANDBOX}/S3ReadOnly/"
TAKE = f"{PAGE}credentials/"
CHOSEN = {"duration": "900", "reason": "OPS-12: look", "profile": "mine", "region": "", "destination": "home"}


def posted(session: SessionStore, path: str = TAKE, **fields: Any) -> str:
    request = RequestFactory().post(path, fields)
    request.session, request.resolver_match = session, resolve(path)
    return keep_unsent(request)


@pytest.fixture
def session(db: None) -> SessionStore:
    return SessionStore()


def test_it_is_kept_with_all_values_of_a_name_and_without_the_token(session: SessionStore) -> None:
    assert posted(session, to=["a", "b"], csrfmiddlewaretoken="c") == TAKE
    found = unsent(session, TAKE)
    assert found
    assert (found.data.getlist("to"), found.pairs) == (["a", "b"], [("to", "a"), ("to", "b")])


def test_what_looks_like_a_secret_is_masked(session: SessionStore) -> None:
    posted(session, reason="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    found = unsent(session, TAKE)
    assert found
    assert found.data["reason"] == "[masked]"


@pytest.mark.parametrize(
    "path",
    ["/second-factors/app/", "/step-up/x/code/", "/step-up/x/recovery-code/", "/step-up/x/passkey/", "/break-glass/"],
)
def test_no_view_keeps_anything_that_does_not_say_so(session: SessionStore, path: str) -> None:
    assert (posted(session, path, code="123456"), is_waiting(session)) == ("", False)


@pytest.mark.parametrize(("length", "is_kept"), [(LONGEST - len("reason"), True), (LONGEST - len("reason") + 1, False)])
def test_a_form_has_its_bound(session: SessionStore, *, length: int, is_kept: bool) -> None:
    assert bool(posted(session, reason="r" * length)) is is_kept


def test_the_newest_few_wait(session: SessionStore) -> None:
    paths = [f"/roles/{SANDBOX}/Role{number}/credentials/" for number in range(MOST + 1)]
    for path in [*paths, paths[1]]:
        posted(session, path, reason=path)
    assert [bool(unsent(session, path)) for path in paths] == [False] + [True] * MOST
    assert getattr(unsent(session, *paths), "path", "") == paths[1]


@pytest.mark.parametrize(("seconds", "waits"), [(1800, True), (1801, False)])
def test_they_wait_for_half_an_hour(
    session: SessionStore, monkeypatch: pytest.MonkeyPatch, *, seconds: int, waits: bool
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)
    posted(session, reason="r")
    monkeypatch.setattr("time.time", lambda: 1_000_000.0 + seconds)
    assert (unsent(session, TAKE) is not None, is_waiting(session)) == (waits, waits)


def test_one_that_is_forgotten_takes_no_other_along(session: SessionStore) -> None:
    other = f"/roles/{SANDBOX}/Auditor/console/"
    for path in (TAKE, other):
        posted(session, path, reason="r")
    forget_unsent(session, TAKE)
    assert (unsent(session, TAKE), unsent(session, other) is not None) == (None, True)


# Whose it is


@pytest.fixture
def role(make_role: MakeRole) -> None:
    make_role("S3ReadOnly", "user:alice@example.com", "user:bob@example.com", requires_reason=True)


def come_back(client: Client) -> dict[str, str]:
    form = client.get(PAGE).context["form"]
    return {name: str(form[name].value() or "") for name in CHOSEN}


def end(walk: Walk) -> None:
    SignIn.objects.update(last_seen_at=timezone.now() - timedelta(days=1))


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize("is_met_by_this", [True, False])
def test_the_same_person_finds_it_after_signing_in_again(
    idps: LocalIdps, role: None, walk: Walk, headers: dict[str, str], *, is_met_by_this: bool
) -> None:
    """Whether the form itself was the first to meet the end, or a part of the page that was asked for before."""
    walk.sign_in("google")
    end(walk)
    if not is_met_by_this:
        walk.client.get("/", headers=headers)
    answer = walk.client.post(TAKE, CHOSEN, headers={"Referer": f"http://testserver{PAGE}", **headers})
    assert answer.headers["HX-Redirect" if headers else "Location"] == f"/sign-in/?next={PAGE.replace('/', '%2F')}"
    assert (
        walk.client.get("/sign-in/").context["notice"].title == "You were signed out after 30 minutes without activity."
    )
    walk.sign_in("google")
    assert come_back(walk.client) == CHOSEN


def test_nobody_else_finds_it(idps: LocalIdps, role: None, walk: Walk) -> None:
    walk.sign_in("google")
    end(walk)
    walk.client.post(TAKE, CHOSEN)
    walk.outside.cookies.clear()
    walk.sign_in("google", "bob")
    assert come_back(walk.client)["reason"] == ""
    assert "OPS-12" not in str([each.get_decoded() for each in Session.objects.all()])


def test_a_browser_in_which_nobodys_sign_in_ended_keeps_nothing(db: None) -> None:
    Client().post(TAKE, CHOSEN)
    assert Session.objects.count() == 0


def test_after_signing_out_nothing_is_kept(alice: SignIn, role: None, browser: Browser) -> None:
    client = browser(alice)
    client.post("/sign-out/")
    client.post(TAKE, CHOSEN)
    assert KEY not in client.session


def test_it_waits_no_longer_once_it_is_sent(idps: LocalIdps, role: None, walk: Walk) -> None:
    walk.sign_in("google")
    end(walk)
    walk.client.post(TAKE, CHOSEN)
    walk.sign_in("google")
    walk.client.post(TAKE, {**CHOSEN, "duration": "7"})  # refused, and answered with the form itself
    assert come_back(walk.client)["reason"] == ""
