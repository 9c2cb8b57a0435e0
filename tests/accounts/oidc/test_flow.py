import pytest
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.test import Client
from django.utils import timezone

from accounts.adapters import SocialAccountAdapter
from accounts.custody import Custody
from accounts.models import SignIn, User
from accounts.oidc.verify import verified_claims
from accounts.providers import openid
from accounts.providers.declared import OpenIdProvider
from audit.models import Event
from demo.idp.testing import LocalIdp, LocalIdps
from tests.accounts.conftest import Name, SignInAs, Walk, query

pytestmark = pytest.mark.django_db


def test_a_real_sign_in_lands_where_it_was_going(idp: LocalIdp, walk: Walk) -> None:
    answer = walk.sign_in(idp.slug, next="/sign-ins/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-ins/")
    assert walk.client.get("/sign-ins/").status_code == 200


def test_google_gives_its_principals(real_sign_in: SignInAs) -> None:
    sign_in = real_sign_in("google", "alice")
    own = [f"subject:google:{sign_in.subject}", "user:alice@example.com"]
    assert sign_in.principals == ["domain:example.com", *own]
    assert (sign_in.email, sign_in.user.email, sign_in.user.name) == (*["alice@example.com"] * 2, "Alice Example")
    assert sign_in.claims["hd"] == "example.com"


def test_adfs_gives_its_groups(real_sign_in: SignInAs, name_groups: Name) -> None:
    name_groups("group:adfs:AWS-Prod-Admin", "group:adfs:AWS-Dev-Read", "group:adfs:AWS-Audit")
    sign_in = real_sign_in("adfs", "alice")
    assert sign_in.principals == [
        "domain:example.com",
        "group:adfs:AWS-Dev-Read",
        "group:adfs:AWS-Prod-Admin",
        f"subject:adfs:{sign_in.subject}",
        "user:alice@example.com",
    ]


def test_one_group_comes_as_a_plain_string(real_sign_in: SignInAs, name_groups: Name) -> None:
    name_groups("group:adfs:AWS-Dev-Read")
    assert "group:adfs:AWS-Dev-Read" in real_sign_in("adfs", "bob").principals
    assert not [name for name in real_sign_in("adfs", "charlie").principals if name.startswith("group:")]


