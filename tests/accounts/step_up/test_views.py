"""Confirming by a factor: what is refused, what is written down, and where it leads."""

import json
import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import SignIn
from accounts.second_factor.recovery import new_codes
from accounts.step_up.ask import Ask
from accounts.step_up.demand import Demand
from accounts.step_up.ways import ways_for
from audit.models import Event
from tests.accounts.second_factor.conftest import code_at, give_app, give_key, row, wrong
from tests.accounts.second_factor.soft_key import SoftKey
from tests.accounts.second_factor.test_views import options_on
from tests.accounts.step_up.conftest import RECENT, SECOND, ask_of
from tests.conftest import Browser, Signed

pytestmark = pytest.mark.usefixtures("db")


def tags() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("tag", flat=True))


def confirmed(sign_in: SignIn) -> str:
    sign_in.refresh_from_db()
    return sign_in.second_factor if sign_in.second_factor_at else ""


def by_code(page: Client, ask: Ask, code: str, kind: str = "code") -> Any:
    name = "code" if kind == "code" else "recovery_code"
    return page.post(f"{ask.address}{kind}/", {name: code})


def by_key(page: Client, ask: Ask, key: SoftKey) -> Any:
    response = key.get(options_on(page.get(ask.address)))
    return page.post(f"{ask.address}passkey/", {"credential": json.dumps(response)})


@pytest.mark.parametrize("door", ["", "provider/", "passkey/", "code/", "recovery-code/"])
def test_an_unknown_question_is_no_page(page: Client, door: str) -> None:
    assert page.post(f"/step-up/unknown/{door}").status_code == (405 if door == "" else 404)
    assert page.get("/step-up/unknown/").status_code == 404


def test_a_stranger_is_led_to_the_sign_in_page(page: Client) -> None:
    answer = Client().get(ask_of(page).address)
    assert answer.headers["Location"].partition("?")[0] == "/sign-in/"


def test_a_wrong_code_confirms_nothing(page: Client, alice: SignIn) -> None:
    secret, ask = give_app(alice.user), ask_of(page)
    answer = by_code(page, ask, wrong(secret))
    event = Event.objects.get(tag="accounts:second_factor:refuse")
    assert (answer.status_code, confirmed(alice)) == (400, "")
    assert f"That code is not right. Reference {event.reference}." in answer.content.decode()
    assert (event.details, event.subject_id) == ({"kind": "totp", "reason": "wrong_code"}, str(alice.user_id))


def test_a_code_of_somebody_else_confirms_nothing(page: Client, alice: SignIn, bob: SignIn) -> None:
    give_app(alice.user)
    answer = by_code(page, ask_of(page), code_at(give_app(bob.user)))
    assert (answer.status_code, confirmed(alice), confirmed(bob)) == (400, "", "")


def test_after_five_wrong_codes_the_right_one_waits(page: Client, alice: SignIn) -> None:
    secret, ask = give_app(alice.user), ask_of(page)
    for _ in range(5):
        by_code(page, ask, wrong(secret))
    answer = by_code(page, ask, code_at(secret))
    assert re.search(r"Too many wrong codes were tried\. Wait until \d\d:\d\d UTC", answer.content.decode())
    assert (confirmed(alice), Event.objects.latest("pk").details["reason"]) == ("", "too_many_tries")


def test_a_code_does_not_confirm_twice(page: Client, alice: SignIn, browser: Browser) -> None:
    secret, other = give_app(alice.user), browser(alice)
    code = code_at(secret)
    assert by_code(page, ask_of(page), code).status_code == 302
    assert by_code(other, ask_of(other, RECENT), code).status_code == 400
    assert Event.objects.latest("pk").details["reason"] == "replayed_code"


@pytest.mark.parametrize("kind", ["totp", "webauthn"])
def test_a_recovery_code_opens_no_role(page: Client, alice: SignIn, kind: str) -> None:
    give_app(alice.user) if kind == "totp" else give_key(alice)
    codes, ask = new_codes(alice.user), ask_of(page)
    assert 'name="recovery_code"' not in page.get(ask.address).content.decode()
    assert (by_code(page, ask, codes[0], "recovery-code").status_code, confirmed(alice)) == (404, "")
    assert row(alice.user, "recovery_codes").data["used_mask"] == 0


def test_a_forged_passkey_confirms_nothing(page: Client, alice: SignIn) -> None:
    key, ask = give_key(alice), ask_of(page)
    key.origin = "https://elsewhere.example"
    answer = by_key(page, ask, key)
    assert (answer.status_code, confirmed(alice)) == (400, "")
    assert "That passkey was not accepted. Try again. Reference DP-" in answer.content.decode()
    assert Event.objects.latest("pk").details["reason"] == "passkey_refused"


def test_a_sign_in_that_ended_meanwhile_is_not_confirmed(page: Client, alice: SignIn) -> None:
    secret, ask = give_app(alice.user), ask_of(page)
    SignIn.objects.filter(pk=alice.pk).update(ended_at=timezone.now(), end_reason="by_administrator")
    answer = by_code(page, ask, code_at(secret))
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/sign-in/")
    assert confirmed(alice) == ""


