"""People of a company whose OpenID provider is npm's oidc-provider."""

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.aws.seed import SANDBOX
from tests.idps.oidc_provider import OpenIdProvider
from tests.journeys.company.company import NAMES, OPENID, OPENID_PAIRWISE, Company
from tests.journeys.company.people import expect_refusal, press_provider, roles_on, sign_in_at_openid
from tests.journeys.people import take

pytestmark = [pytest.mark.lane("browser"), pytest.mark.lane("node")]


def sign_in(page: Page, person: str, slug: str = OPENID) -> None:
    press_provider(page, NAMES[slug])
    sign_in_at_openid(page, person)


@pytest.mark.parametrize("slug", [OPENID, OPENID_PAIRWISE])
def test_groups_give_roles(page: Page, openid: OpenIdProvider, slug: str) -> None:
    openid.change("charlie", groups=["AWS-Dev-Read"])
    sign_in(page, "charlie", slug)
    assert roles_on(page) == ["PowerDeveloper"]


def test_one_group_may_come_as_a_plain_text(page: Page, openid: OpenIdProvider) -> None:
    openid.change("charlie", groups="AWS-Dev-Read")
    sign_in(page, "charlie")
    assert roles_on(page) == ["PowerDeveloper"]


def test_a_role_that_a_group_gives_is_taken(page: Page, openid: OpenIdProvider) -> None:
    openid.change("charlie", groups=["AWS-Dev-Read"])
    sign_in(page, "charlie")
    page.wait_for_url("**/")
    page.goto(f"/roles/{SANDBOX}/PowerDeveloper/")
    take(page)
    expect(page.get_by_role("heading", name="Credentials for PowerDeveloper")).to_be_visible()


def test_no_group_gives_no_role(page: Page, openid: OpenIdProvider) -> None:
    sign_in(page, "charlie")
    expect(page.get_by_role("heading", name="No role is mapped to you yet")).to_be_visible()
    assert roles_on(page) == []


def test_a_new_key_is_fetched_when_it_is_met(page: Page, openid: OpenIdProvider) -> None:
    sign_in(page, "bob")
    page.wait_for_url("**/")
    page.context.clear_cookies()
    openid.rotate_keys(urgently=True)
    sign_in(page, "bob")
    expect(page.get_by_role("heading", name="Roles", exact=True)).to_be_visible()


def test_no_address_is_no_sign_in(page: Page, openid: OpenIdProvider, company: Company) -> None:
    openid.change("bob", email=None)
    sign_in(page, "bob")
    expect_refusal(page, company, "email_missing", "Company OpenID sent no e-mail address for you.")


def test_a_disabled_account_does_not_come_in(page: Page, openid: OpenIdProvider, company: Company) -> None:
    openid.change("bob", disabled=True)
    sign_in(page, "bob")
    expect_refusal(page, company, "cancelled", "You cancelled at Company OpenID, or it did not let you go on.")


def answer_for(page: Page, person: str) -> str:
    """Sign in at the provider and return the address that it sends the browser to, which the portal has not seen."""
    press_provider(page, NAMES[OPENID])
    page.wait_for_url("**/interaction/**")
    form: dict[str, str | float | bool] = {"prompt": "login", "login": person, "password": "none is checked"}
    answer = page.request.post(page.url, form=form, max_redirects=0)
    while "/login/callback/" not in answer.headers["location"]:
        answer = page.request.get(answer.headers["location"], max_redirects=0)
    return answer.headers["location"]


def test_an_answer_that_somebody_else_fetched_signs_nobody_in(
    page: Page, browser: Browser, openid: OpenIdProvider, company: Company
) -> None:
    mallorys = browser.new_context(base_url=company.place.portal)
    address = answer_for(mallorys.new_page(), "charlie")
    page.goto(address)
    expect_refusal(
        page, company, "state", "This sign-in was started too long ago, in another browser, or was used already."
    )
    mallorys.close()


def test_an_answer_is_good_once(page: Page, openid: OpenIdProvider) -> None:
    address = answer_for(page, "bob")
    page.goto(address)
    expect(page.get_by_role("heading", name="Roles", exact=True)).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("heading", name="Sign-in refused")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Roles", exact=True)).to_be_visible()  # and harms nobody who came in by it


def test_who_is_disabled_at_the_provider_is_out_within_the_hour(
    page: Page, openid: OpenIdProvider, company: Company
) -> None:
    sign_in(page, "bob")
    page.wait_for_url("**/")
    openid.change("bob", disabled=True)
    company.let_pass(minutes=55)
    company.confirm()
    page.goto("/sign-ins/")
    expect(page.get_by_role("heading", name="Sign in to Daypass")).to_be_visible()


def test_groups_are_those_of_the_last_refresh(page: Page, openid: OpenIdProvider, company: Company) -> None:
    openid.change("charlie", groups=["AWS-Dev-Read"])
    sign_in(page, "charlie")
    assert roles_on(page) == ["PowerDeveloper"]
    openid.change("charlie", groups=["AWS-Prod-Admin"])
    company.let_pass(minutes=55)
    company.confirm()
    page.goto("/")
    assert roles_on(page) == ["S3ReadOnly"]


def test_a_sign_in_is_confirmed_again_and_again(page: Page, openid: OpenIdProvider, company: Company) -> None:
    sign_in(page, "bob")
    page.wait_for_url("**/")
    company.let_pass(minutes=55)
    company.confirm()
    company.let_pass(minutes=55)
    company.confirm()  # by a refresh token that the first time brought
    page.goto("/")
    expect(page.get_by_role("heading", name="Roles", exact=True)).to_be_visible()


def test_an_address_that_the_provider_does_not_speak_for_gives_no_right(page: Page, openid: OpenIdProvider) -> None:
    openid.change("charlie", email="alice@evil.example", groups=["AWS-Dev-Read"])
    sign_in(page, "charlie")
    assert roles_on(page) == ["PowerDeveloper"]
    expect(page.locator("summary", has_text="Signed in as")).not_to_contain_text("alice")


def test_a_new_address_is_the_same_person_without_the_rights_of_the_old(page: Page, openid: OpenIdProvider) -> None:
    sign_in(page, "bob")
    assert roles_on(page) == ["GoogleReader", "PowerDeveloper", "S3ReadOnly"]
    openid.change("bob", email="robert@example.com")
    page.context.clear_cookies()
    sign_in(page, "bob")
    assert roles_on(page) == ["PowerDeveloper"]
    page.goto("/identities/")
    expect(page.get_by_role("row", name=NAMES[OPENID])).to_have_count(1)
