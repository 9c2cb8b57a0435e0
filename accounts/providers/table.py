"""The strict reader of one provider's table, and the values that several kinds of provider have.

Every message names the file, the provider, the key and the remedy.
"""

import re
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from accounts.providers.declared import GroupsCase, Kind
from portal import env, files
from portal.names import DOMAIN, hint
from portal.texts import is_line

SLUG = re.compile(r"[a-z][a-z0-9-]{0,31}")
RESERVED = {"break-glass"}
OF_EVERY_KIND = "groups_case, groups_from, scim_match, scim_required, scim_token, scim_token_file, upn_trusted"


class Table:
    """The keys of one provider, each read once; what is left over at the end is unknown."""

    def __init__(self, path: Path, slug: str, values: dict[str, Any], *, plain_http_on_loopback: bool) -> None:
        self.path, self.slug, self.values = path, slug, dict(values)
        self.plain_http_on_loopback = plain_http_on_loopback

    def refuse(self, key: str, remedy: str) -> NoReturn:
        raise ImproperlyConfigured(f"{self.path}: provider {self.slug!r}, key {key!r}: {remedy}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.pop(key, default)
        if not isinstance(value, str) or not value.strip() or not is_line(value):
            self.refuse(key, "write a text that is not empty, in one line and without control characters.")
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
            self.refuse(
                next(iter(self.values)), f"there is no such key for this kind. Known: {known}, {OF_EVERY_KIND}."
            )


def common(table: Table, kind: Kind, *, needs_domains: bool = True) -> dict[str, Any]:
    """Return what every provider has. One that need not declare domains speaks for none unless it does."""
    if not SLUG.fullmatch(table.slug) or table.slug in RESERVED:
        table.refuse("name of the table", "use 1 to 32 of a-z, 0-9 and -, a letter first, and not break-glass.")
    return {
        "slug": table.slug,
        "kind": kind,
        "name": table.text("name"),
        "domains": frozenset(domains(table, "domains") if needs_domains or "domains" in table.values else ()),
        "email_claim": table.text("email_claim", "email"),
        "email_optional": table.flag("email_optional", default=False),
        "extra_form_origins": tuple(table.optional("extra_form_origins", lambda key: origins(table, key), [])),
        "ca_certificates": table.optional("ca_file", lambda key: authorities(table, key), ""),
    }


def groups_case(table: Table, kind: Kind) -> GroupsCase:
    """Return how groups compare with mappings: to the letter, but for Google's, which are addresses."""
    value = table.text("groups_case", GroupsCase.INSENSITIVE if kind is Kind.GOOGLE else GroupsCase.EXACT)
    if value not in set(GroupsCase):
        table.refuse("groups_case", f"write one of {', '.join(GroupsCase)}.")
    return GroupsCase(value)


def is_address(table: Table, value: str, *, bare: bool = False) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    secure = env.is_secure(parts, plain_http_on_loopback=table.plain_http_on_loopback)
    clean = bool(parts.hostname) and not (parts.query or parts.fragment or "@" in parts.netloc)
    return clean and secure and not (bare and parts.path)


def origins(table: Table, key: str) -> list[str]:
    values = table.texts(key)
    if not all(is_address(table, value, bare=True) for value in values):
        table.refuse(key, "write origins without a path, such as https://login.example.com.")
    return values


def domains(table: Table, key: str) -> list[str]:
    values = [value.lower() for value in table.texts(key)]
    if not all(DOMAIN.fullmatch(value) for value in values):
        hints = " ".join(filter(None, map(hint, values)))
        table.refuse(key, hints or 'write domain names, such as ["example.com"], without @ and without wildcards.')
    return values


def authorities(table: Table, key: str) -> str:
    """Return a file of certificates of authorities in PEM, read once at the start."""
    text = _from_file(table, key)
    try:
        ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError):
        table.refuse(key, "write the certificate of your own authority in PEM, or several.")
    return text


def secret(table: Table, key: str) -> str:
    """Return the secret from where the file points, ``<key>_file`` or an environment variable; never from the file."""
    if (key in table.values) == (f"{key}_file" in table.values):
        table.refuse(key, f'write either {key} = "env:NAME" or {key}_file = "path".')
    if f"{key}_file" in table.values:
        return _from_file(table, f"{key}_file")
    named = re.fullmatch(r"env:([A-Za-z_][A-Za-z0-9_]*)", table.text(key))
    if not named:
        table.refuse(key, 'the secret itself does not belong in this file. Write "env:NAME".')
    name = named.group(1)
    return env.text(name) or table.refuse(key, f"the environment variable {name} is not set.")


def _from_file(table: Table, key: str) -> str:
    place = table.path.parent / table.text(key)
    try:
        value = files.read_text(place).strip()
    except files.Unreadable as error:
        table.refuse(key, f"{error}.")
    return value or table.refuse(key, f"{place} is empty.")
