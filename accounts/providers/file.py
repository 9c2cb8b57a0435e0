"""Read the providers' TOML file, strictly: whatever is unknown, missing or mistyped stops the start.

Every message names the file, the provider, the key and the remedy. ``daypass.example.toml`` shows the whole shape.
"""

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from accounts.providers import openid, saml, social
from accounts.providers.declared import Kind, Provider
from accounts.providers.directory import directory
from accounts.providers.table import Table, groups_case
from portal import files

READERS: dict[Kind, Callable[[Table, Kind], Provider]] = {
    Kind.GOOGLE: openid.read,
    Kind.ADFS: openid.read,
    Kind.OIDC: openid.read,
    Kind.SAML: saml.read,
    Kind.FACEBOOK: social.read,
    Kind.AMAZON: social.read,
}


def load(path: Path, *, plain_http_on_loopback: bool) -> dict[str, Provider]:
    """Return the providers by slug, in the file's order; raise ImproperlyConfigured with the remedy."""
    tables = _tables(path)
    loaded = [
        _provider(Table(path, slug, values, plain_http_on_loopback=plain_http_on_loopback))
        for slug, values in tables.items()
    ]
    _refuse_twins(path, loaded)
    return {provider.slug: provider for provider in loaded}


def _provider(table: Table) -> Provider:
    kind = _kind(table)
    of_every_kind = {**directory(table, kind), "groups_case": groups_case(table, kind)}
    provider = replace(READERS[kind](table, kind), **of_every_kind)
    if provider.groups_from == "scim" and getattr(provider, "google_groups", None):
        table.refuse("groups", 'groups_from = "scim" says that the directory pushes them. Take one of the two out.')
    return provider


def _kind(table: Table) -> Kind:
    value = table.values.pop("kind", None)
    if value not in set(Kind):
        table.refuse("kind", f"write one of {', '.join(Kind)}.")
    return Kind(value)


def _tables(path: Path) -> dict[str, dict[str, Any]]:
    try:
        document = tomllib.loads(files.read_text(path))
    except files.Unreadable as error:
        raise ImproperlyConfigured(f"DAYPASS_PROVIDERS: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise ImproperlyConfigured(f"DAYPASS_PROVIDERS: {path} is not TOML: {error}.") from None
    tables = document.get("providers")
    shaped = isinstance(tables, dict) and all(isinstance(table, dict) for table in tables.values())
    if not tables or not shaped or set(document) != {"providers"}:
        raise ImproperlyConfigured(f"{path}: write one table for each provider, [providers.google], and nothing else.")
    return dict(tables)


def _refuse_twins(path: Path, loaded: list[Provider]) -> None:
    """Two providers with one client id could take each other's tokens for their own."""
    seen: dict[str, str] = {}
    for provider in loaded:
        client_id = getattr(provider, "client_id", "")
        if client_id in seen:
            raise ImproperlyConfigured(
                f"{path}: provider {provider.slug!r}, key 'client_id': {seen[client_id]!r} has the same. "
                "Register a client of its own for each."
            )
        if client_id:
            seen[client_id] = provider.slug
