"""A person links an identity that they prove, sees both names first, and gets no right of the one with the other."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts.models import SignIn, User
from audit.models import Event
from tests.accounts.conftest import Name, SignInAs
from tests.accounts.linking.conftest import CONFIRM, PAGE, Linking, owners


def test_the_linked_identity_is_the_same_person_from_now_on(linking: Linking, real_sign_in: SignInAs) -> None:
    mine = linking.sign_in()
    linking.link()
    later = real_sign_in("adfs", "alice")
    assert (later.user_id, User.objects.count()) == (mine.user_id, 1)
    assert owners() == {"adfs": mine.user_id, "google": mine.user_id}


def test_neither_sign_in_gets_rights_of_the_other(linking: Linking, real_sign_in: SignInAs, name_groups: Name) -> None:
    name_groups("group:adfs:AWS-Prod-Admin")
    mine = linking.sign_in()
    before = ["domain:example.com", f"subject:google:{mine.subject}", "user:alice@example.com"]
    assert linking.link().principals == mine.principals == before
    later = real_sign_in("adfs", "alice")
    assert "group:adfs:AWS-Prod-Admin" in later.principals
    assert linking.here.principals == before


def test_linking_changes_nothing_about_the_sign_in_that_set_out(linking: Linking) -> None:
    before, key = linking.sign_in(), linking.walk.client.session.session_key
    after = linking.link()
    assert (after.pk, linking.walk.client.session.session_key) == (before.pk, key)
    unchanged = ("provider", "subject", "email", "claims", "authenticated_at", "started_at", "expires_at")
    assert [getattr(after, name) for name in unchanged] == [getattr(before, name) for name in unchanged]
    assert SignIn.objects.count() == 1


def test_the_page_that_asks_names_both_identities(linking: Linking) -> None:
    linking.sign_in()
    linking.come_back("adfs", "bob")
    page = linking.walk.client.get(CONFIRM).content.decode()
    assert [text in page for text in ("alice@example.com", "Signed in with Google", "bob@example.com", "At AD FS")] == [
        True
    ] * 4
    assert owners().keys() == {"google"}


def test_it_is_on_the_ledger_without_the_subject(linking: Linking) -> None:
    mine = linking.sign_in()
    linking.link()
    event = Event.objects.get(tag="accounts:identity:link")
    told = {name: event.details[name] for name in ("provider", "with_provider", "email", "before")}
    assert (event.subject_id, event.sign_in_id) == (str(mine.user_id), mine.pk)
    assert told == {"provider": "adfs", "with_provider": "google", "email": "alice@example.com", "before": ""}
    subject = SignIn.objects.first()
    assert subject
    assert subject.subject not in str(event.details)


def test_an_identity_of_another_person_is_moved_and_its_sign_ins_end(linking: Linking, real_sign_in: SignInAs) -> None:
    old = real_sign_in("adfs", "alice")
    mine = linking.sign_in()
    linking.come_back()
    assert "It has been used on its own until now" in linking.walk.client.get(CONFIRM).content.decode()
    linking.press()
    old.refresh_from_db()
    assert (old.end_reason, old.user_id == mine.user_id) == ("by_person", False)
    assert owners() == {"adfs": mine.user_id, "google": mine.user_id}
    event = Event.objects.get(tag="accounts:identity:link")
    assert (event.details["before"], event.details["before_name"]) == (str(old.user_id), "alice@example.com")
    assert real_sign_in("adfs", "alice").user_id == mine.user_id


def test_two_identities_of_one_provider_can_be_linked(linking: Linking, real_sign_in: SignInAs) -> None:
    """Administrators often have a second account in the same directory."""
    mine = linking.sign_in("adfs", "alice")
    linking.link("adfs", "erin")
    later = real_sign_in("adfs", "erin")
    assert (later.user_id, "group:adfs:AWS-Prod-Admin" in later.principals) == (mine.user_id, False)


def test_an_identity_that_is_mine_already_changes_nothing(linking: Linking) -> None:
    mine = linking.sign_in()
    linking.link()
    linking.come_back()
    assert "Linked already" in linking.walk.client.get(CONFIRM).content.decode()
    linking.press()
    assert (owners()["adfs"], Event.objects.filter(tag="accounts:identity:link").count()) == (mine.user_id, 1)


def test_a_further_identity_does_not_rename_the_person(linking: Linking, real_sign_in: SignInAs) -> None:
    mine = linking.sign_in()
    linking.link("adfs", "bob")
    real_sign_in("adfs", "bob")
    assert (User.objects.get().pk, User.objects.get().email) == (mine.user_id, "alice@example.com")


def test_a_step_up_counts_as_recent(linking: Linking) -> None:
    mine = linking.sign_in()
    old = timezone.now() - timedelta(minutes=50)
    SignIn.objects.filter(pk=mine.pk).update(started_at=old, authenticated_at=old, second_factor_at=timezone.now())
    assert linking.come_back().headers["Location"] == CONFIRM


def test_the_page_lists_what_is_linked(linking: Linking) -> None:
    linking.sign_in()
    linking.link("adfs", "bob")
    listed = linking.walk.client.get(PAGE).context["identities"]
    assert [(item.provider_name, item.label, item.is_current) for item in listed] == [
        ("Google", "alice@example.com", True),
        ("AD FS", "bob@example.com", False),
    ]


def test_without_a_sign_in_there_is_no_page(linking: Linking) -> None:
    assert [Client().get(path).status_code for path in (PAGE, CONFIRM)] == [302, 302]
    assert Client().post("/identities/link/adfs/").status_code == 302
