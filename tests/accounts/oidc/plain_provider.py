"""A provider that keeps to the letter of OpenID Connect and is shaped like neither Google nor AD FS."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

CLIENT, SECRET = "daypass", "plain/secret:with+signs"
DISCOVERY = ".well-known/openid-configuration"
TOKENS = {"access_token": "opaque", "token_type": "Bearer"}


@dataclass
class Plain:
    """What it publishes and says; tests change it before they walk."""

    issuer: str = ""
    discovery: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "f3a1", "email": "alice@example.com"})
    userinfo: dict[str, Any] = field(default_factory=lambda: {"sub": "f3a1"})
    names_key: bool = True
    refreshes_id_token: bool = True
    refresh_token: str = ""
    signs_userinfo: bool = False
    key: Any = field(default_factory=lambda: generate_private_key(SECP256R1()), repr=False)
    forms: list[dict[str, str]] = field(default_factory=list)

    def signed(self, claims: dict[str, Any]) -> str:
        said = {"iss": self.issuer, "aud": CLIENT, **claims}
        return jwt.encode(said, self.key, "ES256", headers={"kid": "one"} if self.names_key else None)

    def id_token(self) -> str:
        now = int(time.time())
        frame = {"iat": now, "exp": now + 300, "azp": CLIENT, "at_hash": "x", "acr": "1", "jti": "j", "typ": "ID"}
        return self.signed({**frame, **self.claims})

    def tokens(self, form: dict[str, str]) -> dict[str, str]:
        """Answer the token endpoint; a refresh need not bring an ID token (Core, section 12.2)."""
        without = form["grant_type"] == "refresh_token" and not self.refreshes_id_token
        rotated = {"refresh_token": self.refresh_token} if self.refresh_token else {}
        return {**TOKENS, **rotated, **({} if without else {"id_token": self.id_token()})}

    def jwks(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, **({"kid": "one", "use": "sig"} if self.names_key else {})}]}

    def described(self) -> dict[str, Any]:
        endpoints = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "certs"}
        own = {name: self.issuer + path for name, path in endpoints.items()}
        return {"issuer": self.issuer, **own, **self.discovery}


def answer(plain: Plain, path: str) -> bytes:
    if path == "userinfo" and plain.signs_userinfo:
        return plain.signed(plain.userinfo).encode()
    if path == "userinfo":
        return json.dumps(plain.userinfo).encode()
    return json.dumps({DISCOVERY: plain.described, "certs": plain.jwks}[path]()).encode()


@contextmanager
def start_plain_provider() -> Iterator[Plain]:
    """Run it on a free port of 127.0.0.1: an issuer with a slash at its end, a token endpoint that takes HTTP Basic."""
    plain = Plain()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.say(200, answer(plain, self.path.removeprefix("/op/")))

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            plain.forms.append({name: values[0] for name, values in form.items()})
            basic = base64.b64encode(b"daypass:plain%2Fsecret%3Awith%2Bsigns").decode()
            if self.headers.get("Authorization") != f"Basic {basic}" or "client_secret" in form:
                return self.say(401, b'{"error": "invalid_client"}')
            return self.say(200, json.dumps(plain.tokens(plain.forms[-1])).encode())

        def say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing: the addresses hold codes."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    plain.issuer = f"http://127.0.0.1:{server.server_port}/op/"
    try:
        yield plain
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
