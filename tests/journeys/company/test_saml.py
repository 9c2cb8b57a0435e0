"""People of a company whose SAML provider is Debian's SimpleSAMLphp."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.aws.seed import SANDBOX
from tests.idps.simplesamlphp import EMAIL, GROUP, PASSWORD, RSA_SHA1, TRANSIENT, SimpleSamlPhp
from tests.journeys.company.company import NAMES, SAML, SAML_NAMED, Company
from tests.journeys.company.people import expect_refusal, press_provider, roles_on, sign_in_at_saml
from tests.journeys.people import take

UNVERIFIED = "What Company SAML sent could not be verified, so nobody was signed in."
pytestmark = [pytest.mark.lane("browser"), pytest.mark.lane("saml")]


def sign_in(page: Page, person: str, slug: str = SAML) -> None:
    press_provider(page, NAMES[slug])
    sign_in_at_saml(page, person)


@pytest.mark.parametrize("slug", [SAML, SAML_NAMED])
def test_groups_give_roles(page: Page, saml: SimpleSamlPhp, slug: str) -> None:
    saml.change("charlie", **{GROUP: ["AWS-Dev-Read", "AWS-Prod-Admin"]})
    sign_in(page, "charlie", slug)
    assert roles_on(page) == ["PowerDeveloper", "S3ReadOnly"]


def test_a_role_that_a_group_gives_is_taken(page: Page, saml: SimpleSamlPhp) -> None:
    saml.change("charlie", **{GROUP: ["AWS-Dev-Read"]})
    sign_in(page, "charlie")
    page.wait_for_url("**/")
    page.goto(f"/roles/{SANDBOX}/PowerDeveloper/")
    take(page)
    expect(page.get_by_role("heading", name="Credentials for PowerDeveloper")).to_be_visible()


def test_no_group_gives_no_role(page: Page, saml: SimpleSamlPhp) -> None:
    sign_in(page, "charlie")
    assert roles_on(page) == []


def test_three_hundred_groups_fit(page: Page, saml: SimpleSamlPhp) -> None:
    many = [f"EXAMPLE\\Department-{number:03d}-of-the-company" for number in range(300)]
    saml.change("charlie", **{GROUP: [*many, "AWS-Dev-Read"]})
    sign_in(page, "charlie")
    assert roles_on(page) == ["PowerDeveloper"]


def test_groups_that_resemble_are_others(page: Page, saml: SimpleSamlPhp) -> None:
    saml.change(
        "charlie", **{GROUP: ["AWS-Dev-Read2", "EXAMPLE\\AWS-Dev-Read", "CN=AWS-Dev-Read,OU=Groups,DC=example"]}
    )
    sign_in(page, "charlie")
    assert roles_on(page) == []


@pytest.mark.parametrize(
    "habit",
    [
        {"sign_response": True},
        {"encrypt_assertion": True},
        {"encrypt_assertion": True, "sign_response": True},
        {"name_id": False},
        {"demand_signed_requests": True},
    ],
    ids=lambda habit: ",".join(habit),
)
def test_providers_have_habits(page: Page, saml: SimpleSamlPhp, habit: dict[str, bool]) -> None:
    saml.set(**habit)
    sign_in(page, "bob")
    expect(page.get_by_role("heading", name="Roles", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("habit", "reason", "sentence"),
    [
        ({"sign_assertion": False}, "unsigned", UNVERIFIED),
        ({"sign_assertion": False, "sign_response": True}, "unsigned", UNVERIFIED),
        ({"signature_algorithm": RSA_SHA1}, "algorithm", UNVERIFIED),
        ({"refuses": True}, "authn_failed", "Company SAML could not establish that it is you."),
    ],
    ids=["nothing is signed", "only the response is signed", "SHA-1", "the provider says no"],
)
def test_what_is_not_good_enough(
    page: Page, saml: SimpleSamlPhp, company: Company, habit: dict[str, bool], reason: str, sentence: str
) -> None:
    saml.set(**habit)
    sign_in(page, "bob")
    expect_refusal(page, company, reason, sentence)


@pytest.mark.parametrize("habit", [{"name_id": False}, {"name_id_format": TRANSIENT}], ids=["not", "for now"])
def test_a_person_must_be_named_lastingly(
    page: Page, saml: SimpleSamlPhp, company: Company, habit: dict[str, bool | str]
) -> None:
    saml.set(**habit)
    sign_in(page, "bob", SAML_NAMED)
    expect_refusal(page, company, "name_id", "Company NameID did not say who you are in a way that lasts.")


def test_no_address_is_no_sign_in(page: Page, saml: SimpleSamlPhp, company: Company) -> None:
    saml.change("bob", **{EMAIL: []})
    sign_in(page, "bob")
    expect_refusal(page, company, "email_missing", "Company SAML sent no e-mail address for you.")


def test_an_urgent_key_change_locks_nobody_out(page: Page, saml: SimpleSamlPhp, company: Company) -> None:
    saml.rotate_key(urgently=True)
    company.let_pass(minutes=1)  # the provider is asked for its keys once a minute at most
    sign_in(page, "bob")
    expect(page.get_by_role("heading", name="Roles", exact=True)).to_be_visible()


def test_an_orderly_key_change_locks_nobody_out(page: Page, saml: SimpleSamlPhp, company: Company) -> None:
    saml.rotate_key(urgently=False)
    sign_in(page, "bob")
    page.wait_for_url("**/")
    page.context.clear_cookies()
    saml.use_next_key()
    company.let_pass(minutes=1)
    sign_in(page, "bob")
    expect(page.get_by_role("heading", name="Roles", exact=True)).to_be_visible()


def test_what_nobody_asked_for_is_refused(page: Page, saml: SimpleSamlPhp, company: Company) -> None:
    page.goto(f"{saml.base}saml2/idp/SSOService.php?spentityid={company.place.portal}/accounts/saml/{SAML}/metadata/")
    sign_in_at_saml(page, "bob")
    expect_refusal(page, company, "unsolicited", "Company SAML signed you in without being asked to")


def answer_for(page: Page, person: str) -> str:
    """Sign in at the provider and return the answer that it has the browser post, which the portal has not seen."""
    press_provider(page, NAMES[SAML])
    state = page.locator("input[name=AuthState]").input_value()
    filled: dict[str, str | float | bool] = {"username": person, "password": PASSWORD, "AuthState": state}
    found = re.search(r'name="SAMLResponse" value="([^"]+)"', page.request.post(page.url, form=filled).text())
    assert found is not None
    return found[1]


def post(page: Page, company: Company, answer: str) -> None:
    """Have the browser post the answer to the portal from a page of another site."""
    address = f"{company.place.portal}/accounts/saml/{SAML}/acs/"
    field = f'<input type="hidden" name="SAMLResponse" value="{answer}">'
    page.set_content(f'<form method="post" action="{address}">{field}<button>Go on</button></form>')
    page.get_by_role("button", name="Go on").click()


def test_an_answer_that_somebody_else_fetched_signs_nobody_in(
    page: Page, browser: Browser, saml: SimpleSamlPhp, company: Company
) -> None:
    mallorys = browser.new_context(base_url=company.place.portal)
    answer = answer_for(mallorys.new_page(), "charlie")
    mallorys.close()
    page.goto(saml.base)
    post(page, company, answer)
    expect_refusal(page, company, "state", "This sign-in was started too long ago, in another browser, or was used")


def test_an_answer_is_good_once(page: Page, saml: SimpleSamlPhp, company: Company) -> None:
    answer = answer_for(page, "bob")
    post(page, company, answer)
    expect(page.get_by_role("heading", name="Roles", exact=True)).to_be_visible()
    page.context.clear_cookies()
    page.goto(saml.base)
    post(page, company, answer)
    expect_refusal(page, company, "replay", UNVERIFIED)


def test_without_a_word_from_the_provider_a_sign_in_lasts_an_hour(
    page: Page, saml: SimpleSamlPhp, company: Company
) -> None:
    sign_in(page, "bob")
    page.wait_for_url("**/")
    company.let_pass(minutes=59)
    page.goto("/")
    expect(page.get_by_role("heading", name="Roles", exact=True)).to_be_visible()
    company.let_pass(minutes=1)
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in to Daypass")).to_be_visible()
