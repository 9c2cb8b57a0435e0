"""What a person decides about a tool in the browser, and what a crafted link cannot do."""

import itertools
import re

import pytest
from django.test import Client

from accounts.limits import Limit
from accounts.models import SignIn
from audit.models import Event
from sdk import pages
from sdk.models import Authorization, AuthorizationCode, DeviceAuthorization
from tests.conftest import Browser
from tests.sdk.conftest import Tool
from tests.sdk.pkce import REDIRECT, approved, redeem, request_of

pytestmark = pytest.mark.django_db


def test_a_tool_on_this_computer_is_let_in(browser: Browser, alice: SignIn, pkce: Tool) -> None:
    client = browser(alice)
    page = client.get(request_of(pkce))
    assert "AWS CLI 2.36.7" in page.content.decode()
    assert "http://127.0.0.1:*" in page.headers["Content-Security-Policy"].partition("form-action ")[2]
    pkce.tokens = redeem(pkce, approved(client, pkce)).body
    assert pkce.get("/assignment/accounts").status == 200
    assert pkce.refresh().status == 200
    assert "AWS CLI 2.36.7" in client.get("/tools/").content.decode()


def test_who_must_sign_in_first_comes_back_to_what_the_tool_asked(browser: Browser, alice: SignIn, pkce: Tool) -> None:
    wanted = request_of(pkce)
    sign_in = Client().get(wanted).headers["Location"]
    assert browser(alice).get(sign_in).headers["Location"] == wanted


def test_looking_at_the_page_lets_nobody_in(browser: Browser, alice: SignIn, pkce: Tool, tool: Tool) -> None:
    client = browser(alice)
    for method in (client.get, client.head):
        method(request_of(pkce, decision="approve"))
        method("/device", {"user_code": tool.start()["userCode"], "decision": "approve"})
    assert Authorization.objects.count() == 0
    assert set(DeviceAuthorization.objects.values_list("state", flat=True)) == {"pending"}


def test_a_form_of_another_site_lets_nobody_in(alice: SignIn, browser: Browser, pkce: Tool) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser(alice).cookies
    assert strict.post(request_of(pkce), {"decision": "approve"}).status_code == 403
    assert strict.post("/device", {"user_code": "BCDF-GHJK", "decision": "approve"}).status_code == 403


def test_no_page_can_be_framed(browser: Browser, alice: SignIn, pkce: Tool) -> None:
    for path in (request_of(pkce), "/device"):
        answer = browser(alice).get(path)
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_who_says_this_was_not_me_refuses_and_it_is_recorded(
    browser: Browser, alice: SignIn, pkce: Tool, tool: Tool
) -> None:
    client, started = browser(alice), tool.start()
    answer = client.post(request_of(pkce), {"decision": "refuse"})
    assert answer.headers["Location"] == f"{REDIRECT}?error=access_denied&state=s-1"
    client.post("/device", {"user_code": started["userCode"], "decision": "refuse"})
    assert tool.token(deviceCode=started["deviceCode"]).error == "AccessDeniedException"
    assert list(Event.objects.values_list("tag", flat=True)) == ["sdk:device:refuse", "sdk:tool:refuse"]
    assert Authorization.objects.count() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "http://127.0.0.1.evil.example/oauth/callback"},
        {"redirect_uri": "http://127.0.0.1:80@evil.example/oauth/callback"},
        {"redirect_uri": "http://localhost:41000/oauth/callback"},
        {"redirect_uri": "https://127.0.0.1:41000/oauth/callback"},
        {"redirect_uri": "http://127.0.0.1:41000/other"},
        {"redirect_uri": "http://127.0.0.1:41000/oauth/callback?x=1"},
        {"redirect_uri": "http://127.0.0.1:41000/oauth/callback#x"},
        {"redirect_uri": "http://127.0.0.1:99999/oauth/callback"},
        {"redirect_uri": "http://127.1:41000/oauth/callback"},
        {"redirect_uri": "http://[::1]:41000/oauth/callback"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": ""},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"code_challenge": "short"},
        {"state": ""},
        {"state": "a\r\nSet-Cookie: x=1"},
        {"client_id": "nobody"},
        {"client_id": "00000000-0000-0000-0000-000000000000"},
    ],
)
def test_a_request_that_is_wrong_leads_nowhere(
    browser: Browser, alice: SignIn, pkce: Tool, changes: dict[str, str]
) -> None:
    client = browser(alice)
    for answer in (
        client.get(request_of(pkce, **changes)),
        client.post(request_of(pkce, **changes), {"decision": "approve"}),
    ):
        assert answer.status_code == 400
        assert "Location" not in answer.headers
    assert AuthorizationCode.objects.count() == 0


