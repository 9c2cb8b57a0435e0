"""What may not be linked, and who may not make somebody link."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.break_glass import identity_of
from accounts.linking import views
from accounts.models import SignIn, User
from accounts.providers import configured
from audit.models import Event
from demo.idp.testing import LocalIdps, cancel
from tests.accounts.conftest import Answer, SignInAs
from tests.accounts.linking.conftest import CONFIRM, PAGE, Linking, owners
from tests.conftest import Browser, Signed


def refused(answer: Answer, reason: str) -> None:
    """Assert that this answer refused to link: its page, its event, and nobody's identity changed hands."""
    event = Event.objects.get(tag="accounts:identity:refuse")
    assert (answer.status_code, event.details["reason"]) == (403, reason)
    page = answer.content.decode()
    assert (event.reference in page, "Not linked" in page, 'href="/identities/"' in page) == (True, True, True)
    assert "eyJ" not in str(event.details)
    assert not Event.objects.filter(tag="accounts:identity:link").exists()


def test_an_identity_of_somebody_switched_off_is_no_way_back(linking: Linking, real_sign_in: SignInAs) -> None:
    old = real_sign_in("adfs", "alice")
    User.objects.filter(pk=old.user_id).update(is_active=False)
    linking.sign_in()
    refused(linking.come_back(), "owner_inactive")
    assert owners()["adfs"] == old.user_id


def test_nor_is_it_when_its_account_was_lost(linking: Linking, real_sign_in: SignInAs) -> None:
    old = real_sign_in("adfs", "alice")
    User.objects.filter(pk=old.user_id).update(is_active=False)
    SocialAccount.objects.filter(user=old.user_id).delete()
    linking.sign_in()
    refused(linking.come_back(), "owner_inactive")
    assert owners().keys() == {"google"}


def test_nor_when_they_are_switched_off_before_the_button_is_pressed(linking: Linking, real_sign_in: SignInAs) -> None:
    old = real_sign_in("adfs", "alice")
    linking.sign_in()
    linking.come_back()
    User.objects.filter(pk=old.user_id).update(is_active=False)
    refused(linking.press(), "owner_inactive")
    assert owners()["adfs"] == old.user_id


