"""Codes, access and refresh tokens of one provider: bound to client and person, expiring, revocable."""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

CODE_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What one person allowed one client in one sign-in; every code and token carries it."""

    id: str = field(default_factory=lambda: secrets.token_hex(8))
    client_id: str
    person_id: str
    scope: str
    auth_time: int
    resource: str = ""
    nonce: str | None = None
    wants_auth_time: bool = False
    offline: bool = False

    @property
    def scopes(self) -> set[str]:
        return set(self.scope.split())

    def get_scope(self) -> str:
        return self.scope

    def check_client(self, client: Any) -> bool:
        return bool(client.get_client_id() == self.client_id)


@dataclass(frozen=True, kw_only=True)
class Code:
    """An authorization code (RFC 6749 section 4.1.2), in the form Authlib's grant asks for."""

    consent: Consent
    redirect_uri: str
    expires_at: float
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.consent.scope


@dataclass(frozen=True)
class _Held:
    consent: Consent
    expires_at: float


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Vault:
    """Holds what was handed out, by digest. `keep` is called with what a restart must not forget."""

    def __init__(self, saved: dict[str, Any], keep: Callable[[dict[str, Any]], None]) -> None:
        self._lock = threading.Lock()
        self._keep = keep
        self._codes: dict[str, Code] = {}
        self._spent: dict[str, str] = {}
        self._access: dict[str, _Held] = {}
        self._refresh = {key: _held(entry) for key, entry in saved.get("refresh", {}).items()}
        self._consented = {tuple(pair) for pair in saved.get("consented", [])}

    def put_code(self, value: str, code: Code) -> None:
        with self._lock:
            self._codes[_digest(value)] = code

    def spend_code(self, value: str, client_id: str) -> Code | None:
        """Take a code for its one use. A second use revokes what the first one brought (RFC 6749 4.1.2)."""
        key = _digest(value)
        with self._lock:
            if key in self._spent:
                self._revoke_consent(self._spent[key])
                return None
            code = self._codes.get(key)
            if code is None or code.consent.client_id != client_id:
                return None
            del self._codes[key]
            self._spent[key] = code.consent.id
        return code if time.time() < code.expires_at else None

    def put_access(self, token: str, consent: Consent, seconds: int) -> None:
        with self._lock:
            self._access[_digest(token)] = _Held(consent, time.time() + seconds)

    def put_refresh(self, token: str, consent: Consent, seconds: int) -> None:
        with self._lock:
            self._refresh[_digest(token)] = _Held(replace(consent, nonce=None), time.time() + seconds)
            self._save()

    def access(self, token: str) -> Consent | None:
        return _living(self._access.get(_digest(token)))

    def access_ends(self, token: str) -> float:
        """When an access token ends, in seconds of the epoch; 0 for one that is not known."""
        held = self._access.get(_digest(token))
        return held.expires_at if held else 0.0

    def refresh(self, token: str) -> Consent | None:
        return _living(self._refresh.get(_digest(token)))

    def revoke(self, token: str) -> bool:
        """Revoke the sign-in a token belongs to, as Google's revocation does. False for an unknown token."""
        held = self._refresh.get(_digest(token)) or self._access.get(_digest(token))
        if held is None:
            return False
        with self._lock:
            self._revoke_consent(held.consent.id)
        return True

    def forget_person(self, person_id: str) -> None:
        """Revoke all that was handed out for one person."""
        with self._lock:
            held = [*self._access.values(), *self._refresh.values()]
            for consent_id in {entry.consent.id for entry in held if entry.consent.person_id == person_id}:
                self._revoke_consent(consent_id)

    def remember_consent(self, consent: Consent) -> bool:
        """Note that this person consented to this client. True the first time."""
        pair = (consent.client_id, consent.person_id)
        with self._lock:
            first = pair not in self._consented
            self._consented.add(pair)
            self._save()
        return first

    def clear(self) -> None:
        with self._lock:
            for held in (self._codes, self._spent, self._access, self._refresh):
                held.clear()
            self._consented.clear()
            self._save()

    def _revoke_consent(self, consent_id: str) -> None:
        for held in (self._access, self._refresh):
            for key in [key for key, entry in held.items() if entry.consent.id == consent_id]:
                del held[key]
        self._save()

    def _save(self) -> None:
        refresh = {key: asdict(entry) for key, entry in self._refresh.items() if _living(entry)}
        self._keep({"refresh": refresh, "consented": sorted(self._consented)})


def _living(held: _Held | None) -> Consent | None:
    return held.consent if held and time.time() < held.expires_at else None


def _held(entry: dict[str, Any]) -> _Held:
    return _Held(Consent(**entry["consent"]), float(entry["expires_at"]))
