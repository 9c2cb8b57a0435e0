"""A small OpenID issuer on loopback for these tests: one signing key, one discovery page, any token."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

CLIENT = "daypass-client"


class Issuer:
    """``token(**claims)`` signs; a claim given as None is left out."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.host = url.partition("://")[2]
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.curve = ec.generate_private_key(ec.SECP256R1())
        self.published = True
        self.named = url

    def document(self, path: str) -> dict[str, Any]:
        if path.endswith("/.well-known/openid-configuration"):
            return {"issuer": self.named, "jwks_uri": self.url + "/keys"}
        keys = [
            RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True) | {"kid": "rsa"},
            ECAlgorithm.to_jwk(self.curve.public_key(), as_dict=True) | {"kid": "curve"},
        ]
        return {"keys": keys if self.published else []}

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {"iss": self.url, "sub": "alice-1", "aud": CLIENT, "iat": now, "exp": now + 300, **changed}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, *, key: Any = None, alg: Any = "RS256", kid: Any = "rsa", **changed: Any) -> str:
        headers = {"kid": kid} if kid else {}
        return jwt.encode(self.claims(**changed), self.key if key is None else key, algorithm=alg, headers=headers)


@contextmanager
def running_issuer(path: str = "/google") -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server calls
            body = json.dumps(issuer.document(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = Issuer(f"http://127.0.0.1:{server.server_port}{path}")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield issuer
        server.shutdown()
