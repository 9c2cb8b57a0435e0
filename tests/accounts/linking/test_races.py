"""Linking, unlinking, signing in and setting up factors at one moment: whoever is second sees what the first did."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection, connections, transaction

from accounts.linking import link as linking_module
from accounts.linking.link import link
from accounts.linking.offer import Offer
from accounts.linking.owner import hold, hold_owner, owner_of
from accounts.linking.unlink import unlink
from accounts.models import SignIn, User
from accounts.refusals import SignInRefused
from audit.record import DAYPASS
from tests.accounts.linking.actors import sign_in_with
from tests.accounts.second_factor.conftest import give_app

pytestmark = [pytest.mark.lane("postgresql"), pytest.mark.django_db(transaction=True)]
ADFS = ("adfs", "second")
OFFER = Offer(mark="m", provider="adfs", subject="second", email="", name="", sign_in="", until=0)


@pytest.fixture
def second(alice: SignIn, bob: SignIn) -> SignIn:
    """Somebody signed in with the identity that Alice is about to link; Bob's rows stay as they are."""
    for sign_in in (alice, bob):
        SocialAccount.objects.create(user=sign_in.user, provider="google", uid=sign_in.subject)
    key = sign_in_with(ADFS)
    return SignIn.objects.get(pk=key)


def elsewhere(pool: ThreadPoolExecutor, act: Callable[[], Any]) -> "Future[Any]":
    def run() -> Any:
        try:
            return act()
        except SignInRefused as refusal:
            return str(refusal.reason)
        finally:
            connections.close_all()

    return pool.submit(run)


def somebody_waits() -> bool:
    """Tell, within ten seconds, whether another connection waits for a row that this one has locked."""
    tick, blocked = threading.Event(), "SELECT pg_stat_clear_snapshot(), count(*) FROM pg_stat_activity WHERE "
    for _ in range(400):
        with connection.cursor() as cursor:
            cursor.execute(f"{blocked} pg_backend_pid() = ANY (pg_blocking_pids(pid))")
            if cursor.fetchone()[1]:
                return True
        tick.wait(0.025)
    return False


def during(first: Callable[[], Any], then: Callable[[], Any]) -> Any:
    """Do ``first`` and hold its transaction open until ``then``, elsewhere, waits for it; return what that said."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            late = elsewhere(pool, then)
            assert somebody_waits()
        return late.result(20)


def test_a_sign_in_waits_for_the_link_and_is_the_new_persons(alice: SignIn, second: SignIn) -> None:
    key = during(lambda: link(sign_in=alice, offer=OFFER, actor=DAYPASS), lambda: sign_in_with(ADFS))
    assert SignIn.objects.get(pk=key).user_id == alice.user_id


def test_a_link_waits_for_the_sign_in_and_ends_it(alice: SignIn, second: SignIn) -> None:
    keys: list[Any] = []
    during(lambda: keys.append(sign_in_with(ADFS)), lambda: link(sign_in=alice, offer=OFFER, actor=DAYPASS))
    assert SignIn.objects.get(pk=keys[0]).end_reason == SignIn.Ended.BY_PERSON
    assert owner_of(*ADFS) == alice.user


def test_a_link_waits_for_the_factor_that_its_owner_sets_up(alice: SignIn, second: SignIn) -> None:
    def set_up() -> None:
        assert hold(second)
        give_app(second.user)

    assert during(set_up, lambda: link(sign_in=alice, offer=OFFER, actor=DAYPASS)) == "owner_has_second_factors"
    assert owner_of(*ADFS) == second.user


def test_a_factor_waits_for_the_link_and_finds_its_sign_in_ended(alice: SignIn, second: SignIn) -> None:
    def set_up() -> bool:
        with transaction.atomic():
            return hold(second) is not None

    assert during(lambda: link(sign_in=alice, offer=OFFER, actor=DAYPASS), set_up) is False


def test_a_link_waits_for_whoever_switches_its_owner_off(alice: SignIn, second: SignIn) -> None:
    off = lambda: User.objects.filter(pk=second.user_id).update(is_active=False)  # noqa: E731
    assert during(off, lambda: link(sign_in=alice, offer=OFFER, actor=DAYPASS)) == "owner_inactive"


def test_of_two_tabs_that_unlink_one_leaves_the_last_identity(alice: SignIn, second: SignIn) -> None:
    link(sign_in=alice, offer=OFFER, actor=DAYPASS)
    SignIn.objects.filter(pk=alice.pk).update(subject="of an identity that was moved")
    mine = list(SocialAccount.objects.filter(user=alice.user))
    acts = [lambda account=account: unlink(sign_in=alice, account=account, actor=DAYPASS) for account in mine]
    assert during(*acts) == "identity_in_use"
    assert SocialAccount.objects.filter(user=alice.user).count() == 1


def test_of_two_people_who_link_one_identity_the_second_is_told(alice: SignIn, bob: SignIn, second: SignIn) -> None:
    """It was nobody's when both looked."""
    SocialAccount.objects.filter(user=second.user).delete()
    User.objects.filter(pk=second.user_id).update(username="#7")
    told = during(
        lambda: link(sign_in=alice, offer=OFFER, actor=DAYPASS), lambda: link(sign_in=bob, offer=OFFER, actor=DAYPASS)
    )
    assert (told, owner_of(*ADFS)) == ("changed_meanwhile", alice.user)


def test_two_who_link_each_others_identity_do_not_wait_for_each_other(
    alice: SignIn, bob: SignIn, second: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both lock both, in one order: the second waits, and then finds the first's sign-in ended."""
    both = threading.Barrier(2)

    def together(*arguments: Any) -> Any:
        both.wait(10)
        return hold(*arguments)

    monkeypatch.setattr(linking_module, "hold", together)
    hers, his = (Offer("m", "google", name, "", "", "", 0) for name in ("alice", "bob"))
    with ThreadPoolExecutor(2) as pool:
        one = elsewhere(pool, lambda: link(sign_in=alice, offer=his, actor=DAYPASS))
        other = elsewhere(pool, lambda: link(sign_in=bob, offer=hers, actor=DAYPASS))
        said = [one.result(20), other.result(20)]
    assert sorted(said, key=str) == sorted([None, "changed_meanwhile"], key=str)


def test_whoever_holds_an_owner_follows_an_identity_that_moves(alice: SignIn, second: SignIn) -> None:
    def held() -> User | None:
        with transaction.atomic():
            return hold_owner(*ADFS)

    assert during(lambda: link(sign_in=alice, offer=OFFER, actor=DAYPASS), held) == alice.user
