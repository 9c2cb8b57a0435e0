from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.custody import Custody, new_key
from accounts.models import SignIn
from accounts.oidc.verify import verified_claims
from accounts.providers import openid
from accounts.renewal import read
from accounts.sessions import end_sign_in
from accounts.tokens import Need, SignInEnded, TokenUnavailable, web_identity_token_for
from audit.models import Event
from demo.idp.testing import LocalIdp, LocalIdps
from tests.accounts.conftest import Name, SignInAs

pytestmark = pytest.mark.django_db
REFRESH = "refresh_token"


def left(sign_in: SignIn, seconds: int) -> None:
    """Let the ID token have so many seconds left, as far as the portal knows."""
    until = timezone.now() + timedelta(seconds=seconds)
    SignIn.objects.filter(pk=sign_in.pk).update(web_identity_token_expires_at=until)


def refreshes(idp: LocalIdp) -> int:
    return len([call for call in idp.calls() if call["parameters"].get("grant_type") == REFRESH])


def kept(sign_in: SignIn) -> str:
    return Custody.from_settings().open(sign_in.web_identity_token, context=sign_in.context("web_identity_token"))


def test_a_fresh_token_is_handed_out_as_it_is(
    idp: LocalIdp, real_sign_in: SignInAs, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sign_in = real_sign_in(idp.slug)
    left(sign_in, 310)
    with django_assert_num_queries(1):
        assert web_identity_token_for(sign_in=sign_in) == kept(sign_in)
    assert refreshes(idp) == 0


def test_a_token_about_to_expire_is_renewed_first(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = real_sign_in(idp.slug)
    old = kept(sign_in)
    left(sign_in, 290)
    token = web_identity_token_for(sign_in=sign_in)
    sign_in.refresh_from_db()
    assert (kept(sign_in), token != old, refreshes(idp)) == (token, True, 1)
    assert verified_claims(openid()[idp.slug], token, nonce=None)["sub"] == sign_in.subject
    assert sign_in.refresh_leased_until is None
    assert sign_in.refreshed_at
    assert web_identity_token_for(sign_in=sign_in) == token
    assert refreshes(idp) == 1


def test_a_token_that_aws_turned_down_is_renewed_in_any_case(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = real_sign_in(idp.slug)
    old = kept(sign_in)
    new = web_identity_token_for(sign_in=sign_in, renewed=True)
    assert (new != old, refreshes(idp)) == (True, 1)
    assert web_identity_token_for(sign_in=sign_in) == new


@pytest.mark.parametrize("fault", ["token-500", "id-token-absent"])
def test_a_token_that_aws_turned_down_is_not_handed_out_again(
    idp: LocalIdp, real_sign_in: SignInAs, fault: str
) -> None:
    sign_in = real_sign_in(idp.slug)
    idp.fault(fault)
    with pytest.raises(TokenUnavailable):
        web_identity_token_for(sign_in=sign_in, renewed=True)
    SignIn.objects.update(refresh_token="")
    with pytest.raises(TokenUnavailable, match="cannot be renewed"):
        web_identity_token_for(sign_in=sign_in, renewed=True)


def test_a_refresh_of_somebody_elses_that_brought_no_token_does_not_meet_the_need(
    idp: LocalIdp, real_sign_in: SignInAs
) -> None:
    """It confirmed the person; the token is the one that AWS turned down."""
    sign_in = real_sign_in(idp.slug)
    need = Need(timezone.now(), read(sign_in).web_identity_token)
    SignIn.objects.update(refreshed_at=timezone.now())
    assert not need.is_met(read(sign_in))
    SignIn.objects.update(web_identity_token="t1.another")
    assert need.is_met(read(sign_in))


def test_a_renewal_replaces_the_rights(idps: LocalIdps, real_sign_in: SignInAs, name_groups: Name) -> None:
    name_groups(*(f"group:adfs:{name}" for name in ("AWS-Dev-Read", "AWS-Prod-Admin", "AWS-New")))
    sign_in = real_sign_in("adfs", "alice")
    idps.person("alice", groups=["AWS-Dev-Read", "AWS-New"])
    left(sign_in, 0)
    web_identity_token_for(sign_in=sign_in)
    own = [f"subject:adfs:{sign_in.subject}", "user:alice@example.com"]
    expected = ["domain:example.com", "group:adfs:AWS-Dev-Read", "group:adfs:AWS-New", *own]
    assert sign_in.principals == expected
    assert SignIn.objects.get().principals == expected
    details = Event.objects.get(tag="accounts:sign_in:refresh").details
    assert (details["gained"], details["lost"]) == (["group:adfs:AWS-New"], ["group:adfs:AWS-Prod-Admin"])


def test_a_person_who_is_gone_at_the_provider_is_out(idps: LocalIdps, idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = real_sign_in(idp.slug)
    idps.person("alice", disabled=True)
    left(sign_in, 200)
    with pytest.raises(SignInEnded):
        web_identity_token_for(sign_in=sign_in)
    sign_in.refresh_from_db()
    assert (sign_in.end_reason, sign_in.web_identity_token, sign_in.refresh_token) == ("provider", "", "")
    assert Event.objects.get(tag="accounts:sign_in:end").details["reason"] == "provider"
    with pytest.raises(SignInEnded):
        web_identity_token_for(sign_in=sign_in)


def test_an_ended_sign_in_has_no_token(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = real_sign_in(idp.slug)
    end_sign_in(sign_in=SignIn.objects.get(), reason=SignIn.Ended.BY_PERSON)
    with pytest.raises(SignInEnded):
        web_identity_token_for(sign_in=sign_in)


def test_a_sign_in_without_a_token_says_so(alice: SignIn) -> None:
    with pytest.raises(TokenUnavailable, match="no ID token"):
        web_identity_token_for(sign_in=alice)


TROUBLE = ["token-500", "token-invalid-client", "token-html", "foreign-key", "wrong-aud", "jwks-down", "expired"]


@pytest.mark.parametrize("fault", TROUBLE)
def test_trouble_at_the_provider_is_bridged_while_the_token_lasts(
    idp: LocalIdp, real_sign_in: SignInAs, fault: str
) -> None:
    sign_in = real_sign_in(idp.slug)
    old = kept(sign_in)
    left(sign_in, 90)
    idp.fault(fault)
    assert web_identity_token_for(sign_in=sign_in) == (old if fault != "jwks-down" else kept(SignIn.objects.get()))
    assert SignIn.objects.get().ended_at is None


@pytest.mark.parametrize("fault", [fault for fault in TROUBLE if fault != "jwks-down"])
def test_trouble_at_the_provider_is_a_sentence_once_the_token_is_used_up(
    idp: LocalIdp, real_sign_in: SignInAs, fault: str
) -> None:
    sign_in = real_sign_in(idp.slug)
    left(sign_in, 50)
    idp.fault(fault)
    with pytest.raises(TokenUnavailable, match="cannot renew your sign-in at the moment"):
        web_identity_token_for(sign_in=sign_in)
    sign_in.refresh_from_db()
    assert (sign_in.ended_at, sign_in.refresh_leased_until) == (None, None)
    assert web_identity_token_for(sign_in=sign_in)


def test_another_persons_token_is_not_taken(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = real_sign_in(idp.slug)
    left(sign_in, 0)
    idp.fault(claims={"set": {"sub": "somebody-else"}}, userinfo={"set": {"sub": "somebody-else"}})
    with pytest.raises(TokenUnavailable):
        web_identity_token_for(sign_in=sign_in)
    assert Event.objects.get(tag="accounts:sign_in:refresh").details["reason"] == "subject_mismatch"
    assert SignIn.objects.get().subject == sign_in.subject


def test_a_rotated_refresh_token_replaces_the_old(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = real_sign_in(idp.slug)
    left(sign_in, 0)
    idp.fault(token_response={"set": {"refresh_token": "the-next-one"}})
    web_identity_token_for(sign_in=sign_in)
    sign_in.refresh_from_db()
    opened = Custody.from_settings().open(sign_in.refresh_token, context=sign_in.context(REFRESH))
    assert opened == "the-next-one"


@pytest.mark.parametrize(("seconds", "usable"), [(90, True), (30, False)])
def test_a_refresh_without_an_id_token_keeps_the_present_one(
    idp: LocalIdp,
    real_sign_in: SignInAs,
    seconds: int,
    usable: bool,  # noqa: FBT001  # a column of the table above
) -> None:
    sign_in = real_sign_in(idp.slug)
    left(sign_in, seconds)
    idp.fault("id-token-absent")
    if usable:
        assert web_identity_token_for(sign_in=sign_in) == kept(sign_in)
    else:
        with pytest.raises(TokenUnavailable, match="cannot be renewed"):
            web_identity_token_for(sign_in=sign_in)


@pytest.mark.parametrize(("seconds", "usable"), [(90, True), (30, False)])
def test_without_a_refresh_token_the_present_one_serves_while_it_lasts(
    idp: LocalIdp,
    real_sign_in: SignInAs,
    seconds: int,
    usable: bool,  # noqa: FBT001  # a column of the table above
) -> None:
    sign_in = real_sign_in(idp.slug)
    left(sign_in, seconds)
    SignIn.objects.update(refresh_token="")
    if usable:
        assert web_identity_token_for(sign_in=sign_in) == kept(sign_in)
    else:
        with pytest.raises(TokenUnavailable, match="expired and cannot be renewed"):
            web_identity_token_for(sign_in=sign_in)


def test_a_provider_that_was_taken_out_renews_nothing(
    idp: LocalIdp, real_sign_in: SignInAs, settings: Settings
) -> None:
    sign_in = real_sign_in(idp.slug)
    left(sign_in, 0)
    settings.DAYPASS_PROVIDERS = ""
    with pytest.raises(TokenUnavailable, match="not set up here any more"):
        web_identity_token_for(sign_in=sign_in)


def test_a_lost_key_is_a_sentence(idp: LocalIdp, real_sign_in: SignInAs, settings: Settings) -> None:
    sign_in = real_sign_in(idp.slug)
    settings.DAYPASS_ENCRYPTION_KEYS = new_key()
    with pytest.raises(TokenUnavailable, match="is gone"):
        web_identity_token_for(sign_in=sign_in)


def test_a_token_of_another_row_is_not_opened(real_sign_in: SignInAs) -> None:
    mine, theirs = real_sign_in("adfs", "charlie"), real_sign_in("adfs", "erin")
    SignIn.objects.filter(pk=mine.pk).update(web_identity_token=theirs.web_identity_token)
    with pytest.raises(TokenUnavailable):
        web_identity_token_for(sign_in=mine)


def test_a_renewal_seals_with_the_newest_key(idp: LocalIdp, real_sign_in: SignInAs, settings: Settings) -> None:
    sign_in = real_sign_in(idp.slug)
    settings.DAYPASS_ENCRYPTION_KEYS = f"{new_key()},{settings.DAYPASS_ENCRYPTION_KEYS}"
    left(sign_in, 0)
    web_identity_token_for(sign_in=sign_in)
    sign_in.refresh_from_db()
    custody = Custody.from_settings()
    assert [custody.needs_resealing(sealed) for sealed in (sign_in.web_identity_token, sign_in.refresh_token)] == [
        False,
        False,
    ]


def test_a_lease_that_was_left_behind_runs_out(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = real_sign_in(idp.slug)
    left(sign_in, 0)
    SignIn.objects.update(refresh_leased_until=timezone.now() - timedelta(seconds=1))
    assert web_identity_token_for(sign_in=sign_in)


def test_a_lease_that_is_held_lets_a_usable_token_through(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = real_sign_in(idp.slug)
    left(sign_in, 90)
    SignIn.objects.update(refresh_leased_until=timezone.now() + timedelta(seconds=30))
    assert web_identity_token_for(sign_in=sign_in) == kept(sign_in)
    assert refreshes(idp) == 0


def test_waiting_for_another_has_an_end(idp: LocalIdp, real_sign_in: SignInAs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.tokens.WAIT", 0.2)
    sign_in = real_sign_in(idp.slug)
    left(sign_in, 30)
    SignIn.objects.update(refresh_leased_until=timezone.now() + timedelta(seconds=30))
    with pytest.raises(TokenUnavailable, match="takes too long"):
        web_identity_token_for(sign_in=sign_in)
