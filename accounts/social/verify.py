"""Whose access token is this, and was it made for us? (RFC 6819, section 4.4.2.6; RFC 9700, section 2.3)

An access token is opaque, so the provider is asked: for which application it was made, how long it lasts, and of whom
it speaks. A token that some other application was given says nothing about who is at the browser.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.providers.declared import Kind, SocialProvider
from accounts.refusals import Reason, SignInRefused
from accounts.wire import look_up
from portal.texts import is_ascii_line
from portal.times import moment

FACEBOOK_ID, AMAZON_ID = re.compile(r"[0-9]{1,32}"), re.compile(r"[\w.-]{1,191}", re.ASCII)
AMAZON = "https://www.amazon.com"
LONGEST_TOKEN = 4096  # Amazon documents 2048 bytes, Facebook no limit
LONGEST_LIFE = timedelta(days=7)  # a token that never expires is held for less than that anyway
# Facebook's error codes (Graph API, "Handling Errors"): ours to mend, or passing trouble of theirs.
APP_REFUSED, TOKEN_ERROR, EXPIRED = 100, 190, 463
PASSING = {1, 2, 4, 17, 32, 341, 613}


@dataclass(frozen=True)
class Verified:
    """A token that is good for this portal: what it says, in the names of OpenID Connect, and until when."""

    claims: dict[str, Any]
    access_token: str = field(repr=False)
    expires_at: datetime


def verified(provider: SocialProvider, access_token: object) -> Verified:
    """Return what a genuine token for this portal says; raise SignInRefused for every other."""
    if not isinstance(access_token, str) or not 0 < len(access_token) <= LONGEST_TOKEN:
        raise SignInRefused(Reason.TOKEN, "no access token, or one of the wrong type or length")
    if not is_ascii_line(access_token):
        raise SignInRefused(Reason.TOKEN, "an access token that does not print")
    claims, expires_at = CHECKS[provider.kind](provider, access_token)
    return Verified(claims, access_token, expires_at)


def _facebook(provider: SocialProvider, token: str) -> tuple[dict[str, Any], datetime]:
    """Ask debug_token as the application itself, then the profile with a proof that we hold its secret."""
    data = _debug_token(provider, token)
    if _number(data.get("app_id")) != provider.client_id or data.get("type") != "USER":
        raise SignInRefused(Reason.AUDIENCE, "made for another application, or for no person")
    if data.get("is_valid") is not True:
        raise SignInRefused(*_why_invalid(data.get("error")))
    subject = _subject(_number(data.get("user_id")), FACEBOOK_ID)
    proof = hmac.new(provider.client_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    asked = {"fields": "id,name,email", "appsecret_proof": proof}
    profile = _of_facebook(*_look_up(provider, provider.profile_url, headers=_bearer(token), params=asked))
    if _number(profile.get("id")) != subject:
        raise SignInRefused(Reason.SUBJECT, "the profile is another person's", subject=subject)
    return _claims(subject, provider.client_id, profile), _end(data.get("expires_at"))


def _look_up(
    provider: SocialProvider, url: str, *, headers: dict[str, str], params: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    return look_up(url, headers=headers, params=params, ca=provider.ca_certificates)


def _debug_token(provider: SocialProvider, token: str) -> dict[str, Any]:
    """Return what Facebook says of the token to its application, whose own token is its id and its secret."""
    headers = _bearer(f"{provider.client_id}|{provider.client_secret}")
    said = _of_facebook(
        *_look_up(provider, provider.check_url, headers=headers, params={"input_token": token}),
        viewer=True,
    )
    data = said.get("data")
    if not isinstance(data, dict):
        raise SignInRefused(Reason.ANSWER, "says nothing of the token")
    return data


def _of_facebook(status: int, said: dict[str, Any], *, viewer: bool = False) -> dict[str, Any]:
    """Return the answer; raise SignInRefused for an error. ``viewer``: we asked with the application's own token."""
    if status == 200:
        return said
    code = error_code(said)
    if code in PASSING:
        raise SignInRefused(Reason.UNAVAILABLE, f"error {code}")
    reasons = {TOKEN_ERROR: Reason.CLIENT, APP_REFUSED: Reason.AUDIENCE} if viewer else {TOKEN_ERROR: Reason.WITHDRAWN}
    raise SignInRefused(reasons.get(code, Reason.PROVIDER_ERROR), f"error {code}")


def error_code(said: Mapping[str, Any]) -> int:
    """Return Facebook's number for an error, 0 if there is none. Its words may quote what was asked."""
    error = said.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else 0


def _why_invalid(error: object) -> tuple[Reason, str]:
    subcode = error.get("subcode") if isinstance(error, dict) else None
    if subcode == EXPIRED:
        return Reason.EXPIRED, "the access token has expired"
    return Reason.WITHDRAWN, f"not valid any more, subcode {subcode if isinstance(subcode, int) else 0}"


def _end(value: object) -> datetime:
    """Return when a token ends: seconds since 1970, 0 for one that never does."""
    try:
        told = moment(value)
    except ValueError:
        raise SignInRefused(Reason.CLAIM, "expires_at is not a time") from None
    latest = timezone.now() + LONGEST_LIFE
    end = min(told, latest) if value else latest
    if end <= timezone.now():
        raise SignInRefused(Reason.EXPIRED, "the access token has expired")
    return end


def _amazon(provider: SocialProvider, token: str) -> tuple[dict[str, Any], datetime]:
    """Ask tokeninfo, then the profile; the token travels in headers, so that no address holds it."""
    info = _of_amazon(*_look_up(provider, provider.check_url, headers={"x-amz-access-token": token}))
    if info.get("aud") != provider.client_id:
        raise SignInRefused(Reason.AUDIENCE, "made for another application")
    if info.get("iss") != AMAZON:
        raise SignInRefused(Reason.ISSUER, "not Amazon's own")
    left, subject = info.get("exp"), _subject(info.get("user_id"), AMAZON_ID)
    if isinstance(left, bool) or not isinstance(left, int):
        raise SignInRefused(Reason.CLAIM, "exp is not a number of seconds")
    profile = _of_amazon(*_look_up(provider, provider.profile_url, headers=_bearer(token)))
    if profile.get("user_id") != subject:
        raise SignInRefused(Reason.SUBJECT, "the profile is another person's", subject=subject)
    return _claims(subject, info.get("app_id"), profile), _end(int(timezone.now().timestamp()) + max(left, -1))


def _of_amazon(status: int, said: dict[str, Any]) -> dict[str, Any]:
    if status == 200:
        return said
    gone = said.get("error") in ("invalid_token", "invalid_grant")  # which any shape may be compared with
    raise SignInRefused(Reason.WITHDRAWN if gone else Reason.PROVIDER_ERROR, f"answered {status}")


def _claims(subject: str, app_id: object, profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return the claims in OpenID Connect's names. Neither provider says that it has verified an address."""
    told = {name: profile[name] for name in ("name", "email") if name in profile}
    return {**told, "sub": subject, "app_id": app_id}


def _subject(value: object, shape: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise SignInRefused(Reason.CLAIM, "the subject is missing or of another shape")
    return value


def _number(value: object) -> object:
    """Return an id as text: Facebook writes digits, in older answers as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


Check = Callable[[SocialProvider, str], tuple[dict[str, Any], datetime]]
CHECKS: dict[Kind, Check] = {Kind.FACEBOOK: _facebook, Kind.AMAZON: _amazon}
