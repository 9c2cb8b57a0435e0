"""A person's whole ``~/.aws/config`` for this portal. Pure: roles and a template go in, text comes out.

Every value stands unquoted in an INI file, where a line break could start a profile that runs a program; so each must
match an allow-list, or it is left out. (AWS SDKs and Tools Reference Guide: "IAM Identity Center credential provider"
and "Service-specific endpoints".)
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.text import slugify

from credentials.formats import PROFILE, REGION

SESSION: Final = "daypass"
USUAL_NAMES: Final = "{account}-{role}"
WORDS: Final = ("account", "account_id", "role", "environment")
TEMPLATE: Final = re.compile(r"(?:[A-Za-z0-9_.@-]|\{(?:account|account_id|role|environment)\}){1,100}", re.ASCII)
FOREIGN: Final = re.compile(r"[^A-Za-z0-9_.@-]+")


@dataclass(frozen=True)
class Place:
    """One role as a profile needs it; ``region`` may be empty."""

    account_id: str
    account_name: str
    environment: str
    role_name: str
    region: str


@dataclass(frozen=True)
class Portal:
    """How tools reach this portal."""

    endpoint: str
    start_url: str
    region: str


def config_text(places: Iterable[Place], *, portal: Portal, template: str, region: str) -> str:
    """Return the file. ``region`` stands in each profile whose role has none of its own; it may be empty."""
    listed = list(places)
    names = profile_names(listed, template)
    profiles = (_profile(place, name, region) for place, name in zip(listed, names, strict=True))
    return "\n".join([_session(portal), *profiles, _services(portal)])


def profile_names(places: list[Place], template: str) -> list[str]:
    """Return a name for each place, all different: a name that comes again gets its account's ID, then a number."""
    plain = [_name(place, template) for place in places]
    twice = {name for name in plain if plain.count(name) > 1} if len(set(plain)) < len(plain) else set()
    taken: set[str] = set()
    names = []
    for place, name in zip(places, plain, strict=True):
        wanted = f"{name[:51]}-{place.account_id}" if name in twice else name
        unique, number = wanted, 2
        while unique in taken:
            unique, number = f"{wanted[:60]}-{number}", number + 1
        taken.add(unique)
        names.append(unique)
    return names


def _name(place: Place, template: str) -> str:
    """Fill in the template; what a profile's name cannot hold is left out."""
    values = {
        "account": slugify(place.account_name) or place.account_id,
        "account_id": place.account_id,
        "role": place.role_name,
        "environment": place.environment,
    }
    filled = re.sub(r"\{(\w+)\}", lambda word: values[word.group(1)], template)
    return FOREIGN.sub("-", filled)[:64].strip("-") or place.account_id


def _session(portal: Portal) -> str:
    return (
        f"[sso-session {SESSION}]\n"
        f"sso_start_url = {portal.start_url}\n"
        f"sso_region = {portal.region}\n"
        "sso_registration_scopes = sso:account:access\n"
    )


def _profile(place: Place, name: str, region: str) -> str:
    region = place.region or region
    lines = [
        f"[profile {name}]" if PROFILE.fullmatch(name) else f"[profile {place.account_id}]",
        f"sso_session = {SESSION}",
        f"sso_account_id = {place.account_id}",
        f"sso_role_name = {place.role_name}",
        *([f"region = {region}"] if REGION.fullmatch(region) else []),
        f"services = {SESSION}",
    ]
    return "\n".join(lines) + "\n"


def _services(portal: Portal) -> str:
    """Return the endpoints, by each of the names that SDKs look for: Rust's has a dash."""
    names = ("sso", "sso_oidc", "sso-oidc")
    return f"[services {SESSION}]\n" + "".join(f"{name} =\n  endpoint_url = {portal.endpoint}\n" for name in names)
