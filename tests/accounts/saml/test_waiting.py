"""What is remembered between the provider's POST and the browser's return, and how long."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import SamlMessage, SignIn
from accounts.refusals import SignInRefused
from accounts.saml import used, waiting
from accounts.saml.assertion import Assertion
from audit.housekeeping import keep_house
from tests.accounts.saml.conftest import Browser, Portal, refused
from tests.accounts.saml.idp import encoded, text_of


def assertion(name: str = "_a") -> Assertion:
    now = datetime.now(UTC)
    return Assertion(
        id=name,
        in_response_to="_r",
        name_id={"value": "alice@example.com"},
        session_index="_s",
        authenticated_at=now,
        usable_until=now + timedelta(minutes=5),
        attributes={"group": ["one", None]},
    )


@pytest.mark.django_db
def test_what_waits_comes_back_whole_and_once() -> None:
    kept = assertion()
    key = waiting.keep("corp", kept)
    assert waiting.fetch("corp", key) == kept
    with pytest.raises(SignInRefused, match="nothing waits"):
        waiting.fetch("corp", key)


@pytest.mark.django_db
def test_it_waits_for_its_own_door(portal: Portal) -> None:
    key = waiting.keep("corp", assertion())
    with pytest.raises(SignInRefused, match="nothing waits"):
        waiting.fetch("other", key)


@pytest.mark.django_db
def test_it_waits_two_minutes() -> None:
    key = waiting.keep("corp", assertion())
    SamlMessage.objects.update(waits_until=timezone.now())
    with pytest.raises(SignInRefused, match="nothing waits"):
        waiting.fetch("corp", key)


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "there"), [(-1, True), (0, False)])
def test_its_two_minutes_have_an_edge(monkeypatch: pytest.MonkeyPatch, seconds: int, there: object) -> None:
    start = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: start)
    key = waiting.keep("corp", assertion())
    monkeypatch.setattr(timezone, "now", lambda: start + timedelta(minutes=2, seconds=seconds))
    try:
        found = waiting.fetch("corp", key).id == "_a"
    except SignInRefused:
        found = False
    assert found is there


def rows(*names: str) -> list[object]:
    return list(SamlMessage.objects.filter(provider__in=names).order_by("pk").values())


@pytest.mark.django_db
def test_what_others_wait_for_is_not_touched() -> None:
    keys = {name: waiting.keep(name, assertion(f"_{name}")) for name in ("corp", "other", "third")}
    before = rows("other", "third")
    waiting.fetch("corp", keys["corp"])
    assert (rows("other", "third"), len(before)) == (before, 2)
    SamlMessage.objects.filter(provider="other").update(waits_until=timezone.now(), forget_at=timezone.now())
    before = rows("third")
    assert used.prune() == 1
    assert (rows("third"), rows("other")) == (before, [])
    assert waiting.fetch("third", keys["third"]).id == "_third"


@pytest.mark.django_db
def test_what_waits_under_a_key_that_is_gone_is_refused(settings: Any) -> None:
    key = waiting.keep("corp", assertion())
    settings.DAYPASS_ENCRYPTION_KEYS = "t2:" + "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI="
    with pytest.raises(SignInRefused, match="state: the key that sealed it is gone"):
        waiting.fetch("corp", key)


@pytest.mark.django_db
def test_an_answer_to_what_was_not_begun_here_is_refused(portal: Portal) -> None:
    browser = Browser()
    browser.start()
    session = browser.client.session
    session["socialaccount_states"] = {"made-elsewhere": [{}, time.time(), "corp"]}
    session.save()
    event = refused(browser.arrive(portal.idp.signed(browser.answer_to("made-elsewhere"))))
    assert (event.details["reason"], event.details["detail"]) == ("state", "not begun by this portal")


@pytest.mark.django_db
def test_the_same_name_of_another_provider_is_another_message() -> None:
    waiting.keep("corp", assertion())
    waiting.keep("other", assertion())
    with pytest.raises(SignInRefused, match="used before"):
        waiting.keep("corp", assertion())


@pytest.mark.django_db
def test_it_lies_sealed(portal: Portal) -> None:
    browser = Browser()
    message = portal.idp.signed(browser.said())
    answer = browser.post(message)
    kept = repr(list(SamlMessage.objects.values_list())) + repr(dict(browser.client.session.items()))
    secrets = ["alice", "AWS-Prod-Admin", answer.cookies["daypass_saml"].value, text_of(message), encoded(message)]
    assert [text for text in secrets if text in kept] == []
    browser.client.get(answer.headers["Location"])
    assert (SignIn.objects.count(), SamlMessage.objects.get().sealed) == (1, "")


@pytest.mark.django_db
def test_the_cookie_is_for_that_step_alone(portal: Portal, settings: object) -> None:
    browser = Browser()
    answer = browser.post(portal.idp.signed(browser.said()))
    cookie = answer.cookies["daypass_saml"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/accounts/saml/corp/acs/finish/", True, "Lax")
    assert (cookie["max-age"], len(cookie.value) >= 43) == (120, True)
    gone = browser.client.get(answer.headers["Location"]).cookies["daypass_saml"]
    assert (gone.value, gone["max-age"]) == ("", 0)


@pytest.mark.django_db
def test_a_message_is_forgotten_when_its_age_refuses_it() -> None:
    waiting.keep("corp", assertion("_old"))
    SamlMessage.objects.update(forget_at=timezone.now() - timedelta(seconds=1))
    key = waiting.keep("corp", assertion("_new"))
    assert (keep_house()["SAML messages"], SamlMessage.objects.count()) == (1, 1)
    assert waiting.fetch("corp", key).id == "_new"


@pytest.mark.django_db
def test_it_is_remembered_beyond_the_leeway() -> None:
    waiting.keep("corp", assertion())
    assert SamlMessage.objects.get().forget_at >= assertion().usable_until + timedelta(seconds=119)


@pytest.mark.django_db
def test_what_nobody_fetched_is_emptied() -> None:
    waiting.keep("corp", assertion())
    SamlMessage.objects.update(waits_until=timezone.now())
    used.prune()
    assert (SamlMessage.objects.get().sealed, SamlMessage.objects.get().handle) == ("", "")


@pytest.mark.lane("postgresql")
@pytest.mark.django_db(transaction=True)
def test_of_many_that_use_a_message_at_once_one_does() -> None:
    start = threading.Barrier(8)

    def work(_number: int) -> str:
        start.wait()
        try:
            waiting.keep("corp", assertion())
        except SignInRefused as refusal:
            return str(refusal.reason)
        finally:
            connections.close_all()
        return "used"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(8))) == [*["replay"] * 7, "used"]


@pytest.mark.lane("postgresql")
@pytest.mark.django_db(transaction=True)
def test_of_many_that_fetch_at_once_one_gets_it() -> None:
    start, key = threading.Barrier(8), waiting.keep("corp", assertion())

    def work(_number: int) -> bool:
        start.wait()
        try:
            return waiting.fetch("corp", key).id == "_a"
        except SignInRefused:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(8))) == [*[False] * 7, True]
