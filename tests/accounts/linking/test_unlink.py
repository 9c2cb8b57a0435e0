"""An identity that is let go is somebody else's from then on; nobody lets go of what they stand on."""

from datetime import timedelta

from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from accounts.models import SignIn, User
from audit.models import Event
from tests.accounts.conftest import Answer, SignInAs
from tests.accounts.linking.conftest import Linking, owners


def unlink(linking: Linking, slug: str) -> Answer:
    account = SocialAccount.objects.get(provider=slug)
    return linking.walk.client.post(f"/identities/{account.pk}/unlink/")


def test_an_unlinked_identity_is_a_person_of_its_own(linking: Linking, real_sign_in: SignInAs) -> None:
    mine = linking.sign_in()
    linking.link()
    unlink(linking, "adfs")
    assert real_sign_in("adfs", "alice").user_id != mine.user_id
    assert linking.here.pk == mine.pk


def test_its_sign_ins_end_and_the_ledger_says_so(linking: Linking, real_sign_in: SignInAs) -> None:
    mine = linking.sign_in()
    linking.link()
    there = real_sign_in("adfs", "alice")
    unlink(linking, "adfs")
    there.refresh_from_db()
    event = Event.objects.get(tag="accounts:identity:unlink")
    assert (there.end_reason, event.details["sign_ins_ended"], event.subject_id) == ("by_person", 1, str(mine.user_id))


def test_the_first_identity_does_not_come_back_by_its_name(linking: Linking, real_sign_in: SignInAs) -> None:
    mine = linking.sign_in("google")
    linking.link()
    linking.sign_in("adfs")
    unlink(linking, "google")
    assert real_sign_in("google", "alice").user_id != mine.user_id
    SocialAccount.objects.filter(provider="adfs").delete()
    assert real_sign_in("adfs", "alice").user_id == mine.user_id


def test_an_identity_that_had_its_own_history_returns_to_it(linking: Linking, real_sign_in: SignInAs) -> None:
    old = real_sign_in("adfs", "alice")
    linking.sign_in()
    linking.link()
    unlink(linking, "adfs")
    assert real_sign_in("adfs", "alice").user_id == old.user_id


def test_an_identity_taken_from_a_person_who_has_others_does_not_return(
    linking: Linking, real_sign_in: SignInAs
) -> None:
    bob = Linking()
    theirs = bob.sign_in("adfs", "alice")
    bob.link("google", "bob")
    mine = linking.sign_in("google", "alice")
    linking.link("adfs", "alice")
    account = SocialAccount.objects.get(provider="adfs")
    linking.walk.client.post(f"/identities/{account.pk}/unlink/")
    later = real_sign_in("adfs", "alice")
    assert later.user_id not in {mine.user_id, theirs.user_id}
    assert User.objects.get(pk=theirs.user_id).username.startswith("google:")


def test_the_identity_of_this_sign_in_stays(linking: Linking) -> None:
    linking.sign_in()
    linking.link()
    unlink(linking, "google")
    assert owners().keys() == {"adfs", "google"}
    assert not Event.objects.filter(tag="accounts:identity:unlink").exists()


def test_the_last_one_stays(linking: Linking) -> None:
    mine = linking.sign_in()
    SignIn.objects.filter(pk=mine.pk).update(subject="of an identity that was moved")
    unlink(linking, "google")
    assert owners().keys() == {"google"}


def test_an_old_sign_in_unlinks_nothing(linking: Linking) -> None:
    mine = linking.sign_in()
    linking.link()
    old = timezone.now() - timedelta(minutes=11)
    SignIn.objects.filter(pk=mine.pk).update(started_at=old, authenticated_at=old)
    unlink(linking, "adfs")
    assert owners().keys() == {"adfs", "google"}


def test_following_a_link_neither_unlinks_nor_sets_out(linking: Linking) -> None:
    linking.sign_in()
    linking.link()
    account = SocialAccount.objects.get(provider="adfs")
    for address in (f"/identities/{account.pk}/unlink/", "/identities/link/adfs/"):
        assert linking.walk.client.get(address).status_code == 405
    assert owners().keys() == {"adfs", "google"}
