"""SAML is an extra: is it installed, and do its two compiled halves fit together?"""

from functools import lru_cache
from importlib import import_module

from django.core.exceptions import ImproperlyConfigured

PACKAGES = ("lxml.etree", "xmlsec", "onelogin.saml2.settings")
COMMAND = "pip install --only-binary xmlsec,lxml -r requirements-saml.txt"


@lru_cache(maxsize=1)
def problem() -> str:
    """Return why SAML cannot be used here; "" when it can."""
    try:
        for package in PACKAGES:
            import_module(package)
    except Exception as error:  # noqa: BLE001  # xmlsec raises an error of its own when lxml carries another libxml2
        return f"{type(error).__name__}: {error}"
    return ""


def require() -> None:
    """Stop the start, with the remedy, when a SAML provider is declared and the extra is not usable."""
    if problem():
        raise ImproperlyConfigured(
            f'SAML (kind = "saml") needs packages that are not installed, or do not fit together ({problem()}). '
            f"Run: {COMMAND}"
        )