def test_an_identity_with_second_factors_of_its_own_stays(linking: Linking, real_sign_in: SignInAs) -> None:
    """Whoever knows its password at the provider could else bring it under a person whose factor they hold."""
    old = real_sign_in("adfs", "alice")
    Authenticator.objects.create(user=old.user, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    linking.sign_in()
    refused(linking.come_back(), "owner_has_second_factors")
    assert owners()["adfs"] == old.user_id


def test_a_person_who_is_switched_off_comes_in_by_none_of_their_identities(linking: Linking) -> None:
    mine = linking.sign_in()
    linking.link()
    User.objects.filter(pk=mine.user_id).update(is_active=False)
    fresh = Linking()
    answers = [fresh.walk.sign_in(slug, "alice").status_code for slug in ("google", "adfs")]
    reasons = [event.details["reason"] for event in Event.objects.filter(tag="accounts:sign_in:refuse")]
    assert (answers, reasons, User.objects.count()) == ([403, 403], ["inactive", "inactive"], 1)


def test_a_lured_browser_links_nothing_by_itself(linking: Linking) -> None:
    """The attacker's own identity came back in the victim's browser: it waits for a button that names it."""
    linking.sign_in()
    linking.come_back("adfs", "mallory")
    assert owners().keys() == {"google"}
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = linking.walk.client.cookies
    assert strict.post(CONFIRM, {"mark": linking.walk.client.session["identity_offer"]["mark"]}).status_code == 403
    assert strict.post("/identities/link/adfs/").status_code == 403
    assert owners().keys() == {"google"}


def test_an_answer_that_another_browser_fetched_is_refused_here(linking: Linking) -> None:
    """Login CSRF: the attacker sets out and signs in, the victim's browser gets the callback."""
    attacker = Linking()
    attacker.sign_in("google", "bob")
    address = attacker.callback("adfs", "mallory")
    linking.sign_in()
    answer = linking.walk.client.get(address)
    assert answer.status_code == 403
    assert Event.objects.get(tag="accounts:sign_in:refuse").details["reason"] == "state"
    assert "identity_offer" not in linking.walk.client.session


def test_an_identity_that_came_in_between_is_not_the_one_that_was_read(linking: Linking) -> None:
    linking.sign_in()
    linking.come_back("adfs", "alice")
    read = linking.walk.client.get(CONFIRM).context["offer"].mark
    linking.come_back("adfs", "mallory")
    linking.press(mark=read)
    assert owners().keys() == {"google"}


def test_an_offer_is_good_once_and_for_its_sign_in_alone(linking: Linking) -> None:
    linking.sign_in()
    linking.come_back()
    kept = linking.walk.client.session["identity_offer"]
    linking.press()
    assert "identity_offer" not in linking.walk.client.session
    linking.walk.sign_in("google", "bob")
    session = linking.walk.client.session
    session["identity_offer"] = kept
    session.save()
    assert linking.walk.client.get(CONFIRM).headers["Location"] == PAGE
    linking.walk.client.post(CONFIRM, {"mark": kept["mark"]})
    assert Event.objects.filter(tag="accounts:identity:link").count() == 1


def test_an_offer_grows_old(linking: Linking) -> None:
    linking.sign_in()
    linking.come_back()
    session = linking.walk.client.session
    mark = session["identity_offer"]["mark"]
    session["identity_offer"] = {**session["identity_offer"], "until": timezone.now().timestamp() - 1}
    session.save()
    linking.walk.client.post(CONFIRM, {"mark": mark})
    assert owners().keys() == {"google"}


@pytest.mark.parametrize("minutes", [11, 50])
def test_an_old_sign_in_sets_out_for_nothing(linking: Linking, asked: list[str], minutes: int) -> None:
    mine = linking.sign_in()
    asked.clear()
    old = timezone.now() - timedelta(minutes=minutes)
    SignIn.objects.filter(pk=mine.pk).update(started_at=old, authenticated_at=old)
    answer = linking.set_out()
    assert (answer.headers["Location"], asked) == (PAGE, [])
    page = linking.walk.client.get(PAGE)
    assert (page.context["may_set_out"], page.context["again"]) == (False, "/sign-in/?next=%2Fidentities%2F&again=1")


def test_a_sign_in_that_ended_on_the_way_links_nothing(linking: Linking) -> None:
    linking.sign_in()
    address = linking.callback()
    linking.walk.client.post(f"/sign-ins/{linking.here.pk}/end/")
    assert linking.walk.client.get(address).status_code == 403
    assert owners().keys() == {"google"}


@pytest.mark.parametrize("claims", [{"drop": ["auth_time"]}, {"shift": {"auth_time": -3600}}])
def test_a_provider_that_only_remembers_proves_nothing(
    linking: Linking, idps: LocalIdps, claims: dict[str, object]
) -> None:
    linking.sign_in()
    address = linking.callback()
    idps.adfs.fault(claims=claims)
    refused(linking.walk.client.get(address), "not_authenticated_anew")


def test_the_provider_is_asked_for_credentials(linking: Linking) -> None:
    linking.sign_in()
    assert "prompt=login&max_age=0" in linking.set_out("adfs").headers["Location"]
    assert "max_age" not in linking.set_out("google").headers["Location"]


def test_a_token_that_is_not_genuine_links_nothing(linking: Linking, idps: LocalIdps) -> None:
    linking.sign_in()
    address = linking.callback()
    idps.adfs.fault(sign_with="other")
    refused(linking.walk.client.get(address), "signature")


def test_cancelling_leads_back_to_the_page(linking: Linking) -> None:
    linking.sign_in()
    address = cancel(linking.walk.outside, linking.set_out().headers["Location"])
    refused(linking.walk.client.get(address.removeprefix("http://testserver")), "cancelled")


def test_break_glass_is_nobodys_identity(settings: Settings, idps: LocalIdps, browser: Browser, db: None) -> None:
    settings.DAYPASS_BREAK_GLASS = True
    user = User.objects.create(username="break-glass:administrator", name="Break-glass administrator")
    found, now = identity_of(user), timezone.now()
    sign_in = SignIn.objects.create(
        user=user,
        provider=found.provider,
        subject=found.subject,
        authenticated_at=now,
        expires_at=now + timedelta(hours=1),
    )
    client = browser(sign_in)
    assert client.get(PAGE).context["is_break_glass"] is True
    assert [client.post(f"/identities/link/{slug}/").status_code for slug in ("adfs", "break-glass")] == [404, 404]


def test_a_provider_that_is_not_configured_does_not_exist(linking: Linking) -> None:
    linking.sign_in()
    assert linking.set_out("nowhere").status_code == 404


def test_nor_does_one_that_was_taken_out_before_the_button_was_pressed(
    linking: Linking, monkeypatch: pytest.MonkeyPatch
) -> None:
    linking.sign_in()
    linking.come_back()
    monkeypatch.setattr(
        views, "configured", lambda: {slug: one for slug, one in configured().items() if slug != "adfs"}
    )
    assert linking.press().headers["Location"] == PAGE
    assert owners().keys() == {"google"}


def test_setting_out_again_and_again_is_slowed(linking: Linking) -> None:
    linking.sign_in()
    answers = [linking.set_out().status_code for _ in range(21)]
    assert answers == [302] * 20 + [429]
    assert Event.objects.get(tag="accounts:limit:exceed").details["by"] == "person"


def test_a_provider_that_does_not_answer_is_told(linking: Linking, idps: LocalIdps, settings: Settings) -> None:
    linking.sign_in()
    idps.adfs.fault(discovery={"status": 503})
    answer = linking.set_out()
    assert (answer.status_code, Event.objects.get(tag="accounts:identity:refuse").details["reason"]) == (
        503,
        "provider_unavailable",
    )


def test_somebody_elses_identity_is_not_there_to_unlink(linking: Linking, signed_in: Signed, browser: Browser) -> None:
    mine = linking.sign_in()
    account = SocialAccount.objects.get(user=mine.user_id)
    assert browser(signed_in("bob")).post(f"/identities/{account.pk}/unlink/").status_code == 404
