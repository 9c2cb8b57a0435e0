"""The page of the providers: quick whatever they do, read by auditors, acted on by administrators."""

import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.health.check import check
from accounts.health.models import ProviderCheck
from accounts.health.page import shown_providers
from accounts.health.result import Certificate, Document, Result
from accounts.health.result import Clock as Ahead
from accounts.models import SignIn
from audit.models import Event
from audit.record import DAYPASS, record
from audit.tags import Tag
from demo.idp.testing import LocalIdps
from roles.backends import GRANTED
from roles.models import PortalRoleMapping
from tests.conftest import Browser, Clock, Signed

pytestmark = pytest.mark.django_db
PAGE = "/admin/accounts/providercheck/"


@pytest.fixture
def erin(signed_in: Signed, browser: Browser, settings: Settings) -> Client:
    settings.DAYPASS_ADMINISTRATORS = ["user:erin@example.com"]
    return browser(signed_in("erin"))


def found(slug: str, *, minutes_ago: int = 1, **values: object) -> None:
    """Let the last look have found this."""
    at = timezone.now() - timedelta(minutes=minutes_ago)
    result = Result(**values).as_json()  # type: ignore[arg-type]  # a test's own values
    ProviderCheck.objects.create(provider=slug, checked_at=at, due_at=timezone.now(), result=result)


def states() -> dict[str, str]:
    return {each.provider.slug: str(each.state) for each in shown_providers()}


def test_without_providers_it_says_what_to_do(erin: Client) -> None:
    page = erin.get(PAGE).content.decode()
    assert "No identity provider is set up" in page
    assert "DAYPASS_PROVIDERS" in page


def test_before_the_first_look_nothing_is_claimed(idps: LocalIdps, erin: Client) -> None:
    assert states() == {"google": "unknown", "adfs": "unknown"}
    assert erin.get(PAGE).content.decode().count("Not looked at yet") == 2


def test_what_was_found_is_shown(idps: LocalIdps, erin: Client) -> None:
    check("adfs")
    page = erin.get(PAGE).content.decode()
    assert [text in page for text in ("Working", "Signing certificate", "In step with ours", "1 key")] == [True] * 4
    assert states()["adfs"] == "working"


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"documents": (Document("Keys", problem="publishes no usable keys"),)}, "failing"),
        ({"clock": Ahead(-90.0, 0.5)}, "failing"),
        ({"clock": Ahead(45.0, 0.5)}, "attention"),
        ({"certificates": (Certificate("signing", "CN=x", timezone.now() + timedelta(days=12)),)}, "attention"),
        ({"clock": Ahead(1.0, 0.5)}, "working"),
        ({"minutes_ago": 31}, "attention"),
    ],
)
def test_the_state_follows_from_what_was_found(idps: LocalIdps, values: dict[str, object], state: str) -> None:
    found("adfs", **values)  # type: ignore[arg-type]  # by name
    assert states()["adfs"] == state


def test_nobody_looked_for_half_an_hour(idps: LocalIdps, clock: Clock) -> None:
    found("adfs", minutes_ago=30)
    assert states()["adfs"] == "working"
    clock.forward(seconds=1)
    assert states()["adfs"] == "attention"


def test_the_last_sign_in_and_the_refusals_are_each_providers_own(
    idps: LocalIdps, erin: Client, signed_in: Signed
) -> None:
    alice = signed_in("alice", provider="adfs")
    for number in range(7):
        record(Tag.SIGN_IN_REFUSE, actor=DAYPASS, provider="adfs", reason="state", reference=f"DP-{number}")
    google, adfs = shown_providers()
    assert (adfs.latest, adfs.today) == (alice, 1)
    assert [event.reference for event in adfs.errors] == ["DP-6", "DP-5", "DP-4", "DP-3", "DP-2"]
    assert (google.errors, google.latest is not None) == ([], True)
    assert 'href="/audit/events/?reference=DP-6"' in erin.get(PAGE).content.decode()


