"""My second factors, page by page, as a browser meets them."""

import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import SignIn
from accounts.second_factor.app import begin
from accounts.second_factor.recovery import new_codes
from audit.models import Event
from tests.accounts.second_factor.conftest import code_at, give_app, give_key, row, sent_on, wrong
from tests.accounts.second_factor.soft_key import SoftKey
from tests.conftest import Browser

Make = Callable[[SignIn], Client]


def events() -> list[tuple[str, Any]]:
    mine = Event.objects.filter(tag__startswith="accounts:second_factor:").order_by("pk")
    return [(event.tag.rpartition(":")[2], event.details.get("reason", event.details["kind"])) for event in mine]


def options_on(answer: Any) -> dict[str, Any]:
    found = re.search(r'<script id="passkey-options" type="application/json">(.*?)</script>', answer.content.decode())
    assert found
    options: dict[str, Any] = json.loads(found.group(1))
    return options


def secret_on(answer: Any) -> str:
    found = re.search(r'translate="no">([A-Z2-7 ]{39})<', answer.content.decode())
    assert found
    return found.group(1).replace(" ", "")


@pytest.fixture
def page(alice: SignIn, browser: Browser) -> Client:
    """Alice's browser, lately signed in."""
    return browser(alice)


@pytest.fixture
def proved(alice: SignIn, browser: Browser) -> Client:
    """Alice's browser, after she has used a factor."""
    SignIn.objects.filter(pk=alice.pk).update(second_factor="webauthn", second_factor_at=timezone.now())
    return browser(alice)


def test_a_wrong_code_adds_no_app(page: Client) -> None:
    secret = secret_on(page.get("/second-factors/app/"))
    answer = page.post("/second-factors/app/", {"code": wrong(secret)})
    assert (answer.status_code, Authenticator.objects.count()) == (400, 0)
    assert "That code is not right. Reference DP-" in answer.content.decode()
    assert secret_on(answer) == secret
    assert events() == [("refuse", "wrong_code")]


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_what_is_no_code_is_not_even_tried(page: Client, code: str) -> None:
    page.get("/second-factors/app/")
    assert page.post("/second-factors/app/", {"code": code}).status_code == 400
    assert events() == []


def test_a_right_code_adds_the_app_and_shows_recovery_codes_once(page: Client, alice: SignIn) -> None:
    secret = secret_on(page.get("/second-factors/app/"))
    answer = page.post("/second-factors/app/", {"code": code_at(secret)})
    assert len(re.findall(r"^\d{4} \d{4}$", re.sub(r"<[^>]*>", "\n", answer.content.decode()), re.MULTILINE)) == 10
    assert answer.headers["Cache-Control"] == "no-store"
    assert events() == [("add", "totp")]
    again = page.post("/second-factors/app/", {"code": code_at(secret)})
    assert (again.status_code, again.headers["Location"]) == (302, "/step-up/" + again.headers["Location"][9:])


def test_the_waiting_secret_stands_sealed_in_the_session(page: Client) -> None:
    secret = secret_on(page.get("/second-factors/app/"))
    assert secret_on(page.get("/second-factors/app/")) == secret
    assert secret not in json.dumps(dict(page.session))


def test_there_is_one_app_and_no_second(proved: Client, alice: SignIn) -> None:
    give_app(alice.user)
    for answer in (proved.get("/second-factors/app/"), proved.post("/second-factors/app/", {"code": "123456"})):
        assert (answer.status_code, answer.headers["Location"]) == (302, "/second-factors/")
    assert Authenticator.objects.count() == 1


def test_a_refused_passkey_is_not_kept(page: Client) -> None:
    options = options_on(page.get("/second-factors/passkey/"))
    forged = SoftKey(origin="https://elsewhere.example").create(options)
    answer = page.post("/second-factors/passkey/", {"name": "Laptop", "credential": json.dumps(forged)})
    assert (answer.status_code, Authenticator.objects.count()) == (400, 0)
    assert Event.objects.get(tag="accounts:second_factor:refuse").details == {
        "kind": "webauthn",
        "reason": "passkey_refused",
        "detail": "Invalid origin in CollectedClientData.",
    }


