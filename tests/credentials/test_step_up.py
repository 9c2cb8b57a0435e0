"""A role that asks for more at the moment of issue: refused, led to confirm, and then given as it was wished for."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import SignIn
from accounts.unsent import unsent
from audit.models import Event
from credentials.issue import STEP_UP_REQUIRED, StepUpNeeded
from credentials.models import IssuedSession
from demo.aws.testing import RunningAws
from roles.models import Role
from tests.accounts.second_factor.conftest import code_at, give_app
from tests.conftest import PRODUCTION, SANDBOX, Browser, MakeRole
from tests.credentials.conftest import take
from tests.forms import forms_of

ROLE = f"{SANDBOX}/S3ReadOnly"
PAGE = f"/roles/{SANDBOX}/S3ReadOnly/"
FORM = {"duration": "7200", "profile": "my-profile", "region": "eu-west-1", "destination": "s3"}


@pytest.fixture
def asking(make_role: MakeRole) -> Role:
    """A role of Alice's that asks for a second factor of the last quarter of an hour."""
    return make_role("S3ReadOnly", "user:alice@example.com", max_duration=43200, step_up="second_factor")


@pytest.fixture
def page(alice: SignIn, browser: Browser) -> Client:
    return browser(alice)


def confirm(sign_in: SignIn, **ago: int) -> SignIn:
    sign_in.second_factor, sign_in.second_factor_at = SignIn.SecondFactor.TOTP, timezone.now() - timedelta(**ago)
    sign_in.save()
    return sign_in


def refused(sign_in: SignIn, role: Role) -> StepUpNeeded:
    with pytest.raises(StepUpNeeded) as caught:
        take(sign_in, role)
    return caught.value


def on_page(answer: Any) -> dict[str, Any]:
    form = answer.context["form"]
    return {name: str(form[name].value()) for name in FORM}


@pytest.mark.parametrize("minutes", [16, 60])
def test_what_is_too_old_is_refused_before_aws_is_asked(
    local_aws: RunningAws, asking: Role, alice: SignIn, minutes: int
) -> None:
    needed = refused(confirm(alice, minutes=minutes), asking)
    event = Event.objects.get(tag="credentials:session:refuse")
    assert (needed.refusal.slug, needed.refusal.status) == ("step-up", 403)
    assert needed.url == f"http://testserver{PAGE}step-up/"
    assert (event.reference, event.details["why"]) == (needed.reference, STEP_UP_REQUIRED)
    assert (IssuedSession.objects.count(), local_aws.calls()) == (0, [])


@pytest.mark.parametrize(
    "values", [{}, {"authentication_asserted": True}, {"second_factor": "recovery_code", "second_factor_at": "now"}]
)
def test_a_young_sign_in_or_a_recovery_code_is_no_second_factor(
    local_aws: RunningAws, asking: Role, alice: SignIn, values: dict[str, Any]
) -> None:
    for name, value in values.items():
        setattr(alice, name, timezone.now() if value == "now" else value)
    refused(alice, asking)
    assert local_aws.calls() == []


@pytest.mark.parametrize("asserted", [True, False])
def test_a_recent_sign_in_counts_only_as_its_provider_asserted_it(
    local_aws: RunningAws,
    make_role: MakeRole,
    alice: SignIn,
    asserted: bool,  # noqa: FBT001  # a table
) -> None:
    role = make_role("S3ReadOnly", "user:alice@example.com", step_up="recent_sign_in", step_up_minutes=5)
    alice.authentication_asserted = asserted
    if asserted:
        assert take(alice, role).session.state == "issued"
    else:
        refused(alice, role)
    alice.authenticated_at = timezone.now() - timedelta(minutes=6)
    refused(alice, role)


def test_each_refused_try_is_on_the_ledger(asking: Role, alice: SignIn) -> None:
    marks = {refused(alice, asking).reference for _ in range(3)}
    events = Event.objects.filter(tag="credentials:session:refuse")
    assert {(event.reference, event.details["why"]) for event in events} == {(m, STEP_UP_REQUIRED) for m in marks}


def test_a_confirmed_sign_in_takes_the_role(local_aws: RunningAws, asking: Role, alice: SignIn) -> None:
    assert take(confirm(alice, minutes=14), asking).session.state == "issued"


