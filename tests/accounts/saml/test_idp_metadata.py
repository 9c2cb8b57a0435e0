"""What is taken from a provider's metadata, and what is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from accounts.refusals import Reason, SignInRefused
from accounts.saml.idp_metadata import IdpMetadata, read
from tests.accounts.health import tls
from tests.accounts.saml.idp import ENTITY_ID, SSO, Idp, Pair, moment, pair


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


def found_in(text: str, *, local: bool = False) -> IdpMetadata:
    return read(text.encode(), ENTITY_ID, plain_http_on_loopback=local)


def published(certificate: str) -> str:
    """Return metadata whose one signing certificate is this one, in PEM."""
    return Idp(published=[Pair("", certificate)]).metadata()


def test_a_certificate_of_an_elliptic_curve_may_sign() -> None:
    certificate = tls.certificate(9)[0].public_bytes(Encoding.PEM).decode()
    assert found_in(published(certificate)).keys == (certificate,)


def test_a_certificate_of_another_kind_of_key_signs_nothing() -> None:
    key, called, now = Ed25519PrivateKey.generate(), x509.Name([]), datetime.now(UTC)
    builder = x509.CertificateBuilder(called, called, key.public_key(), 1, now, now + timedelta(days=1))
    certificate = builder.sign(key, None).public_bytes(Encoding.PEM).decode()
    assert refusal(published(certificate)) == "metadata: no usable signing certificate"


def test_a_certificate_that_is_published_twice_is_one() -> None:
    assert len(taken(Idp(published=[pair("idp"), pair("idp")])).certificates) == 1


def test_a_subject_is_cut_to_what_a_page_holds() -> None:
    key = generate_private_key(65537, 2048)
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a" * 64) for _ in range(4)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(called, called, key.public_key(), 1, now, now + timedelta(days=1))
    certificate = builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
    assert len(found_in(published(certificate)).certificates[0].subject) == 200


SERVICE = '<{} Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-{}" Location="{}"{}/>'
BY_REDIRECT = SERVICE.format("SingleSignOnService", "Redirect", SSO, "")
SLO = SERVICE.format("SingleLogoutService", "Redirect", SSO, "")


def test_an_address_by_another_binding_is_not_taken() -> None:
    posted = SERVICE.format("SingleSignOnService", "POST", "https://posted.example.test/", "")
    text = Idp().metadata().replace(BY_REDIRECT, posted + BY_REDIRECT)
    assert found_in(text).sso_url == SSO
    assert "no SingleSignOnService" in refusal(Idp().metadata().replace(BY_REDIRECT, posted))


@pytest.mark.parametrize(
    ("answers", "taken_for"),
    [("https://fs.example.test/answers", "https://fs.example.test/answers"), ("http://fs.example.test/", SSO)],
)
def test_answers_go_where_the_metadata_says_if_that_is_an_address(answers: str, taken_for: str) -> None:
    more = f' ResponseLocation="{answers}"'
    text = Idp().metadata().replace(SLO, SERVICE.format("SingleLogoutService", "Redirect", SSO, more))
    assert (found_in(text).slo_url, found_in(text).slo_response_url) == (SSO, taken_for)


@pytest.mark.parametrize("sso", ["ftp://localhost/", "http://[::1", "https:///sso", "https://fs.example.test/\x85"])
def test_what_is_no_address_is_none_in_development_either(sso: str) -> None:
    with pytest.raises(SignInRefused, match="no SingleSignOnService"):
        taken(Idp(sso=sso), local=True)


def test_two_descriptors_say_two_things() -> None:
    text = Idp().metadata()
    start, end = text.index("<IDPSSODescriptor"), text.index("</EntityDescriptor>")
    assert refusal(text[:end] + text[start:]) == "metadata: 2 descriptors of an identity provider for SAML 2.0"


def test_the_shortest_time_counts_wherever_it_stands() -> None:
    hour, day = moment(3600), moment(86_400)
    entity = Idp(more=f'validUntil="{day}" cacheDuration="PT2H"').metadata().partition("-->")[2]
    entity = entity.replace("<IDPSSODescriptor ", '<IDPSSODescriptor cacheDuration="PT1H" ')
    around = f'xmlns="urn:oasis:names:tc:SAML:2.0:metadata" validUntil="{hour}" cacheDuration="PT3H"'
    found = found_in(f"<EntitiesDescriptor {around}>{entity}</EntitiesDescriptor>")
    assert found.keep == timedelta(hours=1)
    assert found.valid_until is not None
    assert found.valid_until < datetime.now(UTC) + timedelta(hours=2)


def test_one_moment_that_is_none_among_others_is_refused() -> None:
    entity = Idp(more=f'validUntil="{moment(60)}"').metadata().partition("-->")[2]
    around = '<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" validUntil="soon">'
    assert refusal(f"{around}{entity}</EntitiesDescriptor>") == "metadata: validUntil is no time"
