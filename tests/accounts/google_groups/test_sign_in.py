"""Signing in with Google and its groups, end to end: rights at sign-in, at each refresh, and while Google is down."""

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from accounts.google_groups import ask
from accounts.models import SignIn
from accounts.tokens import web_identity_token_for
from audit.models import Event
from demo.idp.service_account import JWT_BEARER
from demo.idp.testing import LocalIdps
from tests.accounts.conftest import Name, SignInAs

pytestmark = pytest.mark.django_db
TABLE = '\n[providers.google.groups]\napi = "cloud-identity"\nservice_account_file = "key.json"\napi_endpoint = "{}"\n'
ALONE = ["domain:example.com", "subject:google:104857600409600000001", "user:alice@example.com"]
PROD, NESTED = "group:google:aws-prod@example.com", "group:google:engineering@example.com"


@pytest.fixture(autouse=True)
def _asks_for_groups(idps: LocalIdps, providers_file: Path, settings: Settings, tmp_path: Path) -> None:
    """The portal's Google provider asks the double's APIs for groups."""
    (tmp_path / "key.json").write_text(json.dumps(idps.service_account_key()))
    first, _, rest = providers_file.read_text().partition("\n[providers.adfs]")
    path = tmp_path / "daypass.toml"
    path.write_text(first + TABLE.format(idps.google.issuer) + "\n[providers.adfs]" + rest)
    settings.DAYPASS_PROVIDERS = str(path)
    ask.credentials.cache_clear()


def refreshed(sign_in: SignIn) -> dict[str, Any]:
    """Refresh, and return the details of what the ledger wrote of it."""
    web_identity_token_for(sign_in=sign_in, renewed=True)
    sign_in.refresh_from_db()
    details: dict[str, Any] = Event.objects.filter(tag="accounts:sign_in:refresh").latest("pk").details
    return details


def test_groups_that_mappings_name_are_rights(real_sign_in: SignInAs, name_groups: Name) -> None:
    name_groups(PROD, NESTED, "group:google:aws-audit@example.com", "group:google:aws-prod@partner.example")
    sign_in = real_sign_in("google", "alice")
    assert (sign_in.principals, sign_in.groups_problem) == (sorted([*ALONE, PROD, NESTED]), "")
    assert Event.objects.get(tag="accounts:sign_in:start").details["groups"] == 4


def test_a_groups_address_is_one_in_any_case(real_sign_in: SignInAs, name_groups: Name) -> None:
    name_groups("group:google:AWS-Prod@Example.com")
    assert "group:google:AWS-Prod@Example.com" in real_sign_in("google", "alice").principals


def test_a_google_that_is_down_takes_the_groups_alone(
    idps: LocalIdps, real_sign_in: SignInAs, name_groups: Name
) -> None:
    name_groups(PROD)
    idps.google.fault(groups={"status": 503, "body": ""})
    sign_in = real_sign_in("google", "alice")
    assert (sign_in.principals, sign_in.groups_problem) == (ALONE, "unavailable")
    details = Event.objects.get(tag="accounts:sign_in:start").details
    assert (details["groups_problem"], details["groups_detail"], details["groups"]) == ("unavailable", "503", 0)


def test_a_refresh_takes_what_google_takes_and_gives_back_what_it_gives(
    idps: LocalIdps, real_sign_in: SignInAs, name_groups: Name
) -> None:
    name_groups(PROD)
    sign_in = real_sign_in("google", "alice")
    idps.google_groups(aws_prod=[])
    assert (refreshed(sign_in)["lost"], sign_in.principals) == ([PROD], ALONE)
    idps.google_groups(aws_prod=["alice@example.com"])
    assert (refreshed(sign_in)["gained"], PROD in sign_in.principals) == ([PROD], True)


def test_while_google_does_not_tell_at_a_refresh_the_groups_rights_are_gone(
    idps: LocalIdps, real_sign_in: SignInAs, name_groups: Name
) -> None:
    name_groups(PROD)
    sign_in = real_sign_in("google", "alice")
    idps.google.fault(groups={"status": 429, "body": ""})
    details = refreshed(sign_in)
    assert (details["outcome"], details["lost"], details["groups_problem"]) == ("renewed", [PROD], "rate_limited")
    assert (sign_in.principals, sign_in.groups_problem) == (ALONE, "rate_limited")
    refreshed(sign_in)
    assert (PROD in sign_in.principals, sign_in.groups_problem) == (True, "")


def test_nobody_is_asked_for_whom_google_does_not_vouch(idps: LocalIdps, real_sign_in: SignInAs) -> None:
    idps.person("alice", email_verified=False)
    sign_in = real_sign_in("google", "alice")
    assert (sign_in.principals, sign_in.groups_problem) == (ALONE[1:2], "no_address")
    assert [call for call in idps.google.calls("/token") if call["parameters"]["grant_type"] == JWT_BEARER] == []


def test_a_mapping_made_later_counts_from_the_next_refresh(real_sign_in: SignInAs, name_groups: Name) -> None:
    sign_in = real_sign_in("google", "alice")
    name_groups(PROD)
    assert sign_in.principals == ALONE
    refreshed(sign_in)
    assert PROD in sign_in.principals
