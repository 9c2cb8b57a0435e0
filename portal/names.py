"""One rule for names of hosts: as they stand on the wire, however somebody writes them.

``https://Host:443``, ``https://host`` and a name in its own script or in IDNA's are one address (RFC 3986, section
6.2.3; WHATWG URL, section 3.5). Whoever compares them compares what ``origin_of`` returns.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

import idna

LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label is letters, or a name in another script: .рф is xn--p1ai (RFC 5890).
DOMAIN = re.compile(rf"(?:{LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{0,58}}[a-z0-9])")
HOST = re.compile(rf"(?:{LABEL}\.)*{LABEL}")
PLAIN_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")
PORTS = {"http": 80, "https": 443}


def is_domain(name: str) -> bool:
    return len(name) <= 253 and DOMAIN.fullmatch(name) is not None


def on_the_wire(name: str) -> str:
    """Return a name in IDNA's form, in small letters; raise ValueError for what is none (UTS #46, as browsers do)."""
    return idna.encode(name.rstrip("."), uts46=True).decode("ascii").lower()


def hint(name: str) -> str:
    """Return the sentence for a name that was typed in its own script, or ""."""
    try:
        wire = "" if name.isascii() else on_the_wire(name)
    except ValueError:
        return ""
    return f"Write {name} as it stands on the wire: {wire}." if is_domain(wire) else ""


def origin_of(address: str) -> str:
    """Return ``scheme://host[:port]`` as browsers write it; raise ValueError for an address that has none."""
    parts = urlsplit(address)
    host, port = _host(parts.hostname or ""), parts.port
    own = port is None or port == PORTS.get(parts.scheme)
    return f"{parts.scheme}://{host}" if own else f"{parts.scheme}://{host}:{port}"


def page_origins(addresses: Iterable[str]) -> list[str]:
    """Return the origins of pages that providers told of, for a directive of our policy, which nothing but a plain host
    may become part of: what has none is left out."""
    pages = map(urlsplit, addresses)
    return sorted({f"{page.scheme}://{page.netloc}" for page in pages if PLAIN_HOST.fullmatch(page.netloc)})


def _host(name: str) -> str:
    if ":" in name:
        found = IPv6Address(name)
        if found.scope_id:
            raise ValueError("a zone is no part of an address on the wire (RFC 9844)")
        return f"[{found.compressed}]"
    if name.rpartition(".")[2].isdigit():
        return str(IPv4Address(name))
    host = name.rstrip(".") if name.isascii() else on_the_wire(name)
    if not HOST.fullmatch(host) or len(host) > 253:
        raise ValueError("no name of a host")
    return host