@pytest.mark.parametrize("credential", ["", "{", "[]", "7", "null", "[" * 15_000, "x" * 17_000])
def test_a_passkey_that_is_no_json_object_is_refused(page: Client, credential: str) -> None:
    page.get("/second-factors/passkey/")
    answer = page.post("/second-factors/passkey/", {"name": "Laptop", "credential": credential})
    assert (answer.status_code, events()) == (400, [("refuse", "passkey_refused")])


def test_a_passkey_is_kept_under_its_name_and_recovery_codes_come_with_it(page: Client, alice: SignIn) -> None:
    options = options_on(page.get("/second-factors/passkey/?next=/activity/"))
    answer = SoftKey().create(options)
    made = page.post("/second-factors/passkey/?next=/activity/", {"name": "Blue key", "credential": json.dumps(answer)})
    assert 'href="/activity/">I have kept them' in made.content.decode()
    assert row(alice.user, "webauthn").data["name"] == "Blue key"
    listed = page.get("/second-factors/").content.decode()
    assert ("Blue key" in listed, "10 left" in listed) == (True, True)


def test_a_second_factor_brings_no_second_sheet_of_codes(proved: Client, alice: SignIn) -> None:
    proved.post("/second-factors/app/", {"code": code_at(secret_on(proved.get("/second-factors/app/")))})
    response = SoftKey().create(options_on(proved.get("/second-factors/passkey/")))
    answer = proved.post("/second-factors/passkey/", {"name": "Key", "credential": json.dumps(response)})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/second-factors/")


def test_the_twenty_first_passkey_is_refused(proved: Client, alice: SignIn) -> None:
    give_key(alice)
    one = Authenticator.objects.get()
    for number in range(19):
        Authenticator.objects.create(user=alice.user, type="webauthn", data={**one.data, "name": str(number)})
    response = SoftKey().create(options_on(proved.get("/second-factors/passkey/")))
    proved.post("/second-factors/passkey/", {"name": "Key", "credential": json.dumps(response)})
    assert Authenticator.objects.count() == 20


@pytest.mark.parametrize("address", ["name/", "remove/"])
def test_anothers_factor_does_not_exist_for_me(
    page: Client, alice: SignIn, bob: SignIn, browser: Browser, address: str
) -> None:
    give_app(bob.user)
    theirs = row(bob.user, "totp")
    assert page.post(f"/second-factors/{theirs.pk}/{address}", {"name": "Mine"}).status_code == 404
    assert row(bob.user, "totp").data == theirs.data


def test_a_factor_is_renamed(proved: Client, alice: SignIn) -> None:
    give_key(alice)
    address = f"/second-factors/{row(alice.user, 'webauthn').pk}/name/"
    assert proved.get(address).status_code == 200
    assert [proved.post(address, {"name": name}).status_code for name in ("a\x00b", "x" * 61)] == [400, 400]
    assert [proved.post(address, {"name": name}).status_code for name in ("<b>Work</b>", "x" * 60)] == [302, 302]
    assert row(alice.user, "webauthn").data["name"] == "x" * 60
    assert proved.post(address, {"name": "<b>Work</b>"}).status_code == 302
    assert Event.objects.filter(tag="accounts:second_factor:rename").earliest("pk").details["before"] == "Laptop"
    assert "&lt;b&gt;Work&lt;/b&gt;" in proved.get("/second-factors/").content.decode()


