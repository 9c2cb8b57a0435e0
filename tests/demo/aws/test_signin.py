"""The sign-in endpoint: credentials by POST, a token for fifteen minutes, a page that says who one is."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import pytest

from demo.aws.seed import SANDBOX
from demo.aws.signin import is_console
from demo.aws.testing import Keys, RunningAws, keys_of
from tests.demo.aws.helpers import may, new_role, policy, role_arn, take, trust

CONSOLE = "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1"


def send(aws: RunningAws, method: str, **form: str) -> tuple[int, str]:
    """One request to /federation: status and body."""
    content = urlencode(form)
    url = f"{aws.url}/federation" + (f"?{content}" if method == "GET" else "")
    request = Request(url, content.encode() if method == "POST" else None, method=method)  # noqa: S310  # loopback
    try:
        with urlopen(request, timeout=5) as response:  # noqa: S310  # loopback
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def session_of(keys: Keys) -> str:
    return json.dumps(dict(zip(("sessionId", "sessionKey", "sessionToken"), keys.values(), strict=False)))


def ask(aws: RunningAws, keys: Keys, method: str = "POST", **more: str) -> tuple[int, str]:
    return send(aws, method, Action="getSigninToken", Session=session_of(keys), **more)


@pytest.fixture
def keys(aws: RunningAws) -> Keys:
    return keys_of(take(aws, role_arn("S3ReadOnly")))


@pytest.fixture
def token(aws: RunningAws, keys: Keys) -> str:
    status, body = ask(aws, keys)
    assert status == 200
    return str(json.loads(body)["SigninToken"])


def login(aws: RunningAws, token: str, method: str = "GET", **changed: str) -> tuple[int, str]:
    form = {"Issuer": "http://127.0.0.1:8000/roles/1/x/", "Destination": CONSOLE, "SigninToken": token, **changed}
    return send(aws, method, Action="login", **form)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_page_says_which_role_one_is_in(aws: RunningAws, token: str, method: str) -> None:
    status, body = login(aws, token, method)
    assert status == 200
    assert f"arn:aws:sts::{SANDBOX}:assumed-role/S3ReadOnly/alice@example.com-x1" in body
    assert CONSOLE in body
    assert '<a href="http://127.0.0.1:8000/roles/1/x/">Back to 127.0.0.1:8000</a>' in body


def test_credentials_by_get_are_refused(aws: RunningAws, keys: Keys) -> None:
    assert ask(aws, keys, "GET") == (400, "getSigninToken is taken by POST only, with its parameters in the body.\n")


def test_credentials_that_are_not_right_are_refused(aws: RunningAws, keys: Keys) -> None:
    for name in keys:
        other = "x" if keys[name][-1] != "x" else "y"
        assert ask(aws, keys | {name: keys[name][:-1] + other})[0] == 400
    assert ask(aws, aws.keys())[0] == 400
    for text in ("", "{", "[]", "7", '{"sessionId": 1}'):
        assert send(aws, "POST", Action="getSigninToken", Session=text)[0] == 400


def test_a_role_that_is_gone_signs_nobody_in(aws: RunningAws) -> None:
    arn = new_role(aws, trust("sts:AssumeRole"))
    keys = keys_of(take(aws, arn))
    token = json.loads(ask(aws, keys)[1])["SigninToken"]
    aws.client("iam", aws.keys("admin")).delete_role(RoleName=arn.rpartition("/")[2])
    assert login(aws, token)[0] == 400
    assert ask(aws, keys)[0] == 400


@pytest.mark.parametrize(
    ("seconds", "status"), [("900", 200), ("43200", 200), ("899", 400), ("43201", 400), ("x", 400)]
)
def test_a_longer_console_has_bounds(aws: RunningAws, keys: Keys, seconds: str, status: int) -> None:
    assert ask(aws, keys, SessionDuration=seconds)[0] == status


def test_a_longer_console_is_not_for_chains_nor_for_federated_users(aws: RunningAws) -> None:
    first = new_role(aws, trust("sts:AssumeRole"), policies=(may("sts:AssumeRole"),))
    second = new_role(aws, trust("sts:AssumeRole", principal={"AWS": first}))
    chained = keys_of(take(aws, second, keys_of(take(aws, first))))
    federated = aws.client("sts", aws.keys("admin")).get_federation_token(Name="alice", Policy=policy(may("s3:*")))
    for keys in (chained, keys_of(federated)):
        assert ask(aws, keys)[0] == 200
        assert ask(aws, keys, SessionDuration="900")[0] == 400


@pytest.mark.parametrize("changed", [{"SigninToken": "x"}, {"SigninToken": ""}, {"Issuer": "javascript:alert(1)"}])
def test_a_login_that_is_not_right_is_refused(aws: RunningAws, token: str, changed: dict[str, str]) -> None:
    assert login(aws, token, **changed)[0] == 400


BAD = [
    "",
    "http://console.aws.amazon.com/",
    "//console.aws.amazon.com/",
    "https://console.aws.amazon.com.evil.example/",
    "https://evil.example/console.aws.amazon.com",
    "https://evil.example#console.aws.amazon.com",
    "https://console.aws.amazon.com@evil.example/",
    "https://evil.example@console.aws.amazon.com/",
    "https://console.aws.amazon.com:8443/",
    "https://console.aws.amazon.com\\@evil.example/",
    "https://console.aws.amazon.com/\r\nX: y",
    "https://xconsole.aws.amazon.com/",
    "https://evil.eu-west-1.console.aws.amazon.com/",
    "https://console.aws.amazon.com./",
    "https://signin.aws.amazon.com/",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("destination", BAD)
def test_a_destination_outside_the_console_is_refused(aws: RunningAws, token: str, destination: str) -> None:
    assert login(aws, token, Destination=destination)[0] == 400


@pytest.mark.parametrize(
    "host", ["console.aws.amazon.com", "us-gov-west-1.console.amazonaws-us-gov.com", "health.aws.amazon.com"]
)
def test_the_consoles_are_destinations(host: str) -> None:
    assert is_console(f"https://{host}/home?region=x#/a")


def test_what_stands_on_the_page_is_text(aws: RunningAws, token: str) -> None:
    destination = CONSOLE + '&x="><script>alert(1)</script>'
    _, body = login(aws, token, Destination=destination, Issuer='https://x.example/"><script>alert(2)</script>')
    assert "<script" not in body
    assert "&lt;script&gt;" in body


def test_secrets_stay_out_of_the_record(aws: RunningAws, keys: Keys, token: str) -> None:
    login(aws, token)
    rows = [row for row in aws.calls() if row["service"] == "signin"]
    assert [(row["action"], row["status"]) for row in rows] == [("getSigninToken", 200), ("login", 200)]
    assert [row["principal"].rpartition("/")[2] for row in rows] == ["alice@example.com-x1"] * 2
    text = json.dumps(rows)
    secrets: list[Any] = [token, keys["aws_secret_access_key"], keys["aws_session_token"]]
    assert [value for value in secrets if value in text or quote(value) in text] == []