def test_no_provider_is_asked_while_the_page_is_made(idps: LocalIdps, erin: Client, asked: list[str]) -> None:
    for idp in (idps.google, idps.adfs):
        idp.fault(discovery={"delay": 5}, jwks={"delay": 5}, times=9)
    began = time.monotonic()
    assert erin.get(PAGE).status_code == 200
    assert (asked, time.monotonic() - began < 2) == ([], True)


def test_a_look_can_be_asked_for_and_the_page_comes_back_for_it(idps: LocalIdps, erin: Client) -> None:
    assert erin.post(f"{PAGE}adfs/check/").headers["Location"] == PAGE
    page = erin.get(PAGE)
    assert ("Looking now" in page.content.decode(), page.headers["Refresh"]) == (True, "3")
    check("adfs")
    page = erin.get(PAGE)
    assert ("Looking now" in page.content.decode(), "Refresh" in page.headers) == (False, False)


def test_asking_again_and_again_is_slowed(idps: LocalIdps, erin: Client) -> None:
    answers = [erin.post(f"{PAGE}adfs/check/").status_code for _ in range(7)]
    assert answers == [302] * 6 + [429]
    assert Event.objects.get(tag="accounts:limit:exceed").subject_id == "provider_check"


def test_a_broker_that_is_down_is_told_and_the_look_waits(
    idps: LocalIdps, erin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kombu.exceptions import OperationalError

    def down(*_args: object) -> None:
        raise OperationalError

    monkeypatch.setattr("accounts.health.admin.check_provider.delay", down)
    page = erin.post(f"{PAGE}adfs/check/", follow=True).content.decode()
    assert "The broker does not answer" in page
    assert ProviderCheck.objects.get().due_at <= timezone.now()


@pytest.mark.parametrize(("who", "status"), [("charlie", 404), ("audrey", 403)])
def test_auditors_read_and_do_not_act(
    idps: LocalIdps, erin: Client, signed_in: Signed, browser: Browser, who: str, status: int
) -> None:
    PortalRoleMapping.objects.create(principal="user:audrey@example.com", portal_role="auditor")
    client = browser(signed_in(who))
    page = client.get(PAGE)
    assert page.status_code == (200 if who == "audrey" else 404)
    assert "Check now" not in page.content.decode()
    assert [client.post(f"{PAGE}adfs/{act}/").status_code for act in ("check", "try")] == [status, status]
    assert ProviderCheck.objects.count() == 0


def test_an_act_is_a_form_of_ours_on_a_provider_that_exists(idps: LocalIdps, erin: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = erin.cookies
    assert strict.post(f"{PAGE}adfs/check/").status_code == 403
    assert (erin.get(f"{PAGE}adfs/check/").status_code, erin.post(f"{PAGE}nowhere/check/").status_code) == (405, 404)


def test_it_costs_the_same_whatever_stands_on_the_ledger(
    idps: LocalIdps, alice: SignIn, django_assert_num_queries: object
) -> None:
    cache.clear()
    counts = []
    for many in (1, 30):
        for _ in range(many):
            record(Tag.SIGN_IN_REFUSE, actor=DAYPASS, provider="adfs", reason="state")
        with django_assert_num_queries(9):  # type: ignore[operator]  # pytest-django's fixture
            counts.append(len(shown_providers()))
    assert counts == [2, 2]


def test_a_portal_role_that_may_not_look_sees_nothing(
    idps: LocalIdps, erin: Client, signed_in: Signed, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    PortalRoleMapping.objects.create(principal="user:audrey@example.com", portal_role="auditor")
    monkeypatch.setitem(GRANTED, "auditor", GRANTED["auditor"] - {"accounts.view_providercheck"})
    assert [each.get(PAGE).status_code for each in (browser(signed_in("audrey")), erin)] == [403, 200]
