"""A second factor did not do: on the ledger with its reason, and to the person in a sentence."""

from typing import Final

from django.http import HttpRequest

from accounts.models import SignIn
from accounts.refusal_log import record_refusal
from accounts.second_factor.codes import CodeRefused, Verdict
from accounts.second_factor.tries import locked_until
from accounts.sessions import actor_of, current_sign_in
from audit.tags import Tag
from portal.http import reference

SENTENCES: Final = {
    Verdict.WRONG: "That code is not right.",
    Verdict.REPLAYED: "That code was used already. Wait for the next one.",
    Verdict.LOCKED: "Too many wrong codes were tried.",
    Verdict.NONE: "You have not set this up, or have set it up already.",
    Verdict.LOST: "Daypass cannot read this factor any more. Ask an administrator to reset your second factors.",
}
PASSKEY_SENTENCE: Final = "That passkey was not accepted. Try again."
WITHHELD_SENTENCE: Final = (
    "No second factor can be set up with this identity: it was unlinked from somebody who has some. "
    "Ask an administrator to reset your second factors."
)


def refuse_code(request: HttpRequest, kind: SignIn.SecondFactor, refused: CodeRefused) -> str:
    """Write down the refusal of a code and return what the person is told."""
    until = locked_until(refused.found) if refused.found else None
    wait = f" Wait until {until:%H:%M} UTC, or use another way." if until else ""
    return f"{SENTENCES[refused.verdict]}{wait} Reference {_written(request, kind, str(refused.verdict))}."


def refuse_passkey(request: HttpRequest, why: str) -> str:
    """Write down the refusal of a passkey and return what the person is told."""
    mark = _written(request, SignIn.SecondFactor.WEBAUTHN, "passkey_refused", detail=why)
    return f"{PASSKEY_SENTENCE} Reference {mark}."


def refuse_withheld(request: HttpRequest) -> str:
    """Write down that a factor was not set up for an unlinked identity, and return what the person is told."""
    return f"{WITHHELD_SENTENCE} Reference {_written(request, None, 'unlinked_identity')}."


def _written(request: HttpRequest, kind: SignIn.SecondFactor | None, reason: str, **details: str) -> str:
    sign_in = current_sign_in(request)
    return record_refusal(
        Tag.SECOND_FACTOR_REFUSE,
        actor=actor_of(request),
        subject="person",
        subject_id=sign_in.user_id if sign_in else "",
        reference=reference(),
        kind=str(kind or "any"),
        reason=reason,
        **details,
    )
