"""What is taken from a provider's metadata, and what is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.refusals import Reason, SignInRefused
from accounts.saml.idp_metadata import IdpMetadata, read
from tests.accounts.saml.idp import ENTITY_ID, SSO, Idp, moment, pair


def taken(idp: Idp, entity_id: str = ENTITY_ID, *, local: bool = False) -> IdpMetadata:
    return read(idp.metadata().encode(), entity_id, plain_http_on_loopback=local)


def refusal(text: str) -> str:
    with pytest.raises(SignInRefused) as caught:
        read(text.encode(), ENTITY_ID, plain_http_on_loopback=False)
    assert caught.value.reason is Reason.DISCOVERY
    return caught.value.detail


def test_addresses_and_every_signing_certificate_are_taken() -> None:
    found = taken(Idp(published=[pair("idp"), pair("next-idp")], slo="https://fs.example.test/slo?a=1&b=2"))
    assert (found.sso_url, found.slo_url, found.slo_response_url) == (
        SSO,
        *(["https://fs.example.test/slo?a=1&b=2"] * 2),
    )
    assert [one.pem for one in found.certificates] == [pair("idp").certificate, pair("next-idp").certificate]
    assert found.certificates[0].subject == "CN=idp"
    assert found.certificates[0].not_after - datetime.now(UTC) > timedelta(days=360)


def test_a_certificate_without_a_use_may_sign() -> None:
    text = Idp().metadata().replace(' use="signing"', "")
    assert len(read(text.encode(), ENTITY_ID, plain_http_on_loopback=False).certificates) == 1


def test_the_certificate_for_encryption_signs_nothing() -> None:
    assert refusal(Idp(published=[]).metadata()) == "metadata: no usable signing certificate"


def test_what_is_no_certificate_or_too_weak_is_passed_over() -> None:
    weak, fine = pair("weak-idp", bits=1024), pair("idp")
    text = Idp(published=[weak, fine, pair("odd")]).metadata().replace(pair("odd").body, "AAAA")
    found = read(text.encode(), ENTITY_ID, plain_http_on_loopback=False)
    assert found.keys == (fine.certificate,)


def test_the_entity_is_the_configured_one_to_the_letter() -> None:
    for other in ("http://fs.example.test/adfs/services/trust/", "https://fs.example.test/adfs/services/trust"):
        assert refusal(Idp(entity_id=other).metadata()) == "metadata: 0 entities of the configured id"


def test_one_of_several_entities_is_found() -> None:
    others = [Idp(entity_id="http://other.example/", sso="https://other.example/").metadata(), Idp().metadata()]
    inner = "".join(text.partition("-->")[2] for text in others)
    text = f'<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">{inner}</EntitiesDescriptor>'
    assert read(text.encode(), ENTITY_ID, plain_http_on_loopback=False).sso_url == SSO
    assert "2 entities" in refusal(text.replace("http://other.example/", ENTITY_ID))


@pytest.mark.parametrize(
    "sso",
    [
        "",
        "http://fs.example.test/",
        "http://127.0.0.1/sso",
        "javascript:alert(1)",
        "https://",
        "https://a b/",
        "//x",
        "https://[/",
    ],
)
def test_an_address_that_is_none_is_refused(sso: str) -> None:
    assert "no SingleSignOnService" in refusal(Idp(sso=sso).metadata())


def test_plain_http_is_for_loopback_in_development() -> None:
    assert taken(Idp(sso="http://localhost:9403/sso"), local=True).sso_url == "http://localhost:9403/sso"
    with pytest.raises(SignInRefused):
        taken(Idp(sso="http://fs.example.test/sso"), local=True)


def test_no_single_logout_is_no_error() -> None:
    assert taken(Idp(slo="")).slo_url == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rubbish",
        "<x/>",
        "<!DOCTYPE x [<!ENTITY e 'x'>]><x>&e;</x>",
        '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="http://fs.example.test/adfs/services/trust"/>',
        Idp().metadata().replace("SAML:2.0:protocol", "SAML:1.1:protocol"),
        "<a>" * 500,
    ],
)
def test_what_is_no_metadata_is_refused(text: str) -> None:
    assert refusal(text).startswith("metadata: ")


def test_until_when_it_is_valid_and_how_long_it_keeps() -> None:
    until = moment(3600)
    found = taken(Idp(more=f'validUntil="{until}" cacheDuration="PT1H30M"'))
    assert found.valid_until is not None
    assert abs(found.valid_until - datetime.now(UTC) - timedelta(hours=1)) < timedelta(seconds=10)
    assert found.keep == timedelta(minutes=90)


@pytest.mark.parametrize(
    ("text", "keep"),
    [
        ("P1D", timedelta(days=1)),
        ("PT1H", timedelta(hours=1)),
        ("PT604800S", timedelta(days=7)),
        ("P2DT3H4M5.5S", timedelta(days=2, hours=3, minutes=4, seconds=5)),
        ("P1M", None),
        ("P1Y", None),
        ("rubbish", None),
        ("P", None),
        ("PT0S", None),
        ("-P1D", None),
    ],
)
def test_durations(text: str, keep: timedelta | None) -> None:
    assert taken(Idp(more=f'cacheDuration="{text}"')).keep == keep


def test_a_moment_that_is_none_is_refused() -> None:
    assert refusal(Idp(more='validUntil="soon"').metadata()) == "metadata: validUntil is no time"


def test_it_can_be_kept_as_a_key() -> None:
    assert taken(Idp()) == replace(taken(Idp()), entity_id=ENTITY_ID)
