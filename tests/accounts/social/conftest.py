"""Facebook's and Amazon's stand-ins, a portal that knows both, and a browser that walks through them."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from django.test import Client
from pytest_django import Settings

from accounts.models import SignIn
from demo.idp.testing import LocalIdps, LocalSocial, cancel, sign_in_as
from tests.accounts.conftest import Answer, SignInAs

PROVIDERS = """
[providers.facebook]
kind = "facebook"
name = "Facebook"
client_id = "{facebook.client_id}"
client_secret = "env:TEST_CLIENT_SECRET"
stand_in = "{facebook.base}"

[providers.amazon]
kind = "amazon"
name = "Amazon"
client_id = "{amazon.client_id}"
client_secret = "env:TEST_CLIENT_SECRET"
stand_in = "{amazon.base}"
"""


@pytest.fixture
def socials(running_idps: LocalIdps, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> LocalIdps:
    """Both stand-ins as at their start, and this portal set up for them."""
    monkeypatch.setenv("TEST_CLIENT_SECRET", running_idps.facebook.client_secret)
    set_up(running_idps, tmp_path, settings)
    running_idps.reset()
    return running_idps


def set_up(idps: LocalIdps, folder: Path, settings: Settings, *, more: str = "") -> None:
    """Write the providers' file; ``more`` are lines for the last of them, Amazon."""
    path = folder / f"daypass-{abs(hash(more))}.toml"
    path.write_text(PROVIDERS.format(facebook=idps.facebook, amazon=idps.amazon) + more)
    settings.DAYPASS_PROVIDERS = str(path)


@pytest.fixture(params=["facebook", "amazon"])
def social(socials: LocalIdps, request: pytest.FixtureRequest) -> LocalSocial:
    chosen: LocalSocial = getattr(socials, request.param)
    return chosen


@dataclass
class SocialWalk:
    """A browser on its way through a sign-in at Facebook or Amazon."""

    client: Client = field(default_factory=Client)
    outside: requests.Session = field(default_factory=requests.Session)

    def start(self, slug: str, **form: str) -> str:
        answer = self.client.post(f"/accounts/social/{slug}/login/", form)
        assert answer.status_code == 302, answer.content
        return answer.headers["Location"]

    def come_back(self, slug: str, person: str, **form: str) -> str:
        """Sign in there; return the callback's address, not yet called."""
        return portals(sign_in_as(self.outside, self.start(slug, **form), person))

    def cancelled(self, slug: str) -> str:
        return portals(cancel(self.outside, self.start(slug)))

    def sign_in(self, slug: str, person: str = "alice", **form: str) -> Answer:
        return self.client.get(self.come_back(slug, person, **form))


def portals(address: str) -> str:
    return address.removeprefix("http://testserver").removesuffix("#_=_")


@pytest.fixture
def walk() -> SocialWalk:
    return SocialWalk()


@pytest.fixture
def social_sign_in(socials: LocalIdps, db: None) -> SignInAs:
    """Return a maker of real sign-ins: ``social_sign_in("amazon", "bob")``."""

    def make(slug: str, person: str = "alice") -> SignIn:
        answer = SocialWalk().sign_in(slug, person)
        assert answer.status_code == 302, answer.content
        return SignIn.objects.latest("started_at")

    return make
