"""Each reader of the door with everything right but one thing. The sentence tells which guard it was that refused."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import SignIn
from accounts.sessions import end_sign_in
from audit.models import Event
from audit.record import Actor
from sdk import devices
from sdk.errors import SdkError
from sdk.models import AccessToken, Authorization, DeviceAuthorization, RefreshToken, Registration
from tests.conftest import SANDBOX, Browser, MakeRole
from tests.sdk.conftest import Admit, Answer, Clock, Tool, seen
from tests.sdk.pkce import PKCE, approved, challenge_of, code_from, redeem, request_of

pytestmark = pytest.mark.django_db
CLIENT = {"clientName": "c", "clientType": "public", "scopes": ["sso:account:access"], **PKCE}
LINE, LIST = "must be a text in one line.", "must be a list of at most 10 texts, each in one line."
APPROVE = {"decision": "approve"}
LOOPBACK = "A redirect URI must be http://127.0.0.1 with a path."
ACCOUNTS, CREDENTIALS = "/assignment/accounts", "/federation/credentials"
UNKNOWN_CLIENT = (
    "This tool's registration is not known here any more. Delete the files in ~/.aws/sso/cache and sign in again."
)
WRONG_LISTS: list[Any] = ["text", {"a": "b"}, ["x"] * 11, [1], [None], [""], ["x" * 513], ["a\nb"]]


def said(answer: Answer) -> tuple[str, str]:
    return answer.error.removesuffix("Exception"), answer.body.get("message", "")


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        ({"clientType": "confidential"}, "InvalidClientMetadata", "clientType must be public."),
        *(({"clientType": wrong}, "InvalidRequest", f"clientType {LINE}") for wrong in (None, "", ["public"])),
        *(
            ({"clientName": wrong}, "InvalidRequest", f"clientName {LINE}")
            for wrong in (None, "", ["x"], "a\nb", "x" * 4097)
        ),
        (
            {"scopes": ["sso:account:access", "everything"]},
            "InvalidScope",
            "The one scope here is sso:account:access. Set sso_registration_scopes to it.",
        ),
        *(
            ({name: wrong}, "InvalidRequest", f"{name} {LIST}")
            for name in ("scopes", "grantTypes", "redirectUris")
            for wrong in WRONG_LISTS
        ),
        (
            {"grantTypes": ["authorization_code", "password"]},
            "UnsupportedGrantType",
            "Known grant types: authorization_code, refresh_token, urn:ietf:params:oauth:grant-type:device_code.",
        ),
        *(
            ({"redirectUris": [*PKCE["redirectUris"], wrong]}, "InvalidRedirectUri", LOOPBACK)
            for wrong in (
                "https://evil.example/",
                "http://127.0.0.1@evil.example/",
                "http://127.0.0.1:0/x",
                "http://127.0.0.1:65536/x",
                "http://127.0.0.1/" + "x" * 239,
            )
        ),
        ({"redirectUris": None}, "InvalidRedirectUri", "authorization_code needs a redirect URI."),
    ],
)
def test_a_registration(tool: Tool, change: dict[str, Any], kind: str, sentence: str) -> None:
    assert said(tool.post("/client/register", CLIENT | change)) == (kind, sentence)
    assert [str(known.pk) for known in Registration.objects.all()] == [tool.registered["clientId"]]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"clientName": "x" * 4096},
        {"scopes": ["sso-portal:*"] * 10},
        {"scopes": None},
        {"redirectUris": ["http://127.0.0.1/" + "x" * 238, "http://127.0.0.1:65535/x"]},
        {"grantTypes": None, "redirectUris": None},
        {"grantTypes": ["refresh_token"], "redirectUris": None},
    ],
)
def test_a_registration_at_the_edge_of_what_is_taken(clock: Clock, change: dict[str, Any]) -> None:
    answer = Tool().post("/client/register", CLIENT | change)
    made, asked = Registration.objects.get(), CLIENT | change
    assert (answer.status, str(made.pk)) == (200, answer.body["clientId"])
    assert (made.name, made.scopes) == (str(asked["clientName"])[:100], asked["scopes"] or [])
    assert (made.grant_types, made.redirect_uris) == (asked["grantTypes"] or [], asked["redirectUris"] or [])
    assert (made.created_at, made.expires_at) == (clock.now, clock.now + timedelta(days=90))
    life = answer.body["clientSecretExpiresAt"] - answer.body["clientIdIssuedAt"]
    assert (life, answer.body["clientIdIssuedAt"]) == (90 * 86_400, int(clock.now.timestamp()))


@pytest.mark.parametrize(("size", "status"), [(16_384, 200), (16_385, 400)])
def test_a_body_of_16_kilobytes(db: None, size: int, status: int) -> None:
    body = json.dumps(CLIENT).encode()
    assert Tool().post("/client/register", body + b" " * (size - len(body))).status == status


@pytest.mark.parametrize(("left", "fine"), [(1, True), (0, False)])
def test_a_client_is_known_for_ninety_days(
    tool: Tool, browser: Browser, alice: SignIn, pkce: Tool, clock: Clock, left: int, fine: object
) -> None:
    Registration.objects.update(expires_at=clock.now + timedelta(milliseconds=left))
    assert said(tool.token(deviceCode="x"))[1].startswith("This device code") is fine
    code = browser(alice).get("/authorize", {"client_id": pkce.registered["clientId"]}).content.decode()
    assert ("is not registered any more" not in code) is fine


@pytest.mark.parametrize("client_id", ["x", "' OR 1=1", "0" * 4096, "00000000-0000-0000-0000-000000000000"])
def test_a_client_that_nobody_registered(tool: Tool, client_id: str) -> None:
    tool.registered["clientId"] = client_id
    answer = tool.token(deviceCode="x")
    assert said(answer) == ("InvalidClient", UNKNOWN_CLIENT)
    assert (answer.status, answer.body["error"]) == (401, "invalid_client")


def test_a_client_with_the_secret_of_another(tool: Tool) -> None:
    tool.registered["clientSecret"] = Tool().register().registered["clientSecret"]
    assert said(tool.token(deviceCode="x")) == ("InvalidClient", UNKNOWN_CLIENT)


@pytest.mark.parametrize(
    ("registered", "grant"),
    [
        ({}, "authorization_code"),
        (PKCE, "urn:ietf:params:oauth:grant-type:device_code"),
        (PKCE | {"grantTypes": ["authorization_code"]}, "refresh_token"),
    ],
)
def test_a_grant_that_the_client_did_not_register_for(db: None, registered: dict[str, Any], grant: str) -> None:
    answer = Tool().register(**registered).token(grant)
    assert said(answer) == ("UnauthorizedClient", "This client did not register for this grant type.")


def test_a_grant_that_nobody_offers(tool: Tool) -> None:
    kinds = "authorization_code, refresh_token, urn:ietf:params:oauth:grant-type:device_code"
    assert said(tool.token("password")) == ("UnsupportedGrantType", f"Known grant types: {kinds}.")
    answer = tool.post("/token?aws_iam=t", {**tool.registered, "grantType": "refresh_token"})
    assert said(answer) == ("InvalidRequest", "CreateTokenWithIAM is not offered here.")


def test_the_first_token_of_a_client_is_noted_once(admitted: Admit, alice: SignIn, clock: Clock, tool: Tool) -> None:
    first, mine = clock.now, admitted(alice)
    clock.forward(minutes=5)
    SignIn.objects.update(refreshed_at=clock.now)
    mine.refresh()
    noted = {str(one.pk): one.used_at for one in Registration.objects.all()}
    assert noted == {mine.registered["clientId"]: first, tool.registered["clientId"]: None}


def test_a_device_starts_where_it_is_allowed_with_our_address(tool: Tool, settings: Any) -> None:
    body = tool.registered | {"startUrl": "http://testserver/start"}
    wrong = tool.post("/device_authorization", body | {"startUrl": "https://evil.example/start"})
    sentence = "startUrl is not this portal's. Use http://testserver/start."
    assert said(wrong) == ("InvalidRequest", sentence)
    settings.DAYPASS_SDK_DEVICE_FLOW = False
    off = tool.post("/device_authorization", body)
    assert said(off) == ("UnauthorizedClient", "The device flow is switched off here. Use a newer AWS CLI.")
    assert DeviceAuthorization.objects.count() == 0


@pytest.fixture
def code(tool: Tool, alice: SignIn) -> str:
    """Return the code of a device that a person has let in, beside one that was refused and one that waits."""
    waiting, refused, started = (tool.start()["deviceCode"] for _ in range(3))
    rows = DeviceAuthorization.objects.order_by("pk")
    for row, state in zip(rows, ("pending", "refused", "approved"), strict=True):
        DeviceAuthorization.objects.filter(pk=row.pk).update(state=state, sign_in=alice)
    assert (said(tool.token(deviceCode=waiting))[0], said(tool.token(deviceCode=refused))[0]) == (
        "AuthorizationPending",
        "AccessDenied",
    )
    return str(started)


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        ({"state": "used"}, "InvalidGrant", "This device code is not known here. Run `aws sso login` again."),
        ({"device_code_hash": "x"}, "InvalidGrant", "This device code is not known here. Run `aws sso login` again."),
        ({"state": "refused"}, "AccessDenied", "The sign-in was refused in the browser."),
        ({"state": "pending"}, "AuthorizationPending", "Waiting for you to let this device in."),
        ({"sign_in": None}, "InvalidGrant", "This device code was used before. Run `aws sso login` again."),
    ],
)
def test_a_device_code(tool: Tool, code: str, change: dict[str, Any], kind: str, sentence: str) -> None:
    DeviceAuthorization.objects.filter(state="approved").update(**change)
    assert said(tool.token(deviceCode=code)) == (kind, sentence)
    assert Authorization.objects.count() == 0


def test_a_device_code_in_the_hands_of_another_client(tool: Tool, code: str) -> None:
    answer = Tool().register().token(deviceCode=code)
    assert answer.body["message"].startswith("This device code is not known here.")
    assert tool.token(deviceCode=code).status == 200


def test_a_device_code_that_another_poll_redeems_first(tool: Tool, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        devices,
        "_refuse_undecided",
        lambda device: DeviceAuthorization.objects.filter(pk=device.pk).update(state="used"),
    )
    assert tool.token(deviceCode=code).body["message"].startswith("This device code was used before.")
    assert Authorization.objects.count() == 0


def test_a_device_code_of_a_sign_in_that_ended_meanwhile(tool: Tool, code: str, alice: SignIn) -> None:
    end_sign_in(sign_in=alice, reason=SignIn.Ended.BY_PERSON)
    assert said(tool.token(deviceCode=code)) == ("AccessDenied", "The sign-in that let this device in has ended.")
    assert (Authorization.objects.count(), DeviceAuthorization.objects.filter(state="used").count()) == (0, 0)


@pytest.mark.parametrize(("seconds", "kind"), [(599.999, ""), (600, "ExpiredToken")])
def test_a_device_code_lasts_ten_minutes(alice: SignIn, tool: Tool, clock: Clock, seconds: float, kind: str) -> None:
    started = tool.start()
    assert (started["expiresIn"], started["interval"]) == (600, 2)
    DeviceAuthorization.objects.update(state="approved", sign_in=alice)
    clock.forward(seconds=seconds)
    assert said(tool.token(deviceCode=started["deviceCode"]))[0] == kind


@pytest.mark.parametrize("approve", [True, False])
@pytest.mark.parametrize(("seconds", "fine"), [(599.999, True), (600, False)])
def test_a_person_has_ten_minutes_to_decide(
    alice: SignIn, tool: Tool, clock: Clock, seconds: float, fine: object, approve: Any
) -> None:
    typed, other = tool.start()["userCode"], tool.start()["userCode"]
    device = devices.waiting(typed)
    assert device is not None
    clock.forward(seconds=seconds)
    assert (devices.waiting(typed) is not None, devices.waiting(other) is not None) == (fine, fine)
    decided = devices.decide(device=device, sign_in=alice, approve=approve, actor=Actor(str(alice.user_id), "Alice"))
    state = ("approved" if approve else "refused") if fine else "pending"
    states = DeviceAuthorization.objects.order_by("pk").values_list("state", flat=True)
    assert (decided, list(states)) == (fine, [state, "pending"])
    assert Event.objects.count() == (1 if fine else 0)


@pytest.mark.parametrize("state", ["approved", "refused", "used"])
def test_what_was_decided_waits_for_nobody(alice: SignIn, tool: Tool, state: str) -> None:
    typed = tool.start()["userCode"]
    device = devices.waiting(typed)
    assert device is not None
    DeviceAuthorization.objects.update(state=state)
    assert devices.waiting(typed) is None
    assert not devices.decide(device=device, sign_in=alice, approve=True, actor=Actor(str(alice.user_id), "Alice"))
    assert DeviceAuthorization.objects.get().state == state


@pytest.mark.parametrize(("seconds", "kind"), [(1, "AuthorizationPending"), (0.999, "SlowDown")])
def test_a_device_is_asked_for_patience_from_its_third_poll_on(
    tool: Tool, clock: Clock, seconds: float, kind: str
) -> None:
    code, other = tool.start()["deviceCode"], tool.start()["deviceCode"]
    polls = [tool.token(deviceCode=code)]
    for _ in range(2):
        clock.forward(seconds=seconds)
        polls.append(tool.token(deviceCode=code))
    assert [said(poll)[0] for poll in polls] == ["AuthorizationPending", "AuthorizationPending", kind]
    waits = "authorization_pending"
    assert [poll.body["error"] for poll in polls] == [waits, waits, waits if seconds == 1 else "slow_down"]
    assert said(tool.token(deviceCode=other))[0] == "AuthorizationPending"
    assert list(DeviceAuthorization.objects.order_by("pk").values_list("polls", flat=True)) == [3, 1]


@pytest.mark.parametrize("verifier", ["v" * 42, "v" * 129, "é" * 64, "v" * 63 + "+", ""])
def test_a_verifier_of_another_shape_though_it_hashes_to_the_challenge(
    browser: Browser, alice: SignIn, pkce: Tool, verifier: str
) -> None:
    code = code_from(browser(alice).post(request_of(pkce, code_challenge=challenge_of(verifier)), APPROVE))
    assert redeem(pkce, code, codeVerifier=verifier).status == 400
    assert AccessToken.objects.count() == 0


@pytest.mark.parametrize("verifier", ["v" * 43, "v" * 128, "aZ0-._~" * 10])
def test_a_verifier_at_the_edge_of_what_is_taken(browser: Browser, alice: SignIn, pkce: Tool, verifier: str) -> None:
    code = code_from(browser(alice).post(request_of(pkce, code_challenge=challenge_of(verifier)), APPROVE))
    assert redeem(pkce, code, codeVerifier=verifier).status == 200


@pytest.mark.parametrize(
    "change",
    [
        {"redirectUri": "http://127.0.0.1:41000/other"},
        {"redirectUri": ""},
        {"codeVerifier": "w" * 64},
        {"codeVerifier": None},
    ],
)
def test_a_code_with_what_it_was_asked_with_but_one_thing(
    browser: Browser, alice: SignIn, pkce: Tool, change: dict[str, Any]
) -> None:
    code = approved(browser(alice), pkce)
    assert [redeem(pkce, code, **change).status, redeem(pkce, code).status] == [400, 400]
    assert (Authorization.objects.get().end_reason, AccessToken.objects.count()) == ("misused", 0)


def test_a_code_that_nobody_was_given(browser: Browser, alice: SignIn, pkce: Tool) -> None:
    code = approved(browser(alice), pkce)
    assert redeem(pkce, "x" * 43).error == "InvalidGrantException"
    assert redeem(pkce, code).status == 200


def test_a_refresh_token_is_good_for_its_own_client_only(admitted: Admit, alice: SignIn) -> None:
    mine, other = admitted(alice), admitted(alice)
    assert other.refresh(mine.tokens["refreshToken"]).error == "InvalidGrantException"
    assert [one.used_at for one in RefreshToken.objects.all()] == [None, None]


def test_the_grace_of_a_used_refresh_token_begins_at_its_first_use(
    admitted: Admit, alice: SignIn, clock: Clock
) -> None:
    tool = admitted(alice)
    for seconds, status in ((0, 200), (59, 200), (2, 400)):
        clock.forward(seconds=seconds)
        assert tool.refresh().status == status
    assert Authorization.objects.get().end_reason == "misused"


@pytest.mark.parametrize("token", ["x", "a" * 42, "a" * 44, "é" * 43, "a" * 42 + "+", "a" * 4096, "' OR 1=1 --"])
def test_a_bearer_token_of_another_shape_asks_no_database(db: None, token: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = Tool().get(ACCOUNTS, token)
    assert (said(answer)[0], len(asked)) == ("Unauthorized", 0)


@pytest.mark.parametrize(("length", "status"), [(4096, 200), (4097, 401)])
def test_a_bearer_token_of_4096_characters_is_read(length: int, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noted(token: str, *, worn: bool = False) -> None:
        read.append(token)
        raise SdkError("UnauthorizedException", "x")

    monkeypatch.setattr("sdk.api.authorization_of", noted)
    Tool().get(ACCOUNTS, "a" * length)
    assert read == ["a" * 4096 if status == 200 else ""]


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        ({"role_name": "Admin/x"}, "InvalidRequest", "Name the account by its 12 digits and the role by its name."),
        ({"account_id": "1234"}, "InvalidRequest", "Name the account by its 12 digits and the role by its name."),
        ({"role_name": "Operator"}, "Forbidden", "You may not take this role. Go back to your roles. Reference"),
        ({"account_id": "0" * 12}, "Forbidden", "You may not take this role. Go back to your roles. Reference"),
    ],
)
def test_a_role_is_named_by_both_its_account_and_its_name(
    admitted: Admit, alice: SignIn, make_role: MakeRole, change: dict[str, str], kind: str, sentence: str
) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    make_role("Operator", "user:bob@example.com")
    named = {"account_id": SANDBOX, "role_name": "S3ReadOnly"}
    found = said(admitted(alice).get(CREDENTIALS, **(named | change)))
    assert (found[0], found[1][: len(sentence)]) == (kind, sentence)


@pytest.mark.parametrize("wrong", ["0", "101", "1000", "1e2", "-1", "+5", "٣", " 5", "1.0"])
def test_a_page_has_from_1_to_100_rows(admitted: Admit, alice: SignIn, wrong: str) -> None:
    tool = admitted(alice)
    sentence = "max_result must be a number from 1 to 100."
    assert said(tool.get(ACCOUNTS, max_result=wrong)) == ("InvalidRequest", sentence)
    assert [tool.get(ACCOUNTS, max_result=fine).status for fine in ("1", "100", "007")] == [200] * 3


def test_an_authorization_request_at_its_limits(browser: Browser, alice: SignIn, pkce: Tool) -> None:
    client = browser(alice)
    assert client.get(request_of(pkce, state="s" * 512)).status_code == 200
    refused = client.get(request_of(pkce, state="s" * 513))
    assert "left out its challenge or its state" in refused.content.decode()


def test_a_method_that_is_not_offered_and_a_path_that_is_none() -> None:
    wrong = seen(Client().get("/token"))
    assert (said(wrong), wrong.headers["Allow"]) == (("MethodNotAllowed", "Use POST."), "POST")
    assert said(seen(Client().get("/token/x"))) == ("ResourceNotFound", "There is no such operation here.")