def test_a_passkey_confirms_and_leads_on(page: Client, alice: SignIn) -> None:
    key, ask = give_key(alice), ask_of(page)
    before = page.session.session_key
    assert by_key(page, ask, key).headers["Location"] == ask.address
    assert page.get(ask.address).headers["Location"] == "/activity/"
    assert page.get(ask.address).headers["Location"] == "/activity/"  # whoever comes back to it, too
    assert (confirmed(alice), tags()) == ("webauthn", ["accounts:second_factor:use", "accounts:sign_in:step_up"])
    assert page.session.session_key != before
    event = Event.objects.latest("pk")
    assert (event.details, event.subject_id) == ({"by": "webauthn"}, str(alice.pk))


def test_a_code_confirms_however_it_is_grouped(page: Client, alice: SignIn) -> None:
    code = code_at(give_app(alice.user))
    assert by_code(page, ask_of(page), f" {code[:3]} {code[3:]} ").status_code == 302
    assert (confirmed(alice), row(alice.user, "totp").last_used_at is not None) == ("totp", True)


def test_one_persons_confirmation_is_only_this_sign_ins(page: Client, alice: SignIn) -> None:
    elsewhere = SignIn.objects.create(
        user=alice.user, provider="adfs", subject="a", authenticated_at=timezone.now(), expires_at=alice.expires_at
    )
    by_code(page, ask_of(page), code_at(give_app(alice.user)))
    assert (confirmed(alice), confirmed(elsewhere)) == ("totp", "")


def test_a_factor_is_its_persons_with_each_of_their_identities(
    alice: SignIn, signed_in: Signed, browser: Browser
) -> None:
    secret, linked = give_app(alice.user), signed_in("alice", provider="adfs")
    SignIn.objects.filter(pk=linked.pk).update(user=alice.user)
    by_adfs = browser(linked)
    assert by_code(by_adfs, ask_of(by_adfs), code_at(secret)).status_code == 302
    assert (confirmed(linked), confirmed(alice)) == ("totp", "")


def test_a_wrong_recovery_code_is_told_and_written_down(page: Client, alice: SignIn) -> None:
    codes = new_codes(alice.user)
    give_app(alice.user)
    wrong_one = next(code for code in ("11111111", "22222222") if code not in codes)
    answer = by_code(page, ask_of(page, SECOND, own_factors=True), wrong_one, "recovery-code")
    event = Event.objects.get(tag="accounts:second_factor:refuse")
    assert (event.details["kind"], event.details["reason"]) == ("recovery_code", "wrong_code")
    assert f"That code is not right. Reference {event.reference}" in answer.content.decode()
    assert (answer.status_code, confirmed(alice)) == (400, "")


def test_a_recovery_code_lets_its_owner_change_their_factors(page: Client, alice: SignIn) -> None:
    give_app(alice.user)
    codes = new_codes(alice.user)
    SignIn.objects.update(started_at=timezone.now() - timedelta(minutes=11))
    address = page.get("/second-factors/passkey/").headers["Location"]
    answer = page.post(f"{address}recovery-code/", {"recovery_code": codes[0]})
    assert (answer.headers["Location"], confirmed(alice)) == (address, "recovery_code")
    assert page.get(address).headers["Location"] == "/second-factors/passkey/"
    assert page.get("/second-factors/passkey/").status_code == 200


def test_whoever_has_no_factor_is_led_to_set_one_up_and_back(page: Client) -> None:
    ask = ask_of(page, SECOND)
    content = page.get(ask.address).content.decode()
    assert f'href="/second-factors/?next={ask.address.replace("/", "%2F")}"' in content
    assert "Set up a second factor" in content


def test_a_provider_that_cannot_be_asked_says_so(page: Client, alice: SignIn) -> None:
    give_app(alice.user)
    content = page.get(ask_of(page, RECENT).address).content.decode()
    assert "cannot ask you again and say so" in content
    assert page.post(f"{ask_of(page, RECENT).address}provider/").status_code == 404


def test_whoever_has_confirmed_is_not_asked(page: Client, alice: SignIn) -> None:
    SignIn.objects.update(second_factor="totp", second_factor_at=timezone.now())
    assert page.get(ask_of(page).address).headers["Location"] == "/activity/"


def test_a_second_try_of_a_used_answer_is_refused(page: Client, alice: SignIn) -> None:
    key, ask = give_key(alice), ask_of(page)
    response = key.get(options_on(page.get(ask.address)))
    first, second = (page.post(f"{ask.address}passkey/", {"credential": json.dumps(response)}) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 400)


def test_tries_are_limited(page: Client, alice: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    ask, now = ask_of(page), time.time()
    monkeypatch.setattr("time.time", lambda: now)
    answers = [by_code(page, ask, "12345").status_code for _ in range(21)]
    assert (set(answers[:20]), answers[20]) == ({400}, 429)


@pytest.mark.parametrize(("provider", "path"), [("break-glass", "/break-glass/"), ("google", "/sign-in/")])
def test_a_sign_in_begins_anew_where_it_began(page: Client, alice: SignIn, provider: str, path: str) -> None:
    alice.provider = provider
    assert ways_for(alice, ask_of(page, RECENT, own_factors=True)).sign_in_again.partition("?")[0] == path


@pytest.mark.parametrize(("demand", "own"), [(RECENT, False), (SECOND, True)])
def test_elsewhere_nobody_is_told_to_sign_in_again(page: Client, alice: SignIn, demand: Demand, *, own: bool) -> None:
    assert ways_for(alice, ask_of(page, demand, own_factors=own)).sign_in_again == ""
