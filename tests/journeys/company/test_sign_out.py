"""Signing out: at the company's provider, and here."""

import base64
import zlib
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.idps.simplesamlphp import SimpleSamlPhp
from tests.journeys.company.company import NAMES, SAML, Company
from tests.journeys.company.people import expect_signed_in, expect_stranger, press_provider, sign_in_at_saml

pytestmark = pytest.mark.lane("browser")
LOGOUT = """\
<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0" IssueInstant="{now}" Destination="{address}">
<saml:Issuer>{issuer}</saml:Issuer>
<saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">bob@example.com</saml:NameID>
</samlp:LogoutRequest>"""


def sign_in_by_saml(page: Page, person: str) -> None:
    press_provider(page, NAMES[SAML])
    sign_in_at_saml(page, person)
    page.wait_for_url("**/")


def sign_out_at_saml(page: Page, saml: SimpleSamlPhp) -> None:
    page.goto(saml.sign_out_url)
    page.wait_for_url(f"{saml.base}module.php/core/frontpage_welcome.php")


@pytest.mark.lane("saml")
def test_signing_out_at_the_saml_provider_signs_out_here(page: Page, saml: SimpleSamlPhp) -> None:
    sign_in_by_saml(page, "bob")
    sign_out_at_saml(page, saml)
    expect_stranger(page)


@pytest.mark.lane("saml")
def test_it_signs_out_that_browser_and_no_other(
    page: Page, browser: Browser, saml: SimpleSamlPhp, company: Company
) -> None:
    other = browser.new_context(base_url=company.place.portal)
    sign_in_by_saml(page, "bob")
    sign_in_by_saml(at_home := other.new_page(), "bob")
    sign_out_at_saml(page, saml)
    expect_stranger(page)
    expect_signed_in(at_home)
    other.close()


@pytest.mark.lane("saml")
def test_an_unsigned_message_signs_nobody_out(page: Page, saml: SimpleSamlPhp, company: Company) -> None:
    sign_in_by_saml(page, "bob")
    address = f"{company.place.portal}/accounts/saml/{SAML}/sls/"
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    text = LOGOUT.format(now=now, address=address, issuer=saml.entity_id).encode()
    message = base64.b64encode(deflate.compress(text) + deflate.flush()).decode()
    page.goto(f"{address}?{urlencode({'SAMLRequest': message})}")
    expect(page.get_by_role("main")).to_contain_text("so nobody was signed out")
    assert company.reason(page.locator("#reference").inner_text()) == "unsigned"
    expect_signed_in(page)
