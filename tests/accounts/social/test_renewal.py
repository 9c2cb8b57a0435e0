"""Asking again: Amazon by its refresh token, Facebook by the access token itself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tokens
from accounts.models import SignIn
from audit.models import Event
from demo.idp.testing import LocalIdps, LocalSocial
from tests.accounts.conftest import SignInAs

pytestmark = pytest.mark.django_db


def left(sign_in: SignIn, seconds: int) -> SignIn:
    until = timezone.now() + timedelta(seconds=seconds)
    SignIn.objects.filter(pk=sign_in.pk).update(web_identity_token_expires_at=until)
    sign_in.refresh_from_db()
    return sign_in


def outcome() -> dict[str, object]:
    details: dict[str, object] = Event.objects.filter(tag="accounts:sign_in:refresh").latest("pk").details
    return details


def test_a_fresh_token_is_handed_out_unasked(social: LocalSocial, social_sign_in: SignInAs) -> None:
    sign_in, before = social_sign_in(social.slug), len(social.calls())
    assert tokens.web_identity_token_for(sign_in=sign_in).startswith(
        {"facebook": "EAA", "amazon": "Atza|"}[social.slug]
    )
    assert len(social.calls()) == before


def test_amazon_gives_another_token_before_the_first_ends(socials: LocalIdps, social_sign_in: SignInAs) -> None:
    sign_in = social_sign_in("amazon")
    first = tokens.web_identity_token_for(sign_in=sign_in)
    second = tokens.web_identity_token_for(sign_in=left(sign_in, 120))
    assert (second != first, second[:5], outcome()["outcome"]) == (True, "Atza|", "renewed")
    assert tokens.web_identity_token_for(sign_in=sign_in) == second


def test_facebook_is_asked_whether_it_stands_by_the_token(socials: LocalIdps, social_sign_in: SignInAs) -> None:
    sign_in = social_sign_in("facebook")
    first = tokens.web_identity_token_for(sign_in=sign_in)
    assert tokens.web_identity_token_for(sign_in=sign_in, renewed=True) == first
    assert outcome()["outcome"] == "renewed"
    sign_in.refresh_from_db()
    assert sign_in.refreshed_at


def test_whoever_removed_the_application_is_signed_out(social: LocalSocial, social_sign_in: SignInAs) -> None:
    sign_in = social_sign_in(social.slug)
    social.revoke("alice")
    with pytest.raises(tokens.SignInEnded):
        tokens.web_identity_token_for(sign_in=sign_in, renewed=True)
    sign_in.refresh_from_db()
    assert (sign_in.end_reason, sign_in.web_identity_token, sign_in.refresh_token) == ("provider", "", "")
    assert outcome()["reason"] == {"facebook": "withdrawn", "amazon": "code"}[social.slug]


def test_a_disabled_person_is_signed_out(socials: LocalIdps, social: LocalSocial, social_sign_in: SignInAs) -> None:
    sign_in = social_sign_in(social.slug)
    socials.person("alice", disabled=True)
    with pytest.raises(tokens.SignInEnded):
        tokens.web_identity_token_for(sign_in=sign_in, renewed=True)


def test_a_token_of_facebook_that_is_over_asks_for_a_new_sign_in(socials: LocalIdps, social_sign_in: SignInAs) -> None:
    sign_in = left(social_sign_in("facebook"), 0)
    socials.facebook.fault(debug_token={"set": {"is_valid": False, "error": {"code": 190, "subcode": 463}}})
    with pytest.raises(tokens.TokenUnavailable, match="expired and cannot be renewed") as caught:
        tokens.web_identity_token_for(sign_in=sign_in)
    sign_in.refresh_from_db()
    assert (caught.value.code, sign_in.ended_at) == ("SignInOver", None)


def test_a_provider_in_trouble_takes_nothing_away(social: LocalSocial, social_sign_in: SignInAs) -> None:
    sign_in = left(social_sign_in(social.slug), 120)
    check = {"facebook": "debug_token", "amazon": "tokeninfo"}[social.slug]
    social.fault(**{check: {"status": 503, "body": "down"}})
    assert tokens.web_identity_token_for(sign_in=sign_in)
    social.fault(**{check: {"status": 503, "body": "down"}})
    with pytest.raises(tokens.ProviderUnreachable):
        tokens.web_identity_token_for(sign_in=sign_in, renewed=True)
    sign_in.refresh_from_db()
    assert sign_in.ended_at is None


def test_our_own_lost_secret_signs_nobody_out(socials: LocalIdps, social_sign_in: SignInAs) -> None:
    sign_in = social_sign_in("facebook")
    socials.facebook.fault(debug_token={"status": 400, "body": '{"error": {"code": 190}}'})
    with pytest.raises(tokens.ProviderUnreachable):
        tokens.web_identity_token_for(sign_in=sign_in, renewed=True)
    sign_in.refresh_from_db()
    assert (sign_in.ended_at, outcome()["reason"]) == (None, "client")


def test_a_token_of_another_person_is_not_taken(social: LocalSocial, social_sign_in: SignInAs) -> None:
    sign_in = social_sign_in(social.slug)
    check, profile, name = {
        "facebook": ("debug_token", "me", "id"),
        "amazon": ("tokeninfo", "profile", "user_id"),
    }[social.slug]
    social.fault(**{check: {"set": {"user_id": social.subject("erin")}}})
    social.fault(**{profile: {"set": {name: social.subject("erin")}}})
    with pytest.raises(tokens.ProviderUnreachable):
        tokens.web_identity_token_for(sign_in=sign_in, renewed=True)
    assert outcome()["reason"] == "subject_mismatch"
    assert sign_in.principals == [f"subject:{social.slug}:{social.subject('alice')}"]


def test_an_address_that_is_gone_takes_its_rights_along(
    socials: LocalIdps, social: LocalSocial, social_sign_in: SignInAs
) -> None:
    sign_in = social_sign_in(social.slug)
    assert sign_in.claims["email"] == "alice@example.com"
    socials.person("alice", email="")
    tokens.web_identity_token_for(sign_in=sign_in, renewed=True)
    assert "email" not in sign_in.claims
