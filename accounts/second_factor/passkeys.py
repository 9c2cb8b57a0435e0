"""Passkeys: the two ceremonies of Web Authentication (Level 2), section 7.1 to register one and 7.2 to use one.

fido2 verifies; the rows are allauth's. allauth's own ceremonies would take the Host header's word for who we are, any
port and sub-domain for our origin, and look at no signature counter, so they are not used.
"""

import struct
import time
from ipaddress import ip_address
from typing import Any, Final

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import User
from accounts.second_factor import answers
from accounts.second_factor.adapter import host

CHALLENGE_KEY: Final = "passkey_challenge"
GOOD_FOR = 300  # seconds
Response = dict[str, Any]
Options = dict[str, Any]
# What fido2's readers raise at rubbish. Whoever sends it wrote it by hand.
MALFORMED: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    struct.error,
)

# What fido2 and this module say of a refusal; all else may quote the browser.
SENTENCES: Final = frozenset(
    {
        "Incorrect type in CollectedClientData.",
        "Invalid origin in CollectedClientData.",
        "Wrong challenge in response.",
        "Wrong RP ID hash in response.",
        "User Present flag not set.",
        "User verification required, but User Verified flag not set.",
        "User verification required, but user verified flag not set.",
        "Invalid signature.",
        "Unknown credential ID.",
        "the page stood in a foreign frame",
        "the key is of an unknown kind",
    }
)


class PasskeyRefused(Exception):
    """The ceremony failed. The reason is for the ledger, in our own words."""


def available() -> bool:
    """Tell whether passkeys can exist here: they belong to a host's name, and an address is none."""
    try:
        ip_address(host())
    except ValueError:
        return True
    return False


def begin_registration(session: SessionBase, user: User) -> Options:
    """Return what the browser is asked to create, and remember the challenge.

    The person is verified by the device (fingerprint, PIN), so that a found key is worth nothing.
    """
    options, state = _server().register_begin(
        user=PublicKeyCredentialUserEntity(**get_adapter().get_public_key_credential_user_entity(user)),
        credentials=[_credential(each) for each in _passkeys(user)],  # one device is no two passkeys
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,  # we know who asks, so the key need not remember
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _remembered(session, "create", options, state)


def complete_registration(session: SessionBase, user: User, response: Response, *, name: str) -> Authenticator:
    """Keep the new passkey; raise PasskeyRefused."""
    state = _challenge(session, "create")
    try:
        kept = answers.registration(response)
        data = _server().register_complete(state, kept)
        _own_page(RegistrationResponse.from_dict(kept).response.client_data.cross_origin)
        _known_algorithm(data)
    except MALFORMED as error:
        raise PasskeyRefused(_told(error)) from None
    if Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN, data__credential__id=kept["id"]).exists():
        raise PasskeyRefused("the passkey is registered already")
    made = WebAuthn.add(user, name, {**kept, "clientExtensionResults": {}}).instance
    made.data["sign_count"] = data.counter
    made.save(update_fields=["data"])
    return made


def begin_use(session: SessionBase, user: User) -> Options:
    """Return what the browser is asked to sign, and remember the challenge."""
    options, state = _server().authenticate_begin(
        credentials=[_credential(each) for each in _passkeys(user)],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _remembered(session, "get", options, state)


def complete_use(session: SessionBase, user: User, response: Response) -> Authenticator:
    """Return the person's passkey that signed the challenge; raise PasskeyRefused. Another person's is unknown here."""
    state = _challenge(session, "get")
    with transaction.atomic():
        mine = list(_passkeys(user).select_for_update())
        try:
            vetted = answers.use(response)
            signed = _server().authenticate_complete(state, [_credential(each) for each in mine], vetted)
            told = AuthenticationResponse.from_dict(vetted).response
            _own_page(told.client_data.cross_origin)
        except MALFORMED as error:
            raise PasskeyRefused(_told(error)) from None
        if told.user_handle and told.user_handle != _handle(user):
            raise PasskeyRefused("the passkey says that it is another person's")
        used = next(each for each in mine if _credential(each).credential_id == signed.credential_id)
        _count(used, told.authenticator_data.counter)
    return used


def _server() -> Fido2Server:
    rp = PublicKeyCredentialRpEntity(**get_adapter().get_public_key_credential_rp_entity())
    return Fido2Server(rp, verify_origin=lambda origin: origin == settings.DAYPASS_BASE_URL)


def _passkeys(user: User) -> Any:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by("pk")


def _credential(authenticator: Authenticator) -> AttestedCredentialData:
    credential: AttestedCredentialData = WebAuthn(authenticator).authenticator_data.credential_data
    return credential


def _handle(user: User) -> bytes:
    handle: bytes = get_adapter().get_public_key_credential_user_entity(user)["id"]
    return handle


def _remembered(session: SessionBase, ceremony: str, options: Any, state: dict[str, Any]) -> Options:
    """Put the challenge into the session: for this ceremony, this browser, five minutes, and one answer."""
    verification = str(state["user_verification"].value)
    session[CHALLENGE_KEY] = {
        "for": ceremony,
        "at": time.time(),
        "challenge": state["challenge"],
        "user_verification": verification,
    }
    return dict(options)


def _challenge(session: SessionBase, ceremony: str) -> dict[str, Any]:
    """Take the challenge out, whatever comes of it: the next answer needs a new one."""
    kept = session.pop(CHALLENGE_KEY, None) or {}
    if kept.get("for") != ceremony or time.time() - kept["at"] > GOOD_FOR:
        raise PasskeyRefused("no challenge of this kind is open")
    return {"challenge": kept["challenge"], "user_verification": kept["user_verification"]}


def _own_page(cross_origin: object) -> None:
    if cross_origin:
        raise ValueError("the page stood in a foreign frame")


def _known_algorithm(data: AuthenticatorData) -> None:
    """Refuse a key of another kind than was asked for (section 7.1, step 16)."""
    offered = {each.alg for each in _server().allowed_algorithms}
    if data.credential_data is None or data.credential_data.public_key.get(3) not in offered:
        raise ValueError("the key is of an unknown kind")


def _count(authenticator: Authenticator, counter: int) -> None:
    """Refuse a signature counter that did not grow: then there are two copies of the key (section 7.2, step 21).

    Passkeys that are kept in step between devices do not count, and always say zero.
    """
    before = int(authenticator.data.get("sign_count", 0))
    if (counter or before) and counter <= before:
        raise PasskeyRefused("the signature counter went back")
    authenticator.data["sign_count"] = counter
    authenticator.save(update_fields=["data"])


def _told(error: Exception) -> str:
    """Return fido2's sentence, or that what came is no answer at all; never what the browser sent."""
    return str(error) if str(error) in SENTENCES else "malformed"
