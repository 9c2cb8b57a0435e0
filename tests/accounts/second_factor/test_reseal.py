"""Rotation of keys reaches second factors too."""

from io import StringIO

from django.core.management import call_command
from pytest_django import Settings

from accounts.custody import new_key
from accounts.models import SignIn
from accounts.second_factor.codes import use_recovery_code, use_totp
from accounts.second_factor.recovery import new_codes
from tests.accounts.second_factor.conftest import code_at, give_app, give_key


def reseal() -> list[str]:
    out = StringIO()
    call_command("reseal", stdout=out)
    return out.getvalue().splitlines()[1:]


def test_resealed_factors_open_without_the_old_key(alice: SignIn, settings: Settings) -> None:
    old, new = settings.DAYPASS_ENCRYPTION_KEYS, new_key()
    secret, codes = give_app(alice.user), new_codes(alice.user)
    give_key(alice)  # which holds no secret
    settings.DAYPASS_ENCRYPTION_KEYS = f"{new},{old}"
    assert reseal() == ["Of second factors: 2 sealed anew, 0 could not be opened; reset those."]
    assert reseal() == []
    settings.DAYPASS_ENCRYPTION_KEYS = new
    assert use_totp(alice.user, code_at(secret)).user_id == alice.user_id
    assert use_recovery_code(alice.user, codes[0]).user_id == alice.user_id


def test_what_nothing_opens_stays_until_it_is_reset(alice: SignIn, settings: Settings) -> None:
    give_app(alice.user)
    settings.DAYPASS_ENCRYPTION_KEYS = new_key()
    assert reseal()[0].startswith("Of second factors: 0 sealed anew, 1 could not be opened")
    assert reseal() == reseal()
