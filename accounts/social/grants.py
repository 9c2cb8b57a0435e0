"""Ask the token endpoint of Facebook or Amazon, and make an identity of what it answers."""

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from accounts.identity import Identity, identity_of
from accounts.oidc.grants import ERRORS, short_code
from accounts.providers.declared import Kind, SocialProvider
from accounts.refusals import Reason, SignInRefused
from accounts.social.verify import PASSING, error_code, verified
from accounts.wire import post_form
from portal.texts import is_ascii_line

# Facebook's errors of its token endpoint: the code or its redirect URI, the secret, the application.
CODE_REFUSED, SECRET_REFUSED, APP_REFUSED = 100, 1, 101
LONGEST = 4096


@dataclass(frozen=True)
class Granted:
    """What the token endpoint gave; nothing of it was looked at yet.

    ``ask_again`` is what the provider is asked with next time: Amazon's refresh token. Facebook has none; there the
    access token itself tells, as often as it is asked, whether the person still stands by it.
    """

    access_token: object = field(repr=False)
    ask_again: str = field(repr=False)


def exchange(provider: SocialProvider, *, code: str, code_verifier: str, redirect_uri: str) -> Granted:
    """Redeem an authorization code (RFC 6749, section 4.1.3); ``code_verifier`` is empty where PKCE is not kept."""
    proof = {"code_verifier": code_verifier} if code_verifier else {}
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, **proof}
    return _granted(provider, _ask(provider, form), "")


def renew(provider: SocialProvider, *, ask_again: str) -> Identity:
    """Return what the provider says of the person now; raise SignInRefused, with WITHDRAWN or CODE if they are gone."""
    if provider.kind is Kind.FACEBOOK:
        return identify(provider, Granted(ask_again, ask_again))
    said = _ask(provider, {"grant_type": "refresh_token", "refresh_token": ask_again})
    return identify(provider, _granted(provider, said, ask_again))


def identify(provider: SocialProvider, granted: Granted) -> Identity:
    """Return the identity that a genuine token asserts; raise SignInRefused."""
    found = verified(provider, granted.access_token)
    return identity_of(
        provider,
        found.claims,
        now=timezone.now(),
        web_identity_token=found.access_token,
        web_identity_token_expires_at=found.expires_at,
        refresh_token=granted.ask_again,
    )


def _granted(provider: SocialProvider, said: dict[str, Any], before: str) -> Granted:
    token = said.get("access_token")
    again = token if provider.kind is Kind.FACEBOOK else said.get("refresh_token")
    fits = isinstance(again, str) and len(again) <= LONGEST and is_ascii_line(again)
    return Granted(token, str(again) if fits else before)


def _ask(provider: SocialProvider, form: dict[str, str]) -> dict[str, Any]:
    client = {"client_id": provider.client_id, "client_secret": provider.client_secret}
    status, said = post_form(provider.token_url, {**form, **client}, None, ca=provider.ca_certificates)
    if status == 200:
        return said
    raise _facebooks_refusal(said) if provider.kind is Kind.FACEBOOK else _refusal(said)


def _facebooks_refusal(said: dict[str, Any]) -> SignInRefused:
    """Say what Facebook's error means. One code stands for a wrong secret and for trouble; its words tell which."""
    code = error_code(said)
    message = str(said["error"].get("message", "")) if code else ""
    if code == SECRET_REFUSED and "client secret" in message:
        return SignInRefused(Reason.CLIENT, "token endpoint: the secret")
    reasons = {CODE_REFUSED: Reason.CODE, APP_REFUSED: Reason.CLIENT, **dict.fromkeys(PASSING, Reason.UNAVAILABLE)}
    return SignInRefused(reasons.get(code, Reason.PROVIDER_ERROR), f"token endpoint: error {code}")


def _refusal(said: dict[str, Any]) -> SignInRefused:
    error = said.get("error")
    known = error if isinstance(error, str) else ""
    return SignInRefused(ERRORS.get(known, Reason.PROVIDER_ERROR), f"token endpoint: {short_code(error)}")
