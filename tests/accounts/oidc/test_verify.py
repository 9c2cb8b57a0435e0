"""Each guard of a token by itself, and each limit at its edge: everything is right but the one thing a row says."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from django.utils import timezone

from accounts.oidc import verify
from accounts.oidc.grants import short_code
from accounts.oidc.verify import LOGOUT_EVENT, verified_claims, verified_logout_token
from accounts.providers.declared import Kind, OpenIdProvider
from accounts.refusals import Reason, SignInRefused

ISSUER = "https://id.example.com"
PROVIDER = OpenIdProvider(
    slug="p",
    kind=Kind.OIDC,
    name="P",
    domains=frozenset(),
    issuer=ISSUER,
    client_id="us",
    client_secret="s",
    algorithms=("ES256",),
)


@cache
def key() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


@pytest.fixture(autouse=True)
def _published(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider publishes our one key."""
    public = jwt.PyJWK({**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key().public_key())), "alg": "ES256"})
    monkeypatch.setattr(verify, "key_of", lambda _provider, _kid: public)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> int:
    """A clock that stands still for us; the library's goes on."""
    stopped = int(time.time())
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromtimestamp(stopped, UTC))
    return stopped


def right(**changes: Any) -> dict[str, Any]:
    """Return an ID token's claims; None takes one out."""
    moment = int(time.time())
    claims = {"iss": ISSUER, "aud": "us", "sub": "alice", "nonce": "n", "iat": moment, "exp": moment + 300, **changes}
    return {name: value for name, value in claims.items() if value is not None}


def logout(**changes: Any) -> dict[str, Any]:
    return right(**{"nonce": None, "jti": "one", "sid": "s", "events": {LOGOUT_EVENT: {}}, **changes})


def signed(claims: dict[str, Any], **header: Any) -> str:
    return jwt.encode(claims, key(), "ES256", headers=header)


def told(claims: dict[str, Any], **header: Any) -> str:
    try:
        return str(verified_claims(PROVIDER, signed(claims, **header), nonce="n")["sub"])
    except SignInRefused as refusal:
        return str(refusal)


def told_out(claims: dict[str, Any], **header: Any) -> str:
    try:
        return str(verified_logout_token(PROVIDER, signed(claims, **header))["jti"])
    except SignInRefused as refusal:
        return str(refusal)


def test_what_is_right_is_taken() -> None:
    assert (told(right()), told_out(logout())) == ("alice", "one")


def test_half_of_a_surrogate_pair_is_no_token() -> None:
    """JSON carries it where UTF-8 cannot."""
    with pytest.raises(SignInRefused) as caught:
        verified_claims(PROVIDER, "\ud800", nonce="n")
    assert str(caught.value) == "malformed_token: cannot be read"


# Some seconds stay between the edge and what a slow machine needs to get there.
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"exp": -45}, "alice"),
        ({"exp": -61}, "expired: ExpiredSignatureError"),
        ({"iat": 59}, "alice"),
        ({"iat": 75}, "clock: ImmatureSignatureError"),
        ({"nbf": 59}, "alice"),
        ({"nbf": 75}, "clock: ImmatureSignatureError"),
    ],
)
def test_clocks_may_differ_by_a_minute(changes: dict[str, int], said: str) -> None:
    moment = int(time.time())
    assert told(right(**{name: moment + seconds for name, seconds in changes.items()})) == said


@pytest.mark.parametrize(("ahead", "said"), [(0, "alice"), (1, "claim: exp is more than a week ahead")])
def test_a_token_lives_a_week_at_most(now: int, ahead: int, said: str) -> None:
    assert told(right(exp=now + 7 * 86_400 + ahead)) == said


@pytest.mark.parametrize(
    ("length", "said"), [(1, "s"), (191, "s" * 191), (192, "claim: sub is empty, too long or no line of text")]
)
def test_a_subject_is_as_long_as_its_column(length: int, said: str) -> None:
    assert told(right(sub="s" * length)) == said


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")  # of the one who signs with it
@pytest.mark.parametrize(("bits", "said"), [(2048, "alice"), (1024, "signature: InvalidKeyError")])
def test_a_key_that_is_too_short_proves_nothing(monkeypatch: pytest.MonkeyPatch, bits: int, said: str) -> None:
    short = rsa.generate_private_key(65537, bits)
    public = jwt.PyJWK({**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(short.public_key())), "alg": "RS256"})
    monkeypatch.setattr(verify, "key_of", lambda _provider, _kid: public)
    try:
        token = jwt.encode(right(), short, "RS256")
        found = str(verified_claims(replace(PROVIDER, algorithms=("RS256",)), token, nonce="n")["sub"])
    except SignInRefused as refusal:
        found = str(refusal)
    assert found == said


