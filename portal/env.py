"""Strict readers for environment variables.

A value that cannot be read stops the start and says which variable, what was wrong and what to write instead.
Secrets may come from a file: ``NAME_FILE`` holds its path, so that no secret need stand in a process listing.
"""

import os
import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from portal import files, names

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
ENGINES = {"django.db.backends.sqlite3", "django.db.backends.postgresql"}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def text(name: str, default: str = "") -> str:
    """Return the variable's text without surrounding blanks; an empty variable counts as unset."""
    return os.environ.get(name, "").strip() or default


def boolean(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if value and value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}. Write true or false.")
    return value in TRUE if value else default


def integer(name: str, default: int, *, least: int, most: int) -> int:
    value = text(name, str(default))
    if not (re.fullmatch(r"[0-9]{1,10}", value) and least <= int(value) <= most):
        raise ImproperlyConfigured(f"{name} is {value!r}. Write a whole number from {least} to {most}.")
    return int(value)


def level(name: str) -> str:
    """Return the name of a log level; INFO where none is set."""
    value = text(name, "INFO").upper()
    if value not in LEVELS:
        raise ImproperlyConfigured(f"{name} is {value!r}. Write one of {', '.join(LEVELS)}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list, blanks trimmed, empty items dropped."""
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def principals(name: str) -> list[str]:
    """Return a list whose items may hold commas, as a group's distinguished name does.

    Items stand on lines of their own, or between semicolons; else between commas. A backslash before a semicolon or a
    comma makes it part of an item.
    """
    value = text(name)
    if "\n" in value:
        return [line.strip() for line in value.splitlines() if line.strip()]
    mark = ";" if re.search(r"(?<!\\);", value) else ","
    items = re.split(rf"(?<!\\){mark}", value)
    return [item.replace(f"\\{mark}", mark).strip() for item in items if item.strip()]


def secret(name: str) -> str:
    """Return a secret from ``NAME`` or from the file that ``NAME_FILE`` names; both at once is an error."""
    path, value = text(f"{name}_FILE"), text(name)
    if path and value:
        raise ImproperlyConfigured(f"Both {name} and {name}_FILE are set. Keep one of them.")
    if not path:
        return value
    try:
        value = files.read_text(Path(path)).strip()
    except files.Unreadable as error:
        raise ImproperlyConfigured(f"{name}_FILE: {error}.") from None
    if not value:
        raise ImproperlyConfigured(f"{name}_FILE: {path} is empty. Write the value into it.")
    return value


def database(name: str, default: str) -> dj_database_url.DBConfig:
    """Return Django's settings of a database address. Its password keeps the address out of the complaint."""
    try:
        found = dj_database_url.parse(secret(name) or default, conn_max_age=600, conn_health_checks=True)
    except ValueError:
        found = {}
    if found.get("ENGINE") not in ENGINES or not found.get("NAME"):
        raise ImproperlyConfigured(
            f"{name} cannot be read. Write postgres://user:password@host:5432/daypass "
            "or sqlite:////var/lib/daypass/daypass.sqlite3"
        )
    return found


def required(name: str, value: str, remedy: str) -> str:
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {remedy}")
    return value


def origin(name: str, value: str, *, plain_http_on_loopback: bool) -> str:
    """Return ``scheme://host[:port]`` as browsers write it; more than that, or plain http off loopback, is refused."""
    try:
        parts, found = urlsplit(value), names.origin_of(value)
    except ValueError:
        parts, found = SplitResult("", "", "", "", ""), ""
    more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if not found or more or not is_secure(parts, plain_http_on_loopback=plain_http_on_loopback):
        raise ImproperlyConfigured(
            f"{name} is {value!r}. Write the portal's address as https://daypass.example.com, without a path."
        )
    return found


def is_secure(address: SplitResult, *, plain_http_on_loopback: bool) -> bool:
    """Tell whether nobody on the way reads along: https, or plain http on this machine where that is allowed."""
    local = plain_http_on_loopback and address.scheme == "http" and address.hostname in LOOPBACK
    return address.scheme == "https" or local


def is_loopback(address: str) -> bool:
    """Tell whether an address leads to this machine alone; one that cannot be read does not."""
    try:
        return urlsplit(address).hostname in LOOPBACK
    except ValueError:
        return False
