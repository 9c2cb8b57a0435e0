"""The seed story, in a real browser against the whole local world.

An AWS account has a user that may only assume roles, and a role that reads S3. The role's trust policy first names
somebody else, then the portal's user; the person takes the role, saves the file, and reads but cannot write.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from playwright.sync_api import Browser, Page, expect

from demo.aws.seed import PORTAL_ARN, PRODUCTION, SANDBOX, SOMEBODY_ELSE_ARN, storyteller_trust
from demo.world import World
from tests.journeys.people import download, open_role, sign_in, take

pytestmark = pytest.mark.lane("browser")
BUCKET = "example-reports"


def trust(world: World, arn: str) -> None:
    """Write Storyteller's trust policy as the account's administrator would."""
    iam = boto3.client(
        "iam",
        endpoint_url=world.place.aws,
        region_name="us-east-1",
        aws_access_key_id=world.aws_keys["admin_access_key_id"],
        aws_secret_access_key=world.aws_keys["admin_secret_access_key"],
    )
    iam.update_assume_role_policy(RoleName="Storyteller", PolicyDocument=storyteller_trust(arn))


@pytest.fixture
def storyteller(world: World) -> Iterator[World]:
    trust(world, SOMEBODY_ELSE_ARN)
    yield world
    trust(world, SOMEBODY_ELSE_ARN)


@pytest.fixture
def s3_of(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a maker of S3 clients from a saved credentials file, as a person's own tools read it."""

    def make(file: Path, profile: str) -> Any:
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
        monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
        session = boto3.Session(profile_name=profile, region_name="us-east-1")
        return session.client("s3", endpoint_url=world.place.aws)

    return make


@pytest.fixture
def erin(browser: Browser, world: World) -> Iterator[Page]:
    context = browser.new_context(base_url=world.place.portal)
    page = context.new_page()
    sign_in(page, "Erin", provider="Example ADFS")
    yield page
    context.close()


def test_alice_sees_the_roles_that_are_mapped_to_her_and_no_others(page: Page) -> None:
    sign_in(page, "Alice")
    names = page.locator("#results .row-name").all_inner_texts()
    assert sorted(names) == ["Auditor", "GoogleReader", "PowerDeveloper", "S3ReadOnly", "Storyteller"]


def test_charlie_sees_none_and_finds_none_by_its_address(page: Page, world: World) -> None:
    sign_in(page, "Charlie")
    expect(page.get_by_role("heading", name="No role is mapped to you yet")).to_be_visible()
    answer = page.goto(f"{world.place.portal}/roles/{SANDBOX}/S3ReadOnly/")
    assert answer is not None
    assert answer.status == 404


def test_a_trust_policy_that_names_somebody_else_is_explained(storyteller: World, page: Page, erin: Page) -> None:
    sign_in(page, "Alice")
    open_role(page, storyteller, SANDBOX, "Storyteller")
    take(page)
    expect(page.get_by_role("alert")).to_contain_text("AWS refused this role")
    reference = page.locator(".reference code, .reference .mono").first.inner_text()
    assert PORTAL_ARN not in page.content()
    erin.goto(f"/audit/sessions/?q={reference}")
    erin.get_by_role("link", name="Storyteller").first.click()
    expect(erin.locator("main")).to_contain_text(PORTAL_ARN)


def test_the_story(storyteller: World, page: Page, s3_of: Any, tmp_path: Path) -> None:
    trust(storyteller, PORTAL_ARN)
    sign_in(page, "Alice")
    open_role(page, storyteller, SANDBOX, "Storyteller")
    take(page)
    s3 = s3_of(download(page, "Credentials file", tmp_path), "example-sandbox-Storyteller")
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert keys == ["2026/october.csv", "hello.txt"]
    assert s3.get_object(Bucket=BUCKET, Key="hello.txt")["Body"].read().startswith(b"Hello from the local AWS.")
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=BUCKET, Key="mine.txt", Body=b"mine")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


@pytest.mark.parametrize(("provider", "role"), [("Google", "GoogleReader"), ("Example ADFS", "AdfsReader")])
def test_a_role_by_web_identity(page: Page, world: World, s3_of: Any, tmp_path: Path, provider: str, role: str) -> None:
    sign_in(page, "Alice", provider=provider)
    open_role(page, world, PRODUCTION, role)
    take(page)
    s3 = s3_of(download(page, "Credentials file", tmp_path), f"example-production-{role}")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["example-production-ledger"]


def test_the_console_opens_in_the_role(page: Page, world: World) -> None:
    sign_in(page, "Alice")
    page.get_by_role("button", name="Console, S3ReadOnly, Example Sandbox").first.click()
    page.wait_for_url(f"{world.place.aws}/**")
    expect(page.locator("main")).to_contain_text("assumed-role/S3ReadOnly/alice@example.com-")
    assert "SigninToken" not in page.url


def test_a_reason_is_asked_and_kept(page: Page, world: World) -> None:
    sign_in(page, "Alice", provider="Example ADFS")
    open_role(page, world, PRODUCTION, "ProductionAdmin")
    page.get_by_label("Reason").fill("OPS-12: mend the ledger")
    take(page)
    expect(page.get_by_role("heading", name="Credentials for ProductionAdmin")).to_be_visible()
    page.goto("/activity/")
    expect(page.locator("main")).to_contain_text("OPS-12: mend the ledger")


def test_credentials_are_shown_once(page: Page, world: World) -> None:
    sign_in(page, "Alice")
    open_role(page, world, SANDBOX, "S3ReadOnly")
    take(page)
    expect(page.locator(".value code", has_text="ASIA")).to_be_visible()
    page.goto("/activity/")
    page.go_back()  # the browser has no copy; the address that stayed is the role's page
    expect(page).to_have_url(f"{world.place.portal}/roles/{SANDBOX}/S3ReadOnly/")
    expect(page.locator(".value")).to_have_count(0)
