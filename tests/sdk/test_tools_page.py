"""A person's own tools, and the tokens they make for one role."""

import itertools
import re
from datetime import timedelta

import pytest

from accounts.limits import Limit
from accounts.models import SignIn
from audit.models import Event
from sdk import tokens_page
from sdk.models import AccessToken, Authorization
from sdk.opaque import hash_of
from tests.conftest import SANDBOX, Browser, MakeRole
from tests.portal.test_masking import marked_in, unmarked
from tests.sdk.conftest import Admit, Clock

pytestmark = pytest.mark.django_db
PAGE = f"/roles/{SANDBOX}/S3ReadOnly/token/"


def test_a_token_is_shown_once_and_listed_afterwards(browser: Browser, alice: SignIn, make_role: MakeRole) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    client = browser(alice)
    answer = client.post(PAGE, {"name": "nightly build", "hours": "4"})
    shown = answer.content.decode()
    made, again = marked_in(shown)
    assert (made == again, made in unmarked(shown)) == (True, False)
    assert AccessToken.objects.get().token_hash == hash_of(made)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "aws sts get-caller-identity --region us-east-1</code>" in shown
    page = client.get("/tools/").content.decode()
    assert "nightly build" in page
    assert made not in page + str(list(Event.objects.values()))


@pytest.mark.parametrize("form", [{}, {"name": "x"}, {"name": "a\nb", "hours": "4"}, {"name": "x", "hours": "9000"}])
def test_a_token_wants_a_name_and_a_time(
    browser: Browser, alice: SignIn, make_role: MakeRole, form: dict[str, str]
) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    assert browser(alice).post(PAGE, form).status_code == 400
    assert Authorization.objects.count() == 0


def test_nobody_makes_a_token_for_a_role_of_others(browser: Browser, charlie: SignIn, make_role: MakeRole) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    assert browser(charlie).get(PAGE).status_code == 404
    assert browser(charlie).post(PAGE, {"name": "x", "hours": "4"}).status_code == 404


def test_no_token_is_made_that_would_be_refused_each_time(browser: Browser, alice: SignIn, make_role: MakeRole) -> None:
    make_role("S3ReadOnly", "user:alice@example.com", requires_reason=True)
    client = browser(alice)
    for answer in (client.get(PAGE), client.post(PAGE, {"name": "x", "hours": "4"})):
        assert answer.status_code == 409
        assert "This role is given only for a reason. A token would be refused each time." in answer.content.decode()
    assert Authorization.objects.count() == 0
    assert "a token for this role" not in client.get(PAGE.removesuffix("token/")).content.decode()


def test_the_page_of_a_role_leads_to_its_token(browser: Browser, alice: SignIn, make_role: MakeRole) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    assert PAGE in browser(alice).get(PAGE.removesuffix("token/")).content.decode()


def test_every_tool_is_listed_page_by_page(browser: Browser, alice: SignIn, bob: SignIn, make_role: MakeRole) -> None:
    role = make_role("S3ReadOnly", "user:alice@example.com")
    for number in range(121):
        whose = bob if number == 120 else alice
        Authorization.objects.create(
            sign_in=whose, role=role, kind="container", name=f"job {number:03}.", expires_at=alice.expires_at
        )
    client = browser(alice)
    pages = [client.get("/tools/", {"page": number}).content.decode() for number in (1, 2, 3)]
    listed = [re.findall(r">(job \d{3}\.)<", page) for page in pages]
    assert [len(page) for page in listed] == [50, 50, 20]
    assert sorted(itertools.chain(*listed)) == [f"job {number:03}." for number in range(120)]
    assert "?page=2" in pages[0]


def test_a_person_ends_their_own_tools_and_no_other(
    browser: Browser, alice: SignIn, bob: SignIn, admitted: Admit
) -> None:
    tool, before = admitted(alice), Authorization.objects.get().pk
    newer = admitted(alice)
    address = f"/tools/{before}/end/"
    assert browser(bob).post(address).status_code == 404
    assert tool.get("/assignment/accounts").status == 200
    assert browser(alice).post(address).status_code == 302
    assert [one.get("/assignment/accounts").status for one in (tool, newer)] == [401, 200]
    assert Event.objects.get(tag="sdk:tool:end").details["reason"] == "by_person"


@pytest.mark.parametrize("hours", [1, 4, 8, 12])
def test_a_token_is_good_for_as_long_as_was_chosen(
    browser: Browser, alice: SignIn, make_role: MakeRole, clock: Clock, hours: int
) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    SignIn.objects.update(expires_at=clock.now + timedelta(hours=13))
    page = browser(alice).get(PAGE).content.decode()
    assert f'<option value="{hours}"{" selected" if hours == 8 else ""}>{hours} hour{"s"[: hours - 1]}</option>' in page
    assert browser(alice).post(PAGE, {"name": "x" * 100, "hours": str(hours)}).status_code == 200
    assert Authorization.objects.get().expires_at == clock.now + timedelta(hours=hours)


def test_a_tokens_name_has_a_hundred_characters(browser: Browser, alice: SignIn, make_role: MakeRole) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    assert browser(alice).post(PAGE, {"name": "x" * 101, "hours": "4"}).status_code == 400


def test_a_form_of_another_site_makes_no_token(browser: Browser, alice: SignIn, make_role: MakeRole) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    form = {"name": "x", "hours": "4"}
    answer = browser(alice).post(PAGE, form, headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, Authorization.objects.count()) == (403, 0)


def test_whoever_signed_in_again_is_led_back_to_the_form(browser: Browser, alice: SignIn, make_role: MakeRole) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    assert browser(alice).get(PAGE, headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_a_person_makes_so_many_tokens_in_ten_minutes(
    browser: Browser, alice: SignIn, bob: SignIn, make_role: MakeRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_role("S3ReadOnly", "user:alice@example.com", "user:bob@example.com")
    monkeypatch.setattr(tokens_page, "CONTAINER_TOKEN", Limit("container_token", 2, 600))
    form, client = {"name": "x", "hours": "4"}, browser(alice)
    assert [client.post(PAGE, form).status_code for _ in range(3)] == [200, 200, 429]
    assert browser(bob).post(PAGE, form).status_code == 200


@pytest.mark.parametrize(
    "address", ["/terminal/", "/terminal/config", "/terminal/models.zip", "/tools/", "/device", PAGE]
)
def test_no_page_of_ones_own_is_kept_by_a_cache(
    browser: Browser, alice: SignIn, make_role: MakeRole, address: str
) -> None:
    make_role("S3ReadOnly", "user:alice@example.com", region="eu-west-1")
    assert browser(alice).get(address).headers["Cache-Control"] == "no-store"
