"""Erin administers; she sets out to try a provider and signs in there as somebody else."""

from dataclasses import dataclass, field

import pytest
from pytest_django import Settings

from accounts.models import SignIn
from demo.idp.testing import LocalIdps, sign_in_as
from tests.accounts.conftest import Answer, Walk

PROVIDERS, TRIED = "/admin/accounts/providercheck/", "/admin/accounts/providercheck/tried/"


@dataclass
class Trying:
    walk: Walk = field(default_factory=Walk)

    def sign_in(self, person: str = "erin") -> SignIn:
        assert self.walk.sign_in("google", person).status_code == 302
        return SignIn.objects.get(pk=self.walk.client.session["sign_in"])

    def set_out(self, slug: str = "adfs") -> Answer:
        return self.walk.client.post(f"{PROVIDERS}{slug}/try/")

    def callback(self, slug: str = "adfs", person: str = "alice") -> str:
        answer = self.set_out(slug)
        assert answer.status_code == 302, answer.content
        return sign_in_as(self.walk.outside, answer.headers["Location"], person).removeprefix("http://testserver")

    def come_back(self, slug: str = "adfs", person: str = "alice") -> Answer:
        """Return the page that a whole trial ends on."""
        answer = self.walk.client.get(self.callback(slug, person))
        assert (answer.status_code, answer.headers["Location"]) == (302, TRIED)
        return self.walk.client.get(TRIED)


@pytest.fixture
def trying(idps: LocalIdps, db: None, settings: Settings) -> Trying:
    settings.DAYPASS_ADMINISTRATORS = ["user:erin@example.com"]
    return Trying()
