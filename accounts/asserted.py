"""How allauth's providers read an Identity: the subject makes the account, and nothing else is kept with it."""

from typing import Any

from accounts.identity import Identity


class AsAsserted:
    """A provider of allauth that is handed a verified Identity instead of what came over the wire."""

    def extract_uid(self, data: Identity) -> str:
        return data.subject

    def extract_extra_data(self, data: Identity) -> dict[str, Any]:
        return {}  # the sign-in keeps what is worth keeping

    def extract_common_fields(self, data: Identity) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, data: Identity) -> list[Any]:
        return []  # an address identifies nobody
