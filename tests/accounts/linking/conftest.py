"""A person who is signed in at Google and walks to AD FS to link the identity that they have there."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount

from accounts.models import SignIn, User
from demo.idp.testing import LocalIdps, sign_in_as
from tests.accounts.conftest import Answer, Walk

PAGE, CONFIRM = "/identities/", "/identities/link/"


@dataclass
class Linking:
    """One browser. ``set_out`` presses the button, ``come_back`` follows to the provider, ``press`` confirms."""

    walk: Walk = field(default_factory=Walk)

    def sign_in(self, slug: str = "google", person: str = "alice") -> SignIn:
        assert self.walk.sign_in(slug, person).status_code == 302
        return self.here

    @property
    def here(self) -> SignIn:
        return SignIn.objects.select_related("user").get(pk=self.walk.client.session["sign_in"])

    def set_out(self, slug: str = "adfs") -> Answer:
        return self.walk.client.post(f"/identities/link/{slug}/")

    def callback(self, slug: str = "adfs", person: str = "alice") -> str:
        """Sign in at the provider; return the callback's address, not yet called."""
        answer = self.set_out(slug)
        assert answer.status_code == 302, answer.content
        return sign_in_as(self.walk.outside, answer.headers["Location"], person).removeprefix("http://testserver")

    def come_back(self, slug: str = "adfs", person: str = "alice") -> Answer:
        return self.walk.client.get(self.callback(slug, person))

    def press(self, **changed: str) -> Answer:
        """Press the page's button, with the mark that the page holds."""
        offer: Any = self.walk.client.get(CONFIRM).context["offer"]
        return self.walk.client.post(CONFIRM, {"mark": offer.mark, **changed})

    def link(self, slug: str = "adfs", person: str = "alice") -> SignIn:
        """Do all of it; return the sign-in that is still the same."""
        assert self.come_back(slug, person).headers["Location"] == CONFIRM
        assert self.press().headers["Location"] == PAGE
        return self.here


@pytest.fixture
def linking(idps: LocalIdps, db: None) -> Linking:
    return Linking()


def owners() -> dict[str, int]:
    """Return whose each identity is, by provider."""
    return {account.provider: account.user_id for account in SocialAccount.objects.order_by("provider")}


def person(sign_in: SignIn) -> User:
    return User.objects.get(pk=sign_in.user_id)
