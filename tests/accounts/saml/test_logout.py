"""Single logout: a signed request of the provider ends what it names; no other does."""

import base64
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import xmlsec
from django.test import Client
from django.utils import timezone

from accounts.models import SignIn
from accounts.providers import saml
from accounts.saml import documents, logout, redirect
from accounts.saml.logout import UNSPECIFIED
from accounts.saml.logout_message import LogoutRequest
from accounts.saml.signature_form import METHODS
from audit.models import Event
from tests.accounts.conftest import Answer
from tests.accounts.saml.conftest import FORM, PORTAL, Browser, Portal, query
from tests.accounts.saml.idp import (
    DECLARED,
    ENTITY_ID,
    FORMAT,
    PERSISTENT,
    SSO,
    Hand,
    attribute,
    issuer,
    moment,
    pair,
    parse,
    sign,
)
from tests.accounts.saml.idp import encoded as b64

pytestmark = pytest.mark.django_db

SLS = "/accounts/saml/corp/sls/"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"


@dataclass(frozen=True)
class Asked:
    """What a LogoutRequest says."""

    id: str = "_logout-1"
    issuer: str = ENTITY_ID
    destination: str | None = f"{PORTAL}{SLS}"
    issued: float = 0
    until: float | None = 300
    name_id: str = "alice@example.com"
    name_id_format: str | None = FORMAT
    qualifier: str | None = None
    sp_qualifier: str | None = None
    sessions: tuple[str, ...] = ("_session-1",)
    tag: str = "LogoutRequest"
    subject: str = ""  # XML in the place of the NameID
    version: str = "2.0"

    def xml(self) -> str:
        until = attribute("NotOnOrAfter", moment(self.until)) if self.until is not None else ""
        names = attribute("Format", self.name_id_format) + attribute("NameQualifier", self.qualifier)
        names += attribute("SPNameQualifier", self.sp_qualifier)
        sessions = "".join(f"<samlp:SessionIndex>{item}</samlp:SessionIndex>" for item in self.sessions)
        return (
            f'<samlp:{self.tag} {DECLARED} ID="{self.id}" Version="{self.version}" IssueInstant="{moment(self.issued)}"'
            f"{attribute('Destination', self.destination)}{until}>{issuer(self.issuer)}"
            f"{self.subject or f'<saml:NameID{names}>{self.name_id}</saml:NameID>'}{sessions}</samlp:{self.tag}>"
        )


def signed_query(xml: str, *, key: str = "idp", method: str = RSA_SHA256, relay: str = "", lower: bool = False) -> str:
    """Return the query of the Redirect binding; ``lower`` escapes as AD FS does."""
    deflated = base64.b64encode(redirect.deflated(xml.encode())).decode()
    pairs = [("SAMLRequest", deflated), *([("RelayState", relay)] if relay else []), ("SigAlg", method)]
    octets = "&".join(f"{name}={escaped(value, lower=lower)}" for name, value in pairs)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pair(key).key, xmlsec.KeyFormat.PEM)
    made = context.sign_binary(octets.encode(), METHODS.get(method, xmlsec.Transform.RSA_SHA1))
    return f"{octets}&Signature={quote(base64.b64encode(made).decode(), safe='')}"


def escaped(value: str, *, lower: bool) -> str:
    text = quote(value, safe="")
    return re.sub("%..", lambda found: found[0].lower(), text) if lower else text


def redirected(asked: Asked, **how: Any) -> Answer:
    """Let a browser without our cookie follow the provider's redirect."""
    return Client().get(f"{SLS}?{signed_query(asked.xml(), **how)}")


def posted(asked: Asked, hand: Hand | None = None) -> Answer:
    root = parse(asked.xml())
    if hand:
        sign(root, hand)
    form = {"SAMLRequest": b64(root), "RelayState": "r"}
    return Client().post(SLS, urlencode(form), content_type=FORM)


@pytest.fixture
def signed_in_by_saml(portal: Portal) -> Browser:
    """Alice, signed in at a portal that has a key."""
    portal.with_key()
    browser = Browser()
    assert browser.arrive(portal.idp.signed(browser.said())).status_code == 302
    return browser


def ended() -> list[str]:
    return list(SignIn.objects.values_list("end_reason", flat=True))


def test_a_redirect_of_the_provider_ends_the_sign_in(signed_in_by_saml: Browser) -> None:
    answer = redirected(Asked(), relay="its own&state")
    assert (answer.status_code, ended()) == (302, ["provider_logout"])
    assert query(answer.headers["Location"])["RelayState"] == "its own&state"
    assert signed_in_by_saml.client.get("/sign-ins/").headers["Location"].startswith("/sign-in/")
    event = Event.objects.get(tag="accounts:sign_in:end")
    assert (event.actor_name, event.details["reason"]) == ("Example AD FS", "provider_logout")


