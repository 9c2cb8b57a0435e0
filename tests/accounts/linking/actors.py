"""People with browsers, passwords and devices of their own, who act on identities and second factors by HTTP.

Providers are left out: whoever knows an identity's password is taken to have proven it there.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import F
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.admit import admit
from accounts.identity import Identity
from accounts.journey import Journey
from accounts.linking.offer import Offer
from accounts.linking.owner import owner_of
from accounts.models import RateCount, SignIn, User
from accounts.oidc.flow import DaypassProvider
from accounts.step_up.demand import Demand, Kind
from tests.accounts.second_factor.conftest import code_at
from tests.accounts.second_factor.soft_key import SoftKey
from tests.accounts.second_factor.test_views import options_on, secret_on
from tests.accounts.step_up.conftest import ask_of

Known = tuple[str, str]  # provider and subject
SECOND = Demand(Kind.SECOND_FACTOR, 15)


@dataclass
class Browser:
    """One session, and the sign-in that it began with."""

    client: Client
    key: Any

    @property
    def sign_in(self) -> SignIn | None:
        return SignIn.objects.filter(pk=self.key, ended_at=None).select_related("user").first()

    @property
    def opens_a_role_that_asks(self) -> bool:
        return self.sign_in is not None and SECOND.is_met_by(self.sign_in, timezone.now())


@dataclass
class Somebody:
    """``devices`` are the factors that are in their hands, by the row's id: an app's secret, or a passkey."""

    devices: dict[int, str | SoftKey] = field(default_factory=dict)
    browsers: list[Browser] = field(default_factory=list)

    def sign_in(self, known: Known) -> Browser:
        made = Browser(Client(), sign_in_with(known))
        session = made.client.session
        session["sign_in"] = str(made.key)
        session.save()
        made.client.cookies["sessionid"] = session.session_key or ""
        self.browsers.append(made)
        return made

    def add(self, browser: Browser, kind: str) -> Any:
        """Set up a factor as the pages do it; it is in their hands if it was taken."""
        made: str | SoftKey | None
        before = set(Authenticator.objects.values_list("pk", flat=True))
        page, made, sent = browser.client.get(f"/second-factors/{kind}/"), None, {"code": "123456", "name": "Key"}
        if page.status_code == 200:
            made, sent = scanned(page) if kind == "app" else registered(page)
        answer = browser.client.post(f"/second-factors/{kind}/", sent)
        new = Authenticator.objects.exclude(pk__in=before).exclude(type=Authenticator.Type.RECOVERY_CODES).first()
        if new and made:
            self.devices[new.pk] = made
        return answer

    def confirm(self, browser: Browser) -> bool:
        """Use whichever of their devices is the person's here; tell whether there was one."""
        mine = browser.sign_in
        here = Authenticator.objects.filter(pk__in=self.devices, user=mine.user).first() if mine else None
        if here is None:
            return False
        ask, device = ask_of(browser.client, SECOND), self.devices[here.pk]
        if isinstance(device, SoftKey):
            options = options_on(browser.client.get(ask.address))
            browser.client.post(f"{ask.address}passkey/", {"credential": json.dumps(device.get(options))})
            return True
        here.data.pop("last_step", None)  # as if half a minute had passed
        here.save(update_fields=["data"])
        browser.client.post(f"{ask.address}code/", {"code": code_at(device)})
        return True


def scanned(page: Any) -> tuple[str, dict[str, str]]:
    secret = secret_on(page)
    return secret, {"code": code_at(secret)}


def registered(page: Any) -> tuple[SoftKey, dict[str, str]]:
    key = SoftKey()
    return key, {"name": "Key", "credential": json.dumps(key.create(options_on(page)))}


def sign_in_with(known: Known) -> Any:
    """Let somebody in who proved this identity; return the sign-in's key."""
    request = RequestFactory().get("/")
    request.session, request.user = SessionStore(), AnonymousUser()
    app = SocialApp(provider="openid_connect", provider_id=known[0], name=known[0], client_id="x")
    with request_context(request):
        social = DaypassProvider(request, app=app)
        admit(request=request, social=social, identity=identity(known), journey=Journey())
    return sign_in_of(request).pk


def sign_in_of(request: HttpRequest) -> SignIn:
    found: SignIn = request.sign_in  # type: ignore[attr-defined]  # accounts.start's
    return found


def identity(known: Known) -> Identity:
    provider, subject = known
    return Identity(
        provider=provider,
        subject=subject,
        email=f"{subject}@example.com",
        name=subject,
        principals=[f"user:{subject}@example.com"],
        claims={},
        authenticated_at=timezone.now(),
    )


def link(browser: Browser, known: Known) -> Any:
    """Press the page's button for an identity that came back from its provider just now."""
    soon = (timezone.now() + timedelta(minutes=5)).timestamp()
    offer = Offer("mark", *known, email="", name=known[1], sign_in=str(browser.key), until=soon)
    session = browser.client.session
    session["identity_offer"] = asdict(offer)
    session.save()
    return browser.client.post("/identities/link/", {"mark": "mark"})


def unlink(browser: Browser, known: Known) -> Any:
    account = SocialAccount.objects.filter(provider=known[0], uid=known[1]).first()
    return browser.client.post(f"/identities/{account.pk if account else 0}/unlink/")


def remove(browser: Browser, factor: int) -> Any:
    return browser.client.post(f"/second-factors/{factor}/remove/")


def owner(known: Known) -> User:
    found = owner_of(*known)
    assert found is not None
    return found


def pass_minutes(minutes: int) -> None:
    """Let all sign-ins, and what was shown for them, be older; nobody has tried anything lately."""
    ago = timedelta(minutes=minutes)
    SignIn.objects.update(
        started_at=F("started_at") - ago,
        authenticated_at=F("authenticated_at") - ago,
        second_factor_at=F("second_factor_at") - ago,
    )
    RateCount.objects.all().delete()
