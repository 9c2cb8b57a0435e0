"""Where a person may be sent after signing in: to a page of the portal, and nowhere else."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from portal.texts import is_line

LONGEST = 2000


def safe_next(address: object) -> str:
    """Return the address if it is a path of the portal itself, else "".

    Browsers read a backslash as a slash and skip control characters and blanks, so ``/\\evil.example`` and
    ``/<tab>/evil.example`` leave the site (WHATWG URL, section 4.4); both are refused rather than mended.
    """
    if not isinstance(address, str) or not 0 < len(address) <= LONGEST:
        return ""
    if not address.startswith("/") or address.startswith("//") or "\\" in address:
        return ""
    if not is_line(address) or " " in address:
        return ""
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else ""


def sign_in_address(came_from: str) -> str:
    """Return the sign-in page's address; it remembers where to go on, unless that is the front page anyway."""
    path = reverse("account_login")
    wanted = safe_next(came_from)
    return path if wanted in {"", "/"} else f"{path}?{urlencode({'next': wanted})}"
