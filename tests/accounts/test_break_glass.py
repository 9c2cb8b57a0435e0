import time
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import SignIn, User
from audit.models import Event
from tests.accounts.conftest import Answer
from tests.conftest import Browser

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-pass-phrase-of-words"
PAGE = "/break-glass/"


@pytest.fixture(autouse=True)
def _administrator(settings: Settings) -> None:
    settings.DAYPASS_BREAK_GLASS = True
    user = User(username="break-glass:administrator", name="Break-glass administrator")
    user.set_password(PASSWORD)
    user.save()


def try_in(client: Client, username: str = "administrator", password: str = PASSWORD, **extra: Any) -> Answer:
    return client.post(PAGE, {"username": username, "password": password}, **extra)


def test_it_does_not_exist_while_it_is_off(settings: Settings) -> None:
    settings.DAYPASS_BREAK_GLASS = False
    assert (Client().get(PAGE).status_code, try_in(Client()).status_code) == (404, 404)
    assert authenticate(None, username="administrator", password=PASSWORD) is None
    assert Client().get("/sign-in/").context["break_glass"] is False


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("administrator", "wrong"),
        ("somebody", PASSWORD),
        ("break-glass:administrator", PASSWORD),
        ("ADMINISTRATOR", PASSWORD),
        ("administrator", f"{PASSWORD} "),
        ("google:alice", ""),
    ],
)
def test_a_wrong_word_is_refused_and_remembered(username: str, password: str) -> None:
    client = Client()
    answer = try_in(client, username, password or "x")
    event = Event.objects.get()
    assert (answer.status_code, event.tag) == (403, "accounts:break_glass:refuse")
    known = username if username == "administrator" else ""  # what else was typed may be a password
    assert event.details == {"reason": "password", "name": known}
    assert event.reference in answer.content.decode()
    assert (client.get("/sign-ins/").status_code, SignIn.objects.count()) == (302, 0)


def test_a_person_who_may_not_sign_in_is_refused() -> None:
    User.objects.update(is_active=False)
    assert try_in(Client()).status_code == 403


def test_other_people_have_no_password(alice: SignIn) -> None:
    alice.user.set_password(PASSWORD)
    alice.user.save()
    assert try_in(Client(), alice.user.username).status_code == 403
    assert try_in(Client(), "alice").status_code == 403


def test_the_right_words_open_for_an_hour_without_principals() -> None:
    client = Client()
    answer = try_in(client)
    sign_in = SignIn.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert (sign_in.provider, sign_in.principals, sign_in.email, sign_in.web_identity_token) == (
        "break-glass",
        [],
        "",
        "",
    )
    assert sign_in.expires_at - sign_in.started_at == timedelta(hours=1)
    assert client.get("/sign-ins/").context["person"].label == "Break-glass administrator"
    assert Event.objects.get().tag == "accounts:break_glass:use"


def test_an_hour_is_the_end(browser: Browser) -> None:
    client = Client()
    try_in(client)
    SignIn.objects.update(expires_at=timezone.now())
    assert client.get("/sign-ins/").status_code == 302


def test_switching_it_off_ends_what_it_let_in(settings: Settings) -> None:
    client = Client()
    try_in(client)
    settings.DAYPASS_BREAK_GLASS = False
    assert client.get("/sign-ins/").status_code == 302


def test_it_takes_a_new_session_and_ends_the_old_sign_in(alice: SignIn, browser: Browser) -> None:
    client = browser(alice)
    old = str(client.session.session_key)
    try_in(client)
    alice.refresh_from_db()
    assert alice.end_reason == "replaced"
    assert not client.session.exists(old)


def test_guessing_is_slowed_by_address_and_the_ledger_is_not_flooded() -> None:
    answers = [try_in(Client(), password="wrong").status_code for _ in range(8)]
    assert answers == [403] * 5 + [429] * 3
    assert try_in(Client()).status_code == 429
    tags = list(Event.objects.order_by("pk").values_list("tag", flat=True))
    assert tags == ["accounts:break_glass:refuse"] * 5 + ["accounts:limit:exceed"]


def test_guessing_by_the_hour_is_slowed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    now = int(time.time())
    answers = []
    for minute in range(7):
        monkeypatch.setattr("accounts.limits.time.time", lambda minute=minute: now + 60 * minute)
        answers += [try_in(Client(), password="wrong").status_code for _ in range(5)]
    assert answers == [403] * 30 + [429] * 5


def test_guessing_from_many_addresses_is_told_once_and_locks_nobody_out() -> None:
    answers = [try_in(Client(), password="wrong", REMOTE_ADDR=f"192.0.2.{n}").status_code for n in range(33)]
    event = Event.objects.get(tag="accounts:limit:exceed")
    assert answers == [403] * 33
    assert (event.subject_id, event.details["by"]) == ("break_glass_name", "name")
    assert try_in(Client(), REMOTE_ADDR="198.51.100.7").status_code == 302


def test_a_forged_address_does_not_help() -> None:
    answers = [try_in(Client(), password="x", HTTP_X_FORWARDED_FOR=f"192.0.2.{n}").status_code for n in range(6)]
    assert answers == [403] * 5 + [429]


def test_a_name_that_is_none_costs_the_same_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    monkeypatch.setattr("accounts.backends.make_password", hashed.append)
    authenticate(None, username="nobody", password="guess")
    assert hashed == ["guess"]


def asked(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    waiting = list(answers)
    monkeypatch.setattr("accounts.management.commands.break_glass_password.getpass", lambda _prompt: waiting.pop(0))


def test_the_command_sets_the_password_and_ends_sign_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    try_in(client)
    asked(monkeypatch, "another-long-pass-phrase", "another-long-pass-phrase")
    call_command("break_glass_password", stdout=StringIO())
    assert client.get("/sign-ins/").status_code == 302
    assert try_in(Client()).status_code == 403
    assert try_in(Client(), password="another-long-pass-phrase").status_code == 302


@pytest.mark.parametrize("answers", [["short", "short"], ["a-long-pass-phrase", "another"]])
def test_the_command_refuses_a_weak_or_mistyped_password(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
    asked(monkeypatch, *answers)
    with pytest.raises(CommandError):
        call_command("break_glass_password", stdout=StringIO())
    assert try_in(Client()).status_code == 302


def test_the_command_without_a_terminal_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())
    monkeypatch.setattr("accounts.management.commands.break_glass_password.getpass", lambda prompt: input(prompt))
    with pytest.raises(CommandError, match=r"^No password was typed\. Start this in a terminal\.$"):
        call_command("break_glass_password", stdout=StringIO())


def test_the_command_takes_no_password_as_an_argument() -> None:
    with pytest.raises((CommandError, TypeError)):
        call_command("break_glass_password", "--password", "a-long-pass-phrase", stdout=StringIO())


@pytest.mark.parametrize("name", ["", "two words", "a:b", "x" * 101])
def test_the_command_refuses_what_is_no_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    asked(monkeypatch, "another-long-pass-phrase", "another-long-pass-phrase")
    with pytest.raises(CommandError, match=r"^Choose a name of letters and digits\.$"):
        call_command("break_glass_password", "--name", name, stdout=StringIO())
    assert User.objects.get().check_password(PASSWORD)


def test_the_command_takes_a_name_of_a_hundred_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch, "another-long-pass-phrase", "another-long-pass-phrase")
    call_command("break_glass_password", "--name", "x" * 100, stdout=StringIO())
    assert try_in(Client(), "x" * 100, "another-long-pass-phrase").status_code == 302
    assert User.objects.get(username="break-glass:administrator").check_password(PASSWORD)
