"""A person's part of ``~/.aws/config`` for this portal. Pure: roles and a template go in, text comes out.

Every value stands unquoted in an INI file, where a line break could start a profile that runs a program; so each must
match an allow-list, or it is left out. (AWS SDKs and Tools Reference Guide: "IAM Identity Center credential provider"
and "Service-specific endpoints".)

No name may stand twice in that file: botocore then reads none of it, and others take the last, so that one portal's
bearer token goes to another's address. Hence every section's name holds this portal's, and the part is a block between
two marks, which its next version replaces.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from django.utils.text import slugify

from credentials.formats import REGION
from credentials.profiles import FOREIGN, apart

USUAL_NAMES: Final = "{account}-{role}@{portal}"
TEMPLATE: Final = re.compile(r"(?:[A-Za-z0-9_.@-]|\{(?:account|account_id|role|environment|portal)\}){1,100}", re.ASCII)
LONGEST: Final = 128  # of a profile's name but for the portal's


@dataclass(frozen=True)
class Place:
    """One role as a profile needs it; ``region`` may be empty. ``asks`` says what the browser alone can give."""

    account_id: str
    account_name: str
    environment: str
    role_name: str
    region: str
    asks: str = ""


@dataclass(frozen=True)
class Portal:
    """How tools reach this portal."""

    endpoint: str
    start_url: str
    region: str

    @property
    def name(self) -> str:
        """Return what its sections are called: its host, as no other portal's can be written. Only dashes need care,
        since they stand for dots: ``a-b.example`` gives ``a--b-example``."""
        host = urlsplit(self.endpoint).netloc.lower()
        plain = host.replace("-", "--").replace(".", "-").replace(":", "_")
        return FOREIGN.sub("", plain) or "daypass"

    @property
    def marks(self) -> tuple[str, str]:
        return f"# BEGIN daypass {self.name}", f"# END daypass {self.name}"


def config_text(places: Iterable[Place], *, portal: Portal, template: str, region: str) -> str:
    """Return the block. ``region`` stands in each profile whose role has none of its own; it may be empty."""
    listed, (begin, end) = list(places), portal.marks
    names = profile_names(listed, template, portal)
    profiles = (_profile(place, name, region, portal) for place, name in zip(listed, names, strict=True))
    hint = "# Save it again in place of this block, never below it.\n"
    return "\n".join([f"{begin}\n{hint}", _session(portal), _services(portal), *profiles, f"{end}\n"])


def replacing(portal: Portal, saved: str) -> str:
    """Return what puts the saved block into the file, in place of an earlier one, in any POSIX shell."""
    begin, end = portal.marks
    return "\n".join(
        [
            "mkdir -p ~/.aws && touch ~/.aws/config && cp ~/.aws/config ~/.aws/config.before",
            f"awk '/^{begin}$/ {{ s = 1 }} !s; /^{end}$/ {{ s = 0 }}' ~/.aws/config.before |",
            f"  cat - {saved} > ~/.aws/config",
        ]
    )


def profile_names(places: list[Place], template: str, portal: Portal) -> list[str]:
    """Return a name for each place, all different, and the same in whatever order they come."""
    tail = "@" + portal.name if template.endswith("@{portal}") else ""
    plain = [_name(place, template.removesuffix("@{portal}") if tail else template, portal) for place in places]
    order = sorted(range(len(places)), key=lambda at: (places[at].account_id, places[at].role_name))
    names = dict(zip(order, apart([(plain[at], places[at].account_id) for at in order], longest=LONGEST), strict=True))
    return [names[at] + tail for at in range(len(places))]


def _name(place: Place, template: str, portal: Portal) -> str:
    """Fill in the template; what a profile's name cannot hold is left out."""
    values = {
        "account": slugify(place.account_name) or place.account_id,
        "account_id": place.account_id,
        "role": place.role_name,
        "environment": place.environment,
        "portal": portal.name,
    }
    filled = re.sub(r"\{(\w+)\}", lambda word: values[word.group(1)], template)
    return FOREIGN.sub("-", filled)[:LONGEST].strip("-") or place.account_id


def _session(portal: Portal) -> str:
    return (
        f"[sso-session {portal.name}]\n"
        f"sso_start_url = {portal.start_url}\n"
        f"sso_region = {portal.region}\n"
        "sso_registration_scopes = sso:account:access\n"
    )


def _profile(place: Place, name: str, region: str, portal: Portal) -> str:
    region = place.region or region
    page = f"{portal.endpoint}/roles/{place.account_id}/{quote(place.role_name)}/"
    lines = [
        *([f"# Asks for {place.asks}: {page}"] if place.asks else []),
        f"[profile {name}]",
        f"sso_session = {portal.name}",
        f"sso_account_id = {place.account_id}",
        f"sso_role_name = {place.role_name}",
        *([f"region = {region}"] if REGION.fullmatch(region) else []),
        f"services = {portal.name}",
    ]
    return "\n".join(lines) + "\n"


def _services(portal: Portal) -> str:
    """Return the endpoints, by each of the names that SDKs look for: Rust's has a dash."""
    names = ("sso", "sso_oidc", "sso-oidc")
    return f"[services {portal.name}]\n" + "".join(f"{name} =\n  endpoint_url = {portal.endpoint}\n" for name in names)
