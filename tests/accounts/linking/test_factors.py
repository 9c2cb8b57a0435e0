"""A person with second factors links and unlinks by one of them, and no identity leaves them behind."""

import time
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.linking.models import UnlinkedIdentity
from accounts.models import SignIn
from accounts.second_factor.reset import reset
from accounts.step_up.ask import latest
from accounts.step_up.confirm import confirm
from audit.models import Event
from demo.idp.testing import LocalIdps
from roles.models import PortalRoleMapping
from tests.accounts.linking.actors import Browser, Known, Somebody, link, owner, pass_minutes, remove, unlink
from tests.accounts.second_factor.conftest import sent_on
from tests.conftest import Browser as BrowserOf
from tests.conftest import Signed

GOOGLE, ADFS = ("google", "alice"), ("adfs", "alice")
MALLORYS, BOBS = ("google", "mallory"), ("google", "bob")


@dataclass
class World:
    """Alice is signed in by Google with AD FS linked and an app; Mallory knows her passwords; Bob has an app, too."""

    alice: Somebody = field(default_factory=Somebody)
    mallory: Somebody = field(default_factory=Somebody)
    bob: Somebody = field(default_factory=Somebody)

    def __post_init__(self) -> None:
        self.at = self.alice.sign_in(GOOGLE)
        link(self.at, ADFS)
        self.alice.add(self.at, "app")
        self.bob.add(self.bob.sign_in(BOBS), "app")

    def unlinked(self) -> Browser:
        """Let Alice unlink AD FS by her app; return the browser of Mallory, who then signs in with it."""
        self.alice.confirm(self.at)
        unlink(self.at, ADFS)
        return self.mallory.sign_in(ADFS)


@pytest.fixture
def world(idps: LocalIdps, db: None) -> World:
    return World()


def people() -> dict[Known, int]:
    return {(each.provider, each.uid): each.user_id for each in SocialAccount.objects.order_by("pk")}


def asks(browser: Browser) -> str:
    """Return what the newest question of this browser is about, and where it leads on."""
    found = latest(browser.client.session)
    return f"{found.what}: {found.demand.kind} {found.demand.minutes} > {found.next}" if found else ""


def test_the_password_alone_links_nothing(world: World) -> None:
    stolen, before = world.mallory.sign_in(GOOGLE), people()
    assert link(stolen, MALLORYS).headers["Location"].startswith("/step-up/")
    assert asks(stolen) == "Linking or unlinking an identity: second_factor 10 > /identities/link/"
    assert people() == before


def test_nor_does_it_set_out_for_a_provider(world: World) -> None:
    stolen = world.mallory.sign_in(GOOGLE)
    assert stolen.client.post("/identities/link/adfs/").headers["Location"].startswith("/step-up/")
    assert asks(stolen) == "Linking or unlinking an identity: second_factor 10 > /identities/"


def test_nor_does_it_unlink(world: World) -> None:
    stolen, before = world.mallory.sign_in(ADFS), people()
    assert unlink(stolen, GOOGLE).headers["Location"].startswith("/step-up/")
    assert people() == before


@pytest.mark.parametrize(("minutes", "answer"), [(9, "/identities/"), (11, "/step-up/")])
def test_a_factor_is_fresh_for_ten_minutes(world: World, minutes: int, answer: str) -> None:
    world.alice.confirm(world.at)
    SignIn.objects.filter(pk=world.at.key).update(second_factor_at=timezone.now() - timedelta(minutes=minutes))
    assert unlink(world.at, ADFS).headers["Location"].startswith(answer)


def test_a_recovery_code_does_not_do(world: World) -> None:
    SignIn.objects.filter(pk=world.at.key).update(second_factor="recovery_code", second_factor_at=timezone.now())
    before = people()
    assert unlink(world.at, ADFS).headers["Location"].startswith("/step-up/")
    assert link(world.at, MALLORYS).headers["Location"].startswith("/step-up/")
    assert people() == before


def test_an_unlinked_identity_sets_up_no_factor(world: World) -> None:
    stolen = world.unlinked()
    for kind in ("app", "passkey"):
        assert world.mallory.add(stolen, kind).headers["Location"] == "/second-factors/"
    assert not Authenticator.objects.filter(user=owner(ADFS)).exists()
    event = Event.objects.filter(tag="accounts:second_factor:refuse").latest("pk")
    page = stolen.client.get("/second-factors/").content.decode()
    assert (event.details["reason"], event.reference in page) == ("unlinked_identity", True)
    assert ("No second factor can be set up here" in page, "Add a passkey" in page) == (True, False)


def test_nor_does_it_by_another_identity_that_it_links(world: World) -> None:
    stolen = world.unlinked()
    link(stolen, MALLORYS)
    world.mallory.add(world.mallory.sign_in(MALLORYS), "app")
    assert not world.mallory.devices


def test_nor_does_it_come_under_a_person_with_a_factor_of_their_own(world: World) -> None:
    world.unlinked()
    mine = world.mallory.sign_in(MALLORYS)
    world.mallory.add(mine, "app")
    world.mallory.confirm(mine)
    link(mine, ADFS)
    assert owner(ADFS) != owner(MALLORYS)
    assert Event.objects.get(tag="accounts:identity:refuse").details["reason"] == "unlinked_from_another"


def test_nor_under_one_who_sets_up_theirs_later(world: World) -> None:
    world.unlinked()
    link(world.mallory.sign_in(MALLORYS), ADFS)
    assert owner(ADFS) != owner(MALLORYS)


