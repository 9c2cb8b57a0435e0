"""What a person is told when a role is not given: one sentence, the next step, and whether trying again may help.

Rows follow the error catalogue of STS (STS API reference, "Errors" of AssumeRole and AssumeRoleWithWebIdentity, and
"Common errors"). AWS's own words never stand here: they are for administrators (credentials/diagnosis.py).
"""

from dataclasses import dataclass
from typing import Final

from django.template.defaultfilters import pluralize


@dataclass(frozen=True)
class Refusal:
    """A refusal as a person meets it. ``status`` is HTTP's; ``sign_in_again`` says that this is the way on."""

    slug: str
    sentence: str
    next_step: str
    status: int = 403
    retryable: bool = False
    retry_after: int = 0  # seconds, where that is known
    sign_in_again: bool = False


STAFF: Final = "Tell your administrator the reference."
WAIT: Final = "Wait a minute and try again."

# What Daypass itself refuses
NOT_YOURS: Final = Refusal("not-yours", "You may not take this role.", "Go back to your roles.", 404)
SIGN_IN_ENDED: Final = Refusal(
    "sign-in-ended", "Your sign-in has ended.", "Sign in again; your choice is kept.", 403, sign_in_again=True
)
STEP_UP: Final = Refusal(
    "step-up",
    "This role asks you to confirm that you are there.",
    "Confirm it in your browser, then take the role.",
    403,
)
TAKEN: Final = Refusal(
    "taken",
    "This request was sent before. It was answered, and credentials are shown only once.",
    "Take the role again if you need new credentials.",
    409,
    retryable=True,
)
RUNNING: Final = Refusal(
    "running",
    "This request was sent before and has no answer yet.",
    "Wait for the first answer. If its page is gone, take the role again.",
    409,
    retryable=True,
)
ANSWER_LOST: Final = Refusal(
    "answer-lost",
    "This request was sent before, and nobody knows what AWS answered.",
    "Take the role again. What the first request may have opened ends by itself.",
    409,
    retryable=True,
)
SENT_AGAIN: Final = {"pending": RUNNING, "abandoned": ANSWER_LOST}
RIGHTS_CHANGED: Final = Refusal(
    "rights-changed",
    "What you may take changed while your sign-in was renewed.",
    "Take the role again.",
    409,
    retryable=True,
)
NOT_RECORDED: Final = Refusal(
    "not-recorded",
    "Daypass could not write its record, so nothing was handed out.",
    f"{WAIT} If it happens again, tell your administrator the reference.",
    503,
    retryable=True,
)
TOO_LATE: Final = Refusal(
    "too-late", "This request took too long and was given up.", "Take the role again.", 409, retryable=True
)
CONSOLE: Final = Refusal(
    "console", "AWS did not open the console.", f"{WAIT} Credentials for this role may still work.", 503, retryable=True
)
UNWRITABLE: Final = Refusal(
    "unwritable",
    "AWS gave credentials in a form that Daypass cannot write down safely.",
    STAFF,
    503,
)


def unacceptable(sentence: str, next_step: str) -> Refusal:
    """Return the refusal of a wish, or of a role's settings, that AWS would refuse."""
    return Refusal("unacceptable", sentence, next_step, 409, retryable=True)


def too_often(wait: int) -> Refusal:
    """Return the refusal of a person who took as many roles in a minute as anybody may; ``wait`` is in seconds."""
    return Refusal(
        "too-often",
        "You have taken many roles within a minute.",
        f"Wait {wait} second{pluralize(wait)}, then try again. What you took already works.",
        429,
        retryable=True,
        retry_after=wait,
    )


