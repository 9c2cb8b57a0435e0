"""Rotation: what an older key sealed is sealed anew; what no key opens is kept until somebody gives it up."""

import base64
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from accounts import key_check
from accounts.custody import Custody, Unsealable, new_key
from accounts.models import KeyCheck, SignIn
from accounts.second_factor.adapter import context_of

pytestmark = pytest.mark.django_db
NOTHING = "Sealed anew: 0 tokens, 0 secrets of second factors."
Type = Authenticator.Type


def custody() -> Custody:
    return Custody.from_settings()


def reseal(**options: bool) -> str:
    out = StringIO()
    call_command("reseal", stdout=out, **options)
    return out.getvalue().strip()


def with_tokens(sign_in: SignIn, *names: str) -> SignIn:
    for name in names or ("web_identity_token", "refresh_token"):
        setattr(sign_in, name, custody().seal(f"{name} of {sign_in.subject}", context=sign_in.context(name)))
    sign_in.save()
    return sign_in


def with_factor(sign_in: SignIn, kind: str, name: str) -> Authenticator:
    secret = custody().seal(f"{name} of {sign_in.subject}", context=context_of(sign_in.user_id))
    return Authenticator.objects.create(user=sign_in.user, type=kind, data={name: secret, "used": 3})


def opened(sign_in: SignIn, name: str) -> str:
    sign_in.refresh_from_db()
    return custody().open(getattr(sign_in, name), context=sign_in.context(name))


def test_every_sealed_value_moves_to_the_newest_key(alice: SignIn, bob: SignIn, settings: Settings) -> None:
    old, new = settings.DAYPASS_ENCRYPTION_KEYS, new_key()
    with_tokens(alice), with_tokens(bob, "refresh_token")
    app = with_factor(alice, Type.TOTP, "secret")
    codes = with_factor(bob, Type.RECOVERY_CODES, "seed")
    settings.DAYPASS_ENCRYPTION_KEYS = f"{new},{old}"
    assert [reseal(), reseal()] == ["Sealed anew: 3 tokens, 2 secrets of second factors.", NOTHING]
    settings.DAYPASS_ENCRYPTION_KEYS = new
    assert opened(alice, "web_identity_token") == "web_identity_token of alice"
    assert (opened(alice, "refresh_token"), opened(bob, "refresh_token")) == (
        "refresh_token of alice",
        "refresh_token of bob",
    )
    for factor, name, owner in ((app, "secret", alice), (codes, "seed", bob)):
        factor.refresh_from_db()
        assert custody().open(factor.data[name], context=context_of(owner.user_id)) == f"{name} of {owner.subject}"
        assert factor.data["used"] == 3


def test_what_no_key_opens_is_refused_and_kept_while_the_rest_moves(
    alice: SignIn, bob: SignIn, settings: Settings
) -> None:
    old, new = settings.DAYPASS_ENCRYPTION_KEYS, new_key()
    with_tokens(bob, "refresh_token"), with_factor(alice, Type.TOTP, "secret")
    settings.DAYPASS_ENCRYPTION_KEYS = new_key()
    with_tokens(alice, "web_identity_token")
    lost = alice.web_identity_token
    settings.DAYPASS_ENCRYPTION_KEYS = f"{new},{old}"
    with pytest.raises(CommandError, match=r"^1 tokens and 0 secrets of second factors open by no key"):
        reseal()
    assert opened(bob, "refresh_token") == "refresh_token of bob"
    alice.refresh_from_db()
    assert alice.web_identity_token == lost


def test_a_lost_second_factor_alone_is_refused_too(alice: SignIn, settings: Settings) -> None:
    factor = with_factor(alice, Type.TOTP, "secret")
    before = dict(factor.data)
    settings.DAYPASS_ENCRYPTION_KEYS = new_key()
    with pytest.raises(CommandError, match=r"^0 tokens and 1 secrets of second factors open by no key"):
        reseal()
    factor.refresh_from_db()
    assert factor.data == before


def test_what_is_given_up_is_emptied_and_nothing_else(alice: SignIn, bob: SignIn, settings: Settings) -> None:
    with_tokens(alice)
    factor = with_factor(alice, Type.TOTP, "secret")
    before = dict(factor.data)
    settings.DAYPASS_ENCRYPTION_KEYS = new_key()
    with_tokens(bob, "refresh_token")
    dropped = "Dropped: 2 tokens. Reset in the administration: 1 second factors."
    assert reseal(drop_lost=True) == f"{NOTHING}\n{dropped}"
    alice.refresh_from_db()
    factor.refresh_from_db()
    assert (alice.web_identity_token, alice.refresh_token, factor.data) == ("", "", before)
    assert opened(bob, "refresh_token") == "refresh_token of bob"


def test_a_key_of_the_same_name_that_opens_nothing_is_noticed(alice: SignIn, settings: Settings) -> None:
    with_tokens(alice, "refresh_token")
    settings.DAYPASS_ENCRYPTION_KEYS = "t1:" + base64.b64encode(b"B" * 32).decode()
    with pytest.raises(CommandError, match=r"^1 tokens"):
        reseal()


def test_a_token_that_is_renewed_meanwhile_is_left_alone(
    alice: SignIn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = settings.DAYPASS_ENCRYPTION_KEYS, new_key()
    with_tokens(alice, "refresh_token")
    settings.DAYPASS_ENCRYPTION_KEYS = f"{new},{old}"
    seal: Callable[..., str] = Custody.seal

    def while_somebody_writes(self: Custody, plain: str, *, context: str) -> str:
        SignIn.objects.filter(pk=alice.pk).update(refresh_token="newer")
        return seal(self, plain, context=context)

    monkeypatch.setattr(Custody, "seal", while_somebody_writes)
    reseal()
    alice.refresh_from_db()
    assert alice.refresh_token == "newer"


def test_an_older_key_is_let_go_when_nothing_needs_it_and_not_before(alice: SignIn, settings: Settings) -> None:
    old, new = settings.DAYPASS_ENCRYPTION_KEYS, new_key()
    with_tokens(alice)
    settings.DAYPASS_ENCRYPTION_KEYS = new
    assert len(key_check.problems()) == 1
    with pytest.raises(CommandError):
        reseal()
    assert len(key_check.problems()) == 1
    settings.DAYPASS_ENCRYPTION_KEYS = f"{new},{old}"
    reseal()
    settings.DAYPASS_ENCRYPTION_KEYS = new
    assert (key_check.problems(), KeyCheck.objects.get().key_id) == ([], new.partition(":")[0])


def test_a_lost_key_is_let_go_with_what_it_sealed(alice: SignIn, settings: Settings) -> None:
    with_tokens(alice)
    settings.DAYPASS_ENCRYPTION_KEYS = new_key()
    reseal(drop_lost=True)
    assert key_check.problems() == []


def test_ended_sign_ins_have_nothing_to_reseal(alice: SignIn, settings: Settings) -> None:
    alice.ended_at = timezone.now() - timedelta(hours=1)
    alice.save()
    settings.DAYPASS_ENCRYPTION_KEYS = f"{new_key()},{settings.DAYPASS_ENCRYPTION_KEYS}"
    assert reseal() == NOTHING
    with pytest.raises(Unsealable):
        custody().open(alice.refresh_token, context=alice.context("refresh_token"))
