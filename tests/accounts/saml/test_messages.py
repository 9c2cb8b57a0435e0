"""What this portal sends: requests to sign in, signed where it has a key, and its own metadata."""

import re
from typing import Any

import pytest
import xmlsec
from django.test import Client
from lxml import etree

from accounts.saml import documents, redirect
from accounts.saml.documents import NS
from tests.accounts.saml.conftest import PORTAL, Browser, Portal, query
from tests.accounts.saml.idp import SSO, UPN, pair

pytestmark = pytest.mark.django_db

MD = {**NS}
METADATA = "/accounts/saml/corp/metadata/"
BASE = f"{PORTAL}/accounts/saml/corp/"


def asked(address: str) -> Any:
    return documents.parsed(redirect.carried(address.partition("?")[2]).xml)


def test_a_request_says_who_asks_and_where_to_answer(portal: Portal, browser_at_corp: Browser) -> None:
    address = browser_at_corp.start()
    root = asked(address)
    assert address.startswith(f"{SSO}?SAMLRequest=")
    assert set(query(address)) == {"SAMLRequest"}
    assert root.findtext("saml:Issuer", namespaces=NS) == f"{BASE}metadata/"
    assert (root.get("AssertionConsumerServiceURL"), root.get("Destination")) == (f"{BASE}acs/", SSO)
    assert [child.tag for child in root] == [documents.name("saml", "Issuer")]  # no context, no policy of names
    assert (root.get("ForceAuthn"), root.get("IsPassive")) == (None, None)


def test_a_request_holds_to_the_schema(portal: Portal, browser_at_corp: Browser) -> None:
    portal.set_up(name_id_format='"persistent"')
    root = asked(browser_at_corp.start())
    documents.check_schema(root, "protocol")
    assert root.find("samlp:NameIDPolicy", NS).get("Format").endswith(":persistent")


def test_each_request_has_a_name_of_its_own(portal: Portal, browser_at_corp: Browser) -> None:
    names = {asked(browser_at_corp.start()).get("ID") for _ in range(5)}
    assert len(names) == 5
    assert all(re.fullmatch(r"ONELOGIN_[0-9a-f]{40}", name) for name in names)


def test_a_request_is_signed_where_there_is_a_key(portal: Portal, browser_at_corp: Browser) -> None:
    portal.with_key()
    carried = redirect.carried(browser_at_corp.start().partition("?")[2])
    assert carried.root([pair("portal").certificate]).tag == documents.name("samlp", "AuthnRequest")


def test_a_request_is_not_signed_where_the_file_says_so(portal: Portal, browser_at_corp: Browser) -> None:
    portal.with_key(sign_requests="false")
    assert set(query(browser_at_corp.start())) == {"SAMLRequest"}


def test_the_host_header_has_no_say(portal: Portal, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    answer = Client().post("/accounts/saml/corp/login/", headers={"host": "evil.example"})
    text = etree.tostring(asked(answer.headers["Location"])).decode()
    assert ("evil" in text, f"{BASE}acs/" in text) == (False, True)


def test_an_address_with_parameters_is_led_to_whole(portal: Portal, browser_at_corp: Browser) -> None:
    portal.idp.sso = "https://fs.example.test/sso?a=1&b=<2>"
    portal.idp.sso = "https://fs.example.test/sso?a=1&b=2"
    portal.publish()
    address = browser_at_corp.start()
    assert address.startswith("https://fs.example.test/sso?a=1&b=2&SAMLRequest=")
    assert asked(address).get("Destination") == "https://fs.example.test/sso?a=1&b=2"


def test_a_link_starts_nothing(portal: Portal) -> None:
    answer = Client().get("/accounts/saml/corp/login/?next=/admin/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/")


def test_a_form_of_another_site_starts_nothing(portal: Portal) -> None:
    assert Client(enforce_csrf_checks=True).post("/accounts/saml/corp/login/").status_code == 403


def described(portal: Portal) -> Any:
    answer = Client().get(METADATA)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/samlmetadata+xml")
    root = documents.parsed(answer.content)
    documents.check_schema(root, "metadata")
    return root


def keys(root: Any) -> list[tuple[str, str]]:
    """Return use and certificate of each key."""
    return [
        (key.get("use"), "".join(key.itertext()).strip().replace("\n", ""))
        for key in root.iter("{urn:oasis:names:tc:SAML:2.0:metadata}KeyDescriptor")
    ]


def test_our_metadata_without_a_key(portal: Portal) -> None:
    root = described(portal)
    descriptor = root.find("md:SPSSODescriptor", MD)
    assert (root.get("entityID"), root.get("validUntil")) == (f"{BASE}metadata/", None)
    assert (descriptor.get("WantAssertionsSigned"), descriptor.get("AuthnRequestsSigned")) == ("true", "false")
    assert descriptor.find("md:AssertionConsumerService", MD).get("Location") == f"{BASE}acs/"
    assert (keys(root), descriptor.findall("md:SingleLogoutService", MD)) == ([], [])


def test_our_metadata_with_a_key_is_signed(portal: Portal) -> None:
    ours = portal.with_key()
    root = described(portal)
    assert keys(root) == [("signing", ours.body)]
    services = root.findall("md:SPSSODescriptor/md:SingleLogoutService", MD)
    assert [(one.get("Binding").rpartition("-")[2], one.get("Location")) for one in services] == [
        ("Redirect", f"{BASE}sls/"),
        ("POST", f"{BASE}sls/"),
    ]
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(ours.certificate, xmlsec.KeyFormat.CERT_PEM)
    context.register_id(root, "ID")
    context.verify(root.find("ds:Signature", NS))


def test_encryption_is_offered_where_the_file_asks_for_it(portal: Portal) -> None:
    ours = portal.with_key(encrypt_assertions="true")
    assert keys(described(portal)) == [("signing", ours.body), ("encryption", ours.body)]


def test_the_next_certificate_is_published_before_it_is_used(portal: Portal) -> None:
    (portal.folder / "next.crt").write_text(pair("next-portal").certificate)
    ours = portal.with_key(next_sp_certificate_file='"next.crt"', encrypt_assertions="true")
    following = pair("next-portal").body
    assert keys(described(portal)) == [("signing", ours.body), ("encryption", ours.body), ("signing", following)]


def test_the_portal_may_be_called_otherwise(portal: Portal, browser_at_corp: Browser) -> None:
    portal.set_up(sp_entity_id='"urn:daypass:portal"', uid_claim=f'"{UPN}"')
    assert described(portal).get("entityID") == "urn:daypass:portal"
    assert asked(browser_at_corp.start()).findtext("saml:Issuer", namespaces=NS) == "urn:daypass:portal"
    said = browser_at_corp.said(audience="urn:daypass:portal")
    assert browser_at_corp.arrive(portal.idp.signed(said)).status_code == 302
