"""The Redirect binding: what its query says counts once, and is what was signed."""

import base64
from urllib.parse import parse_qs, urlencode

import pytest

from accounts.refusals import Reason, SignInRefused
from accounts.saml.redirect import address_with, carried, deflated
from tests.accounts.saml.idp import pair
from tests.accounts.saml.test_logout import Asked, signed_query

XML = Asked().xml()
MESSAGE = base64.b64encode(deflated(b"<x/>")).decode()
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def refusal(query: str) -> tuple[Reason, str]:
    with pytest.raises(SignInRefused) as caught:
        carried(query)
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("", "0 SAML messages"),
        ("x=y", "0 SAML messages"),
        (f"{urlencode({'SAMLRequest': MESSAGE})}&{urlencode({'SAMLResponse': MESSAGE})}", "2 SAML messages"),
        (f"{urlencode({'SAMLRequest': MESSAGE})}&SAMLRequest=", "SAMLRequest stands there twice"),
        (f"{urlencode({'SAMLRequest': MESSAGE})}&SigAlg=a&SigAlg=a", "SigAlg stands there twice"),
        (f"{urlencode({'SAMLRequest': MESSAGE})}&RelayState=%ff", "not UTF-8"),
        (f"{urlencode({'SAMLRequest': MESSAGE})}&Signature=%25", "not base64"),
        ("SAMLRequest=%25", "not base64"),
        ("SAMLRequest=%2Fw%3D%3D", "not deflated"),
    ],
)
def test_each_guard_holds_by_itself(query: str, detail: str) -> None:
    assert refusal(query) == (Reason.MESSAGE, detail)


def test_what_is_not_read_may_stand_there_twice() -> None:
    found = carried(f"x=1&x=2&{urlencode({'SAMLRequest': MESSAGE})}&RelayState=")
    assert (found.xml, found.relay_state, found.signature) == (b"<x/>", "", None)
    assert carried(urlencode({"SAMLResponse": MESSAGE})).relay_state is None


def test_an_unsigned_message_is_none_and_a_signed_one_holds_to_the_schema() -> None:
    keys = [pair("idp").certificate]
    assert carried(signed_query(XML)).root(keys).get("ID") == "_logout-1"
    with pytest.raises(SignInRefused, match="unsigned: the message is not signed"):
        carried(signed_query(XML).partition("&Signature=")[0]).root(keys)
    with pytest.raises(SignInRefused, match="not what the schema of SAML asks of a protocol"):
        carried(signed_query(Asked(subject="<saml:Issuer>i</saml:Issuer>").xml())).root(keys)


@pytest.mark.parametrize(("relay", "key"), [("", ""), ("r", ""), ("", "portal"), ("r", "portal")])
def test_an_address_carries_what_there_is(relay: str, key: str) -> None:
    address = address_with(
        "https://idp.example/?a=b", "SAMLRequest", "<x/>", key=key and pair(key).key, relay_state=relay
    )
    query = parse_qs(address.partition("?")[2])
    assert list(query) == [
        "a",
        "SAMLRequest",
        *(["RelayState"] if relay else []),
        *(["SigAlg", "Signature"] if key else []),
    ]
    assert query.get("SigAlg", [RSA_SHA256]) == [RSA_SHA256]
