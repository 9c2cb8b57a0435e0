"""Confirming at the provider, against the real local ones: whatever is old, unsaid or another's is refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.identity import Identity
from accounts.models import SignIn, User
from accounts.step_up import arrive
from accounts.step_up.ask import Ask
from accounts.tokens import web_identity_token_for
from audit.models import Event
from demo.idp.testing import LocalIdps, cancel, sign_in_as
from tests.accounts.conftest import Name, Walk, query
from tests.accounts.step_up.conftest import RECENT, SECOND, ask_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(minutes=50)  # within the freshness of an identity
Asked = tuple[Walk, SignIn, Ask]


@pytest.fixture
def asked(idps: LocalIdps, walk: Walk, name_groups: Name) -> Asked:
    """Alice, who signed in by AD FS some time ago, and a role that asks for more."""
    name_groups("group:adfs:AWS-Dev-Read", "group:adfs:AWS-Prod-Admin")
    walk.sign_in("adfs")
    sign_in = SignIn.objects.get()
    ago = timezone.now() - HOUR
    SignIn.objects.update(started_at=ago, authenticated_at=ago)
    return walk, sign_in, ask_of(walk.client, RECENT)


def set_out(walk: Walk, ask: Ask) -> str:
    answer = walk.client.post(f"{ask.address}provider/")
    assert answer.status_code == 302, answer.content
    return answer.headers["Location"]


def come_back(walk: Walk, ask: Ask, person: str = "alice") -> Any:
    address = sign_in_as(walk.outside, set_out(walk, ask), person)
    return walk.client.get(address.removeprefix("http://testserver"))


def refused(answer: Any, sign_in: SignIn, ask: Ask) -> Event:
    """Assert that nothing changed and that the page leads back; return the event."""
    sign_in.refresh_from_db()
    event: Event = Event.objects.filter(tag="accounts:sign_in:refuse").latest("pk")
    content = answer.content.decode()
    assert (answer.status_code, event.reference in content) == (403, True)
    assert ("Not confirmed" in content, f'href="{ask.address}"' in content) == (True, True)
    assert (sign_in.ended_at, timezone.now() - sign_in.authenticated_at >= HOUR) == (None, True)
    assert (SignIn.objects.count(), User.objects.count()) == (1, 1)
    return event


@pytest.mark.parametrize(
    ("fault", "detail"),
    [("max-age-ignored", "authenticated 7"), ("auth-time-absent", "the provider does not say when")],
)
def test_a_provider_that_does_not_ask_again_is_not_believed(
    idps: LocalIdps, asked: Asked, fault: str, detail: str
) -> None:
    walk, sign_in, ask = asked
    idps.adfs.fault(fault)
    event = refused(come_back(walk, ask), sign_in, ask)
    assert event.details["reason"] == "step_up_old"
    assert event.details["detail"].startswith(detail)


def test_somebody_else_at_the_provider_confirms_nothing(asked: Asked) -> None:
    walk, sign_in, ask = asked
    event = refused(come_back(walk, ask, "bob"), sign_in, ask)
    assert event.details["reason"] == "step_up_other"


def test_cancelling_leads_back(asked: Asked) -> None:
    walk, sign_in, ask = asked
    address = cancel(walk.outside, set_out(walk, ask))
    event = refused(walk.client.get(address.removeprefix("http://testserver")), sign_in, ask)
    assert event.details["reason"] == "cancelled"


@pytest.mark.parametrize("fault", ["wrong-nonce", "alg-none", "expired", "wrong-aud"])
def test_a_forged_answer_confirms_nothing(idps: LocalIdps, asked: Asked, fault: str) -> None:
    walk, sign_in, ask = asked
    idps.adfs.fault(fault)
    refused(come_back(walk, ask), sign_in, ask)


def test_an_answer_is_good_once(asked: Asked) -> None:
    walk, _, ask = asked
    address = sign_in_as(walk.outside, set_out(walk, ask), "alice").removeprefix("http://testserver")
    assert walk.client.get(address).status_code == 302
    assert walk.client.get(address).status_code == 403
    assert Event.objects.latest("pk").details["reason"] == "state"


def test_an_answer_in_another_browser_confirms_nothing(asked: Asked) -> None:
    walk, _, ask = asked
    address = sign_in_as(walk.outside, set_out(walk, ask), "alice").removeprefix("http://testserver")
    assert Client().get(address).status_code == 403
    assert SignIn.objects.get().second_factor == ""


def end(sign_in: SignIn) -> None:
    SignIn.objects.filter(pk=sign_in.pk).update(ended_at=timezone.now(), end_reason="by_administrator")


def switch_off(sign_in: SignIn) -> None:
    User.objects.filter(pk=sign_in.user_id).update(is_active=False)


@pytest.mark.parametrize("how", [end, switch_off])
def test_a_sign_in_that_is_over_is_not_brought_back(asked: Asked, how: Callable[[SignIn], None]) -> None:
    walk, sign_in, ask = asked
    address = sign_in_as(walk.outside, set_out(walk, ask), "alice").removeprefix("http://testserver")
    how(sign_in)
    assert walk.client.get(address).status_code == 403
    sign_in.refresh_from_db()
    assert (sign_in.ended_at is None, timezone.now() - sign_in.authenticated_at >= HOUR) == (False, True)


def test_a_second_factor_is_not_replaced_by_the_provider(asked: Asked) -> None:
    walk = asked[0]
    assert walk.client.post(f"{ask_of(walk.client, SECOND).address}provider/").status_code == 404


def test_google_is_never_asked(idps: LocalIdps, walk: Walk) -> None:
    walk.sign_in("google")
    assert walk.client.post(f"{ask_of(walk.client, RECENT).address}provider/").status_code == 404


def test_the_provider_is_told_to_ask_again(asked: Asked) -> None:
    walk, _, ask = asked
    sent = query(set_out(walk, ask))
    assert (sent["prompt"], sent["max_age"], sent["code_challenge_method"]) == ("login", "0", "S256")
    assert sent["nonce"]


def test_the_provider_confirms(asked: Asked) -> None:
    walk, sign_in, ask = asked
    before = walk.client.session.session_key
    assert come_back(walk, ask).headers["Location"] == ask.address
    assert walk.client.get(ask.address).headers["Location"] == "/activity/"
    sign_in.refresh_from_db()
    assert sign_in.authentication_asserted
    assert timezone.now() - sign_in.authenticated_at < timedelta(seconds=30)
    assert walk.client.session.session_key != before
    event = Event.objects.get(tag="accounts:sign_in:step_up")
    told = {name: event.details[name] for name in ("by", "provider", "gained", "lost")}
    assert told == {"by": "provider", "provider": "adfs", "gained": [], "lost": []}


def test_rights_and_tokens_are_what_the_provider_says_now(idps: LocalIdps, asked: Asked) -> None:
    walk, sign_in, ask = asked
    old = web_identity_token_for(sign_in=sign_in)
    idps.person("alice", groups=["AWS-Dev-Read"])
    come_back(walk, ask)
    sign_in.refresh_from_db()
    lost = Event.objects.get(tag="accounts:sign_in:step_up").details["lost"]
    groups = [each for each in sign_in.principals if each.startswith("group:")]
    assert (groups, "group:adfs:AWS-Prod-Admin" in lost) == (["group:adfs:AWS-Dev-Read"], True)
    assert web_identity_token_for(sign_in=sign_in) != old
    assert sign_in.refreshed_at is not None


def test_departures_are_limited(asked: Asked) -> None:
    walk, _, ask = asked
    for _ in range(20):
        set_out(walk, ask)
    assert walk.client.post(f"{ask.address}provider/").status_code == 429


def test_nor_is_one_that_ends_in_between(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    walk, sign_in, ask = asked

    def slow(identity: Identity) -> Identity:
        end(sign_in)
        return identity

    monkeypatch.setattr(arrive, "admitted", slow)
    event = refused(come_back(walk, ask), sign_in, ask)  # what the slow one changed is undone with it
    assert (event.details["reason"], event.details["detail"]) == ("state", "the sign-in ended meanwhile")
