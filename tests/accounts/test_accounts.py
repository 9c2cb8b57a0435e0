"""Who is who: the key is (provider, subject), and an address, a user name or a group makes nobody somebody else."""

from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from pytest_django import Settings

from accounts import providers
from accounts.adapters import AccountAdapter
from accounts.models import SignIn, User
from audit.models import Event, Finding, Job
from audit.runner import run
from demo.idp.testing import LocalIdps
from roles.access import Refused, grant_for
from roles.models import PortalRoleMapping
from roles.portal_roles import portal_roles_for
from tests.accounts.conftest import Name, SignInAs, Walk, refused
from tests.conftest import SANDBOX, Browser, MakeRole

HERS = ["group:adfs:AWS-Dev-Read", "group:adfs:AWS-Prod-Admin"]

pytestmark = pytest.mark.django_db


def people(sign_ins: list[SignIn]) -> int:
    return len({sign_in.user_id for sign_in in sign_ins})


def may_take(sign_in: SignIn, role: str) -> bool:
    try:
        return bool(grant_for(sign_in=sign_in, account_id=SANDBOX, role_name=role))
    except Refused:
        return False


@pytest.fixture
def without_address(idps: LocalIdps, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both providers as the file would have them with ``email_optional = true``."""
    lenient = {slug: replace(found, email_optional=True) for slug, found in providers.configured().items()}
    monkeypatch.setattr(providers, "_configured", lambda *_key: lenient)


def test_one_address_at_two_providers_is_two_people(real_sign_in: SignInAs, browser: Browser) -> None:
    one, two = real_sign_in("google", "alice"), real_sign_in("adfs", "alice")
    assert (one.email, one.email == two.email, people([one, two])) == ("alice@example.com", True, 2)
    listed = browser(one).get("/identities/").context["identities"]
    assert [item.provider_name for item in listed] == ["Google"]
    assert EmailAddress.objects.count() == 0


def test_nobody_is_switched_off_for_their_namesake(real_sign_in: SignInAs) -> None:
    one = real_sign_in("google", "alice")
    User.objects.filter(pk=one.user_id).update(is_active=False)
    assert real_sign_in("adfs", "alice").user.is_active
    assert Walk().sign_in("google", "alice").status_code == 403


def test_a_changed_address_is_the_same_person_with_other_rights(
    idps: LocalIdps, real_sign_in: SignInAs, make_role: MakeRole
) -> None:
    make_role("Old", "user:bob@example.com")
    make_role("New", "user:robert@example.com")
    before = real_sign_in("google", "bob")
    idps.person("bob", email="robert@example.com")
    after = real_sign_in("google", "bob")
    assert (people([before, after]), after.user.email) == (1, "robert@example.com")
    assert [may_take(after, role) for role in ("Old", "New")] == [False, True]


@pytest.mark.parametrize("slug", ["google", "adfs"])
def test_a_name_that_was_given_to_somebody_else_is_somebody_else(
    idps: LocalIdps, real_sign_in: SignInAs, name_groups: Name, slug: str
) -> None:
    """Alice has left, Bob gets her user name and address: another subject."""
    name_groups(*HERS)
    old = real_sign_in(slug, "alice")
    idps.person("alice", email="alice.left@example.com", upn="alice.left@example.com")
    idps.person("bob", email="alice@example.com", upn="alice@example.com", unique_name="EXAMPLE\\alice")
    new = real_sign_in(slug, "bob")
    assert (new.email, people([old, new])) == ("alice@example.com", 2)
    assert list(SignIn.objects.filter(user=new.user_id)) == [new]
    assert "group:adfs:AWS-Prod-Admin" not in new.principals


def test_an_address_that_changed_hands_is_told_once(idps: LocalIdps, real_sign_in: SignInAs) -> None:
    real_sign_in("google", "alice")
    idps.person("alice", email="alice.left@example.com")
    idps.person("bob", email="alice@example.com")
    new, _again = real_sign_in("google", "bob"), real_sign_in("google", "bob")
    event = Event.objects.get(tag="accounts:identity:reuse")
    assert (event.subject_id, event.details["email"]) == (str(new.user_id), "alice@example.com")
    run(Job.objects.get(task="flag_event").pk, 0)
    finding = Finding.objects.get()
    assert (finding.kind, finding.event_id, "user:alice@example.com" in finding.text) == (
        "address_reused",
        event.pk,
        True,
    )


def test_an_address_at_another_provider_did_not_change_hands(real_sign_in: SignInAs) -> None:
    real_sign_in("google", "alice")
    real_sign_in("adfs", "alice")
    assert not Event.objects.filter(tag="accounts:identity:reuse").exists()


def test_a_user_name_is_no_address(idps: LocalIdps, walk: Walk) -> None:
    """A directory entry without mail: nothing is guessed from the UPN, though it looks like an address."""
    idps.person("alice", email="", upn="alice@example.com")
    event = refused(walk.sign_in("adfs", "alice"))
    assert event.details["reason"] == "email_missing"


def test_the_user_name_gives_no_right(idps: LocalIdps, real_sign_in: SignInAs, make_role: MakeRole) -> None:
    make_role("Hers", "user:alice@example.com")
    idps.person("bob", upn="alice@example.com", unique_name="alice@example.com")
    assert may_take(real_sign_in("adfs", "bob"), "Hers") is False


@pytest.mark.usefixtures("without_address")
def test_without_an_address_somebody_comes_in_by_their_subject_and_groups(
    idps: LocalIdps, real_sign_in: SignInAs, name_groups: Name
) -> None:
    name_groups(*HERS)
    idps.person("alice", email="")
    one, again = real_sign_in("adfs", "alice"), real_sign_in("adfs", "alice")
    assert (one.email, one.principals) == ("", [*HERS, f"subject:adfs:{one.subject}"])
    assert (people([one, again]), one.user.label) == (1, f"Alice Example (adfs:{one.subject})")


@pytest.mark.usefixtures("without_address")
def test_two_people_without_an_address_are_two(idps: LocalIdps, real_sign_in: SignInAs) -> None:
    for name in ("alice", "bob"):
        idps.person(name, email="")
    assert people([real_sign_in("adfs", "alice"), real_sign_in("adfs", "bob")]) == 2


@pytest.mark.parametrize("address", ["alice@elsewhere.example", "alice@sub.example.com"])
def test_an_address_that_the_provider_does_not_speak_for_gives_nothing(
    idps: LocalIdps, real_sign_in: SignInAs, make_role: MakeRole, address: str
) -> None:
    make_role("Hers", f"user:{address}", f"domain:{address.partition('@')[2]}")
    idps.person("alice", email=address)
    sign_in = real_sign_in("adfs", "alice")
    assert (sign_in.email, sign_in.user.email, may_take(sign_in, "Hers")) == ("", "", False)
    assert sign_in.principals == [f"subject:adfs:{sign_in.subject}"]


def test_an_address_that_google_did_not_verify_gives_nothing(idps: LocalIdps, real_sign_in: SignInAs) -> None:
    idps.person("alice", email_verified=False)
    sign_in = real_sign_in("google", "alice")
    assert (sign_in.email, sign_in.principals) == ("", [f"subject:google:{sign_in.subject}"])


def test_an_administrators_address_at_another_provider_administers_nothing(
    idps: LocalIdps, real_sign_in: SignInAs, settings: Settings
) -> None:
    """By group of one provider: the same group's name at another is another principal."""
    PortalRoleMapping.objects.create(principal="group:google:Daypass-Admins", portal_role="administrator")
    assert portal_roles_for(real_sign_in("adfs", "erin")) == frozenset()


def test_a_second_sign_in_replaces_rights_and_adds_none(
    idps: LocalIdps, real_sign_in: SignInAs, name_groups: Name
) -> None:
    name_groups(*HERS)
    before = real_sign_in("adfs", "alice")
    idps.person("alice", groups=["AWS-Dev-Read"])
    after = real_sign_in("adfs", "alice")
    assert set(before.principals) - set(after.principals) == {"group:adfs:AWS-Prod-Admin"}
    assert set(after.principals) < set(before.principals)


def test_the_key_of_an_account_is_provider_and_subject(real_sign_in: SignInAs) -> None:
    made = [real_sign_in("google", "alice"), real_sign_in("adfs", "alice"), real_sign_in("adfs", "bob")]
    assert {(account.provider, account.uid) for account in SocialAccount.objects.all()} == {
        (sign_in.provider, sign_in.subject) for sign_in in made
    }
    assert Event.objects.filter(tag="accounts:sign_in:start").count() == 3


def test_nobody_is_signed_in_while_allauth_asks_for_something_else(
    idps: LocalIdps, real_sign_in: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a later version of it may put between the provider's word and the sign-in."""
    bob = real_sign_in("google", "bob")
    monkeypatch.setattr(AccountAdapter, "is_open_for_signup", lambda *_: False)
    walk = Walk()
    answer = walk.sign_in("google", "alice")
    assert (answer.status_code, "Sign Up Closed" in answer.content.decode()) == (200, True)
    assert ("sign_in" in walk.client.session, list(User.objects.all()), list(SignIn.objects.all())) == (
        False,
        [bob.user],
        [bob],
    )
