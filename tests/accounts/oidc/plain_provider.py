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
from urllib.parse import parse_qs, quote

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

CLIENT, SECRET = "daypass", "plain/secret:with+signs"
DISCOVERY = ".well-known/openid-configuration"
TOKENS = {"access_token": "opaque", "token_type": "Bearer"}


@dataclass
class Plain:
    """What it publishes and says; tests change it before they walk."""

    issuer: str = ""
    client: str = CLIENT
    takes_basic: bool = True  # else the secret comes in the form
    discovery: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "f3a1", "email": "alice@example.com"})
    userinfo: dict[str, Any] = field(default_factory=lambda: {"sub": "f3a1"})
    names_key: bool = True
    refreshes_id_token: bool = True
    refresh_token: str = ""
    signs_userinfo: bool = False
    key: Any = field(default_factory=lambda: generate_private_key(SECP256R1()), repr=False)
    other_keys: list[dict[str, Any]] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)

    def signed(self, claims: dict[str, Any]) -> str:
        said = {"iss": self.issuer, "aud": self.client, **claims}
        algorithm = "RS256" if isinstance(self.key, RSAPrivateKey) else "ES256"
        return jwt.encode(said, self.key, algorithm, headers={"kid": "one"} if self.names_key else None)

    def id_token(self) -> str:
        now = int(time.time())
        frame = {"iat": now, "exp": now + 300, "azp": self.client, "at_hash": "x", "acr": "1", "jti": "j", "typ": "ID"}
        return self.signed({name: value for name, value in {**frame, **self.claims}.items() if value is not None})

    def tokens(self, form: dict[str, str]) -> dict[str, str]:
        """Answer the token endpoint; a refresh need not bring an ID token (Core, section 12.2)."""
        without = form["grant_type"] == "refresh_token" and not self.refreshes_id_token
        rotated = {"refresh_token": self.refresh_token} if self.refresh_token else {}
        return {**TOKENS, **rotated, **({} if without else {"id_token": self.id_token()})}

    def jwks(self) -> dict[str, Any]:
        kind = jwt.algorithms.RSAAlgorithm if isinstance(self.key, RSAPrivateKey) else jwt.algorithms.ECAlgorithm
        public = json.loads(kind.to_jwk(self.key.public_key()))
        return {"keys": [{**public, **({"kid": "one", "use": "sig"} if self.names_key else {})}, *self.other_keys]}

    def described(self) -> dict[str, Any]:
        endpoints = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "certs"}
        own = {name: self.base + path for name, path in endpoints.items()}
        return {"issuer": self.issuer, **own, **self.discovery}

    @property
    def base(self) -> str:
        return self.issuer.rstrip("/") + "/"

    def is_let_in(self, authorization: str | None, form: dict[str, str]) -> bool:
        """Tell whether the client shows its secret in the one way that this provider takes."""
        basic = base64.b64encode(f"{quote(self.client, safe='')}:{quote(SECRET, safe='')}".encode()).decode()
        if self.takes_basic:
            return authorization == f"Basic {basic}" and "client_secret" not in form
        return authorization is None and (form.get("client_id"), form.get("client_secret")) == (self.client, SECRET)


def answer(plain: Plain, path: str) -> bytes:
    if path == "userinfo" and plain.signs_userinfo:
        return plain.signed(plain.userinfo).encode()
    if path == "userinfo":
        return json.dumps(plain.userinfo).encode()
    return json.dumps({DISCOVERY: plain.described, "certs": plain.jwks}[path]()).encode()


@contextmanager
def start_plain_provider(path: str = "/op/") -> Iterator[Plain]:
    """Run it on a free port of 127.0.0.1: by default an issuer with a slash, and a token endpoint with HTTP Basic."""
    plain = Plain()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.say(200, answer(plain, self.path.removeprefix(path.rstrip("/") + "/")))

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            plain.forms.append({name: values[0] for name, values in form.items()})
            if not plain.is_let_in(self.headers.get("Authorization"), plain.forms[-1]):
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
    plain.issuer = f"http://127.0.0.1:{server.server_port}{path}"
    try:
        yield plain
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
