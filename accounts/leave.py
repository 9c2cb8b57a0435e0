"""From signing out here to signing out there: the session at the identity provider lives on until it is ended there.

It is never ended along with ours: other portals hang on it. The signed-out page says that it lives on, and leads on to
the provider by a link. Not by a form: browsers hold the policy on forms against every redirect that follows, and a
provider leads from one of its portals to the next. No token travels along, so the provider may ask once more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.lookup import find
from accounts.models import SignIn
from accounts.oidc.discovery import known
from accounts.providers import OpenIdProvider, Provider, SamlProvider, configured

KEY = "signed_out"
ENDED_HERE = {SignIn.Ended.SIGNED_OUT}


@dataclass(frozen=True)
class Way:
    """How people sign out at providers of one protocol: whether it can be offered, and where that leads, if it does."""

    offered: Callable[[Any, SignIn], bool]
    go: Callable[[Any, SignIn], HttpResponse | None]


def remember(request: HttpRequest, sign_in: SignIn) -> None:
    """Let this browser go on to sign out at the provider of the sign-in that it just ended."""
    request.session[KEY] = str(sign_in.pk)


def signed_out(request: HttpRequest) -> SignIn | None:
    """Return the sign-in that this browser ended, if its provider is still set up here."""
    try:
        found = find(UUID(request.session.get(KEY, "")))
    except (TypeError, ValueError, AttributeError):
        return None
    return found if found and found.end_reason in ENDED_HERE and found.provider in configured() else None


def can_leave(sign_in: SignIn) -> bool:
    """Tell whether the provider lets people sign out, without asking it."""
    provider = configured()[sign_in.provider]
    way = WAYS.get(type(provider))
    return way is not None and way.offered(provider, sign_in)


def leave(sign_in: SignIn) -> HttpResponse | None:
    """Return the redirect that signs the person out at the provider; None where there is none after all."""
    provider = configured()[sign_in.provider]
    way = WAYS.get(type(provider))
    return way.go(provider, sign_in) if way else None


def _end_session_endpoint(provider: OpenIdProvider) -> str:
    found = known(provider)
    return found.end_session_endpoint if found else ""


def _openid(provider: OpenIdProvider, sign_in: SignIn) -> HttpResponse | None:
    """Lead to the provider's end-session endpoint (OpenID Connect RP-Initiated Logout 1.0, section 2)."""
    endpoint = _end_session_endpoint(provider)
    if not endpoint:
        return None
    joint = "&" if urlsplit(endpoint).query else "?"
    return redirect(f"{endpoint}{joint}{urlencode({'client_id': provider.client_id})}")


def _can_by_saml(provider: SamlProvider, sign_in: SignIn) -> bool:
    return bool(provider.sp_private_key and sign_in.name_id.get("value"))


def _saml(provider: SamlProvider, sign_in: SignIn) -> HttpResponse | None:
    """Lead to the provider's single logout with a signed request, if its metadata name one."""
    from accounts.saml import logout  # an extra: it is there when a provider of SAML is

    return logout.leave(sign_in=sign_in)


WAYS: dict[type[Provider], Way] = {
    OpenIdProvider: Way(lambda provider, _: bool(_end_session_endpoint(provider)), _openid),
    SamlProvider: Way(_can_by_saml, _saml),
}
