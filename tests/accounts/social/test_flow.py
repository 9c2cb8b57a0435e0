"""Signing in by Facebook and by Amazon, and what the portal asks of them."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.custody import Custody
from accounts.models import SignIn, User
from accounts.providers import configured
from audit.models import Event
from demo.idp.testing import LocalIdps, LocalSocial
from portal.policy import form_targets
from tests.accounts.conftest import SignInAs, query
from tests.accounts.social.conftest import SocialWalk, set_up

pytestmark = pytest.mark.django_db


def test_a_real_sign_in_lands_where_it_was_going(social: LocalSocial, walk: SocialWalk) -> None:
    answer = walk.sign_in(social.slug, next="/sign-ins/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-ins/")
    assert walk.client.get("/sign-ins/").status_code == 200


def test_the_sign_in_page_offers_both(socials: LocalIdps) -> None:
    page = Client().get("/sign-in/")
    assert [choice["login_url"] for choice in page.context["providers"]] == [
        "/accounts/social/facebook/login/",
        "/accounts/social/amazon/login/",
    ]
    assert socials.origin in form_targets()  # to which the buttons lead


def test_the_portal_asks_for_no_more_than_it_needs(social: LocalSocial, walk: SocialWalk) -> None:
    asked = query(walk.start(social.slug))
    scopes = {"facebook": {"public_profile", "email"}, "amazon": {"profile"}}
    assert set(asked["scope"].replace(",", " ").split()) == scopes[social.slug]
    assert asked["redirect_uri"] == f"http://testserver/accounts/social/{social.slug}/login/callback/"
    assert (asked["client_id"], asked["response_type"]) == (social.client_id, "code")
    assert ("code_challenge" in asked) is (social.slug == "amazon")  # Facebook throws it away


@pytest.mark.parametrize(
    "hostile",
    [
        "auth_params=redirect_uri%3Dhttps%253A%252F%252Fevil.example%26state%3Dx",
        "scope=ads_management",
        "action=rerequest",
    ],
)
def test_nothing_of_the_request_comes_from_the_url(social: LocalSocial, walk: SocialWalk, hostile: str) -> None:
    plain = query(walk.start(social.slug))
    asked = query(walk.client.post(f"/accounts/social/{social.slug}/login/?{hostile}").headers["Location"])
    own = {"state", "code_challenge", "scope"}
    assert {name: asked[name] for name in asked.keys() - own} == {name: plain[name] for name in plain.keys() - own}
    assert "ads_management" not in asked["scope"]


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_a_sign_in_ends_on_a_page_of_the_portal(social: LocalSocial, walk: SocialWalk, address: str) -> None:
    assert walk.sign_in(social.slug, next=address).headers["Location"] == "/"


def test_only_a_form_of_ours_starts_a_sign_in(social: LocalSocial) -> None:
    path = f"/accounts/social/{social.slug}/login/"
    assert Client().get(path).headers["Location"] == "/sign-in/"
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403


@pytest.mark.parametrize("slug", ["nowhere", "google", "break-glass"])
def test_a_provider_that_is_not_configured_does_not_exist(socials: LocalIdps, slug: str) -> None:
    assert Client().post(f"/accounts/social/{slug}/login/").status_code == 404
    assert Client().get(f"/accounts/social/{slug}/login/callback/").status_code == 404


@pytest.mark.parametrize("slug", ["facebook", "amazon"])
def test_its_doors_are_its_own(socials: LocalIdps, slug: str) -> None:
    assert Client().post(f"/accounts/oidc/{slug}/login/").status_code == 404


def test_a_person_is_known_by_subject_and_named_as_they_are_told(social: LocalSocial, social_sign_in: SignInAs) -> None:
    sign_in = social_sign_in(social.slug)
    assert (sign_in.subject, sign_in.user.name) == (social.subject("alice"), "Alice Example")
    assert sign_in.claims["app_id"] == social.app_id
    assert social_sign_in(social.slug).user_id == sign_in.user_id
    assert User.objects.count() == 1


def test_an_address_of_either_gives_no_right(social: LocalSocial, social_sign_in: SignInAs) -> None:
    sign_in = social_sign_in(social.slug)
    assert (sign_in.email, sign_in.claims["email"]) == ("", "alice@example.com")
    assert [name for name in sign_in.principals if not name.startswith("subject:")] == []


def test_an_address_counts_where_the_file_trusts_it(
    socials: LocalIdps, tmp_path: Path, settings: Settings, social_sign_in: SignInAs
) -> None:
    set_up(socials, tmp_path, settings, more='domains = ["example.com"]\nemail_trusted = true\n')
    assert "user:alice@example.com" in social_sign_in("amazon").principals
    assert "domain:example.com" in social_sign_in("amazon").principals
    assert social_sign_in("amazon", "mallory").email == ""


def test_a_domain_alone_makes_no_address_count(
    socials: LocalIdps, tmp_path: Path, settings: Settings, social_sign_in: SignInAs
) -> None:
    set_up(socials, tmp_path, settings, more='domains = ["example.com"]\n')
    assert social_sign_in("amazon").email == ""


def test_somebody_without_an_address_comes_in(
    socials: LocalIdps, social: LocalSocial, social_sign_in: SignInAs
) -> None:
    socials.person("alice", email="")
    sign_in = social_sign_in(social.slug)
    assert sign_in.user.label == f"Alice Example ({social.slug}:{sign_in.subject})"


def test_the_access_token_is_kept_sealed(social: LocalSocial, social_sign_in: SignInAs) -> None:
    sign_in = social_sign_in(social.slug)
    opened = Custody.from_settings().open(sign_in.web_identity_token, context=sign_in.context("web_identity_token"))
    assert opened.startswith({"facebook": "EAA", "amazon": "Atza|"}[social.slug])
    again = Custody.from_settings().open(sign_in.refresh_token, context=sign_in.context("refresh_token"))
    assert again.startswith({"facebook": "EAA", "amazon": "Atzr|"}[social.slug])
    assert sign_in.web_identity_token_expires_at


def test_no_token_is_anywhere_else(social: LocalSocial, walk: SocialWalk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        walk.sign_in(social.slug)
    kept = [
        *SignIn.objects.values(),
        *User.objects.values(),
        *Event.objects.values(),
        dict(walk.client.session.items()),
    ]
    for token in ("EAA", "Atza", "Atzr", social.client_secret):
        assert token not in str(kept)
        assert token not in caplog.text


def test_the_same_human_at_both_is_two_people(social_sign_in: SignInAs) -> None:
    assert social_sign_in("facebook").user_id != social_sign_in("amazon").user_id


def test_aws_knows_each_by_its_own_name(socials: LocalIdps) -> None:
    assert [provider.web_identity_provider for provider in configured().values()] == [
        "graph.facebook.com",
        "www.amazon.com",
    ]
