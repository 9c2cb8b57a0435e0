"""Which identities are kept from factors, and to whom they go back."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount

from accounts.linking.models import UnlinkedIdentity
from accounts.linking.offer import check
from accounts.linking.unlinked import has_no_factor, note_unlinked, withheld_from
from accounts.models import SignIn, User
from accounts.refusals import Reason, SignInRefused
from tests.accounts.second_factor.conftest import give_app


@pytest.fixture
def stranger(alice: SignIn, bob: SignIn) -> User:
    """Whoever signs in with what left Alice; Bob let go of another one, whose holder is a bystander."""
    note_unlinked(alice.user, "adfs", "alice")
    note_unlinked(bob.user, "adfs", "bob")
    User.objects.create(username="adfs:bob")
    return User.objects.create(username="adfs:alice")


def subjects(user: User) -> list[str]:
    return [each.subject for each in withheld_from(user)]


def test_it_is_found_by_the_name_of_a_person_whose_account_was_lost(stranger: User, alice: SignIn) -> None:
    assert (subjects(stranger), subjects(alice.user)) == (["alice"], [])


def test_it_is_found_by_the_account_of_a_person_who_is_called_otherwise(stranger: User) -> None:
    other = User.objects.create(username="#7")
    SocialAccount.objects.create(user=other, provider="adfs", uid="alice")
    SocialAccount.objects.create(user=stranger, provider="google", uid="bob")  # the same subject elsewhere
    assert (subjects(other), subjects(stranger)) == (["alice"], ["alice"])


def test_a_person_without_a_factor_vouches_for_their_own_no_more(stranger: User, alice: SignIn, bob: SignIn) -> None:
    has_no_factor(alice.user)
    kept = dict(UnlinkedIdentity.objects.values_list("subject", "person"))
    assert kept == {"alice": None, "bob": bob.user_id}


def test_it_goes_back_only_to_a_person_who_has_factors(stranger: User, alice: SignIn) -> None:
    give_app(alice.user)
    assert check(alice, "adfs", "alice") == stranger
    Authenticator.objects.all().delete()
    with pytest.raises(SignInRefused) as caught:
        check(alice, "adfs", "alice")
    assert caught.value.reason is Reason.LINK_UNLINKED


def test_one_that_left_twice_is_of_whom_it_left_last(stranger: User, bob: SignIn) -> None:
    note_unlinked(bob.user, "adfs", "alice")
    assert UnlinkedIdentity.objects.get(subject="alice").person_id == bob.user_id
