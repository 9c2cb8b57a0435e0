"""Whether the configured keys are those that sealed what this database keeps.

A key can be well formed and wrong: another portal's, or an old one brought back. Nothing would say so before a person's
token or second factor does not open. So each key that seals leaves a known text, sealed by it; it goes when nothing
is left that the key sealed (accounts.reseal).
"""

from django.db import transaction

from accounts.custody import Custody, Unsealable
from accounts.models import KeyCheck

TABLE = "accounts_keycheck"
KNOWN = "Daypass"


def problems() -> list[str]:
    """Say for each key that sealed something whether it is missing or another one; nothing when all is well."""
    custody = Custody.from_settings()
    found = [_problem(custody, row) for row in KeyCheck.objects.order_by("key_id")]
    return [problem for problem in found if problem]


def note() -> None:
    """Leave the known text of the key that seals from now on, once."""
    custody = Custody.from_settings()
    if not KeyCheck.objects.filter(pk=custody.newest).exists():
        sealed = custody.seal(KNOWN, context=_context(custody.newest))
        KeyCheck.objects.bulk_create([KeyCheck(key_id=custody.newest, sealed=sealed)], ignore_conflicts=True)


def start_anew() -> None:
    """Let every key go but the newest: nothing is left that they sealed."""
    with transaction.atomic():
        KeyCheck.objects.all().delete()
        note()


def _problem(custody: Custody, row: KeyCheck) -> str:
    if row.key_id not in custody.keys:
        return f"DAYPASS_ENCRYPTION_KEYS has no key {row.key_id}, which sealed what this database keeps."
    try:
        custody.open(row.sealed, context=_context(row.key_id))
    except Unsealable:
        return f"The key {row.key_id} of DAYPASS_ENCRYPTION_KEYS is not the {row.key_id} that sealed what is kept here."
    return ""


def _context(key_id: str) -> str:
    return f"key-check:{key_id}"
