"""One OAuth provider of the social kind: its clients and what it handed out."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from demo.idp.people import Directory, Person
from demo.idp.provider import Client, Settings
from demo.idp.state import StateFile
from demo.idp.vault import Consent, Vault


@dataclass(frozen=True)
class SocialShape:
    """What is fixed for one kind. ``app_ids`` are the applications' other names, by client id: Amazon has two."""

    slug: str
    title: str
    client_id: str
    other_client_id: str
    app_ids: Mapping[str, str]


@dataclass
class Social:
    """A running provider."""

    shape: SocialShape
    clients: dict[str, Client]
    directory: Directory
    vault: Vault
    settings: Settings = field(default_factory=Settings)
    SECONDS: ClassVar = 180 * 24 * 3600

    @property
    def client(self) -> Client:
        return self.clients[self.shape.client_id]

    def holder(self, token: str) -> tuple[Person, Consent] | None:
        """Who an access token speaks of, while both are good."""
        consent = self.vault.access(token)
        person = self.directory.get(consent.person_id) if consent else None
        return (person, consent) if person and consent and not person.disabled else None

    def reset(self) -> None:
        self.settings = Settings()
        self.vault.clear()


def open_social(
    shape: SocialShape, *, redirect_uris: Collection[str], secret: str, directory: Directory, state: Path | None
) -> Social:
    """Build a provider; somebody else's application is registered beside the portal's."""
    registered = tuple(redirect_uris)
    other = Client(shape.other_client_id, secrets.token_urlsafe(24), registered)
    clients = {shape.client_id: Client(shape.client_id, secret, registered), other.id: other}
    file = StateFile(state, shape.slug)

    def keep(vault: dict[str, Any]) -> None:
        file.save({"vault": vault})

    return Social(shape, clients, directory, Vault(file.load().get("vault", {}), keep))
