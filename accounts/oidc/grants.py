"""Ask the token endpoint, and make an identity of what it answers: the same for a code and for a refresh."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.utils import timezone

from accounts.identity import Identity, identity_of
from accounts.oidc.discovery import discover
from accounts.oidc.verify import verified_claims, verified_userinfo
from accounts.providers.declared import OpenIdProvider
from accounts.refusals import Reason, SignInRefused
from accounts.wire import get, parsed, post_form
from portal.texts import is_ascii_line
from portal.times import moment

# What an OAuth error of the token endpoint means here (RFC 6749, section 5.2).
ERRORS = {
    "invalid_grant": Reason.CODE,
    "invalid_client": Reason.CLIENT,
    "unauthorized_client": Reason.CLIENT,
}

TOKEN = re.compile(rb"eyJ[\w.-]+", re.ASCII)


@dataclass(frozen=True)
class Answer:
    """What the token endpoint gave. None of it was looked at yet."""

    id_token: object = field(repr=False)
    access_token: object = field(repr=False)
    refresh_token: str = field(repr=False)


def exchange(provider: OpenIdProvider, *, code: str, code_verifier: str, redirect_uri: str) -> Answer:
    """Redeem an authorization code (RFC 6749, section 4.1.3; PKCE: RFC 7636)."""
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": code_verifier}
    return _ask(provider, {**form, "redirect_uri": redirect_uri})


def refresh(provider: OpenIdProvider, *, refresh_token: str) -> Answer:
    """Ask for new tokens (RFC 6749, section 6). The answer's refresh token is the old one unless it was rotated."""
    answer = _ask(provider, {"grant_type": "refresh_token", "refresh_token": refresh_token})
    return Answer(answer.id_token, answer.access_token, answer.refresh_token or refresh_token)


def identify(provider: OpenIdProvider, answer: Answer, *, nonce: str | None) -> Identity:
    """Return the identity that a genuine answer asserts; raise SignInRefused."""
    claims = verified_claims(provider, answer.id_token, nonce=nonce)
    if endpoint := discover(provider).userinfo_endpoint:
        claims = with_userinfo(provider, claims, endpoint, answer.access_token)
    return identity_of(
        provider,
        claims,
        now=timezone.now(),
        web_identity_token=str(answer.id_token),
        web_identity_token_expires_at=moment(claims["exp"]),
        refresh_token=answer.refresh_token,
    )


def identify_by_userinfo(
    provider: OpenIdProvider, answer: Answer, *, subject: str, known: Collection[str]
) -> Identity | None:
    """Return who userinfo says this is now, for a refresh that brought no ID token; raise SignInRefused.

    ``known`` are the principals of until now. Where they hold groups of which userinfo does not speak, or where it
    gives no address, nobody can tell what was taken away from what is never said there: then the answer is None.
    """
    endpoint = discover(provider).userinfo_endpoint
    if not endpoint:
        return None
    claims = with_userinfo(provider, {"sub": subject}, endpoint, answer.access_token)
    groups = f"group:{provider.slug}:"
    told_here = provider.groups_from == "token" and any(principal.startswith(groups) for principal in known)
    said = provider.google_groups is not None or provider.groups_claim in claims
    silent = told_here and not said
    if silent or provider.email_claim not in claims:
        return None
    return identity_of(provider, claims, now=timezone.now(), refresh_token=answer.refresh_token)


def with_userinfo(
    provider: OpenIdProvider, claims: dict[str, Any], endpoint: str, access_token: object
) -> dict[str, Any]:
    """Return the claims, filled up from userinfo, of the same subject only (Core, section 5.3.2).

    The ID token is signed and wins. Each email_verified counts for the address that stands beside it: not for another
    one, which the other of the two tells.
    """
    if not isinstance(access_token, str) or not is_ascii_line(access_token):
        raise SignInRefused(Reason.ANSWER, "no access token", subject=claims["sub"])
    userinfo = _read(provider, get(endpoint, bearer=access_token, ca=provider.ca_certificates))
    if userinfo.get("sub") != claims["sub"]:
        raise SignInRefused(Reason.SUBJECT, "userinfo speaks of another subject", subject=claims["sub"])
    if claims.get("email", userinfo.get("email")) != userinfo.get("email"):
        userinfo.pop("email_verified", None)
    if "email" not in claims and claims.get("email_verified") is True:
        claims = {name: value for name, value in claims.items() if name != "email_verified"}
    return {**userinfo, **claims}


def _read(provider: OpenIdProvider, body: bytes) -> dict[str, Any]:
    """Return userinfo's claims: a JSON object, or a signed token where the provider was told so (Core, 5.3.2)."""
    return verified_userinfo(provider, body.decode("ascii")) if TOKEN.fullmatch(body) else parsed(body)


def _ask(provider: OpenIdProvider, form: dict[str, str]) -> Answer:
    found = discover(provider)
    client = (provider.client_id, provider.client_secret)
    basic = _is_basic(provider, found.token_auth_methods)
    named = form if basic else {**form, "client_id": client[0], "client_secret": client[1]}
    auth = quoted(client) if basic else None
    status, body = post_form(found.token_endpoint, named, auth, ca=provider.ca_certificates)
    if status != 200:
        raise _refusal(body)
    return Answer(body.get("id_token"), body.get("access_token"), _token(body.get("refresh_token")))


def _is_basic(provider: OpenIdProvider, offered: tuple[str, ...]) -> bool:
    """Post the secret unless the file or the provider insists on the header, which is troubled by colons in ids."""
    if provider.token_auth_method:
        return provider.token_auth_method == "client_secret_basic"  # noqa: S105  # the name of a method
    return "client_secret_basic" in offered and "client_secret_post" not in offered


def quoted(client: tuple[str, str]) -> tuple[str, str]:
    """Return id and secret as HTTP Basic wants them from an OAuth client (RFC 6749, section 2.3.1)."""
    return quote(client[0], safe=""), quote(client[1], safe="")


def _token(value: object) -> str:
    fits = isinstance(value, str) and len(value) <= 16_384 and is_ascii_line(value)
    return str(value) if fits else ""


def _refusal(body: dict[str, Any]) -> SignInRefused:
    error = body.get("error")
    code = error if isinstance(error, str) and error in ERRORS else ""
    return SignInRefused(ERRORS.get(code, Reason.PROVIDER_ERROR), f"token endpoint: {short_code(error)}")


def short_code(value: object) -> str:
    """Return an OAuth error code for the ledger, and nothing of what else a provider or a stranger may write there."""
    text = value if isinstance(value, str) and len(value) <= 40 and value.isascii() else ""
    return text if text.replace("_", "").isalnum() else "an unusual code"