def test_the_last_factor_takes_its_codes_along_and_what_it_proved(proved: Client, alice: SignIn) -> None:
    key = give_key(alice)
    proved.post("/second-factors/recovery-codes/")
    answer = proved.post(f"/second-factors/{row(alice.user, 'webauthn').pk}/remove/")
    assert (answer.status_code, Authenticator.objects.count(), key.count) == (302, 0, 0)
    alice.refresh_from_db()
    assert (alice.second_factor, alice.second_factor_at) == ("", None)
    assert events() == [("add", "recovery_code"), ("remove", "webauthn")]


def test_of_two_factors_the_other_stays_with_what_it_proved(proved: Client, alice: SignIn) -> None:
    give_key(alice)
    give_app(alice.user)
    proved.post(f"/second-factors/{row(alice.user, 'totp').pk}/remove/")
    alice.refresh_from_db()
    assert (alice.second_factor, Authenticator.objects.get().type) == ("webauthn", "webauthn")


def test_without_a_factor_there_are_no_recovery_codes(page: Client) -> None:
    assert page.post("/second-factors/recovery-codes/").status_code == 404


def test_tries_are_limited(page: Client, alice: SignIn) -> None:
    page.get("/second-factors/app/")
    answers = [page.post("/second-factors/app/", {"code": "12345"}).status_code for _ in range(21)]
    assert (set(answers[:20]), answers[20]) == ({400}, 429)
    assert Event.objects.filter(tag="accounts:limit:exceed").count() == 1


def test_no_page_leads_elsewhere(page: Client) -> None:
    for address in ("/second-factors/", "/second-factors/app/", "/second-factors/passkey/"):
        assert "evil" not in page.get(f"{address}?next=https://evil.example/").content.decode()


def test_signing_in_asks_for_no_second_factor(alice: SignIn, browser: Browser) -> None:
    give_app(alice.user)
    SignIn.objects.filter(pk=alice.pk).update(started_at=timezone.now() - timedelta(minutes=11))
    assert browser(alice).get("/").status_code == 200


@pytest.mark.parametrize(
    ("act", "sent", "done"),
    [("name", {"name": "My phone"}, "rename"), ("remove", {}, "remove"), ("", {}, "add")],
)
def test_what_was_sent_goes_on_once_a_factor_is_used(
    alice: SignIn, page: Client, act: str, sent: dict[str, str], done: str
) -> None:
    secret = give_app(alice.user)
    new_codes(alice.user)
    path = f"/second-factors/{row(alice.user, 'totp').pk}/{act}/" if act else "/second-factors/recovery-codes/"
    form = sent_on(page, page.post(path, sent).headers["Location"], secret)
    assert (form.action, {name: form.data[name] for name in sent}) == (path, sent)
    assert done not in [tag for tag, _ in events()]
    page.post(form.action, form.data)
    assert done in [tag for tag, _ in events()]


def test_where_passkeys_cannot_exist_none_is_kept(page: Client, settings: Settings) -> None:
    """The portal moved to an address without a name while the page was open."""
    options = options_on(page.get("/second-factors/passkey/"))
    settings.DAYPASS_BASE_URL = "https://192.0.2.1"
    answer = page.post("/second-factors/passkey/", {"name": "Key", "credential": json.dumps(SoftKey().create(options))})
    assert (answer.status_code, Authenticator.objects.count()) == (400, 0)
    assert events() == [("refuse", "passkey_refused")]
    assert Event.objects.latest("pk").details["detail"] == "passkeys need a host name"


@pytest.mark.parametrize(("seconds", "kept"), [(900, True), (901, False)])
def test_what_the_app_scanned_is_good_for_a_quarter_of_an_hour(
    session: SessionBase, alice: SignIn, monkeypatch: pytest.MonkeyPatch, seconds: int, *, kept: bool
) -> None:
    now = int(time.time())
    monkeypatch.setattr(time, "time", lambda: now)
    shown = begin(session, alice.user).secret
    monkeypatch.setattr(time, "time", lambda: now + seconds)
    assert (begin(session, alice.user).secret == shown) is kept
