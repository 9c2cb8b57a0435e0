"""npm's oidc-provider (certified, https://github.com/panva/node-oidc-provider) as the company's OpenID provider.

It has two clients. ``PLAIN`` is signed for with RSA and gets the person's own id as subject; ``PAIRWISE`` is signed for
with an elliptic curve, gets a subject of its own, and sends its secret in the form instead of a header. Both must use
PKCE and get refresh tokens that are good once. This version has RP-initiated and back-channel logout; it has no
front-channel logout.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.idps.cast import cast
from tests.idps.process import first_line, running

HERE = Path(__file__).parent
PLAIN, PAIRWISE, SECRET = "daypass", "daypass-pairwise", "only/for:tests+and nowhere else"

PAIRWISE_SHAPE = {
    "subject_type": "pairwise",
    "id_token_signed_response_alg": "ES256",
    "token_endpoint_auth_method": "client_secret_post",
}


@dataclass(frozen=True)
class OpenIdProvider:
    """The running provider; ``issuer`` is its address as well."""

    issuer: str

    def change(self, person: str, **claims: Any) -> None:
        """Change what it knows of a person: ``groups=``, ``email=``, ``disabled=True``; None takes a claim away."""
        self._control(people={person: claims})

    def reset(self) -> None:
        """Know everybody again as at the start."""
        self._control(people=_directory())

    def rotate_keys(self, *, urgently: bool) -> None:
        """Sign with new keys from now on; urgently means that the old ones are published no more."""
        self._control(rotate="urgently" if urgently else "gently")

    def happened(self) -> list[str]:
        """Return the back-channel calls that it made to the portal, in order, with what went wrong."""
        return list(self._control()["happened"])

    def _control(self, **wish: Any) -> Any:
        answer = requests.post(f"{self.issuer}/control", json=wish, timeout=5)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def oidc_provider(portal: str, slugs: dict[str, str], folder: Path) -> Iterator[OpenIdProvider]:
    """Start it for the portal at that address, where client ``PLAIN`` and ``PAIRWISE`` are known by these slugs."""
    clients = [_client(client, portal, slug) for client, slug in slugs.items()]
    told = json.dumps({"people": _directory(), "clients": clients})
    log = folder / "oidc-provider.log"
    with running(["node", str(HERE / "server.mjs"), told], log) as process:
        yield OpenIdProvider(json.loads(first_line(process, log))["issuer"])


def _client(client: str, portal: str, slug: str) -> dict[str, Any]:
    return {
        "client_id": client,
        "client_secret": SECRET,
        "redirect_uris": [f"{portal}/accounts/oidc/{slug}/login/callback/"],
        "post_logout_redirect_uris": [f"{portal}/sign-in/"],
        "backchannel_logout_uri": f"{portal}/accounts/oidc/{slug}/logout/back/",
        "backchannel_logout_session_required": True,
        "grant_types": ["authorization_code", "refresh_token"],
        **(PAIRWISE_SHAPE if client == PAIRWISE else {}),
    }


def _directory() -> dict[str, dict[str, Any]]:
    return {
        person.id: {
            "email": person.email,
            "email_verified": True,
            "name": person.name,
            "groups": list(person.groups),
            "disabled": False,
        }
        for person in cast().values()
    }