def test_strangers_learn_of_no_question(asking: Role, charlie: SignIn, browser: Browser) -> None:
    theirs = browser(charlie)
    answers = [theirs.get(f"{PAGE}step-up/"), theirs.post(f"{PAGE}credentials/", FORM)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert "step_up" not in str(Event.objects.get(tag="credentials:session:refuse").details)


def asked(page: Client, door: str) -> Any:
    """Send the form and be asked; return the page that asks."""
    answer = page.post(f"{PAGE}{door}/", {**FORM, "request_key": str(uuid4())}, follow=True)
    assert answer.context["ask"].what == "S3ReadOnly in Example Sandbox"
    assert answer.context["ask"].reference == Event.objects.latest("pk").reference
    return answer.context["ask"]


@pytest.mark.parametrize("door", ["credentials", "console"])
def test_whoever_confirms_for_it_is_given_what_they_wished_for(
    local_aws: RunningAws, asking: Role, alice: SignIn, page: Client, settings: Settings, door: str
) -> None:
    settings.DAYPASS_SIGNIN_ENDPOINT = local_aws.url
    ask, secret = asked(page, door), give_app(alice.user)
    assert page.post(f"{ask.address}code/", {"code": code_at(secret)}).headers["Location"] == ask.address
    going = page.get(ask.address)
    (form,) = [each for each in forms_of(going.content.decode()) if each.action != "/sign-out/"]
    assert (form.action, form.data.items() >= FORM.items()) == (f"{PAGE}{door}/", True)
    assert IssuedSession.objects.count() == 0
    assert page.post(form.action, form.data).status_code == 200
    assert (IssuedSession.objects.get().duration, IssuedSession.objects.get().delivery) == (7200, door)
    assert page.get(ask.address).headers["Location"] == PAGE  # it went on once
    assert on_page(page.get(PAGE))["duration"] != FORM["duration"]


@pytest.mark.parametrize(("door", "button"), [("credentials", "Get credentials"), ("console", "Open console")])
def test_whoever_confirmed_for_something_else_finds_the_form_as_they_left_it(
    asking: Role, alice: SignIn, page: Client, door: str, button: str
) -> None:
    ask = asked(page, door)
    confirm(alice)
    back = page.get(ask.address, follow=True)
    assert (back.redirect_chain[-1][0], on_page(back)) == (PAGE, FORM)
    primary = back.content.decode().split("button-primary")[1].split("</button>")[0]
    assert (button in primary, "autofocus" in primary) == (True, True)


def test_what_was_wished_goes_on_for_nobody_who_only_looks(asking: Role, alice: SignIn, page: Client) -> None:
    """A wrong code lets nothing go on, later either."""
    ask, _ = asked(page, "credentials"), give_app(alice.user)
    assert page.post(f"{ask.address}code/", {"code": "000000"}).status_code == 400
    confirm(alice)
    assert page.get(ask.address).headers["Location"] == PAGE


def test_the_reason_survives_without_what_looks_like_a_secret(make_role: MakeRole, page: Client) -> None:
    make_role("S3ReadOnly", "user:alice@example.com", step_up="second_factor", requires_reason=True)
    reason = "OPS-12 wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    page.post(f"{PAGE}credentials/", {**FORM, "reason": reason})
    assert page.get(PAGE).context["form"]["reason"].value() == "OPS-12 [masked]"
    assert "wJalr" not in str(dict(page.session))


def test_two_roles_in_two_tabs_lose_nothing_of_each_other(make_role: MakeRole, page: Client) -> None:
    for account, name in ((SANDBOX, "S3ReadOnly"), (PRODUCTION, "Auditor")):
        make_role(name, "user:alice@example.com", account=account, step_up="second_factor", max_duration=43200)
        page.post(f"/roles/{account}/{name}/credentials/", {**FORM, "profile": name})
    kept = [unsent(page.session, f"/roles/{key}/credentials/") for key in (ROLE, f"{PRODUCTION}/Auditor")]
    assert [each and each.data["profile"] for each in kept] == ["S3ReadOnly", "Auditor"]


def test_a_wish_is_forgotten_after_half_an_hour(asking: Role, page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page.post(f"{PAGE}credentials/", FORM)
    then = timezone.now().timestamp() + 1801
    monkeypatch.setattr("time.time", lambda: then)
    assert unsent(page.session, f"{PAGE}credentials/") is None


def test_a_form_that_is_wrong_asks_for_nothing_yet(asking: Role, page: Client) -> None:
    assert page.post(f"{PAGE}credentials/", {**FORM, "duration": "7"}).status_code == 400
    assert not Event.objects.filter(tag="credentials:session:refuse").exists()


def test_the_page_says_what_will_be_asked(asking: Role, alice: SignIn, page: Client) -> None:
    asked = "a passkey or an authenticator code, used within the last 15 minutes"
    assert page.get(PAGE).content.decode().count(f"This role asks for {asked}. You are asked for it next") == 1
    confirm(alice)
    assert "You are asked for it next" not in page.get(PAGE).content.decode()


def test_whoever_need_not_confirm_is_led_to_the_role(make_role: MakeRole, page: Client) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    assert page.get(f"{PAGE}step-up/").headers["Location"] == PAGE
