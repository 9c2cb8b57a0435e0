"""Read Facebook or Amazon. Their addresses are fixed, since AWS verifies their tokens at those and at no others."""

import re
from typing import Any

from accounts.providers.declared import Kind, SocialProvider
from accounts.providers.table import Table, common, is_address, secret

GRAPH = "v26.0"  # the version of the Graph API; Meta keeps each for two years
HOSTS = {
    Kind.FACEBOOK: ("https://www.facebook.com", "https://graph.facebook.com"),
    Kind.AMAZON: ("https://www.amazon.com", "https://api.amazon.com"),
}
PATHS = {
    Kind.FACEBOOK: (f"/{GRAPH}/dialog/oauth", f"/{GRAPH}/oauth/access_token", f"/{GRAPH}/debug_token", f"/{GRAPH}/me"),
    Kind.AMAZON: ("/ap/oa", "/auth/o2/token", "/auth/o2/tokeninfo", "/user/profile"),
}
SCOPES = {Kind.FACEBOOK: ("public_profile", "email"), Kind.AMAZON: ("profile",)}
# On a phone Facebook's dialog goes on at another host.
LEADS_ON_TO = {Kind.FACEBOOK: ("https://m.facebook.com",), Kind.AMAZON: ()}
CLIENT_IDS = {
    Kind.FACEBOOK: (re.compile(r"[0-9]{5,32}"), "write the App ID, which is digits only."),
    Kind.AMAZON: (
        re.compile(r"amzn1\.application-oa2-client\.[\w-]+", re.ASCII),
        "write the Client ID, which begins with amzn1.application-oa2-client.",
    ),
}


def read(table: Table, kind: Kind) -> SocialProvider:
    """Return the provider. An address is believed only where the file says so, within domains that it names."""
    if "email_claim" in table.values:
        table.refuse("email_claim", "leave it out: the address comes as email.")
    table.values.setdefault("email_optional", True)
    values = common(table, kind, needs_domains=False) | {
        "client_id": _client_id(table, kind),
        "client_secret": secret(table, "client_secret"),
        "email_trusted": table.flag("email_trusted", default=False),
        "scopes": SCOPES[kind],
    }
    if values["email_trusted"] and not values["domains"]:
        table.refuse("email_trusted", "name the domains whose addresses are to be believed, too.")
    known = {"kind", "client_secret_file", "ca_file", *values}
    known -= {"slug", "email_claim", "scopes", "ca_certificates"}
    values |= _addresses(table, kind)
    table.finish(", ".join(sorted(known)))
    values["extra_form_origins"] += LEADS_ON_TO[kind]
    return SocialProvider(**values)


def _client_id(table: Table, kind: Kind) -> str:
    shape, remedy = CLIENT_IDS[kind]
    value = table.text("client_id")
    return value if shape.fullmatch(value) else table.refuse("client_id", remedy)


def _addresses(table: Table, kind: Kind) -> dict[str, Any]:
    """Return the four addresses; in the demo and in tests a stand-in on loopback takes the place of all hosts."""
    pages, interface = HOSTS[kind]
    if "stand_in" in table.values:
        pages = interface = _stand_in(table)
    authorize, *asked = PATHS[kind]
    names = ("token_url", "check_url", "profile_url")
    return {"authorize_url": pages + authorize} | {
        name: interface + path for name, path in zip(names, asked, strict=True)
    }


def _stand_in(table: Table) -> str:
    value = table.text("stand_in")
    if not value.startswith("http://") or not is_address(table, value):
        table.refuse("stand_in", "it is for the demo alone: http on loopback, with DAYPASS_DEVELOPMENT.")
    return value.rstrip("/")
