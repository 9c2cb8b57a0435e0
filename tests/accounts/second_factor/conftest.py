"""People with second factors, as if they had set them up themselves."""

import time
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from accounts.models import SignIn, User
from accounts.second_factor import passkeys
from accounts.second_factor.adapter import secrets_of
from tests.accounts.second_factor.soft_key import SoftKey
from tests.forms import Form, forms_of

GiveKey = Callable[..., SoftKey]


def give_app(user: User) -> str:
    """Give the person an authenticator app and return its secret."""
    secret: str = generate_totp_secret()
    with secrets_of(user.pk):
        TOTP.activate(user, secret)
    return secret


def code_at(secret: str, *, ahead: int = 0) -> str:
    """Return the app's code of now, or of so many periods ahead."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead)))


def wrong(secret: str) -> str:
    """Return six digits that are no code of the app's around now."""
    near = {code_at(secret, ahead=ahead) for ahead in range(-3, 4)}
    return next(code for code in map("{:06}".format, range(10)) if code not in near)


def give_key(sign_in: SignIn, key: SoftKey | None = None, name: str = "Laptop") -> SoftKey:
    """Give the person a passkey, by the ceremony."""
    key, session = key or SoftKey(), SessionStore()
    response = key.create(passkeys.begin_registration(session, sign_in.user))
    passkeys.complete_registration(session, sign_in.user, response, name=name)
    return key


@pytest.fixture
def session(db: None) -> SessionBase:
    return SessionStore()


def row(user: User, kind: str) -> Authenticator:
    found: Authenticator = Authenticator.objects.get(user=user, type=kind)
    return found


def sent_on(client: Client, address: str, secret: str) -> Form:
    """Confirm by the app at the page that asks; return the form that then goes on by itself."""
    assert client.post(f"{address}code/", {"code": code_at(secret)}).headers["Location"] == address
    going = client.get(address).content.decode()
    assert "data-go-on" in going
    (form,) = [each for each in forms_of(going) if each.action != "/sign-out/"]
    return form
