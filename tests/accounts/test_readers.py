"""Whatever a provider, or whoever stands in its place, writes: each reader returns, or refuses in its own way."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import wire
from accounts.health.clock import clock_of
from accounts.oidc import discovery, grants, keys
from accounts.providers.declared import Kind, SocialProvider
from accounts.refusals import SignInRefused
from accounts.saml import idp_metadata
from accounts.saml.documents import check_schema, inflated, parsed
from accounts.social import verify as social
from portal.names import page_origins
from portal.outgoing import Answer
from tests.accounts.saml.idp import ENTITY_ID, Idp, Said, response
from tests.accounts.test_principals import provider

OURS = provider()
ODD = st.sampled_from(["", "\ud800", "a\0b", "x" * 10_000, "²", 2**63, -(10**400), 10**400, 1e300, True, "9" * 5_000])
LEAVES = ODD | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)
FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def told(good: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Give what is good with up to two members written otherwise, and up to two left out."""
    names = st.sampled_from(sorted(good))
    return st.builds(
        lambda changed, dropped: {name: value for name, value in {**good, **changed}.items() if name not in dropped},
        st.dictionaries(names, JSON, max_size=2),
        st.sets(names, max_size=2),
    )


DISCOVERED: dict[str, Any] = {
    "issuer": OURS.issuer,
    **{f"{name}_endpoint": f"{OURS.issuer}/{name}" for name in ("authorization", "token", "userinfo", "end_session")},
    "jwks_uri": f"{OURS.issuer}/keys",
    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    "authorization_response_iss_parameter_supported": True,
}
ADDRESSES = st.sampled_from(["https://[", "https://[::1%]", "https://a:b/", "https://a:99999/", "//", "https://a\0b"])


@FEW
@given(
    told(DISCOVERED) | st.dictionaries(st.sampled_from(sorted(DISCOVERED)), ADDRESSES).map(lambda odd: DISCOVERED | odd)
)
def test_discovery(document: dict[str, Any]) -> None:
    with suppress(SignInRefused):
        found = discovery.checked(OURS, document)
        page_origins((found.authorization_endpoint, found.end_session_endpoint))


JWK = {"kty": "RSA", "kid": "one", "use": "sig", "alg": "RS256", "n": "AQAB", "e": "AQAB", "crv": "P-256", "x": "AA"}
JWK |= {"y": "AA", "k": "AA", "d": "AA", "p": "AA", "q": "AA", "key_ops": "verify"}


@FEW
@given(st.fixed_dictionaries({"keys": st.lists(told(JWK) | JSON, max_size=3) | JSON}) | JSON)
def test_keys(monkeypatch: pytest.MonkeyPatch, published: Any) -> None:
    monkeypatch.setattr(keys, "get_json", lambda *_, **__: published if isinstance(published, dict) else {})
    with suppress(SignInRefused):
        keys._one(keys._asked("https://id.example.com/keys", ""), "one")


@FEW
@given(body=JSON.map(lambda value: json.dumps(value).encode()) | st.binary(), status=st.sampled_from([200, 400, 500]))
def test_answers(monkeypatch: pytest.MonkeyPatch, body: bytes, status: int) -> None:
    monkeypatch.setattr(wire, "_asked", lambda *_, **__: Answer(status, {}, body, None))
    for read in (wire.get_json, lambda url: wire.post_form(url, {}, None), lambda url: wire.look_up(url, headers={})):
        with suppress(SignInRefused):
            read("https://id.example.com/")
    with suppress(SignInRefused):
        grants.with_userinfo(OURS, {"sub": "alice"}, "https://id.example.com/me", "token")


@FEW
@given(JSON)
def test_errors_of_the_token_endpoint(error: object) -> None:
    grants._refusal({"error": error})
    assert not grants._token(error) or grants._token(error) == error


INFO = {
    "aud": "me",
    "iss": social.AMAZON,
    "exp": 60,
    "user_id": "amzn1.account.A",
    "app_id": "a",
    "error": "",
    "id": "1",
}
INFO |= {"data": {}, "is_valid": True, "type": "USER", "expires_at": 0, "name": "x", "email": "x", "scopes": []}


HERE: dict[str, Any] = dict.fromkeys(
    ("authorize_url", "token_url", "check_url", "profile_url"), "https://social.example.com/"
)
SOCIAL = {
    kind: SocialProvider(
        slug=str(kind),
        name="Social",
        kind=kind,
        client_id="me",
        client_secret="s",
        scopes=(),
        domains=frozenset(),
        **HERE,
    )
    for kind in (Kind.FACEBOOK, Kind.AMAZON)
}


@pytest.mark.parametrize("kind", SOCIAL)
@FEW
@given(said=st.lists(st.tuples(st.sampled_from([200, 400, 429]), told(INFO)), min_size=2, max_size=2), data=told(INFO))
def test_social(
    monkeypatch: pytest.MonkeyPatch, kind: Kind, said: list[tuple[int, dict[str, Any]]], data: dict[str, Any]
) -> None:
    answers = iter([(status, {**told_of, "data": data}) for status, told_of in said])
    monkeypatch.setattr(social, "look_up", lambda *_, **__: next(answers))
    with suppress(SignInRefused):
        social.verified(SOCIAL[kind], "token")


def torn(text: str) -> st.SearchStrategy[bytes]:
    """Give the text with a piece of it written otherwise."""
    ends = st.integers(0, len(text))
    return st.builds(
        lambda begin, length, instead: (text[:begin] + instead + text[begin + length :]).encode(errors="surrogatepass"),
        *(ends, st.integers(0, 30)),
        st.text(max_size=5) | st.sampled_from(["0001-01-01T00:00:00Z", "P9999D", '"', "<", "&#0;", "<a/>", "\0"]),
    )


@FEW
@given(torn(Idp().metadata()) | st.binary())
def test_saml_metadata(document: bytes) -> None:
    with suppress(SignInRefused):
        idp_metadata.read(document, ENTITY_ID, plain_http_on_loopback=False)


@FEW
@given(torn(response(Said("_request-1", "http://testserver/acs", "http://testserver/metadata"))) | st.binary())
def test_saml_messages(document: bytes) -> None:
    with suppress(SignInRefused):
        check_schema(parsed(document), "protocol")
    with suppress(SignInRefused):
        parsed(inflated(document))


@FEW
@given(st.text() | st.from_regex(r"Mon, \d{1,30} Nov \d{1,30} \d{1,9}:00:00 [+-]\d{1,30}", fullmatch=True), st.text())
def test_dates_of_servers(date: str, age: str) -> None:
    clock_of(date, age, sent=0, received=1)
