"""The doors of the protocols: each counts who knocks, whoever they are and whatever they bring."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from pytest_django import Settings

from accounts import limits
from accounts.limits import Limit, counted, tries_of

pytestmark = pytest.mark.django_db
PROVIDERS = """
[providers.google]
kind = "google"
name = "Google"
issuer = "http://127.0.0.1:1"
client_id = "me"
client_secret = "env:TEST_CLIENT_SECRET"
domains = ["example.com"]

[providers.corp]
kind = "saml"
name = "AD FS"
domains = ["example.com"]
entity_id = "http://fs.example.test/adfs/services/trust"
metadata_url = "http://127.0.0.1:1/metadata"

[providers.amazon]
kind = "amazon"
name = "Amazon"
client_id = "amzn1.application-oa2-client.0123abcd"
client_secret = "env:TEST_CLIENT_SECRET"
"""
HERE = "address:127.0.0.1"
SLUGS = {"openid": "google", "saml": "corp", "social": "amazon"}
# How each door is knocked at, whether another site's page may do so, and what is counted. The limit of logout tokens
# counts those that are refused, so that thousands of true ones may come.
DOORS: dict[str, tuple[str, bool, Limit | None]] = {
    "openid_connect_login": ("POST", False, limits.SIGN_IN_START),
    "openid_connect_callback": ("GET", True, limits.SIGN_IN_ANSWER),
    "openid_connect_front_logout": ("GET", True, limits.PROVIDER_LOGOUT),
    "openid_connect_back_logout": ("POST", True, limits.LOGOUT_TOKEN_REFUSAL),
    "saml_login": ("POST", False, limits.SIGN_IN_START),
    "saml_acs": ("POST", True, limits.SIGN_IN_ANSWER),
    "saml_finish": ("GET", True, None),  # acs let it in
    "saml_metadata": ("GET", True, None),
    "saml_sls": ("POST", True, limits.PROVIDER_LOGOUT),
    "social_login": ("POST", False, limits.SIGN_IN_START),
    "social_callback": ("GET", True, limits.SIGN_IN_ANSWER),
}
LIMITED = {name: limit for name, (_, _, limit) in DOORS.items() if limit}
BY_OTHERS = [name for name, (method, others, _) in DOORS.items() if method == "POST" and others]


@pytest.fixture(autouse=True)
def _providers(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_CLIENT_SECRET", "a-secret")
    path = tmp_path / "daypass.toml"
    path.write_text(PROVIDERS)
    settings.DAYPASS_PROVIDERS = str(path)


def doors(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """Return the name of every address of ours below a provider's, but those of our own people's pages."""
    for each in resolver.url_patterns:
        address = f"{before}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from doors(each, address)
        elif isinstance(each, URLPattern) and address.startswith("accounts/") and "provider_id" in address:
            yield str(each.name)


def address_of(name: str) -> str:
    return reverse(name, args=[SLUGS[name.split("_")[0]]])


def knock(name: str, client: Client) -> Any:
    return client.generic(DOORS[name][0], address_of(name), content_type="application/x-www-form-urlencoded")


def test_every_door_is_here() -> None:
    assert set(doors(get_resolver())) == set(DOORS)


@pytest.mark.parametrize("name", DOORS)
def test_who_knocks_is_counted_once_and_by_the_doors_own_limit(name: str) -> None:
    knock(name, Client())
    told = {limit.what: tries_of(limit, HERE) for limit in LIMITED.values()}
    own = DOORS[name][2]
    assert {what for what, tries in told.items() if tries} == ({own.what} if own else set())
    assert sum(told.values()) == (1 if own else 0)


@pytest.mark.parametrize("name", LIMITED)
def test_past_the_limit_nobody_gets_in(name: str) -> None:
    for _ in range(LIMITED[name].most):
        counted(LIMITED[name], HERE)
    assert knock(name, Client()).status_code == 429


@pytest.mark.parametrize("name", BY_OTHERS)
def test_a_provider_posts_without_a_token_of_ours_and_a_stranger_starts_nothing(name: str) -> None:
    knock(name, Client(enforce_csrf_checks=True))
    assert tries_of(LIMITED[name], HERE) == 1


@pytest.mark.parametrize("name", [name for name in DOORS if name.endswith("_login")])
def test_no_other_sites_page_starts_a_sign_in(name: str) -> None:
    answer = knock(name, Client(enforce_csrf_checks=True))
    assert (answer.status_code, tries_of(limits.SIGN_IN_START, HERE)) == (403, 0)


@pytest.mark.parametrize(("name", "field"), [("saml_acs", "SAMLResponse"), ("saml_sls", "SAMLRequest")])
def test_no_report_of_an_error_shows_what_was_posted(name: str, field: str) -> None:
    request = RequestFactory().post(address_of(name))
    resolve(address_of(name)).func(request, SLUGS["saml"])
    assert request.sensitive_post_parameters == (field,)  # type: ignore[attr-defined]  # Django's own