def test_a_token_is_a_hundred_thousand_characters_at_most() -> None:
    for length, detail in ((100_000, "DecodeError"), (100_001, "no token, or one of the wrong type or length")):
        with pytest.raises(SignInRefused) as caught:
            verified_claims(PROVIDER, "x" * length, nonce="n")
        assert (caught.value.reason, caught.value.detail) == (Reason.TOKEN, detail)


NO_SUBJECT = "claim: sub is empty, too long or no line of text"
OTHER_TYPE = "malformed_token: of another type than an ID token"
WRONG: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"typ": "at+jwt"}, OTHER_TYPE),
    ({}, {"typ": "application/AT+JWT"}, OTHER_TYPE),
    ({"events": {LOGOUT_EVENT: {}}}, {}, OTHER_TYPE),
    ({"sub": ""}, {}, NO_SUBJECT),
    ({"sub": "a\u2028b"}, {}, NO_SUBJECT),
    ({"nonce": None}, {}, "nonce: nonce is missing or another"),
    ({"nonce": "m"}, {}, "nonce: nonce is missing or another"),
    ({"nonce": ["n"]}, {}, "nonce: nonce is missing or another"),
    ({"azp": "another"}, {}, "audience: azp is another client"),
    ({"aud": ["us", "another"]}, {}, "audience: several audiences and no azp"),
    ({"iat": "1"}, {}, "claim: iat is not a time"),
    ({"iat": True}, {}, "claim: iat is not a time"),
    ({"nbf": False}, {}, "claim: nbf is not a time"),
    ({"exp": "4102444800"}, {}, "claim: exp is not a time"),
    ({"iss": f"{ISSUER}/"}, {}, "issuer: InvalidIssuerError"),
    ({"aud": "another"}, {}, "audience: InvalidAudienceError"),
]
FINE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"azp": "us"}, {"typ": "JWT"}),
    ({"aud": ["us", "another"], "azp": "us"}, {}),
    ({"aud": ["us"]}, {}),
    ({"events": {"urn:another": {}}}, {}),
    ({"events": {LOGOUT_EVENT: "no object"}}, {}),
    ({"events": [LOGOUT_EVENT]}, {}),
    ({"iat": 1.5}, {}),
]


@pytest.mark.parametrize(("changes", "header", "said"), WRONG)
def test_each_guard_holds_by_itself(changes: dict[str, Any], header: dict[str, Any], said: str) -> None:
    assert told(right(**changes), **header) == said


@pytest.mark.parametrize(("changes", "header"), FINE)
def test_what_may_be_otherwise_may_be_otherwise(changes: dict[str, Any], header: dict[str, Any]) -> None:
    assert told(right(**changes), **header) == "alice"


NO_NAME = "{} is empty, too long or no text"
NO_LOGOUT = "claim: events names no back-channel logout"
WRONG_LOGOUT: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"typ": "at+jwt"}, "malformed_token: of another type than a logout token"),
    ({"events": None}, {}, NO_LOGOUT),
    ({"events": {LOGOUT_EVENT: True}}, {}, NO_LOGOUT),
    ({"events": [LOGOUT_EVENT]}, {}, NO_LOGOUT),
    ({"nonce": "n"}, {}, "claim: a logout token has no nonce"),
    ({"nonce": ""}, {}, "claim: a logout token has no nonce"),
    *(({name: value}, {}, f"claim: {NO_NAME.format(name)}") for name in ("jti", "sid") for value in ("", "x" * 256)),
    ({"sid": 7}, {}, f"claim: {NO_NAME.format('sid')}"),
    *(({name: "a\u2028b"}, {}, f"claim: {NO_NAME.format(name)}") for name in ("jti", "sub", "sid")),
    ({"sub": "x" * 256}, {}, f"claim: {NO_NAME.format('sub')}"),
    ({"sub": None, "sid": None}, {}, "claim: neither sub nor sid"),
    ({"azp": "another"}, {}, "audience: azp is another client"),
    ({"iat": "1"}, {}, "claim: iat is not a time"),
]
FINE_LOGOUT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"sub": None}, {"typ": "logout+jwt"}),
    ({"sid": None}, {"typ": "application/logout+jwt"}),
    ({"sid": "x" * 255, "sub": "x" * 255}, {"typ": "JWT"}),
]


@pytest.mark.parametrize(("changes", "header", "said"), WRONG_LOGOUT)
def test_each_guard_of_a_logout_token_holds_by_itself(
    changes: dict[str, Any], header: dict[str, Any], said: str
) -> None:
    assert told_out(logout(**changes), **header) == said


@pytest.mark.parametrize(("changes", "header"), FINE_LOGOUT)
def test_what_a_logout_token_may_leave_out(changes: dict[str, Any], header: dict[str, Any]) -> None:
    assert told_out(logout(**changes), **header) == "one"


@pytest.mark.parametrize(("code", "kept"), [("a" * 40, True), ("a" * 41, False), ("a_b", True), ("a-b", False)])
def test_an_errors_code_is_short_and_plain(code: str, kept: Any) -> None:
    assert short_code(code) == (code if kept else "an unusual code")
