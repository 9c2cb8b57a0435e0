"""Rotation of keys reaches second factors too."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.custody import new_key
from accounts.models import SignIn
from accounts.second_factor.codes import use_recovery_code, use_totp
from accounts.second_factor.recovery import new_codes
from tests.accounts.second_factor.conftest import code_at, give_app, give_key


def reseal() -> str:
    out = StringIO()
    call_command("reseal", stdout=out)
    return out.getvalue().strip()


def test_resealed_factors_open_without_the_old_key(alice: SignIn, settings: Settings) -> None:
    old, new = settings.DAYPASS_ENCRYPTION_KEYS, new_key()
    secret, codes = give_app(alice.user), new_codes(alice.user)
    give_key(alice)  # which holds no secret
    settings.DAYPASS_ENCRYPTION_KEYS = f"{new},{old}"
    assert reseal() == "Sealed anew: 0 tokens, 2 secrets of second factors."
    assert reseal() == "Sealed anew: 0 tokens, 0 secrets of second factors."
    settings.DAYPASS_ENCRYPTION_KEYS = new
    assert use_totp(alice.user, code_at(secret)).user_id == alice.user_id
    assert use_recovery_code(alice.user, codes[0]).user_id == alice.user_id


def test_what_nothing_opens_stays_until_it_is_reset(alice: SignIn, settings: Settings) -> None:
    secret, _ = give_app(alice.user), new_codes(alice.user)
    kept = settings.DAYPASS_ENCRYPTION_KEYS
    settings.DAYPASS_ENCRYPTION_KEYS = new_key()
    for _ in range(2):
        with pytest.raises(CommandError, match="0 tokens and 2 secrets of second factors open by no key"):
            reseal()
    settings.DAYPASS_ENCRYPTION_KEYS = kept
    assert use_totp(alice.user, code_at(secret)).user_id == alice.user_id
