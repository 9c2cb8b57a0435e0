"""Is this code the person's? Of an authenticator app (TOTP, RFC 6238), or one of their recovery codes.

allauth makes the codes. It remembers used ones in the cache for one period of 30 seconds, but a code is good for three
with the tolerance for clocks, so here the row itself remembers the last period that was used.
"""

from collections.abc import Callable
from enum import StrEnum

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.db import transaction

from accounts.custody import Unsealable
from accounts.models import User
from accounts.second_factor.adapter import secrets_of
from accounts.second_factor.tries import forget_wrong, locked_until, note_wrong


class Verdict(StrEnum):
    """What became of a code; everything but ``RIGHT`` stands on the ledger as the reason."""

    RIGHT = "right"
    WRONG = "wrong_code"
    REPLAYED = "replayed_code"
    LOCKED = "too_many_tries"
    NONE = "no_such_factor"
    LOST = "key_lost"


class CodeRefused(Exception):
    """A code did not do. ``found`` is the factor that it was tried on, if there is one."""

    def __init__(self, verdict: Verdict, found: Authenticator | None = None) -> None:
        super().__init__(str(verdict))
        self.verdict, self.found = verdict, found


Check = Callable[[Authenticator, str], Verdict]


def use_totp(user: User, code: str) -> Authenticator:
    """Return the person's authenticator app if the code is its own; raise CodeRefused.

    Each code is good once, and no older one after it.
    """
    return _use(user, Authenticator.Type.TOTP, code, _totp)


def use_recovery_code(user: User, code: str) -> Authenticator:
    """Spend a recovery code of the person's; raise CodeRefused."""
    return _use(user, Authenticator.Type.RECOVERY_CODES, code, _recovery)


def step_of(secret: str, code: str) -> int | None:
    """Return the latest period, of the present one and its two neighbours, in which the code is right."""
    steps: list[int] = sorted(yield_hotp_counters_from_time(), reverse=True)
    for step in steps:
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return None


def _use(user: User, kind: str, code: str, check: Check) -> Authenticator:
    verdict, found = _tried(user, kind, code, check)
    if verdict is not Verdict.RIGHT or found is None:
        raise CodeRefused(verdict, found)
    return found


def _tried(user: User, kind: str, code: str, check: Check) -> tuple[Verdict, Authenticator | None]:
    """Hold the row while the code is looked at, so that of two equal ones one is the second.

    A wrong code is counted, so nothing is raised here: that would undo the count.
    """
    with transaction.atomic(), secrets_of(user.pk):
        found = Authenticator.objects.select_for_update().filter(user=user, type=kind).first()
        if found is None:
            return Verdict.NONE, None
        if locked_until(found):
            return Verdict.LOCKED, found
        try:
            verdict = check(found, code)
        except Unsealable:
            return Verdict.LOST, found
        forget_wrong(found) if verdict is Verdict.RIGHT else note_wrong(found)
        found.save(update_fields=["data"])
        return verdict, found


def _totp(authenticator: Authenticator, code: str) -> Verdict:
    step = step_of(decrypt(authenticator.data["secret"]), code)
    if step is None:
        return Verdict.WRONG
    if step <= authenticator.data.get("last_step", -1):
        return Verdict.REPLAYED
    authenticator.data["last_step"] = step
    return Verdict.RIGHT


def _recovery(authenticator: Authenticator, code: str) -> Verdict:
    codes = RecoveryCodes(authenticator)
    for at, each in enumerate(codes.generate_codes()):
        if compare_user_code(actual=code, expected=each):
            if authenticator.data["used_mask"] >> at & 1:
                return Verdict.REPLAYED
            authenticator.data["used_mask"] |= 1 << at
            return Verdict.RIGHT
    return Verdict.WRONG