def test_a_post_of_the_provider_ends_the_sign_in(signed_in_by_saml: Browser) -> None:
    assert (posted(Asked(), Hand(pair("idp"))).status_code, ended()) == (302, ["provider_logout"])


def test_the_provider_gets_a_signed_answer(signed_in_by_saml: Browser) -> None:
    address = redirected(Asked()).headers["Location"]
    assert address.startswith(f"{SSO}?SAMLResponse=")
    carried = redirect.carried(address.partition("?")[2])
    root = carried.root([pair("portal").certificate])
    assert (root.get("InResponseTo"), root.get("Destination")) == ("_logout-1", SSO)
    assert root.find("samlp:Status/samlp:StatusCode", documents.NS).get("Value").endswith(":Success")


def test_escapes_in_small_letters_are_what_was_signed(signed_in_by_saml: Browser) -> None:
    assert "%2b" in signed_query(Asked().xml(), lower=True)
    assert (redirected(Asked(), lower=True).status_code, ended()) == (302, ["provider_logout"])


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (Asked(sessions=()), "provider_logout"),
        (Asked(sessions=("_other", "_session-1")), "provider_logout"),
        (Asked(name_id_format=None), "provider_logout"),
        (Asked(qualifier="anything"), "provider_logout"),
        (Asked(until=None), "provider_logout"),
        (Asked(sessions=("_other",)), ""),
        (Asked(name_id="bob@example.com"), ""),
        (Asked(name_id="Alice@example.com"), ""),
        (Asked(name_id_format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"), ""),
    ],
)
def test_what_is_named_ends_and_nothing_else(signed_in_by_saml: Browser, asked: Asked, reason: str) -> None:
    assert (redirected(asked).status_code, ended()) == (302, [reason])
    told = Event.objects.filter(tag="accounts:sign_in:logout_refuse")
    assert [event.details["reason"] for event in told] == ([] if reason else ["unknown_session"])


NAMED = {"value": "alice@example.com", "format": FORMAT, "name_qualifier": "urn:idp", "sp_name_qualifier": "urn:us"}
# Sign-ins that differ in one thing from the one that is named. Some end with it, the others are bystanders.
MEANT: dict[str, dict[str, Any]] = {
    "the same": {},
    "without a session's name": {"provider_session": ""},
    "without a format": {"name_id": NAMED | {"format": UNSPECIFIED}},
    "without qualifiers": {"name_id": {"value": NAMED["value"], "format": FORMAT}},
}
BYSTANDERS: dict[str, dict[str, Any]] = {
    "another provider's": {"provider": "other"},
    "over before": {"ended_at": datetime(2026, 1, 1, tzinfo=UTC), "end_reason": "signed_out"},
    "another session": {"provider_session": "_another"},
    "Bob": {"name_id": NAMED | {"value": "bob@example.com"}},
    "another spelling": {"name_id": NAMED | {"value": "Alice@example.com"}},
    "another format": {"name_id": NAMED | {"format": PERSISTENT}},
    "another qualifier": {"name_id": NAMED | {"name_qualifier": "urn:another"}},
    "another qualifier of ours": {"name_id": NAMED | {"sp_name_qualifier": "urn:another"}},
    "without a NameID": {"name_id": {}},
}


@pytest.fixture
def room(portal: Portal, alice: SignIn) -> None:
    """Sign-ins of many kinds, each called by its kind."""
    portal.with_key()
    same = {"provider": "corp", "provider_session": "_session-1", "name_id": NAMED}
    for kind, other in (MEANT | BYSTANDERS).items():
        SignIn.objects.create(
            **{
                **{name: getattr(alice, name) for name in ("user", "authenticated_at", "expires_at")},
                **same,
                **other,
                "subject": kind,
            }
        )
    alice.delete()


def bystanders() -> list[Any]:
    return list(SignIn.objects.filter(subject__in=BYSTANDERS).order_by("subject").values())


@pytest.mark.usefixtures("room")
def test_of_a_room_the_named_leave_and_nobody_else_is_touched() -> None:
    before = bystanders()
    redirected(Asked(qualifier="urn:idp", sp_qualifier="urn:us"))
    assert set(SignIn.objects.filter(end_reason="provider_logout").values_list("subject", flat=True)) == set(MEANT)
    assert (bystanders(), len(before)) == (before, len(BYSTANDERS))
    assert Event.objects.filter(tag="accounts:sign_in:end").count() == len(MEANT)


@pytest.mark.usefixtures("room")
def test_who_left_long_ago_is_not_even_looked_at() -> None:
    asked = LogoutRequest("_x", NAMED, (), timezone.now())
    found = {sign_in.subject for sign_in in logout._meant(logout._named(saml()["corp"], asked), asked)}
    assert found == {*MEANT, "another session"}


