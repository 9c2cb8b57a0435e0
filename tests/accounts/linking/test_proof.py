"""What has to be shown before identities change, at its edges and under the lock."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.linking import link as linking_module
from accounts.linking.link import link
from accounts.linking.offer import Offer
from accounts.linking.owner import hold
from accounts.linking.proof import has_shown, is_recent
from accounts.linking.unlink import unlink
from accounts.models import SignIn, User
from accounts.refusals import Reason, SignInRefused
from accounts.sessions import end_sign_in
from audit.record import DAYPASS
from tests.accounts.second_factor.conftest import give_app

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OFFER = Offer(mark="m", provider="adfs", subject="alice", email="", name="", sign_in="", until=0)
JUST_UNDER, TEN = timedelta(minutes=9, seconds=59), timedelta(minutes=10)


@pytest.fixture
def accounts(alice: SignIn, bob: SignIn) -> SocialAccount:
    """Alice's two identities, and Bob's; return the one that she does not use now."""
    for sign_in in (alice, bob):
        SocialAccount.objects.create(user=sign_in.user, provider="google", uid=sign_in.subject)
    return SocialAccount.objects.create(user=alice.user, provider="adfs", uid="second")


def reason_of(act: object, **arguments: object) -> Reason:
    before = [list(model.objects.order_by("pk").values()) for model in (SocialAccount, User)]
    with pytest.raises(SignInRefused) as caught:
        act(**arguments, actor=DAYPASS)  # type: ignore[operator]  # either of the two
    assert [list(model.objects.order_by("pk").values()) for model in (SocialAccount, User)] == before
    return caught.value.reason


@pytest.mark.parametrize("proof", ["started_at", "authenticated_at", "second_factor_at"])
@pytest.mark.parametrize(("age", "recent"), [(JUST_UNDER, True), (TEN, False)])
def test_a_sign_in_without_factors_is_recent_for_ten_minutes(
    alice: SignIn, proof: str, age: timedelta, *, recent: bool
) -> None:
    alice.started_at = alice.authenticated_at = NOW - timedelta(hours=1)
    setattr(alice, proof, NOW - age)
    assert (is_recent(alice, NOW), has_shown(alice, NOW)) == (recent, recent)


@pytest.mark.parametrize(("age", "shown"), [(TEN, True), (TEN + timedelta(seconds=1), False)])
def test_a_factor_counts_for_ten_minutes_and_a_young_sign_in_for_nothing(
    alice: SignIn, age: timedelta, *, shown: bool
) -> None:
    give_app(alice.user)
    alice.started_at, alice.second_factor, alice.second_factor_at = NOW, "totp", NOW - age
    assert has_shown(alice, NOW) is shown


def test_under_the_lock_a_factor_is_asked_for_again(alice: SignIn, accounts: SocialAccount) -> None:
    """It was set up in another tab since the page looked."""
    give_app(alice.user)
    assert reason_of(link, sign_in=alice, offer=OFFER) is Reason.LINK_UNCONFIRMED
    assert reason_of(unlink, sign_in=alice, account=accounts) is Reason.LINK_UNCONFIRMED


def test_a_sign_in_that_ended_meanwhile_changes_nothing(alice: SignIn, accounts: SocialAccount) -> None:
    end_sign_in(sign_in=SignIn.objects.get(pk=alice.pk), reason=SignIn.Ended.BY_PERSON)
    assert reason_of(link, sign_in=alice, offer=OFFER) is Reason.LINK_MEANWHILE
    assert reason_of(unlink, sign_in=alice, account=accounts) is Reason.LINK_MEANWHILE


def test_nor_does_a_person_who_was_switched_off(alice: SignIn, accounts: SocialAccount) -> None:
    User.objects.filter(pk=alice.user_id).update(is_active=False)
    assert reason_of(link, sign_in=alice, offer=OFFER) is Reason.INACTIVE


@pytest.mark.parametrize("became", ["gone", "another's"])
def test_an_identity_that_changed_hands_meanwhile_is_not_unlinked(
    alice: SignIn, bob: SignIn, accounts: SocialAccount, became: str
) -> None:
    if became == "gone":
        SocialAccount.objects.filter(pk=accounts.pk).delete()
    else:
        SocialAccount.objects.filter(pk=accounts.pk).update(user=bob.user)
    assert reason_of(unlink, sign_in=alice, account=accounts) is Reason.LINK_MEANWHILE


def test_nor_is_it_linked(alice: SignIn, bob: SignIn, accounts: SocialAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its new owner is not held, and may be switched off or have factors."""
    offer = Offer(**{**asdict(OFFER), "subject": "third"})
    account = SocialAccount.objects.create(user=bob.user, provider="adfs", uid="third")

    def slow(sign_in: SignIn, *others: User | None) -> SignIn | None:
        SocialAccount.objects.filter(pk=account.pk).update(user=User.objects.create(username="adfs:third"))
        return hold(sign_in, *others)

    monkeypatch.setattr(linking_module, "hold", slow)
    with pytest.raises(SignInRefused) as caught:
        link(sign_in=alice, offer=offer, actor=DAYPASS)
    assert caught.value.reason is Reason.LINK_MEANWHILE
    assert SocialAccount.objects.get(pk=account.pk).user_id == bob.user_id  # the slow one's change is undone with it


def test_nor_is_one_that_somebody_signed_in_with_for_the_first_time(
    alice: SignIn, accounts: SocialAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_arguments: object) -> None:
        SocialAccount.objects.create(user=User.objects.create(username="adfs:alice"), provider="adfs", uid="alice")

    monkeypatch.setattr(linking_module, "check", late)
    with pytest.raises(SignInRefused) as caught:
        link(sign_in=alice, offer=OFFER, actor=DAYPASS)
    assert caught.value.reason is Reason.LINK_MEANWHILE


def test_only_those_who_take_part_are_held(alice: SignIn, bob: SignIn, charlie: SignIn) -> None:
    with CaptureQueriesContext(connection) as asked:
        hold(alice, bob.user, None)
    assert f"IN ({alice.user_id}, {bob.user_id}) " in asked[0]["sql"]
