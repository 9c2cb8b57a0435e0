"""Read the providers' TOML file, strictly: whatever is unknown, missing or mistyped stops the start.

Every message names the file, the provider, the key and the remedy. ``daypass.example.toml`` shows the whole shape.
"""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from accounts.oidc.declared import GOOGLE_ISSUER, Kind, Provider
from portal import env

SLUG = re.compile(r"[a-z][a-z0-9-]{0,31}")
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
ALGORITHMS = {"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA"}
AUTH_METHODS = {"client_secret_post", "client_secret_basic"}
AUTH_PARAMS = {
    *("access_type", "acr_values", "domain_hint", "hd", "include_granted_scopes", "login_hint", "max_age"),
    *("prompt", "resource", "ui_locales"),
}
RESERVED = {"break-glass"}


class Table:
    """The keys of one provider, each read once; what is left over at the end is unknown."""

    def __init__(self, path: Path, slug: str, values: dict[str, Any], *, plain_http_on_loopback: bool) -> None:
        self.path, self.slug, self.values = path, slug, dict(values)
        self.plain_http_on_loopback = plain_http_on_loopback

    def refuse(self, key: str, remedy: str) -> NoReturn:
        raise ImproperlyConfigured(f"{self.path}: provider {self.slug!r}, key {key!r}: {remedy}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.pop(key, default)
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            self.refuse(key, "write a text that is not empty.")
        return value.strip()

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.values.pop(key, default)
        if not isinstance(value, bool):
            self.refuse(key, "write true or false, without quotes.")
        return value

    def texts(self, key: str, default: list[str] | None = None) -> list[str]:
        value = self.values.pop(key, default)
        if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
            self.refuse(key, 'write a list that is not empty, such as ["first", "second"].')
        return value

    def optional(self, key: str, read: Callable[[str], Any], default: Any) -> Any:
        return read(key) if key in self.values else default

    def finish(self, known: str) -> None:
        if self.values:
            self.refuse(next(iter(self.values)), f"there is no such key for this kind. Known: {known}.")


def load(path: Path, *, plain_http_on_loopback: bool) -> dict[str, Provider]:
    """Return the providers by slug, in the file's order; raise ImproperlyConfigured with the remedy."""
    tables = _tables(path)
    loaded = [
        _provider(Table(path, slug, values, plain_http_on_loopback=plain_http_on_loopback))
        for slug, values in tables.items()
    ]
    _refuse_twins(path, loaded)
    return {provider.slug: provider for provider in loaded}


def _tables(path: Path) -> dict[str, dict[str, Any]]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImproperlyConfigured(f"DAYPASS_PROVIDERS: {path} cannot be read: {error}") from error
    tables = document.get("providers")
    shaped = isinstance(tables, dict) and tables and all(isinstance(table, dict) for table in tables.values())
    if set(document) != {"providers"} or not shaped or not isinstance(tables, dict):
        raise ImproperlyConfigured(f"{path}: write one table for each provider, [providers.google], and nothing else.")
    return tables


def _refuse_twins(path: Path, loaded: list[Provider]) -> None:
    """Two providers with one client id could take each other's tokens for their own."""
    seen: dict[str, str] = {}
    for provider in loaded:
        if provider.client_id in seen:
            raise ImproperlyConfigured(
                f"{path}: provider {provider.slug!r}, key 'client_id': {seen[provider.client_id]!r} has the same. "
                "Register a client of its own for each."
            )
        seen[provider.client_id] = provider.slug


def _provider(table: Table) -> Provider:
    if not SLUG.fullmatch(table.slug) or table.slug in RESERVED:
        table.refuse("name of the table", "use 1 to 32 of a-z, 0-9 and -, a letter first, and not break-glass.")
    kind = _kind(table)
    domains = frozenset(_domains(table, "domains"))
    values = {
        "slug": table.slug,
        "kind": kind,
        "name": table.text("name"),
        "issuer": _issuer(table, GOOGLE_ISSUER if kind is Kind.GOOGLE else None),
        "client_id": table.text("client_id"),
        "client_secret": _secret(table),
        "domains": domains,
        "scopes": tuple(_scopes(table, kind)),
        "email_claim": table.text("email_claim", "email"),
        "email_optional": table.flag("email_optional", default=False),
        "fetch_userinfo": table.flag("fetch_userinfo", default=kind is not Kind.ADFS),
        "algorithms": tuple(_chosen(table, "algorithms", ALGORITHMS, _usual_algorithms(kind))),
        "token_auth_method": table.optional("token_auth_method", lambda key: _auth_method(table, key), ""),
        "extra_form_origins": tuple(table.optional("extra_form_origins", lambda key: _origins(table, key), [])),
    }
    values |= _by_kind(table, kind, domains)
    table.finish(", ".join(sorted({"kind", "client_secret_file", *values} - {"slug"})))
    return Provider(**values)


def _by_kind(table: Table, kind: Kind, domains: frozenset[str]) -> dict[str, Any]:
    """Return what the kinds differ in: Google has no groups, and AD FS's directory is its own word for an address."""
    params = table.optional("auth_params", lambda key: _auth_params(table, key), None)
    if kind is Kind.GOOGLE:
        hosted = frozenset(table.optional("hosted_domains", lambda key: _domains(table, key), domains))
        hint = {"hd": next(iter(hosted))} if len(hosted) == 1 else {}
        offline = {"access_type": "offline", "prompt": "consent", **hint}
        return {"hosted_domains": hosted, "auth_params": tuple((offline if params is None else params).items())}
    groups = {"groups_claim": table.text("groups_claim", "group")} if kind is Kind.ADFS else {}
    if kind is Kind.OIDC:
        groups = {"groups_claim": table.optional("groups_claim", table.text, "")}
    trusted = kind is Kind.ADFS or table.flag("email_trusted", default=False)
    return {**groups, "email_trusted": trusted, "auth_params": tuple((params or {}).items())}


def _kind(table: Table) -> Kind:
    value = table.values.pop("kind", None)
    if value not in set(Kind):
        table.refuse("kind", f"write one of {', '.join(Kind)}.")
    return Kind(value)


def _issuer(table: Table, default: str | None) -> str:
    value = table.text("issuer", default)
    if not _is_address(table, value):
        table.refuse("issuer", "write its https address exactly as the provider's discovery document does.")
    return value


def _is_address(table: Table, value: str, *, bare: bool = False) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    local = table.plain_http_on_loopback and parts.scheme == "http" and parts.hostname in env.LOOPBACK
    clean = bool(parts.hostname) and not (parts.query or parts.fragment or parts.username or "@" in parts.netloc)
    return clean and (parts.scheme == "https" or local) and not (bare and parts.path)


def _origins(table: Table, key: str) -> list[str]:
    values = table.texts(key)
    if not all(_is_address(table, value, bare=True) for value in values):
        table.refuse(key, "write origins without a path, such as https://login.example.com.")
    return values


def _domains(table: Table, key: str) -> list[str]:
    values = [value.lower() for value in table.texts(key)]
    if not all(DOMAIN.fullmatch(value) for value in values):
        table.refuse(key, 'write domain names, such as ["example.com"], without @ and without wildcards.')
    return values


def _scopes(table: Table, kind: Kind) -> list[str]:
    usual = ["openid", "allatclaims"] if kind is Kind.ADFS else ["openid", "email", "profile"]
    values = table.texts("scopes", usual)
    if "openid" not in values or any(" " in value for value in values):
        table.refuse("scopes", 'write one scope each, "openid" among them.')
    return values


def _chosen(table: Table, key: str, allowed: set[str], default: list[str]) -> list[str]:
    values = table.texts(key, default)
    if not set(values) <= allowed:
        table.refuse(key, f"choose from {', '.join(sorted(allowed))}.")
    return values


def _usual_algorithms(kind: Kind) -> list[str]:
    """Google and AD FS sign with RSA; of other providers the newer ones sign with an elliptic curve."""
    return ["RS256", "ES256"] if kind is Kind.OIDC else ["RS256"]


def _auth_method(table: Table, key: str) -> str:
    value = table.text(key)
    if value not in AUTH_METHODS:
        table.refuse(key, f"choose {' or '.join(sorted(AUTH_METHODS))}.")
    return value


def _auth_params(table: Table, key: str) -> dict[str, str]:
    value = table.values.pop(key)
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        table.refuse(key, 'write a table of texts, such as { resource = "urn:daypass" }.')
    if not set(value) <= AUTH_PARAMS:
        table.refuse(key, f"only these may be sent: {', '.join(sorted(AUTH_PARAMS))}.")
    return dict(value)


def _secret(table: Table) -> str:
    """Return the client secret from where the file points; the file itself never holds it."""
    if ("client_secret" in table.values) == ("client_secret_file" in table.values):
        table.refuse("client_secret", 'write either client_secret = "env:NAME" or client_secret_file = "path".')
    if "client_secret_file" in table.values:
        return _secret_from_file(table)
    named = re.fullmatch(r"env:([A-Za-z_][A-Za-z0-9_]*)", table.text("client_secret"))
    if not named:
        table.refuse("client_secret", 'the secret itself does not belong in this file. Write "env:NAME".')
    name = named.group(1)
    return env.text(name) or table.refuse("client_secret", f"the environment variable {name} is not set.")


def _secret_from_file(table: Table) -> str:
    place = table.path.parent / table.text("client_secret_file")
    try:
        value = place.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        table.refuse("client_secret_file", f"it cannot be read: {error}.")
    return value or table.refuse("client_secret_file", f"{place} is empty.")
