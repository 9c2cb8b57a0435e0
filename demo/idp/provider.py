"""One provider: its shape, its clients, its keys and what it handed out."""

import hmac
import secrets
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from demo.idp.keys import KeyRing
from demo.idp.people import Directory, Person
from demo.idp.state import StateFile
from demo.idp.vault import CODE_SECONDS, Consent, Vault


class Shape(Protocol):
    """What makes one kind of provider differ from another. Paths are below the issuer."""

    slug: str
    title: str
    client_id: str
    other_client_id: str
    authorize: tuple[str, ...]
    token: tuple[str, ...]
    userinfo: str
    jwks: str
    scopes: frozenset[str]
    refresh_seconds: int

    def discovery(self, issuer: str) -> dict[str, Any]: ...

    def published_keys(self, jwks: dict[str, Any]) -> dict[str, Any]: ...

    def check_resource(self, resource: str) -> bool: ...

    def gives_refresh_token(self, consent: Consent) -> bool: ...

    def id_claims(self, person: Person, consent: Consent) -> dict[str, Any]: ...

    def userinfo_claims(self, person: Person, consent: Consent) -> dict[str, Any] | None: ...

    def token_extras(self, consent: Consent) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Client:
    """A registered confidential client, in the form Authlib asks for (`ClientMixin`)."""

    id: str
    secret: str
    redirect_uris: tuple[str, ...]

    def get_client_id(self) -> str:
        return self.id

    def get_default_redirect_uri(self) -> None:
        """None: a request without redirect_uri is refused (OpenID Connect Core 3.1.2.1 requires it)."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(client_secret.encode(), self.secret.encode())

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method in {"client_secret_basic", "client_secret_post"}

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in {"authorization_code", "refresh_token"}


@dataclass
class Settings:
    """What a test may turn: lifetimes in seconds, a browser that stays signed in, Facebook's setting of that name."""

    code_seconds: int = CODE_SECONDS
    access_token_seconds: int = 3600
    id_token_seconds: int = 3600
    remember: bool = False
    require_app_secret: bool = False


@dataclass
class Provider:
    """A running provider. `browsers` maps its login cookie to (person id, auth time)."""

    shape: Shape
    issuer: str
    clients: dict[str, Client]
    directory: Directory
    keys: KeyRing
    vault: Vault
    file: StateFile
    settings: Settings = field(default_factory=Settings)
    browsers: dict[str, tuple[str, int]] = field(default_factory=dict)
    # Serialises writers of the state file: the vault and a key rotation.
    saving: threading.Lock = field(default_factory=threading.Lock)
    kept: dict[str, Any] = field(default_factory=dict)
    # Where the portal wants to be told that somebody signed out (OpenID Connect Front-Channel Logout 1.0).
    logout_uri: str = ""

    def keep(self, vault: dict[str, Any] | None = None) -> None:
        with self.saving:
            self.kept = self.kept if vault is None else vault
            self.file.save({"keys": self.keys.dump(), "vault": self.kept})

    def active(self, person_id: str) -> Person | None:
        """The person, unless unknown or disabled."""
        person = self.directory.get(person_id)
        return None if person is None or person.disabled else person

    def url(self, path: str) -> str:
        return self.issuer + path


def open_provider(
    shape: Shape,
    *,
    origin: str,
    redirect_uris: Collection[str],
    secret: str,
    directory: Directory,
    state: Path | None,
    logout_uri: str = "",
) -> Provider:
    """Build a provider from its shape and what the last run left behind."""
    file = StateFile(state, shape.slug)
    saved = file.load()
    clients = _clients(shape, tuple(redirect_uris), secret)
    keys = KeyRing(shape.slug, saved.get("keys"))
    kept = saved.get("vault", {})
    vault = Vault(kept, lambda content: provider.keep(content))
    issuer = f"{origin}/{shape.slug}"
    provider = Provider(shape, issuer, clients, directory, keys, vault, file, kept=kept, logout_uri=logout_uri)
    provider.keep()
    return provider


def _clients(shape: Shape, redirect_uris: tuple[str, ...], secret: str) -> dict[str, Client]:
    """The portal, and somebody else's application: tokens and codes of one must be useless to the other."""
    other = Client(shape.other_client_id, secrets.token_urlsafe(24), redirect_uris)
    return {shape.client_id: Client(shape.client_id, secret, redirect_uris), other.id: other}
