"""The ceremonies of Web Authentication: whatever a forger may send is refused, and a real key is taken."""

import json
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from fido2 import cbor
from fido2.utils import websafe_decode, websafe_encode
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import SignIn, User
from accounts.second_factor import passkeys
from accounts.second_factor.passkeys import PasskeyRefused
from tests.accounts.second_factor.conftest import give_key
from tests.accounts.second_factor.soft_key import FLAG, UP, SoftKey

ELSEWHERE = "https://testserver.elsewhere.example"
FORGED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"origin": ELSEWHERE}, {}, "Invalid origin in CollectedClientData."),
    ({"origin": "http://testserver:8000"}, {}, "Invalid origin in CollectedClientData."),
    ({"origin": "http://evil.testserver"}, {}, "Invalid origin in CollectedClientData."),
    ({"rp": "elsewhere.example"}, {}, "Wrong RP ID hash in response."),
    ({"cross_origin": True}, {}, "the page stood in a foreign frame"),
    ({}, {"challenge": b"x" * 32}, "Wrong challenge in response."),
    ({"flags": FLAG(0)}, {}, "User Present flag not set."),
]


def register(session: SessionBase, user: User, key: SoftKey, **overrides: Any) -> Authenticator:
    response = key.create(passkeys.begin_registration(session, user), **overrides)
    return passkeys.complete_registration(session, user, response, name="Laptop")


def use(session: SessionBase, user: User, key: SoftKey, **overrides: Any) -> Authenticator:
    return passkeys.complete_use(session, user, key.get(passkeys.begin_use(session, user), **overrides))


@pytest.mark.parametrize(("values", "overrides", "why"), FORGED)
def test_a_forged_registration_is_refused(
    session: SessionBase, alice: SignIn, values: dict[str, Any], overrides: dict[str, Any], why: str
) -> None:
    with pytest.raises(PasskeyRefused, match=f"^{why}$"):
        register(session, alice.user, SoftKey(**values), **overrides)
    assert Authenticator.objects.count() == 0


@pytest.mark.parametrize(("values", "overrides", "why"), FORGED)
def test_a_forged_use_is_refused(
    session: SessionBase, alice: SignIn, values: dict[str, Any], overrides: dict[str, Any], why: str
) -> None:
    key = give_key(alice)
    for name, value in values.items():
        setattr(key, name, value)
    with pytest.raises(PasskeyRefused, match=f"^{why}$"):
        use(session, alice.user, key, **overrides)


def test_a_key_that_verifies_nobody_is_refused(session: SessionBase, alice: SignIn) -> None:
    with pytest.raises(PasskeyRefused, match="User verification required"):
        register(session, alice.user, SoftKey(flags=UP))
    key = give_key(alice)
    key.flags = UP
    with pytest.raises(PasskeyRefused, match="User verification required"):
        use(session, alice.user, key)


def test_the_answer_of_one_ceremony_is_none_for_the_other(session: SessionBase, alice: SignIn) -> None:
    key = give_key(alice)
    with pytest.raises(PasskeyRefused, match="Incorrect type in CollectedClientData"):
        use(session, alice.user, key, type="webauthn.create")
    with pytest.raises(PasskeyRefused, match="no challenge of this kind is open"):
        passkeys.complete_use(session, alice.user, key.get(passkeys.begin_registration(session, alice.user)))


def test_a_challenge_is_good_once_even_if_refused(session: SessionBase, alice: SignIn) -> None:
    key = give_key(alice)
    options = passkeys.begin_use(session, alice.user)
    key.origin, right = ELSEWHERE, key.origin
    with pytest.raises(PasskeyRefused):
        passkeys.complete_use(session, alice.user, key.get(options))
    key.origin = right
    with pytest.raises(PasskeyRefused, match="no challenge of this kind is open"):
        passkeys.complete_use(session, alice.user, key.get(options))


def test_a_challenge_of_another_browser_or_of_long_ago_is_refused(session: SessionBase, alice: SignIn) -> None:
    key = give_key(alice)
    options = passkeys.begin_use(session, alice.user)
    with pytest.raises(PasskeyRefused, match="no challenge"):
        passkeys.complete_use(SessionStore(), alice.user, key.get(options))
    session[passkeys.CHALLENGE_KEY]["at"] = time.time() - 301
    with pytest.raises(PasskeyRefused, match="no challenge"):
        passkeys.complete_use(session, alice.user, key.get(options))


def test_another_persons_passkey_is_refused(session: SessionBase, alice: SignIn, bob: SignIn) -> None:
    give_key(alice)
    with pytest.raises(PasskeyRefused, match="Unknown credential ID"):
        use(session, alice.user, give_key(bob))


def handle_of(sign_in: SignIn) -> bytes:
    options = passkeys.begin_registration(SessionStore(), sign_in.user)
    return websafe_decode(options["publicKey"]["user"]["id"])


def test_a_passkey_that_says_it_is_somebody_elses_is_refused(session: SessionBase, alice: SignIn, bob: SignIn) -> None:
    key = give_key(alice)
    key.handle = handle_of(bob)
    with pytest.raises(PasskeyRefused, match="another person's"):
        use(session, alice.user, key)
    key.handle = handle_of(alice)
    assert use(session, alice.user, key).user_id == alice.user_id


def test_nobody_registers_a_passkey_that_another_has(session: SessionBase, alice: SignIn, bob: SignIn) -> None:
    key = give_key(alice)
    with pytest.raises(PasskeyRefused, match="registered already"):
        register(session, bob.user, key)


def test_a_signature_by_another_key_is_refused(session: SessionBase, alice: SignIn) -> None:
    key = give_key(alice)
    with pytest.raises(PasskeyRefused, match="Invalid signature"):
        use(session, alice.user, SoftKey(id=key.id))