# What AWS refuses
NOT_TRUSTED: Final = Refusal(
    "not-trusted",
    "AWS refused this role. Your Daypass rights are fine; the role does not (yet) trust Daypass for this request.",
    STAFF,
)
TOO_OLD: Final = Refusal(
    "too-old", "Your sign-in is too old for AWS.", "Sign in again; your choice is kept.", 403, sign_in_again=True
)
WITHDRAWN: Final = Refusal(
    "withdrawn",
    "Your identity provider withdrew this sign-in.",
    "Sign in again; your choice is kept.",
    403,
    sign_in_again=True,
)
NOT_CONNECTED: Final = Refusal(
    "not-connected", "This AWS account is not fully connected to your identity provider yet.", STAFF
)
KEYS: Final = Refusal(
    "keys", "AWS could not reach your identity provider's keys.", "Try again in a moment.", 503, retryable=True
)
PROVIDER: Final = Refusal(
    "provider", "AWS cannot reach your identity provider right now.", "Try again in a moment.", 503, retryable=True
)
PROVIDER_SILENT: Final = Refusal(
    "provider-silent",
    "Your identity provider does not renew your sign-in right now.",
    "Try again in a moment.",
    503,
    retryable=True,
)
RENEWING: Final = Refusal(
    "renewing", "Daypass is renewing its own access to AWS.", "Try again in a minute.", 503, retryable=True
)
LOST: Final = Refusal("lost", "Daypass has lost its own access to AWS.", STAFF, 503)
POLICY: Final = Refusal("policy", "This role's restriction in Daypass is misconfigured.", STAFF, 409)
TOO_LARGE: Final = Refusal(
    "too-large", "This role carries too many restrictions or labels for one session.", STAFF, 409
)
REGION: Final = Refusal("region", "AWS sign-in is switched off for this account in the region that was asked.", STAFF)
DURATION: Final = Refusal(
    "duration", "This role allows no session this long.", "Choose a shorter one.", 409, retryable=True
)
ONE_HOUR: Final = Refusal(
    "one-hour", "This role allows no session longer than one hour here.", "Choose one hour.", 409, retryable=True
)
IDENTITY_SET: Final = Refusal("identity-set", "AWS knows Daypass by another person's name at this moment.", STAFF, 409)
INVALID: Final = Refusal("invalid", "AWS did not accept this role's settings.", STAFF, 409)
BUSY: Final = Refusal("busy", "AWS is busy.", WAIT, 503, retryable=True)
TROUBLE: Final = Refusal("trouble", "AWS is having trouble.", WAIT, 503, retryable=True)
SILENT: Final = Refusal("silent", "AWS did not answer in time.", WAIT, 503, retryable=True)
UNKNOWN: Final = Refusal("unknown", "AWS refused this request for a reason that Daypass does not know.", STAFF)

BY_CODE: Final = {
    "AccessDenied": NOT_TRUSTED,
    "AccessDeniedException": NOT_TRUSTED,
    "ExpiredTokenException": TOO_OLD,
    "ExpiredToken": RENEWING,
    "InvalidIdentityToken": NOT_CONNECTED,
    "IDPRejectedClaim": WITHDRAWN,
    "IDPCommunicationError": PROVIDER,
    "MalformedPolicyDocument": POLICY,
    "PackedPolicyTooLarge": TOO_LARGE,
    "RegionDisabledException": REGION,
    "ValidationError": INVALID,
    "Throttling": BUSY,
    "ThrottlingException": BUSY,
    "RequestLimitExceeded": BUSY,
    "SlowDown": BUSY,
    "InvalidClientTokenId": LOST,
    "SignatureDoesNotMatch": LOST,
    "RequestExpired": LOST,
    "IncompleteSignature": LOST,
    "NoCredentials": LOST,
    "ServiceUnavailable": TROUBLE,
    "InternalFailure": TROUBLE,
    "Unreachable": SILENT,
    # from credentials/web_identity.py
    "SignInOver": SIGN_IN_ENDED,
    "ProviderUnreachable": PROVIDER_SILENT,
    "NotGranted": NOT_YOURS,
    "RightsChanged": RIGHTS_CHANGED,
}
# Where a code means several things, the text tells them apart; the code's own row is for texts yet unseen.
BY_TEXT: Final = (
    ("InvalidIdentityToken", "retrieve verification key", KEYS),
    ("ValidationError", "1 hour session limit", ONE_HOUR),
    ("ValidationError", "MaxSessionDuration", DURATION),
    ("ValidationError", "durationSeconds", DURATION),
    ("ValidationError", "source identity is already set", IDENTITY_SET),
)


def refusal_for(code: str, status: int, message: str) -> Refusal:
    """Return what to tell the person about an error of STS: by code, and text where needed, else by HTTP status."""
    for known, text, refusal in BY_TEXT:
        if code == known and text in message:
            return refusal
    if code in BY_CODE:
        return BY_CODE[code]
    if status == 429:
        return BUSY
    return TROUBLE if status >= 500 else UNKNOWN
