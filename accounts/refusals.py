"""Why a sign-in is refused: a code for the ledger, a sentence and a next step for the person.

docs/sign-in.md holds the same list for administrators. People learn what they can do; what exactly was wrong with a
token is the ledger's business.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.journey import Journey


class Reason(StrEnum):
    """What stopped a sign-in. The values stand on the ledger: add, never rename."""

    STATE = "state"
    CANCELLED = "cancelled"
    PROVIDER_ERROR = "provider_error"
    NO_CODE = "no_code"
    CODE = "code"
    CLIENT = "client"
    UNAVAILABLE = "provider_unavailable"
    ANSWER = "malformed_answer"
    DISCOVERY = "discovery"
    TOKEN = "malformed_token"  # noqa: S105  # a code, not a secret
    ALGORITHM = "algorithm"
    KEY = "unknown_key"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    CLOCK = "clock"
    NONCE = "nonce"
    CLAIM = "claim"
    SUBJECT = "subject_mismatch"
    WITHDRAWN = "withdrawn"
    EMAIL = "email_missing"
    DOMAIN = "foreign_domain"
    INACTIVE = "inactive"
    MESSAGE = "malformed_message"
    TOO_LARGE = "too_large"
    UNSIGNED = "unsigned"
    DECRYPTION = "decryption"
    RECIPIENT = "recipient"
    UNSOLICITED = "unsolicited"
    REPLAY = "replay"
    NAME_ID = "name_id"
    AUTHN_FAILED = "authn_failed"
    NO_PASSIVE = "no_passive"
    NAME_ID_POLICY = "name_id_policy"
    AUTHN_CONTEXT = "authn_context"
    REQUEST = "request_refused"
    EMAILS = "several_emails"
    LEFT = "left"
    NOT_IN_DIRECTORY = "not_in_directory"
    NOT_ANEW = "not_authenticated_anew"
    LINK_INACTIVE = "owner_inactive"
    LINK_FACTORS = "owner_has_second_factors"
    LINK_UNCONFIRMED = "second_factor_missing"
    LINK_UNLINKED = "unlinked_from_another"
    LINK_MEANWHILE = "changed_meanwhile"
    UNLINK_LAST = "identity_in_use"
    STEP_UP_OLD = "step_up_old"
    STEP_UP_OTHER = "step_up_other"


@dataclass(frozen=True)
class Text:
    """What the person reads: a sentence and what to do. ``{provider}`` is the provider's name."""

    sentence: str
    remedy: str
    status: int = 403


