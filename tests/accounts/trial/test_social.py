"""A trial of Facebook or Amazon: the subject that a mapping names, and no token."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import SignIn, User
from accounts.providers import configured
from demo.idp.testing import LocalIdps, LocalSocial
from tests.accounts.conftest import PROVIDERS as OPENID
from tests.accounts.social.conftest import PROVIDERS as SOCIAL
from tests.accounts.trial.conftest import Trying

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["facebook", "amazon"])
def social(
    idps: LocalIdps, trying: Trying, settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> LocalSocial:
    path = tmp_path / "daypass.toml"
    path.write_text(
        OPENID.format(google=idps.google, adfs=idps.adfs) + SOCIAL.format(facebook=idps.facebook, amazon=idps.amazon)
    )
    settings.DAYPASS_PROVIDERS = str(path)
    trying.sign_in()
    chosen: LocalSocial = getattr(idps, request.param)
    return chosen


def test_it_shows_whom_a_mapping_would_name(social: LocalSocial, trying: Trying) -> None:
    outcome = trying.come_back(social.slug).context["outcome"]
    assert outcome.principals == (f"subject:{social.slug}:{social.subject('alice')}",)
    assert dict(outcome.claims) == {
        "app_id": social.app_id,
        "email": "alice@example.com",
        "name": "Alice Example",
        "sub": social.subject("alice"),
    }
    assert outcome.notes[0].startswith("No address that this provider vouches for (it speaks for no domain)")
    assert "It cannot ask people to sign in again" in outcome.notes[1]


def test_nobody_is_made_and_no_token_is_shown(social: LocalSocial, trying: Trying) -> None:
    page = trying.come_back(social.slug).content.decode()
    assert (User.objects.count(), SignIn.objects.count()) == (1, 1)
    beginning = {"facebook": "EAA", "amazon": "Atza|"}[social.slug]
    assert beginning not in page + str(dict(trying.walk.client.session.items()))


def test_a_token_of_another_application_fails_its_check(social: LocalSocial, trying: Trying) -> None:
    where, field = {"facebook": ("debug_token", "app_id"), "amazon": ("tokeninfo", "aud")}[social.slug]
    social.fault(**{where: {"set": {field: "another"}}})
    page = trying.come_back(social.slug)
    failed = [check.text for check, verdict in page.context["checks"] if verdict == "failed"]
    assert (page.context["outcome"].reason, failed) == (
        "audience",
        ["The access token was made for this client, and lasts."],
    )
    assert configured()[social.slug].name in page.content.decode()


def test_a_token_that_was_withdrawn_fails_it_too(social: LocalSocial, trying: Trying) -> None:
    gone = {"status": 400, "body": '{"error": "invalid_token"}'}
    invalid = {"set": {"is_valid": False}}
    faults: dict[str, dict[str, Any]] = {"facebook": {"debug_token": invalid}, "amazon": {"tokeninfo": gone}}
    social.fault(**faults[social.slug])
    page = trying.come_back(social.slug)
    failed = [check.text for check, verdict in page.context["checks"] if verdict == "failed"]
    assert failed == ["The access token was made for this client, and lasts."]
