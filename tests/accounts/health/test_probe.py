"""A look at real providers, well and ill, over plain http and over TLS."""

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils import timezone
from pytest_django import Settings

from accounts.health.of_openid import signing
from accounts.health.probe import probe
from accounts.health.result import Result
from accounts.providers import configured
from accounts.refusals import SignInRefused
from accounts.wire import look
from demo.idp.testing import LocalIdp, LocalIdps
from tests.accounts.health.tls import certificate, serving


def seen(slug: str) -> Result:
    found = probe(configured()[slug], timezone.now())
    assert Result.from_json(json.loads(json.dumps(found.as_json()))) == found
    return found


def test_a_provider_that_is_well(idp: LocalIdp) -> None:
    found = seen(idp.slug)
    assert [(each.what, each.problem, each.good_at is not None) for each in found.documents] == [
        ("Discovery", "", True),
        ("Keys", "", True),
    ]
    assert (found.problem, found.clock is not None and found.clock.surely < 1) == ("", True)


def test_it_looks_past_every_cache(idps: LocalIdps) -> None:
    for _ in range(2):
        seen("adfs")
    assert len(idps.adfs.calls("/discovery/keys")) == 2


def test_ad_fs_shows_the_certificates_of_its_keys(idps: LocalIdps) -> None:
    found = [each for each in seen("adfs").certificates if each.use == "signing"]
    assert [each.until > timezone.now() for each in found] == [True]
    assert [each.use for each in seen("google").certificates] == []


@pytest.mark.parametrize(
    ("fault", "what", "problem"),
    [
        ({"discovery": {"status": 503}}, "Discovery", "provider_unavailable: answered 503"),
        ({"discovery": {"body": "<html>"}}, "Discovery", "malformed_answer: not a JSON object"),
        (
            {"discovery": {"set": {"issuer": "https://evil.example"}}},
            "Discovery",
            "discovery: another issuer than the configured one",
        ),
        ({"jwks": {"status": 500}}, "Keys", "provider_unavailable: answered 500"),
        ({"jwks": {"set": {"keys": []}}}, "Keys", "publishes no usable keys"),
        ({"jwks": {"set": {"keys": "none"}}}, "Keys", "publishes no usable keys"),
        ({"jwks": {"set": {"keys": [7, {"kty": 1}]}}}, "Keys", "publishes no usable keys"),
    ],
)
def test_what_is_wrong_is_named(idp: LocalIdp, fault: dict[str, Any], what: str, problem: str) -> None:
    idp.fault(**fault)
    last = seen(idp.slug).documents[-1]
    assert (last.what, last.problem, last.good_at) == (what, problem, None)


def test_a_provider_that_does_not_answer_is_not_waited_for(idp: LocalIdp, settings: Settings) -> None:
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.3
    idp.fault(discovery={"delay": 2})
    assert seen(idp.slug).problem == "provider_unavailable: ReadTimeout"


def test_a_certificate_of_a_key_is_read_and_a_broken_one_passed_over() -> None:
    good, _key = certificate(20, name="Example rollover")
    x5c = base64.b64encode(good.public_bytes(Encoding.DER)).decode()
    keys = [{"x5c": [x5c]}, {"x5c": ["AAAA"]}, {"x5c": "AAAA"}, {"x5c": []}, {"use": "enc", "x5c": [x5c]}, 7]
    [found] = signing({"keys": keys})
    assert (found.name, found.until - timezone.now() < timedelta(days=21)) == ("CN=Example rollover", True)


def test_the_connections_certificate_tells_when_it_runs_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path, days=9) as origin:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
        until = look(f"{origin}/").tls_until
    assert until is not None
    assert (until - timezone.now()).days == 9


@pytest.mark.parametrize(
    ("days", "trusted", "said"), [(-1, ["ca.pem"], "certificate has expired"), (9, [], "self-signed")]
)
def test_a_certificate_that_is_not_trusted_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    trusted: list[str],
    said: str,
) -> None:
    with serving(tmp_path, days=days) as origin:
        for name in trusted:
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / name))
        with pytest.raises(SignInRefused) as caught:
            look(f"{origin}/")
    assert caught.value.detail.startswith("TLS: ")
    assert said in caught.value.detail
