"""Signing keys of a provider that is slow, down or strange: strangers' key ids cost one asking, and nobody's time."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from accounts import fetched
from accounts.oidc import discovery, keys
from accounts.oidc.keys import key_of
from accounts.providers.declared import Kind, OpenIdProvider
from accounts.refusals import SignInRefused
from tests.accounts.conftest import forget


def jwk(name: str | None, **more: str) -> dict[str, str]:
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(generate_private_key(SECP256R1()).public_key()))
    return {**public, **({"kid": name} if name else {}), **more}


@dataclass
class Server:
    """A real provider's addresses; tests change what it answers, and whether it does."""

    address: str = ""
    status: int = 200
    published: list[dict[str, str]] = field(default_factory=lambda: [jwk("one")])
    asked: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str) -> dict[str, object]:
        if path == "/certs":
            return {"keys": self.published}
        places = dict.fromkeys(("authorization_endpoint", "token_endpoint"), f"{self.address}/x")
        return {"issuer": self.address, "jwks_uri": f"{self.address}/certs", **places}


@pytest.fixture
def server() -> Iterator[Server]:
    served = Server()
    served.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            served.gate.wait(20)
            body = json.dumps(served.answer(self.path)).encode()
            self.send_response(served.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    served.address = f"http://127.0.0.1:{running.server_port}"
    forget()
    yield served
    served.gate.set()
    running.shutdown()
    running.server_close()


@pytest.fixture
def provider(server: Server) -> OpenIdProvider:
    named = {"slug": "p", "kind": Kind.OIDC, "name": "P", "domains": frozenset[str]()}
    return OpenIdProvider(**named, issuer=server.address, client_id="c", client_secret="s")  # type: ignore[arg-type]  # each of its own type


def told(provider: OpenIdProvider, kid: str | None) -> str:
    try:
        return str(key_of(provider, kid).key_id)
    except SignInRefused as refusal:
        return str(refusal.reason)


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(fetched, "monotonic", lambda: time.monotonic() + seconds)


def test_twenty_unknown_names_cost_one_asking(server: Server, provider: OpenIdProvider) -> None:
    assert told(provider, "one") == "one"
    assert {told(provider, f"stranger-{number}") for number in range(20)} == {"unknown_key"}
    assert server.asked.count("/certs") == 2


def test_twenty_unknown_names_of_a_provider_that_is_down_cost_one_asking(
    server: Server, provider: OpenIdProvider
) -> None:
    assert told(provider, "one") == "one"
    server.status = 500
    assert {told(provider, f"stranger-{number}") for number in range(20)} == {"provider_unavailable"}
    assert (server.asked.count("/certs"), told(provider, "one")) == (2, "one")


def test_a_provider_that_was_never_up_is_asked_once(server: Server, provider: OpenIdProvider) -> None:
    server.status = 500
    assert {told(provider, "one") for _ in range(20)} == {"provider_unavailable"}
    assert server.asked == [discovery.PATH]


def test_a_key_that_is_kept_waits_behind_nobody(server: Server, provider: OpenIdProvider) -> None:
    assert told(provider, "one") == "one"
    server.gate.clear()
    with ThreadPoolExecutor(5) as pool:
        strangers = [pool.submit(told, provider, f"stranger-{number}") for number in range(4)]
        assert pool.submit(told, provider, "one").result(timeout=4) == "one"
        server.gate.set()
        assert {each.result() for each in strangers} == {"unknown_key"}
    assert server.asked.count("/certs") == 2


@pytest.mark.parametrize(("seconds", "asked"), [(keys.AGAIN - 1, 2), (keys.AGAIN + 1, 3)])
def test_a_new_key_is_found_within_half_a_minute(
    server: Server, provider: OpenIdProvider, monkeypatch: pytest.MonkeyPatch, seconds: float, asked: int
) -> None:
    assert [told(provider, name) for name in ("one", "two")] == ["one", "unknown_key"]
    server.published = [jwk("one"), jwk("two")]
    later(monkeypatch, seconds)
    assert (told(provider, "two") == "two", server.asked.count("/certs")) == (asked == 3, asked)


@pytest.mark.parametrize(("seconds", "asked"), [(keys.KEEP - 1, 1), (keys.KEEP + 1, 2)])
def test_keys_are_kept_ten_minutes(
    server: Server, provider: OpenIdProvider, monkeypatch: pytest.MonkeyPatch, seconds: float, asked: int
) -> None:
    told(provider, "one")
    later(monkeypatch, seconds)
    assert (told(provider, "one"), server.asked.count("/certs")) == ("one", asked)


@pytest.mark.parametrize(("seconds", "said"), [(-1, "one"), (1, "provider_unavailable")])
def test_a_provider_that_is_down_for_a_day_has_no_say(
    server: Server, provider: OpenIdProvider, monkeypatch: pytest.MonkeyPatch, seconds: float, said: str
) -> None:
    told(provider, "one")
    server.status = 500
    later(monkeypatch, keys.LONGEST + seconds)
    assert told(provider, "one") == said


@pytest.mark.parametrize(("published", "kid", "said"), [
    ([jwk(None)], None, "None"),
    ([jwk(None), jwk(None, use="enc")], None, "None"),
    ([jwk(None), jwk(None)], None, "unknown_key"),
    ([jwk("one", use="enc")], "one", "malformed_answer"),
    ([jwk("one", use="enc"), jwk("two")], "one", "unknown_key"),
])  # fmt: skip
def test_only_keys_that_sign_count(
    server: Server, provider: OpenIdProvider, published: list[dict[str, str]], kid: str | None, said: str
) -> None:
    server.published = published
    assert told(provider, kid) == said


def test_a_token_that_names_no_key_makes_nobody_asked(server: Server, provider: OpenIdProvider) -> None:
    server.published = [jwk("one"), jwk("two")]
    assert [told(provider, None) for _ in range(3)] == ["unknown_key"] * 3
    assert server.asked.count("/certs") == 1
