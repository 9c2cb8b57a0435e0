"""Google's side of a service account: the key file, and the token endpoint's JWT bearer grant (RFC 7523).

Strict where Google is: RS256 by a registered key alone, audience the token endpoint itself, an hour at most, known
scopes, and a subject only where an administrator delegated these scopes to the account.
"""

import secrets
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from demo.idp.keys import KeyRing
from demo.idp.people import Directory

EMAIL = "daypass-groups@daypass-demo.iam.gserviceaccount.com"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CLOUD_IDENTITY = "https://www.googleapis.com/auth/cloud-identity.groups.readonly"
DIRECTORY = "https://www.googleapis.com/auth/admin.directory.group.readonly"
SCOPES = frozenset({CLOUD_IDENTITY, DIRECTORY})
ADMINISTRATORS = frozenset({"erin@example.com"})  # of the organisation at Google; a delegate must be one
LEEWAY = 60
AUDIENCE = "https://oauth2.googleapis.com/token"  # what Google's own libraries write, wherever the key file points


class GrantRefused(Exception):
    """Google's token endpoint says no, with an OAuth error (RFC 6749, section 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.body, self.status = {"error": error, "error_description": description}, status


@dataclass(frozen=True)
class Powers:
    """What administrators gave the service account; tests take some of it away."""

    enabled: bool = True
    groups_reader: bool = True
    delegated_scopes: tuple[str, ...] = tuple(sorted(SCOPES))


@dataclass(frozen=True)
class Caller:
    """Whom an access token speaks for: the service account itself, or the administrator it acts as."""

    email: str
    scopes: frozenset[str]
    expires_at: float


@dataclass
class ServiceAccount:
    """The one service account. ``origin`` is where the token endpoint is reached."""

    token_uri: str
    directory: Directory
    keys: KeyRing = field(default_factory=lambda: KeyRing("service account"))
    powers: Powers = Powers()
    _callers: dict[str, Caller] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def key_file(self) -> dict[str, str]:
        """Return the JSON that the Cloud console hands out once."""
        return {
            "type": "service_account",
            "project_id": "daypass-demo",
            "private_key_id": self.keys.current.kid,
            "private_key": self.keys.current.private_pem.decode(),
            "client_email": EMAIL,
            "client_id": "104857600409600000099",
            "token_uri": self.token_uri,
        }

    def reset(self) -> None:
        """Give the powers back and forget the tokens; the keys stay, as people hold the file."""
        with self._lock:
            self.powers = Powers()
            self._callers.clear()

    def change(self, changes: dict[str, Any]) -> None:
        """Change what administrators gave. Raises TypeError for anything else."""
        wanted = dict(changes)
        if "delegated_scopes" in wanted:
            wanted["delegated_scopes"] = tuple(wanted["delegated_scopes"])
        with self._lock:
            self.powers = replace(self.powers, **wanted)

    def redeem(self, assertion: str) -> dict[str, Any]:
        """Return an access token for a good assertion. Raises GrantRefused."""
        claims = self._claims(assertion)
        scopes = frozenset(str(claims.get("scope", "")).split())
        if not scopes or not scopes <= SCOPES:
            raise GrantRefused("invalid_scope", "Some requested scopes were invalid.")
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._callers[token] = Caller(self._speaks_for(claims, scopes), scopes, time.time() + 3600)
        return {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def caller(self, token: str) -> Caller | None:
        """Return whom a token speaks for, while it lasts and the account is enabled."""
        with self._lock:
            found = self._callers.get(token)
        return found if found and self.powers.enabled and time.time() < found.expires_at else None

    def may_read_groups(self, caller: Caller) -> bool:
        return caller.email in ADMINISTRATORS or (caller.email == EMAIL and self.powers.groups_reader)

    def _claims(self, assertion: str) -> dict[str, Any]:
        try:
            keys = KeySet([key.jwk for key in self.keys.all()])
            claims = jwt.decode(assertion, keys, algorithms=["RS256"]).claims
        except (JoseError, ValueError) as error:
            raise GrantRefused("invalid_grant", "Invalid JWT Signature.") from error
        if claims.get("iss") != EMAIL or not self.powers.enabled:
            raise GrantRefused("invalid_grant", "Invalid grant: account not found")
        if claims.get("aud") not in {self.token_uri, AUDIENCE}:
            raise GrantRefused("invalid_grant", "Invalid JWT: Failed audience check.")
        _check_times(claims.get("iat"), claims.get("exp"))
        return dict(claims)

    def _speaks_for(self, claims: dict[str, Any], scopes: frozenset[str]) -> str:
        """Return the subject where the scopes were delegated and it is somebody, else the account itself."""
        if "sub" not in claims:
            return EMAIL
        if not scopes <= set(self.powers.delegated_scopes):
            description = (
                "Client is unauthorized to retrieve access tokens using this method, or client not authorized for "
                "any of the scopes requested."
            )
            raise GrantRefused("unauthorized_client", description, 401)
        person = self.directory.by_email(str(claims["sub"]))
        if person is None or person.disabled or not person.hd:
            raise GrantRefused("invalid_grant", "Invalid email or User ID")
        return person.email


def _check_times(issued_at: Any, expires_at: Any) -> None:
    now = time.time()
    numbers = isinstance(issued_at, int) and isinstance(expires_at, int)
    if not numbers or issued_at > now + LEEWAY or expires_at < now or expires_at - issued_at > 3600:
        description = (
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your "
            "iat and exp values in the JWT claim."
        )
        raise GrantRefused("invalid_grant", description)