def test_it_goes_back_to_whom_it_left_and_is_as_free_as_before(world: World) -> None:
    world.unlinked()
    assert UnlinkedIdentity.objects.get().person == owner(GOOGLE)
    link(world.at, ADFS)
    assert (owner(ADFS), UnlinkedIdentity.objects.count()) == (owner(GOOGLE), 0)
    there = world.alice.sign_in(ADFS)
    assert (world.alice.confirm(there), there.opens_a_role_that_asks) == (True, True)


@pytest.mark.parametrize("how", ["removed", "reset"])
def test_it_does_not_go_back_once_they_have_other_factors(world: World, how: str) -> None:
    world.unlinked()
    if how == "removed":
        remove(world.at, next(iter(world.alice.devices)))
    else:
        reset(request=RequestFactory().get("/"), user=owner(GOOGLE))
    stolen = world.mallory.sign_in(GOOGLE)
    world.mallory.add(stolen, "app")
    world.mallory.confirm(stolen)
    link(stolen, ADFS)
    assert (stolen.opens_a_role_that_asks, owner(ADFS) != owner(GOOGLE)) == (True, True)


def test_of_two_factors_one_that_is_removed_changes_nothing(world: World) -> None:
    world.alice.confirm(world.at)
    world.alice.add(world.at, "passkey")
    world.unlinked()
    remove(world.at, min(world.alice.devices))
    assert UnlinkedIdentity.objects.get().person == owner(GOOGLE)


def test_without_a_factor_nothing_is_kept_from_an_identity(world: World) -> None:
    at = world.mallory.sign_in(MALLORYS)
    link(at, ("adfs", "mallory"))
    unlink(at, ("adfs", "mallory"))
    assert Event.objects.get(tag="accounts:identity:unlink").details["second_factors"] == "none"
    world.mallory.add(world.mallory.sign_in(("adfs", "mallory")), "app")
    assert len(world.mallory.devices) == 1


def test_an_administrator_lets_it_have_its_own(world: World, signed_in: Signed, browser: BrowserOf) -> None:
    stays = world.unlinked()
    world.alice.confirm(world.at)
    link(world.at, ("adfs", "second"))
    unlink(world.at, ("adfs", "second"))
    PortalRoleMapping.objects.create(principal="user:erin@example.com", portal_role="administrator")
    erin, address = browser(signed_in("erin")), f"/admin/accounts/user/{owner(ADFS).pk}/second-factors/"
    assert "unlinked from somebody who has second factors" in erin.get(address).content.decode()
    assert erin.post(address).status_code == 302
    assert (stays.sign_in, [each.subject for each in UnlinkedIdentity.objects.all()]) == (None, ["second"])
    world.alice.add(world.alice.sign_in(ADFS), "app")
    assert len(world.alice.devices) == 2


def test_nobody_lets_their_own_have_one(world: World, browser: BrowserOf) -> None:
    """Also if what they may administer follows from the very identity that left its factors."""
    stolen = world.unlinked()
    PortalRoleMapping.objects.create(principal="user:alice@example.com", portal_role="administrator")
    answer = stolen.client.post(f"/admin/accounts/user/{owner(ADFS).pk}/second-factors/")
    assert (answer.status_code, UnlinkedIdentity.objects.count()) == (409, 1)


def test_two_people_with_factors_are_not_made_one(world: World) -> None:
    world.alice.confirm(world.at)
    link(world.at, BOBS)
    assert owner(BOBS) != owner(GOOGLE)
    assert Event.objects.get(tag="accounts:identity:refuse").details["reason"] == "owner_has_second_factors"


def test_the_page_offers_both_and_says_what_unlinking_means(world: World) -> None:
    pass_minutes(11)
    page = world.at.client.get("/identities/").content.decode()
    assert ("Unlink<span" in page, "It leaves your second factors" in page) == (True, True)


def test_what_a_factor_that_is_gone_proved_is_not_written(world: World) -> None:
    """It signed, and was removed in another tab before that was written down."""
    factor, sign_in = Authenticator.objects.get(user=owner(GOOGLE), type="totp"), world.at.sign_in
    assert sign_in
    Authenticator.objects.filter(user=owner(GOOGLE)).delete()
    request = RequestFactory().get("/")
    request.session = Client().session
    assert confirm(request=request, sign_in=sign_in, authenticator=factor) is False
    assert not world.at.opens_a_role_that_asks


def app_of(world: World) -> str:
    """Return the secret of Alice's app."""
    (secret,) = world.alice.devices.values()
    assert isinstance(secret, str)
    return secret


def test_an_unlinking_goes_on_by_itself_once_a_factor_is_used(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    later = time.time() + 60  # the code that set the app up was used
    monkeypatch.setattr("time.time", lambda: later)
    form = sent_on(world.at.client, unlink(world.at, ADFS).headers["Location"], app_of(world))
    assert people()[ADFS] == people()[GOOGLE]
    assert world.at.client.post(form.action, form.data).headers["Location"] == "/identities/"
    assert ADFS not in people()


def test_so_does_setting_out_to_link_which_leads_out_to_the_provider(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = time.time() + 60
    monkeypatch.setattr("time.time", lambda: later)
    asked = world.at.client.post("/identities/link/adfs/").headers["Location"]
    form = sent_on(world.at.client, asked, app_of(world))
    assert form.action == "/identities/link/adfs/"
    assert "authorize" in world.at.client.post(form.action, form.data).headers["Location"]