def test_what_fails_half_way_has_used_nothing_up(signed_in_by_saml: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_meant: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(logout, "end_sign_in", fail)
        with pytest.raises(ZeroDivisionError):
            redirected(Asked())
    assert ended() == [""]
    assert (redirected(Asked()).status_code, ended()) == (302, ["provider_logout"])


def test_all_sessions_of_the_person_end_where_none_is_named(portal: Portal, signed_in_by_saml: Browser) -> None:
    second = Browser()
    second.arrive(portal.idp.signed(second.said(assertion_id="_assertion-2", session_index="_session-2")))
    redirected(Asked(sessions=()))
    assert ended() == ["provider_logout"] * 2


def refused(answer: Answer) -> str:
    """Assert that nobody was signed out, on a page with a reference; return the ledger's reason."""
    event = Event.objects.get(tag="accounts:sign_in:logout_refuse")
    assert (answer.status_code, ended()) == (403, [""])
    assert event.reference in answer.content.decode()
    assert "alice" not in str(event.details)
    return str(event.details["reason"])


def test_an_unsigned_redirect_signs_nobody_out(signed_in_by_saml: Browser) -> None:
    text = base64.b64encode(redirect.deflated(Asked().xml().encode())).decode()
    assert refused(Client().get(SLS, {"SAMLRequest": text})) == "unsigned"


def test_an_unsigned_post_signs_nobody_out(signed_in_by_saml: Browser) -> None:
    assert refused(posted(Asked())) == "unsigned"


def test_an_unsigned_request_does_not_sign_out_the_browser_that_carries_it(signed_in_by_saml: Browser) -> None:
    text = base64.b64encode(redirect.deflated(Asked().xml().encode())).decode()
    assert refused(signed_in_by_saml.client.get(SLS, {"SAMLRequest": text})) == "unsigned"
    assert signed_in_by_saml.client.get("/sign-ins/").status_code == 200


WRONG = {
    "another issuer": (Asked(issuer="http://evil.example/trust"), "issuer"),
    "another destination": (Asked(destination="https://elsewhere.example/sls/"), "recipient"),
    "no destination": (Asked(destination=None), "recipient"),
    "over": (Asked(until=-120), "expired"),
    "old": (Asked(issued=-700, until=None), "expired"),
    "of the future": (Asked(issued=120), "clock"),
    "no request": (Asked(tag="LogoutResponse"), "malformed_message"),
    "SAML 1.1": (Asked(version="1.1"), "malformed_message"),
    "no version that is one": (Asked(version=""), "malformed_message"),
    "a comment": (Asked(name_id="alice@example.com<!-- -->"), "malformed_message"),
    "an encrypted NameID that nobody opens": (Asked(subject="<saml:EncryptedID/>"), "malformed_message"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_signed_request_that_is_wrong_signs_nobody_out(signed_in_by_saml: Browser, name: str) -> None:
    asked, reason = WRONG[name]
    assert refused(redirected(asked)) == reason


@pytest.mark.parametrize(("how", "reason"), [({"key": "mallory"}, "signature"), ({"method": RSA_SHA1}, "algorithm")])
def test_a_wrong_hand_signs_nobody_out(signed_in_by_saml: Browser, how: dict[str, str], reason: str) -> None:
    assert refused(redirected(Asked(), **how)) == reason


@pytest.mark.parametrize("changed", ["&SAMLRequest=x", "&SAMLResponse=x", "&RelayState=x", "&Signature=x"])
def test_a_query_that_says_two_things_is_refused(signed_in_by_saml: Browser, changed: str) -> None:
    answer = Client().get(f"{SLS}?{signed_query(Asked().xml(), relay='r')}{changed}")
    assert refused(answer) == "malformed_message"


def test_a_changed_relay_state_breaks_the_signature(signed_in_by_saml: Browser) -> None:
    answer = Client().get(f"{SLS}?{signed_query(Asked().xml(), relay='r')}".replace("RelayState=r", "RelayState=evil"))
    assert refused(answer) == "signature"


def test_a_request_is_good_once(portal: Portal, signed_in_by_saml: Browser) -> None:
    redirected(Asked())
    SignIn.objects.update(ended_at=None, end_reason="")
    assert refused(redirected(Asked())) == "replay"


def test_a_post_that_is_wrapped_signs_nobody_out(signed_in_by_saml: Browser) -> None:
    """The signed request stands in the extensions of one that names Alice."""
    true = parse(replace(Asked(), name_id="mallory@example.com").xml())
    sign(true, Hand(pair("idp")))
    evil = parse(replace(Asked(), id="_evil").xml())
    extensions = parse(f"<samlp:Extensions {DECLARED}/>")
    extensions.append(true)
    evil.insert(1, extensions)
    answer = Client().post(SLS, urlencode({"SAMLRequest": b64(evil)}), content_type=FORM)
    assert refused(answer) in {"signature", "malformed_message"}


RUBBISH = ["", "SAMLRequest=", "SAMLRequest=%25", "SAMLRequest=YQ%3D%3D", "SAMLRequest=%ff&SigAlg=x", "x=y"]


@pytest.mark.parametrize("text", RUBBISH)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_rubbish_ends_on_the_page(signed_in_by_saml: Browser, text: str, method: str) -> None:
    answer = Client().get(f"{SLS}?{text}") if method == "GET" else Client().post(SLS, text, content_type=FORM)
    assert refused(answer) in {"malformed_message", "unsigned"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_the_wrong_method_ends_on_the_page(signed_in_by_saml: Browser, method: str) -> None:
    assert refused(Client().generic(method, SLS)) == "malformed_message"


def test_a_sign_in_whose_session_has_no_name_is_meant(signed_in_by_saml: Browser) -> None:
    SignIn.objects.update(provider_session="")
    assert (redirected(Asked()).status_code, ended()) == (302, ["provider_logout"])


def test_a_bomb_in_the_query_does_not_go_off(signed_in_by_saml: Browser) -> None:
    text = base64.b64encode(redirect.deflated(b"<a>" + b" " * 20_000_000)).decode()
    answer = Client().get(f"{SLS}?{urlencode({'SAMLRequest': text})}")
    assert (answer.status_code, ended()) == (413, [""])


def test_without_a_key_the_sign_in_ends_and_nobody_is_answered(portal: Portal) -> None:
    browser = Browser()
    browser.arrive(portal.idp.signed(browser.said()))
    assert redirected(Asked()).headers["Location"] == "/sign-in/"
    assert ended() == ["provider_logout"]


def test_who_leaves_can_leave_the_provider_too(portal: Portal, signed_in_by_saml: Browser) -> None:
    answer = logout.leave(sign_in=SignIn.objects.get())
    assert answer is not None
    address = answer.headers["Location"]
    root = redirect.carried(address.partition("?")[2]).root([pair("portal").certificate])
    name_id = root.find("saml:NameID", documents.NS)
    assert (name_id.text, name_id.get("Format")) == ("alice@example.com", FORMAT)
    assert (root.findtext("samlp:SessionIndex", namespaces=documents.NS), root.get("Destination")) == (
        "_session-1",
        SSO,
    )


def test_a_session_index_cannot_write_xml(portal: Portal, signed_in_by_saml: Browser) -> None:
    SignIn.objects.update(provider_session="</samlp:SessionIndex><x>&", name_id={"value": "a<b>&c"})
    answer = logout.leave(sign_in=SignIn.objects.get())
    assert answer is not None
    root = documents.parsed(redirect.carried(answer.headers["Location"].partition("?")[2]).xml)
    assert root.findtext("samlp:SessionIndex", namespaces=documents.NS) == "</samlp:SessionIndex><x>&"
    assert root.findtext("saml:NameID", namespaces=documents.NS) == "a<b>&c"


def test_nobody_is_led_to_a_provider_without_single_logout(portal: Portal, signed_in_by_saml: Browser) -> None:
    portal.idp.slo = ""
    portal.publish()
    assert logout.leave(sign_in=SignIn.objects.get()) is None
    assert (redirected(Asked()).headers["Location"], ended()) == ("/sign-in/", ["provider_logout"])


@pytest.mark.parametrize("gone", [{"provider": "nowhere"}, {"name_id": {}}, {"name_id": {"format": FORMAT}}])
def test_nobody_is_led_away_who_did_not_come_from_there(signed_in_by_saml: Browser, gone: dict[str, Any]) -> None:
    SignIn.objects.update(**gone)
    assert logout.leave(sign_in=SignIn.objects.get()) is None


def test_nobody_is_led_to_a_provider_of_which_nothing_is_known(portal: Portal, signed_in_by_saml: Browser) -> None:
    (portal.folder / "corp.xml").unlink()
    assert logout.leave(sign_in=SignIn.objects.get()) is None


def test_nobody_is_led_anywhere_without_our_key(portal: Portal, signed_in_by_saml: Browser) -> None:
    portal.set_up()
    assert logout.leave(sign_in=SignIn.objects.get()) is None


@pytest.mark.parametrize("text", ["SAMLResponse=x", "SAMLResponse=%25&RelayState=https://evil.example/"])
def test_the_answer_to_our_own_request_leads_to_the_sign_in_page(signed_in_by_saml: Browser, text: str) -> None:
    answers = [Client().get(f"{SLS}?{text}"), Client().post(SLS, text, content_type=FORM)]
    assert [answer.headers["Location"] for answer in answers] == ["/sign-in/", "/sign-in/"]
    assert ended() == [""]
