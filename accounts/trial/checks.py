"""Which checks a trial passed: those of its protocol in their order, up to the one that a refusal names."""

from dataclasses import dataclass
from enum import StrEnum

from accounts.providers.declared import OpenIdProvider, Provider, SamlProvider
from accounts.refusals import Reason


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not reached"


@dataclass(frozen=True)
class Check:
    """``reasons`` are what a refusal by this check is called."""

    text: str
    reasons: frozenset[Reason]


def _check(text: str, *reasons: Reason) -> Check:
    return Check(text, frozenset(reasons))


CAME_BACK = _check("The answer is to this browser's own request, and was not used before.", Reason.STATE)
PERSON = (
    _check("The account belongs to an organisation that may sign in here.", Reason.DOMAIN),
    _check("There is an e-mail address, and one alone.", Reason.EMAIL, Reason.EMAILS),
    _check("The directory does not say that the person left.", Reason.LEFT, Reason.NOT_IN_DIRECTORY),
    _check("The person is not switched off here.", Reason.INACTIVE),
)
OPENID = (
    CAME_BACK,
    _check("It is this provider's answer, with a code.", Reason.CANCELLED, Reason.PROVIDER_ERROR, Reason.NO_CODE),
    _check("The code was taken, with PKCE and the client's secret.", Reason.CODE, Reason.CLIENT),
    _check("The ID token is a token, signed by an algorithm that is allowed.", Reason.TOKEN, Reason.ALGORITHM),
    _check("Its signature is that of a published key.", Reason.KEY, Reason.SIGNATURE),
    _check("Issuer and audience are the configured ones.", Reason.ISSUER, Reason.AUDIENCE),
    _check("It is neither too old nor of the future.", Reason.EXPIRED, Reason.CLOCK),
    _check("It has the claims that it must have, of the right type.", Reason.CLAIM),
    _check("The nonce is that of the request.", Reason.NONCE),
    _check("Userinfo, where it is asked, speaks of the same subject.", Reason.SUBJECT),
    *PERSON,
)
SAML = (
    _check("The response can be read, and is no larger than it may be.", Reason.MESSAGE, Reason.TOO_LARGE),
    _check("It is addressed to this portal.", Reason.RECIPIENT),
    _check(
        "The provider says that it succeeded.",
        Reason.AUTHN_FAILED,
        Reason.NO_PASSIVE,
        Reason.NAME_ID_POLICY,
        Reason.AUTHN_CONTEXT,
        Reason.REQUEST,
        Reason.PROVIDER_ERROR,
    ),
    _check("The assertion could be decrypted, if it was encrypted.", Reason.DECRYPTION),
    _check(
        "The assertion is signed by a certificate of the metadata.",
        Reason.UNSIGNED,
        Reason.SIGNATURE,
        Reason.ALGORITHM,
        Reason.KEY,
    ),
    _check("Issuer and audience are the configured ones.", Reason.ISSUER, Reason.AUDIENCE),
    _check("It is neither too old nor of the future.", Reason.EXPIRED, Reason.CLOCK),
    _check("It answers a request, and was not used before.", Reason.UNSOLICITED, Reason.REPLAY),
    CAME_BACK,
    _check("It names the person in a way that lasts.", Reason.NAME_ID, Reason.CLAIM),
    *PERSON,
)
OAUTH = (
    CAME_BACK,
    _check("It is this provider's answer, with a code.", Reason.CANCELLED, Reason.PROVIDER_ERROR, Reason.NO_CODE),
    _check("The code was taken, with the client's secret.", Reason.CODE, Reason.CLIENT),
    _check(
        "The access token was made for this client, and lasts.",
        Reason.AUDIENCE,
        Reason.TOKEN,
        Reason.ISSUER,
        Reason.EXPIRED,
        Reason.WITHDRAWN,
    ),
    _check("It speaks of one person.", Reason.SUBJECT, Reason.CLAIM),
    *PERSON[1:],
)


def checks_of(provider: Provider, reason: str, detail: str = "") -> list[tuple[Check, Verdict]]:
    """Return each check with its verdict; with a reason that is none of them (nobody answered) no verdict is known."""
    listed = OPENID if isinstance(provider, OpenIdProvider) else SAML if isinstance(provider, SamlProvider) else OAUTH
    at = _place(listed, reason, detail) if reason else len(listed)
    if at is None:
        return []
    return [(check, _verdict(place, at)) for place, check in enumerate(listed)]


def _place(listed: tuple[Check, ...], reason: str, detail: str) -> int | None:
    """Return which check it was. Two reasons are given at two stages each; there the detail says at which."""
    if reason == Reason.PROVIDER_ERROR and detail.startswith("token endpoint"):
        reason = Reason.CODE
    if reason == Reason.ISSUER and detail.startswith("the answer is"):
        reason = Reason.NO_CODE
    return next((place for place, check in enumerate(listed) if reason in check.reasons), None)


def _verdict(place: int, at: int) -> Verdict:
    if place == at:
        return Verdict.FAILED
    return Verdict.PASSED if place < at else Verdict.NOT_REACHED
