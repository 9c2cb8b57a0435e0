"""Recovery codes: ten on a sheet of paper, each good once, for the day on which phone and key are gone.

They let somebody set up a new factor. They open no role.
"""

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import transaction

from accounts.models import User
from accounts.second_factor.adapter import secrets_of


def first_codes(user: User) -> list[str]:
    """Return fresh codes for somebody who has none, else nothing. They are shown to the person and kept by nobody."""
    has_codes = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).exists()
    return [] if has_codes else new_codes(user)


def new_codes(user: User) -> list[str]:
    """Return fresh codes; older ones are worth nothing from now on."""
    with transaction.atomic(), secrets_of(user.pk):
        User.objects.select_for_update().get(pk=user.pk)  # two at a time would be two sheets, and one of them void
        Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
        codes = RecoveryCodes.activate(user).generate_codes()
    return [f"{code[:4]} {code[4:]}" for code in codes]
