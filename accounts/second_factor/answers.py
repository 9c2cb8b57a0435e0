"""A browser's answers about passkeys, held to their shape before fido2 reads them (Web Authentication, section 5.1).

fido2 makes bytes of whatever stands there, and a number for it means so many bytes: one of a few digits would fill the
memory of the portal. So only texts go on, and what is coded inside them is looked at first.
"""

from typing import Any, Final

from fido2 import cbor
from fido2.utils import websafe_decode

from portal import documents

Answer = dict[str, Any]
REGISTRATION: Final = ("clientDataJSON", "attestationObject")
USE: Final = ("clientDataJSON", "authenticatorData", "signature")


class Malformed(ValueError):
    """This is no answer that a browser would give."""


def registration(answer: Answer) -> Answer:
    """Return what counts of a registration; raise ValueError, or what fido2 raises at rubbish."""
    vetted = _vetted(answer, REGISTRATION)
    attestation = cbor.decode(websafe_decode(vetted["response"]["attestationObject"]))
    if not isinstance(attestation, dict) or not isinstance(attestation.get("authData"), bytes):
        raise Malformed
    return vetted


def use(answer: Answer) -> Answer:
    """Return what counts of a use, with the user handle if there is one."""
    vetted = _vetted(answer, USE)
    if answer["response"].get("userHandle") is not None:
        vetted["response"]["userHandle"] = _text(answer["response"], "userHandle")
    return vetted


def _vetted(answer: Answer, names: tuple[str, ...]) -> Answer:
    response, identifier = answer.get("response"), _text(answer, "id")
    if not isinstance(response, dict) or (answer.get("rawId"), answer.get("type")) != (identifier, "public-key"):
        raise Malformed
    told = {name: _text(response, name) for name in names}
    client = documents.read(websafe_decode(told["clientDataJSON"]))
    for name in ("type", "challenge", "origin"):
        _text(client, name)
    return {"id": identifier, "rawId": identifier, "type": "public-key", "response": told}


def _text(members: Any, name: str) -> str:
    value = members[name]
    if not isinstance(value, str):
        raise Malformed
    return value