def test_the_tokens_are_kept_sealed_and_genuine(idps: LocalIdps, idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = real_sign_in(idp.slug)
    raw = Custody.from_settings().open(sign_in.web_identity_token, context=sign_in.context("web_identity_token"))
    claims = verified_claims(openid()[idp.slug], raw, nonce=None)
    assert claims["sub"] == sign_in.subject
    assert sign_in.web_identity_token_expires_at
    assert claims["exp"] == sign_in.web_identity_token_expires_at.timestamp()
    assert sign_in.refresh_token.startswith("t1.")


def test_the_same_address_at_two_providers_is_two_people(real_sign_in: SignInAs) -> None:
    one, two = real_sign_in("google", "alice"), real_sign_in("adfs", "alice")
    assert (one.email, one.user_id != two.user_id, User.objects.count()) == (two.email, True, 2)


def test_the_same_subject_is_the_same_person(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    assert real_sign_in(idp.slug).user_id == real_sign_in(idp.slug).user_id
    assert User.objects.count() == 1


def test_a_new_name_at_the_provider_renames_and_nothing_more(idps: LocalIdps, real_sign_in: SignInAs) -> None:
    before = real_sign_in("adfs", "alice")
    idps.person("alice", given_name="Alicia", email="alicia@example.com")
    after = real_sign_in("adfs", "alice")
    assert (after.user_id, after.user.name, after.user.email) == (before.user_id, "Alicia Example", after.email)
    assert before.email == "alice@example.com"


def test_the_request_is_the_portals_own(idp: LocalIdp, walk: Walk) -> None:
    asked = query(walk.start(idp.slug))
    assert asked["redirect_uri"] == f"http://testserver/accounts/oidc/{idp.slug}/login/callback/"
    assert (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) == (
        idp.client_id,
        "code",
        "S256",
    )
    assert len(asked["nonce"]) >= 32
    assert len(asked["code_challenge"]) == 43


@pytest.mark.parametrize(
    "hostile",
    [
        "auth_params=redirect_uri%3Dhttps%253A%252F%252Fevil.example%26client_id%3Devil%26nonce%3Dx%26state%3Dx",
        "scope=admin,everything",
        "process=connect",
        "process=redirect&next=//evil.example",
        "action=rerequest",
    ],
)
def test_nothing_of_the_request_comes_from_the_url(idp: LocalIdp, walk: Walk, hostile: str) -> None:
    plain = query(walk.start(idp.slug))
    answer = walk.client.post(f"/accounts/oidc/{idp.slug}/login/?{hostile}")
    asked = query(answer.headers["Location"])
    own = {"state", "nonce", "code_challenge", "scope"}
    assert {name: asked[name] for name in asked.keys() - own} == {name: plain[name] for name in plain.keys() - own}
    assert set(asked["scope"].split()) == set(idp.scope.split())


@pytest.mark.parametrize(
    "address", ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)"]
)
def test_a_sign_in_ends_on_a_page_of_the_portal(idp: LocalIdp, walk: Walk, address: str) -> None:
    assert walk.sign_in(idp.slug, next=address).headers["Location"] == "/"


def test_the_callback_takes_no_destination(idp: LocalIdp, walk: Walk) -> None:
    address = walk.come_back(idp.slug, "alice") + "&next=https://evil.example/"
    assert walk.client.get(address).headers["Location"] == "/"


def test_only_a_form_of_ours_starts_a_sign_in(idp: LocalIdp, asked: list[str]) -> None:
    path = f"/accounts/oidc/{idp.slug}/login/"
    assert Client().get(path).headers["Location"] == "/sign-in/"
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403
    assert Client().delete(path).status_code == 405
    assert asked == []


@pytest.mark.parametrize("slug", ["nowhere", "openid_connect", "break-glass", "GOOGLE"])
def test_a_provider_that_is_not_configured_does_not_exist(idps: LocalIdps, slug: str) -> None:
    assert Client().post(f"/accounts/oidc/{slug}/login/").status_code == 404
    assert Client().get(f"/accounts/oidc/{slug}/login/callback/").status_code == 404


def test_the_session_gets_a_new_id_and_holds_no_token(idp: LocalIdp, walk: Walk) -> None:
    walk.client.get("/sign-in/")
    address = walk.come_back(idp.slug, "alice")
    before = str(walk.client.session.session_key)
    walk.client.get(address)
    session = walk.client.session
    assert session.session_key != before
    assert not session.exists(before)
    assert "eyJ" not in str(dict(session.items()))


def test_a_second_sign_in_replaces_the_first_in_this_browser(idps: LocalIdps, walk: Walk) -> None:
    walk.sign_in("google", "alice")
    old = str(walk.client.session.session_key)
    walk.sign_in("adfs", "bob")
    first, second = SignIn.objects.order_by("started_at")
    assert (first.end_reason, first.web_identity_token, second.ended_at) == ("replaced", "", None)
    assert not walk.client.session.exists(old)
    assert walk.client.get("/sign-ins/").context["sign_in"].pk == second.pk


def test_two_tabs_can_both_finish(idp: LocalIdp, walk: Walk) -> None:
    one, two = walk.come_back(idp.slug, "alice"), walk.come_back(idp.slug, "alice")
    assert [walk.client.get(address).status_code for address in (one, two)] == [302, 302]
    assert sorted(SignIn.objects.values_list("end_reason", flat=True)) == ["", "replaced"]


def test_a_sign_in_is_on_the_ledger(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = real_sign_in(idp.slug)
    event = Event.objects.get()
    assert (event.tag, event.sign_in_id, event.actor_name) == (
        "accounts:sign_in:start",
        sign_in.pk,
        "alice@example.com",
    )
    told = {"groups": 2 if idp.slug == "adfs" else 0}
    assert event.details == {"provider": idp.slug, "principals": len(sign_in.principals), **told}
    assert timezone.now() - sign_in.started_at < sign_in.expires_at - sign_in.started_at


def test_a_person_who_may_not_sign_in_is_refused(idp: LocalIdp, walk: Walk, real_sign_in: SignInAs) -> None:
    real_sign_in(idp.slug)
    User.objects.update(is_active=False)
    answer = walk.sign_in(idp.slug)
    assert (answer.status_code, SignIn.objects.count()) == (403, 1)
    assert Event.objects.filter(tag="accounts:sign_in:refuse").get().details["reason"] == "inactive"
    assert walk.client.get("/sign-ins/").status_code == 302


def test_providers_know_each_other_not(idps: LocalIdps) -> None:
    kinds: dict[str, OpenIdProvider] = openid()
    assert [provider.slug for provider in kinds.values()] == ["google", "adfs"]
    assert "local-client-secret" not in repr(kinds)


def test_two_tabs_that_make_the_same_account_at_once_both_get_in(
    idp: LocalIdp, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[SocialAccount] = []

    def be_first(_adapter: object, _request: object, login: SocialLogin) -> None:
        if not made:
            other = User.objects.create(username="the other tab's")
            made.append(SocialAccount.objects.create(user=other, provider=idp.slug, uid=login.account.uid))

    monkeypatch.setattr(SocialAccountAdapter, "pre_social_login", be_first)
    assert walk.sign_in(idp.slug).status_code == 302
    assert [account.uid for account in SocialAccount.objects.all()] == [made[0].uid]


def test_a_person_whose_account_was_lost_is_still_that_person(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    before = real_sign_in(idp.slug)
    SocialAccount.objects.all().delete()
    assert real_sign_in(idp.slug).user_id == before.user_id
    User.objects.update(is_active=False)
    SocialAccount.objects.all().delete()
    assert Walk().sign_in(idp.slug).status_code == 403


@pytest.mark.parametrize("claims", [{"name": "a\u0000b"}, {"upn": "\ud800"}, {"group": ["\u0000", "\ud800"]}])
def test_what_no_database_takes_breaks_nothing(idps: LocalIdps, walk: Walk, claims: dict[str, object]) -> None:
    address = walk.come_back("adfs", "alice")
    idps.adfs.fault(claims={"set": claims}, token_response={"set": {"refresh_token": "\ud800"}})
    assert walk.client.get(address).status_code == 302
    assert SignIn.objects.get().refresh_token == ""