def test_a_key_of_a_kind_that_nobody_asked_for_is_refused(session: SessionBase, alice: SignIn) -> None:
    key = SoftKey(algorithm=-65535)  # RSA with SHA-1
    with pytest.raises(PasskeyRefused, match="the key is of an unknown kind"):
        register(session, alice.user, key)


@pytest.mark.parametrize("count", [5, 4, 0])
def test_a_counter_that_does_not_grow_is_refused(session: SessionBase, alice: SignIn, count: int) -> None:
    key = give_key(alice, SoftKey(count=4))
    use(session, alice.user, key)
    key.count = count - 1 if count else 0
    with pytest.raises(PasskeyRefused, match="counter went back"):
        use(session, alice.user, key)
    key.count = 5
    assert use(session, alice.user, key).data["sign_count"] == 6


def test_a_passkey_without_a_counter_is_taken_again_and_again(session: SessionBase, alice: SignIn) -> None:
    key = give_key(alice)
    assert [use(session, alice.user, key).data["sign_count"] for _ in range(3)] == [0, 0, 0]


def test_what_the_browser_is_asked(session: SessionBase, alice: SignIn) -> None:
    key = give_key(alice)
    made = passkeys.begin_registration(session, alice.user)["publicKey"]
    asked = passkeys.begin_use(session, alice.user)["publicKey"]
    listed = [websafe_encode(key.id)]
    assert (made["rp"], made["user"]["name"]) == ({"id": "testserver", "name": "Daypass"}, "alice@example.com")
    assert made["authenticatorSelection"]["userVerification"] == asked["userVerification"] == "required"
    assert (
        [each["id"] for each in made["excludeCredentials"]]
        == [each["id"] for each in asked["allowCredentials"]]
        == listed
    )
    assert made["challenge"] != asked["challenge"]


@pytest.mark.parametrize(
    ("address", "there"),
    [("https://daypass.example.com", True), ("http://localhost:8000", True), ("http://127.0.0.1:8000", False)],
)
def test_passkeys_need_a_host_name(settings: Settings, address: str, there: bool) -> None:  # noqa: FBT001  # a table
    settings.DAYPASS_BASE_URL = address
    assert passkeys.available() is there


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
)
PARTS = ("id", "rawId", "type", "response", "clientExtensionResults")
RESPONSES = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")


@pytest.mark.django_db
@settings(deadline=None)
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(PARTS, JSON)),
    st.fixed_dictionaries({}, optional=dict.fromkeys(RESPONSES, JSON)),
)
def test_rubbish_is_refused_and_never_an_error(answer: dict[str, Any], response: dict[str, Any]) -> None:
    user, session, rubbish = User(pk=1, email="alice@example.com"), SessionStore(), {"response": response, **answer}
    passkeys.begin_registration(session, user)
    with pytest.raises(PasskeyRefused):
        passkeys.complete_registration(session, user, rubbish, name="x")
    passkeys.begin_use(session, user)
    with pytest.raises(PasskeyRefused):
        passkeys.complete_use(session, user, rubbish)


BOMB = 34_359_738_368  # read as bytes, 32 GiB of zeros


@pytest.mark.parametrize(
    "hidden", [{"attestationObject": BOMB}, {"clientDataJSON": BOMB}, {"attestationObject": {"authData": BOMB}}]
)
def test_a_number_is_never_made_into_so_many_bytes(session: SessionBase, alice: SignIn, hidden: Any) -> None:
    answer = SoftKey().create(passkeys.begin_registration(session, alice.user))
    (name, value), *_ = hidden.items()
    coded = websafe_encode(cbor.encode({"fmt": "none", "attStmt": {}, **value})) if isinstance(value, dict) else value
    answer["response"][name] = coded
    with pytest.raises(PasskeyRefused, match="malformed"):
        passkeys.complete_registration(session, alice.user, answer, name="x")


@pytest.mark.parametrize("member", ["challenge", "origin", "type"])
def test_nor_is_one_in_the_clients_own_data(session: SessionBase, alice: SignIn, member: str) -> None:
    key = give_key(alice)
    answer = key.get(passkeys.begin_use(session, alice.user))
    client = json.loads(websafe_decode(answer["response"]["clientDataJSON"])) | {member: BOMB}
    answer["response"]["clientDataJSON"] = websafe_encode(json.dumps(client).encode())
    with pytest.raises(PasskeyRefused, match="malformed"):
        passkeys.complete_use(session, alice.user, answer)


@pytest.mark.parametrize("body", [b"\x81" * 8000, b"\xa1\x00", b"\xbf", b"\x1b" + b"\xff" * 8, b""])
def test_hostile_cbor_is_refused(session: SessionBase, alice: SignIn, body: bytes) -> None:
    answer = SoftKey().create(passkeys.begin_registration(session, alice.user))
    answer["response"]["attestationObject"] = websafe_encode(body)
    with pytest.raises(PasskeyRefused, match="malformed"):
        passkeys.complete_registration(session, alice.user, json.loads(json.dumps(answer)), name="x")


@pytest.mark.parametrize("changed", [{"rawId": "AAAA"}, {"type": "password"}, {"type": None}, {"response": []}])
def test_an_answer_that_is_no_passkeys_is_refused(session: SessionBase, alice: SignIn, changed: dict[str, Any]) -> None:
    key = give_key(alice)
    answers = SoftKey().create(passkeys.begin_registration(session, alice.user)) | changed
    with pytest.raises(PasskeyRefused, match=r"^malformed$"):
        passkeys.complete_registration(session, alice.user, answers, name="x")
    with pytest.raises(PasskeyRefused, match=r"^malformed$"):
        passkeys.complete_use(session, alice.user, key.get(passkeys.begin_use(session, alice.user)) | changed)