def test_a_device_client_cannot_ask_for_a_code(browser: Browser, alice: SignIn, tool: Tool) -> None:
    assert browser(alice).get(request_of(tool)).status_code == 400


@pytest.mark.parametrize("spelling", ["{0}", "{1}", " {0} ", "{2}", "{3}"])
def test_a_user_code_is_read_however_it_is_typed(browser: Browser, alice: SignIn, tool: Tool, spelling: str) -> None:
    code = tool.start()["userCode"]
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", code)
    typed = spelling.format(code, code.lower(), code.replace("-", ""), code.replace("-", " "))
    page = browser(alice).get("/device", {"user_code": typed}).content.decode()
    assert "Another device asks to come in" in page


@pytest.mark.parametrize(
    "code", ["AAAA-AAAA", "BCDF", "BCDF-GHJKL", "<script>", "BCDF-GHJK", "\uff22\uff23\uff24\uff26-GHJK"]
)
def test_a_code_that_no_device_has(browser: Browser, alice: SignIn, code: str) -> None:
    answer = browser(alice).get("/device", {"user_code": code})
    assert answer.status_code == 404
    assert "<script>alert" not in answer.content.decode()


def test_guessing_codes_ends_after_forty(browser: Browser, alice: SignIn, bob: SignIn) -> None:
    client = browser(alice)
    answers = [client.get("/device", {"user_code": "BCDF-GHJK"}).status_code for _ in range(41)]
    assert answers == [404] * 40 + [429]
    assert browser(bob).get("/device", {"user_code": "BCDF-GHJK"}).status_code == 404


def test_the_page_and_its_button_count_as_one_try(browser: Browser, alice: SignIn, tool: Tool) -> None:
    client, decided = browser(alice), []
    for _ in range(40):
        code = {"user_code": tool.start()["userCode"]}
        client.get("/device", code)
        decided.append(client.post("/device", code | {"decision": "approve"}).status_code)
    assert decided == [200] * 40
    assert client.get("/device", {"user_code": tool.start()["userCode"]}).status_code == 429


def test_a_button_without_its_page_counts_and_so_does_another_code(browser: Browser, alice: SignIn, tool: Tool) -> None:
    client = browser(alice)
    client.get("/device", {"user_code": tool.start()["userCode"]})
    guesses = ["".join(code) for code in itertools.islice(itertools.product("BCDFGHJK", repeat=8), 39)]
    for guess in guesses:
        assert client.post("/device", {"user_code": guess, "decision": "approve"}).status_code == 404
    waiting = {"user_code": tool.start()["userCode"], "decision": "approve"}
    assert client.post("/device", waiting).status_code == 429
    assert Authorization.objects.count() == 0


def test_a_decision_is_made_once(browser: Browser, alice: SignIn, bob: SignIn, tool: Tool) -> None:
    started = tool.start()
    browser(alice).post("/device", {"user_code": started["userCode"], "decision": "approve"})
    late = browser(bob).post("/device", {"user_code": started["userCode"], "decision": "refuse"})
    assert late.status_code == 404
    assert DeviceAuthorization.objects.get().sign_in_id == alice.pk


@pytest.mark.parametrize("address", ["https://evil.example/start", "http://testserver.evil.example/start", "x"])
def test_a_start_url_of_others_is_refused(tool: Tool, address: str) -> None:
    answer = tool.post("/device_authorization", {**tool.registered, "startUrl": address})
    assert (answer.status, answer.error) == (400, "InvalidRequestException")


def test_the_start_url_answers_a_cli_with_one_redirect_to_awss_name() -> None:
    answer = Client().head("/start")
    assert answer.status_code == 302
    assert re.fullmatch(r"https://[a-z0-9-]+\.portal\.daypass-[0-9a-f]{8}\.app\.aws", answer.headers["Location"])
    assert Tool().register().start()["userCode"]


def test_a_person_lets_in_so_many_tools_in_ten_minutes(
    browser: Browser, alice: SignIn, bob: SignIn, pkce: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "APPROVAL", Limit("sdk_approval", 2, 600))
    client, form = browser(alice), {"decision": "approve"}
    assert [client.post(request_of(pkce), form).status_code for _ in range(3)] == [302, 302, 429]
    assert client.post(request_of(pkce), {"decision": "refuse"}).status_code == 302
    assert browser(bob).post(request_of(pkce), form).status_code == 302
    assert Authorization.objects.count() == 3