AGAIN = "Sign in again. If it happens again, give an administrator the reference below."
ADMINISTRATOR = "Give an administrator the reference below."
UNVERIFIED = Text("What {provider} sent could not be verified, so nobody was signed in.", AGAIN)
TEXTS = {
    Reason.STATE: Text(
        "This sign-in was started too long ago, in another browser, or was used already.",
        "Start again from the sign-in page.",
    ),
    Reason.CANCELLED: Text("You cancelled at {provider}, or it did not let you go on.", "Sign in again when you like."),
    Reason.PROVIDER_ERROR: Text("{provider} ended the sign-in with an error.", AGAIN),
    Reason.NO_CODE: Text("{provider} sent you back without an answer.", AGAIN),
    Reason.CODE: Text("{provider} did not accept its own answer; it was used already, or is too old.", AGAIN),
    Reason.CLIENT: Text("{provider} does not accept this portal's credentials.", ADMINISTRATOR),
    Reason.UNAVAILABLE: Text("{provider} does not answer at the moment.", "Wait a minute, then sign in again.", 503),
    Reason.ANSWER: Text("{provider} gave an answer that makes no sense.", AGAIN, 503),
    Reason.DISCOVERY: Text("{provider} does not describe itself as it was set up here.", ADMINISTRATOR, 503),
    Reason.WITHDRAWN: Text("{provider} does not stand by this sign-in any more.", AGAIN),
    Reason.CLOCK: Text("The clocks of {provider} and of this portal disagree.", ADMINISTRATOR),
    Reason.EMAIL: Text(
        "{provider} sent no e-mail address for you.", "Ask whoever runs your directory to enter your address there."
    ),
    Reason.DOMAIN: Text(
        "This {provider} account does not belong to an organisation that may sign in here.",
        "Sign in again with your work account.",
    ),
    Reason.STEP_UP_OLD: Text(
        "{provider} did not ask you to sign in again, or does not say when you did.",
        "Go back and confirm with a passkey or an authenticator app instead.",
    ),
    Reason.STEP_UP_OTHER: Text(
        "You signed in at {provider} with another account than the one you are using here.",
        "Go back and choose the account that you signed in to Daypass with.",
    ),
    Reason.INACTIVE: Text("You may not sign in to Daypass any more.", ADMINISTRATOR),
    Reason.TOO_LARGE: Text(
        "{provider} sent more than can be read here: usually, hundreds of groups too many.", ADMINISTRATOR, 413
    ),
    Reason.UNSOLICITED: Text(
        "{provider} signed you in without being asked to, and that is not taken here.",
        "Start from the sign-in page instead of from {provider}.",
    ),
    Reason.NAME_ID: Text("{provider} did not say who you are in a way that lasts.", ADMINISTRATOR),
    Reason.EMAILS: Text(
        "{provider} sent several e-mail addresses for you, and which is yours cannot be guessed.",
        "Ask whoever runs your directory to send one.",
    ),
    Reason.AUTHN_FAILED: Text("{provider} could not establish that it is you.", "Sign in again when you like."),
    Reason.NO_PASSIVE: Text("{provider} needs you to sign in there first.", AGAIN),
    Reason.NAME_ID_POLICY: Text("{provider} cannot name you in the form that it was asked for.", ADMINISTRATOR),
    Reason.AUTHN_CONTEXT: Text("{provider} cannot sign you in the way that it was asked to.", ADMINISTRATOR),
    Reason.REQUEST: Text("{provider} does not accept this portal's request.", ADMINISTRATOR),
    Reason.LEFT: Text(
        "Your directory says that you have left, so you may not sign in with {provider}.",
        "If that is wrong, give an administrator the reference below.",
    ),
    Reason.NOT_IN_DIRECTORY: Text(
        "Your directory has not announced you to this portal yet.",
        "Wait until it has, which may take an hour, or give an administrator the reference below.",
    ),
    Reason.NOT_ANEW: Text("{provider} did not ask you to sign in anew, so it is not certain that it is you.", AGAIN),
    Reason.LINK_INACTIVE: Text("This identity belongs to somebody who may not sign in to Daypass.", ADMINISTRATOR),
    Reason.LINK_FACTORS: Text(
        "This identity has second factors of its own, which linking would leave behind.",
        "Sign in with it and remove them first, or ask an administrator to reset them.",
    ),
    Reason.LINK_UNCONFIRMED: Text(
        "You have second factors, and have not used one lately.",
        "Confirm with a passkey or an authenticator app, then do it again.",
    ),
    Reason.LINK_UNLINKED: Text(
        "This identity was unlinked from somebody who has second factors, and goes back to nobody else.",
        "Sign in as who you were then and link it there, or ask an administrator to reset its second factors.",
    ),
    Reason.LINK_MEANWHILE: Text(
        "Your sign-in or this identity changed while you were about it, so nothing was done.",
        "Open Linked identities and look, then start again.",
        409,
    ),
    Reason.UNLINK_LAST: Text(
        "You are signed in with this identity, or it is your only one.", "Sign in with another one first."
    ),
}


class SignInRefused(Exception):
    """A sign-in went no further. ``detail`` is for the ledger, in our own words or a short code, never a token."""

    def __init__(self, reason: Reason, detail: str = "", *, subject: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason, self.detail, self.subject = reason, detail, subject
        self.journey: Journey | None = None  # accounts.journey.on fills it in, once it is known

    @property
    def text(self) -> Text:
        return TEXTS.get(self.reason, UNVERIFIED)


def subject_hash(provider: str, subject: str) -> str:
    """Return 16 hexadecimal digits that recognise a subject again without naming it, whatever stands for one."""
    named = f"{provider}|{subject}".encode(errors="surrogatepass")
    return hashlib.sha256(named).hexdigest()[:16] if subject else ""
