"""Who comes back from a provider is who set out; another's journey ends nowhere."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from accounts.arrive import arrive
from accounts.identity import Identity
from accounts.journey import Journey, Purpose
from accounts.models import SignIn, User
from accounts.refusals import Reason, SignInRefused

IDENTITY = Identity(
    provider="adfs",
    subject="s-1",
    email="",
    name="",
    principals=[],
    claims={},
    authenticated_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
)


def reason_of(journey: Journey, sign_in: SignIn | None) -> Reason:
    request = RequestFactory().get("/")
    request.user = sign_in.user if sign_in else AnonymousUser()
    request.sign_in = sign_in  # type: ignore[attr-defined]  # the middleware's
    with pytest.raises(SignInRefused) as caught:
        arrive(request=request, social=None, identity=IDENTITY, journey=journey)
    return caught.value.reason


@pytest.mark.parametrize("purpose", [Purpose.STEP_UP, Purpose.LINK, Purpose.TRY])
def test_a_journey_belongs_to_the_sign_in_that_set_out(purpose: Purpose, alice: SignIn, bob: SignIn) -> None:
    journey = Journey(purpose=purpose, sign_in=str(alice.pk))
    assert [reason_of(journey, other) for other in (bob, None)] == [Reason.STATE, Reason.STATE]
    assert User.objects.count() == 2


def test_a_journey_survives_the_session() -> None:
    journey = Journey(purpose=Purpose.LINK, next="/roles/", sign_in="x", max_age=0)
    assert Journey.from_state({"nonce": "n", **journey.as_state()}) == journey


def test_an_address_that_leads_away_is_dropped_on_the_way() -> None:
    state = Journey(next="/roles/").as_state()
    state["journey"]["next"] = "//evil.example"
    assert Journey.from_state(state).next == ""
