"""The start URL: how a CLI names this portal, and the detour that newer CLIs insist on.

From 2.35.13 on the AWS CLI takes a start URL only if its host is AWS's, or if it answers HEAD with one redirect to such
a host, which it never contacts. So /start points to a name of that shape, made of ours.
"""

import hashlib
import re
from urllib.parse import urlsplit

from django.conf import settings

PLACEHOLDER = re.compile(r"https://[a-z0-9.-]+\.(?:awsapps\.com/start|portal\.[a-z0-9-]+\.app\.aws)", re.ASCII)


def start_url() -> str:
    return f"{settings.DAYPASS_BASE_URL}/start"


def region() -> str:
    """Return the region that this portal made up, which no other portal has: endpoint rules go by it, and those of one
    portal must not lead another's bearer token to the wrong address."""
    return region_of(settings.DAYPASS_BASE_URL)


def region_of(address: str) -> str:
    return f"daypass-{_mark(address)}"


def placeholder() -> str:
    """Return the address under AWS's name that stands for this portal: recognisable, and nobody's."""
    host = urlsplit(settings.DAYPASS_BASE_URL).hostname or ""
    label = re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")[:40]
    return f"https://{label}-{_mark(settings.DAYPASS_BASE_URL)}.portal.{region()}.app.aws"


def _mark(address: str) -> str:
    return hashlib.sha256(urlsplit(address).netloc.lower().encode()).hexdigest()[:8]


def is_ours(address: str) -> bool:
    """Tell whether a client that names this start URL means this portal. It selects nothing, so it is no secret."""
    plain = address.split("#")[0].rstrip("/")
    ours = {start_url(), settings.DAYPASS_BASE_URL, placeholder(), f"{placeholder()}/start"}
    return plain in ours or PLACEHOLDER.fullmatch(plain) is not None
