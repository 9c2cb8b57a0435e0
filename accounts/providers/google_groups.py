"""Read how Google is asked for groups, [providers.<name>.groups], and refuse at start what could not work later."""

import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from accounts.google_groups.declared import Api, GoogleGroups
from accounts.providers.table import Table, is_address
from portal import documents, files

ADDRESS = re.compile(r"[^\s@]{1,64}@[a-z0-9.-]{1,253}", re.ASCII)
CUSTOMER = re.compile(r"C[A-Za-z0-9]{4,32}")
KNOWN = "api, api_endpoint, customer, delegated_subject, security_groups_only, service_account_file"
LIBRARIES = ("googleapiclient", "google.oauth2")


def read(table: Table, ca_certificates: str) -> GoogleGroups | None:
    """Return the table below the provider's own, or None where it has none."""
    values = table.values.pop("groups", None)
    if values is None:
        return None
    if not isinstance(values, dict):
        table.refuse("groups", f"write a table, [providers.{table.slug}.groups], with {KNOWN}.")
    _must_be_installed(table)
    inner = Table(table.path, f"{table.slug}.groups", values, plain_http_on_loopback=table.plain_http_on_loopback)
    return replace(_read(inner), ca_certificates=ca_certificates)


def _read(table: Table) -> GoogleGroups:
    api = _api(table)
    found = GoogleGroups(
        api=api,
        key=_key(table),
        delegated_subject=table.optional("delegated_subject", lambda key: _subject(table, key), ""),
        customer=table.optional("customer", lambda key: _customer(table, key, api), ""),
        security_groups_only=table.optional("security_groups_only", lambda key: _security(table, key, api), False),
        api_endpoint=table.optional("api_endpoint", lambda key: _endpoint(table, key), ""),
    )
    table.finish(KNOWN)
    return found


def _must_be_installed(table: Table) -> None:
    if not all(_is_installed(name) for name in LIBRARIES):
        table.refuse(
            "groups",
            "asking Google for groups needs Google's client library, which is not installed here. Install it with "
            "pip install -r requirements-google-groups.txt, or take this table out.",
        )


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # its parent package is missing
        return False


def _api(table: Table) -> Api:
    value = table.text("api")
    if value not in set(Api):
        table.refuse("api", f"write one of {', '.join(Api)}.")
    return Api(value)


def _subject(table: Table, key: str) -> str:
    value = table.text(key)
    if not ADDRESS.fullmatch(value):
        table.refuse(key, "write the e-mail address, in small letters, of the administrator to act as.")
    return value


def _customer(table: Table, key: str, api: Api) -> str:
    value = table.text(key)
    if api is not Api.CLOUD_IDENTITY or not CUSTOMER.fullmatch(value):
        table.refuse(key, f"only for {Api.CLOUD_IDENTITY}: write the customer ID, such as C046psxkn.")
    return value


def _security(table: Table, key: str, api: Api) -> bool:
    value = table.flag(key, default=False)
    if value and api is not Api.CLOUD_IDENTITY:
        table.refuse(
            key, f"the Directory API does not tell which groups are security groups; use {Api.CLOUD_IDENTITY}."
        )
    return value


def _endpoint(table: Table, key: str) -> str:
    value = table.text(key)
    if not is_address(table, value):
        table.refuse(key, "write an https address.")
    return value


def _key(table: Table) -> str:
    """Return the key file's text after a look at whether it is one, and whether it asks for tokens by https."""
    place = table.path.parent / table.text("service_account_file")
    try:
        text = files.read_text(Path(place))
        key = documents.read(text)
    except files.Unreadable as error:
        table.refuse("service_account_file", f"{error}.")
    except ValueError:
        table.refuse("service_account_file", f"{place} is not JSON.")
    if not _is_key(key):
        table.refuse("service_account_file", f"{place} is no key file of a service account. Make one of type JSON.")
    if not is_address(table, key["token_uri"]):
        table.refuse("service_account_file", f"{place}: its token_uri is no https address.")
    return text


def _is_key(key: Any) -> bool:
    named = ("client_email", "private_key", "private_key_id", "token_uri")
    if not isinstance(key, dict) or key.get("type") != "service_account":
        return False
    return all(isinstance(key.get(name), str) for name in named) and _can_sign(key["private_key"])


def _can_sign(private_key: str) -> bool:
    from google.auth.crypt import RSASigner  # only where the extra is installed

    try:
        RSASigner.from_string(private_key)
    except ValueError:
        return False
    return True
