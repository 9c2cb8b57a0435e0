"""The start URL: how a CLI names this portal, and the detour that newer CLIs insist on.

From 2.35.13 on the AWS CLI takes a start URL only if its host is AWS's, or if it answers HEAD with one redirect to such
a host, which it never contacts. So /start points to a name of that shape, made of ours.
"""

import hashlib
import re
from urllib.parse import urlsplit

from django.conf import settings

REGION = "daypass-1"
PLACEHOLDER = re.compile(r"https://[a-z0-9.-]+\.(?:awsapps\.com/start|portal\.[a-z0-9-]+\.app\.aws)", re.ASCII)


def start_url() -> str:
    return f"{settings.DAYPASS_BASE_URL}/start"


def placeholder() -> str:
    """Return the address under AWS's name that stands for this portal: recognisable, and nobody's."""
    host = urlsplit(settings.DAYPASS_BASE_URL).hostname or ""
    label = re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")[:40]
    mark = hashlib.sha256(host.encode()).hexdigest()[:8]
    return f"https://{label}-{mark}.portal.{REGION}.app.aws"


def is_ours(address: str) -> bool:
    """Tell whether a client that names this start URL means this portal. It selects nothing, so it is no secret."""
    plain = address.split("#")[0].rstrip("/")
    ours = {start_url(), settings.DAYPASS_BASE_URL, placeholder(), f"{placeholder()}/start"}
    return plain in ours or PLACEHOLDER.fullmatch(plain) is not None
