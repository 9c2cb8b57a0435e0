"""A person links the account that they have at Facebook or Amazon; its rights stay its own."""

from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import SignIn, User
from demo.idp.testing import LocalIdps, LocalSocial
from tests.accounts.conftest import PROVIDERS as OPENID
from tests.accounts.linking.conftest import Linking, owners
from tests.accounts.social.conftest import PROVIDERS, SocialWalk

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["facebook", "amazon"])
def both(idps: LocalIdps, tmp_path: Path, settings: Settings, request: pytest.FixtureRequest) -> LocalSocial:
    """One of the two, at a portal that knows Google as well."""
    path = tmp_path / "daypass.toml"
    known = OPENID.format(google=idps.google, adfs=idps.adfs)
    path.write_text(known + PROVIDERS.format(facebook=idps.facebook, amazon=idps.amazon))
    settings.DAYPASS_PROVIDERS = str(path)
    chosen: LocalSocial = getattr(idps, request.param)
    return chosen


def test_it_is_one_person_and_each_sign_in_keeps_its_rights(both: LocalSocial) -> None:
    linking = Linking()
    mine = linking.sign_in("google")
    assert linking.link(both.slug).principals == mine.principals
    assert owners() == {both.slug: mine.user_id, "google": mine.user_id}
    walk = SocialWalk()
    walk.client.get(walk.come_back(both.slug, "alice"))
    later = SignIn.objects.get(pk=walk.client.session["sign_in"])
    assert (later.user_id, User.objects.count()) == (mine.user_id, 1)
    assert later.principals == [f"subject:{both.slug}:{both.subject('alice')}"]


def test_an_answer_that_does_not_verify_links_nothing(both: LocalSocial) -> None:
    linking = Linking()
    linking.sign_in("google")
    address = linking.callback(both.slug)
    where, field = {"facebook": ("debug_token", "app_id"), "amazon": ("tokeninfo", "aud")}[both.slug]
    both.fault(**{where: {"set": {field: "another"}}})
    assert linking.walk.client.get(address).status_code == 403
    assert owners().keys() == {"google"}
