"""A provider's own description of itself (OpenID Connect Discovery 1.0), held against how it was set up here."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from accounts.fetched import Fetched, Memory
from accounts.providers.declared import OpenIdProvider
from accounts.refusals import Reason, SignInRefused
from accounts.wire import get_json
from portal import env
from portal.names import page_origins

logger = logging.getLogger(__name__)
KEEP, LONGEST, AGAIN = 3600.0, float("inf"), 15.0  # seconds: fresh, old, and between two askings
PATH = "/.well-known/openid-configuration"
UNSAID = ("client_secret_basic",)  # how a client authenticates where the document does not say (section 3)


@dataclass(frozen=True)
class Discovery:
    """The endpoints that are used. ``userinfo_endpoint`` is empty where it is not asked, or where there is none.

    ``end_session_endpoint`` is where people can sign out (RP-Initiated Logout 1.0), or empty.

    ``names_issuer`` tells whether each answer of the authorization endpoint says whose it is (RFC 9207).
    """

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    token_auth_methods: tuple[str, ...]
    names_issuer: bool
    end_session_endpoint: str = ""


Key = tuple[str, bool, str]
_fetched: dict[Key, Fetched[Discovery]] = {}


def discover(provider: OpenIdProvider) -> Discovery:
    """Return the provider's endpoints, fetched once an hour; the last good ones while it does not answer."""
    return _of(provider).current()


def _of(provider: OpenIdProvider) -> Fetched[Discovery]:
    """Return what is kept for a provider; two clients of one provider may differ."""
    key = provider.issuer, provider.fetch_userinfo, provider.ca_certificates
    return _fetched.get(key) or _fetched.setdefault(key, _made(provider))


def _made(provider: OpenIdProvider) -> Fetched[Discovery]:
    kept: Memory[Discovery] = Memory(keep=KEEP, longest=LONGEST, again=AGAIN, outlasted={Reason.UNAVAILABLE})
    address = provider.issuer.rstrip("/") + PATH
    return Fetched(kept, lambda: kept.put(checked(provider, get_json(address, ca=provider.ca_certificates))))


def warm(providers: Iterable[OpenIdProvider]) -> None:
    """Ask each provider once, at the start; one that does not answer is asked again when somebody signs in."""
    for provider in providers:
        try:
            discover(provider)
        except SignInRefused as refusal:
            logger.warning("%s could not be asked at the start: %s", provider.slug, refusal)


def known(provider: OpenIdProvider) -> Discovery | None:
    """Return what was fetched last, without asking anybody."""
    kept = _of(provider).store.read()
    return kept.value if kept else None


def known_origins() -> list[str]:
    """Return the origins of the sign-in pages that are known by now: a provider's need not be its issuer's."""
    found = [fetched.store.read() for fetched in _fetched.copy().values()]
    return page_origins(kept.value.authorization_endpoint for kept in found if kept)


def origins_of(provider: OpenIdProvider) -> list[str]:
    """Return the origins of a provider's own pages, as far as they are known by now."""
    found = known(provider)
    pages = (found.authorization_endpoint, found.end_session_endpoint) if found else ()
    return page_origins((provider.issuer, *pages))


def forget() -> None:
    """Forget what was fetched."""
    _fetched.clear()


def checked(provider: OpenIdProvider, document: dict[str, Any]) -> Discovery:
    """Return what the document says; its issuer must be the configured one to the letter (Discovery, section 4.3)."""
    if document.get("issuer") != provider.issuer:
        raise SignInRefused(Reason.DISCOVERY, "another issuer than the configured one")
    methods = document.get("token_endpoint_auth_methods_supported")
    has_userinfo = provider.fetch_userinfo and document.get("userinfo_endpoint") is not None
    return Discovery(
        authorization_endpoint=_endpoint(provider, document, "authorization_endpoint"),
        token_endpoint=_endpoint(provider, document, "token_endpoint"),
        jwks_uri=_endpoint(provider, document, "jwks_uri"),
        userinfo_endpoint=_endpoint(provider, document, "userinfo_endpoint") if has_userinfo else "",
        token_auth_methods=tuple(str(item) for item in methods) if isinstance(methods, list) else UNSAID,
        names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        end_session_endpoint=_optional(provider, document, "end_session_endpoint"),
    )


def _endpoint(provider: OpenIdProvider, document: dict[str, Any], name: str) -> str:
    """Return an endpoint's address: https, or on loopback where the issuer itself is (checked at start)."""
    value = document.get(name)
    if not isinstance(value, str) or not _is_address(value, plain=provider.issuer.startswith("http://")):
        raise SignInRefused(Reason.DISCOVERY, f"{name} is missing or not https")
    return value


def _optional(provider: OpenIdProvider, document: dict[str, Any], name: str) -> str:
    """Return an endpoint without which people can still sign in; "" for one that is missing or no good."""
    value = document.get(name)
    usable = isinstance(value, str) and _is_address(value, plain=provider.issuer.startswith("http://"))
    return str(value) if usable else ""


def _is_address(value: str, *, plain: bool) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.hostname) and env.is_secure(parts, plain_http_on_loopback=plain)
