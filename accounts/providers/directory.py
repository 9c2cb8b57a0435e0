"""Read what a provider's table says of the directory that pushes its people and groups by SCIM (docs/scim.md)."""

import re
from typing import Any

from accounts.providers.declared import Kind, ScimMatch
from accounts.providers.table import Table, secret

TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{32,512}=*")  # b64token (RFC 6750, section 2.1)
AT_ONCE = 2
SOURCES = {"token", "scim"}


def directory(table: Table, kind: Kind) -> dict[str, Any]:
    """Return the keys of SCIM; without ``scim_token`` there is no directory, and the others have no meaning."""
    source = table.text("groups_from", "token")
    if source not in SOURCES:
        table.refuse("groups_from", f"choose {' or '.join(sorted(SOURCES))}.")
    if not {"scim_token", "scim_token_file"} & set(table.values):
        _refuse_orphans(table, source)
        return {"groups_from": source}
    return {
        "scim_token": _tokens(table),
        "scim_match": _match(table, kind),
        "scim_required": table.flag("scim_required", default=False),
        "groups_from": source,
    }


def _refuse_orphans(table: Table, source: str) -> None:
    for key in ("scim_match", "scim_required", "upn_trusted"):
        if key in table.values:
            table.refuse(key, "it needs scim_token, without which no directory can push.")
    if source == "scim":
        table.refuse("groups_from", '"scim" needs scim_token, without which no directory can push.')


def _tokens(table: Table) -> tuple[str, ...]:
    """Return the token, or two while one takes over from the other."""
    tokens = tuple(secret(table, "scim_token").split())
    if len(tokens) > AT_ONCE or not all(TOKEN.fullmatch(token) for token in tokens):
        table.refuse(
            "scim_token",
            "use 32 or more of A-Z, a-z, 0-9 and ._~+/-, and at most two such tokens with a space between them. "
            "Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
        )
    return tokens


def _match(table: Table, kind: Kind) -> ScimMatch:
    known = ", ".join(ScimMatch)
    if "scim_match" not in table.values:
        table.refuse("scim_match", f"say how a pushed user is told to be a person who signs in: {known}.")
    value = table.text("scim_match")
    if value not in set(ScimMatch):
        table.refuse("scim_match", f"choose from {known}.")
    if value == ScimMatch.UPN:
        _check_upn(table, kind)
    return ScimMatch(value)


def _check_upn(table: Table, kind: Kind) -> None:
    """Refuse a name that people may choose for themselves: it would bring them another's pushed groups."""
    if kind in {Kind.ADFS, Kind.SAML}:
        return  # the claims are those of an administrator's rules
    if kind is not Kind.OIDC:
        table.refuse("scim_match", "it sends no user principal name. Choose email or subject.")
    if not table.flag("upn_trusted", default=False):
        table.refuse(
            "scim_match",
            "nobody vouches for the claims upn and preferred_username. Write upn_trusted = true if your directory "
            "alone decides what stands there, and nobody can choose it for themselves; else match by another one.",
        )
