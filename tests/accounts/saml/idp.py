"""An identity provider in Python that makes and signs SAML messages: true ones, and every wrong one asked for."""

import base64
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
EMAIL, UPN, NAME, GIVEN_NAME, SURNAME = (
    f"{CLAIMS}/{name}" for name in ("emailaddress", "upn", "name", "givenname", "surname")
)
GROUP = "http://schemas.xmlsoap.org/claims/Group"
FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
ENTITY_ID = "http://fs.example.test/adfs/services/trust"
SSO = "https://fs.example.test/adfs/ls/"
NS = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items() if prefix in {"saml", "samlp"})
ALICE = {
    UPN: ["alice@ad.example.internal"],
    EMAIL: ["alice@example.com"],
    NAME: ["Alice Able"],
    GROUP: ["AWS-Prod-Admin", "AWS-Dev-Read"],
}

Element = Any


@dataclass(frozen=True)
class Pair:
    """A private key and its certificate, both PEM."""

    key: str
    certificate: str

    @property
    def body(self) -> str:
        """The certificate as metadata and KeyInfo hold it."""
        return "".join(self.certificate.splitlines()[1:-1])


@lru_cache
def pair(name: str, *, days: int = 365, bits: int = 2048) -> Pair:
    """Return the key pair of that name, made once in a test run."""
    key = generate_private_key(65537, bits)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Pair(private, made.public_bytes(Encoding.PEM).decode())


def moment(seconds: float) -> str:
    """Return the moment so many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Said:
    """What a response says; each field can be another. None leaves the attribute or the element out."""

    in_response_to: str | None
    acs: str
    audience: str | None
    issuer: str | None = ENTITY_ID
    response_issuer: str | None = ENTITY_ID
    destination: str | None = "acs"
    recipient: str | None = "acs"
    response_in_response_to: str | None = "same"
    status: tuple[str, ...] = ("Success",)
    name_id: str | None = "alice@example.com"
    name_id_format: str | None = FORMAT
    attributes: dict[str, list[str]] = field(default_factory=lambda: dict(ALICE))
    session_index: str | None = "_session-1"
    method: str = BEARER
    confirmed_until: float | None = 300
    not_before: float | None = -5
    not_on_or_after: float | None = 3600
    issued: float = 0
    authenticated: float | None = -2
    session_until: float | None = None
    assertion_id: str = "_assertion-1"
    response_id: str = "_response-1"
    raw_values: str = ""  # XML in place of an attribute's values
    raw_subject: str = ""  # XML in the place of the NameID
    version: str = "2.0"
    response_version: str = "2.0"


def attribute(name: str, value: str | None) -> str:
    return f" {name}={quoteattr(value)}" if value is not None else ""


def later(name: str, seconds: float | None) -> str:
    return attribute(name, moment(seconds)) if seconds is not None else ""


def issuer(value: str | None) -> str:
    return f"<saml:Issuer>{escape(value)}</saml:Issuer>" if value is not None else ""


def assertion(said: Said) -> str:
    recipient = said.acs if said.recipient == "acs" else said.recipient
    data = (
        attribute("InResponseTo", said.in_response_to)
        + attribute("Recipient", recipient)
        + later("NotOnOrAfter", said.confirmed_until)
    )
    audience = (
        f"<saml:AudienceRestriction><saml:Audience>{escape(said.audience)}</saml:Audience></saml:AudienceRestriction>"
        if said.audience is not None
        else ""
    )
    statement = (
        f"<saml:AuthnStatement{later('AuthnInstant', said.authenticated)}"
        f"{attribute('SessionIndex', said.session_index)}{later('SessionNotOnOrAfter', said.session_until)}>"
        "<saml:AuthnContext><saml:AuthnContextClassRef>urn:federation:authentication:windows"
        "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
    )
    return (
        f'<saml:Assertion {DECLARED} ID="{said.assertion_id}"{later("IssueInstant", said.issued)}'
        f"{attribute('Version', said.version)}>{issuer(said.issuer)}<saml:Subject>{name_id(said)}"
        f'<saml:SubjectConfirmation Method="{said.method}"><saml:SubjectConfirmationData{data}/>'
        "</saml:SubjectConfirmation></saml:Subject>"
        f"<saml:Conditions{later('NotBefore', said.not_before)}{later('NotOnOrAfter', said.not_on_or_after)}>"
        f"{audience}</saml:Conditions>{statement if said.authenticated is not None else ''}{attributes(said)}"
        "</saml:Assertion>"
    )


def name_id(said: Said) -> str:
    if said.raw_subject or said.name_id is None:
        return said.raw_subject
    return f"<saml:NameID{attribute('Format', said.name_id_format)}>{escape(said.name_id)}</saml:NameID>"


def attributes(said: Said) -> str:
    if not said.attributes:
        return ""
    made = [
        f"<saml:Attribute Name={quoteattr(name)}>"
        + (
            said.raw_values
            or "".join(f"<saml:AttributeValue>{escape(value)}</saml:AttributeValue>" for value in values)
        )
        + "</saml:Attribute>"
        for name, values in said.attributes.items()
    ]
    return f"<saml:AttributeStatement>{''.join(made)}</saml:AttributeStatement>"


def status(codes: tuple[str, ...]) -> str:
    text = ""
    for code in reversed(codes):
        text = f'<samlp:StatusCode Value="{STATUS}{code}">{text}</samlp:StatusCode>'
    return f"<samlp:Status>{text}</samlp:Status>"


def response(said: Said, content: str | None = None) -> str:
    """Return the response around the assertion, or around other content; nothing is signed."""
    destination = said.acs if said.destination == "acs" else said.destination
    answers = said.in_response_to if said.response_in_response_to == "same" else said.response_in_response_to
    inside = content if content is not None else (assertion(said) if said.status == ("Success",) else "")
    return (
        f'<samlp:Response {DECLARED} ID="{said.response_id}"{later("IssueInstant", said.issued)}'
        f"{attribute('Version', said.response_version)}"
        f"{attribute('InResponseTo', answers)}{attribute('Destination', destination)}>"
        f"{issuer(said.response_issuer)}{status(said.status)}{inside}</samlp:Response>"
    )


@dataclass(frozen=True)
class Hand:
    """How something is signed."""

    pair: Pair
    method: Any = xmlsec.Transform.RSA_SHA256
    digest: Any = xmlsec.Transform.SHA256
    canonical: Any = xmlsec.Transform.EXCL_C14N
    key_info: Pair | None = None
    prefixes: tuple[str, ...] = ()  # namespaces that count although only texts use them


def sign(element: Element, hand: Hand) -> None:
    """Sign the element, in its place: the signature follows the issuer, or comes first where there is none."""
    node = xmlsec.template.create(element, hand.canonical, hand.method, ns="ds")
    reference = xmlsec.template.add_reference(node, hand.digest, uri=f"#{element.get('ID')}")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    last = xmlsec.template.add_transform(reference, hand.canonical)
    if hand.prefixes:
        xmlsec.template.transform_add_c14n_inclusive_namespaces(last, list(hand.prefixes))
    info = xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(node))
    xmlsec.template.x509_data_add_certificate(info)
    element.insert(1 if element.find("saml:Issuer", NS) is not None else 0, node)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(hand.pair.key, xmlsec.KeyFormat.PEM)
    context.key.load_cert_from_memory((hand.key_info or hand.pair).certificate, xmlsec.KeyFormat.CERT_PEM)
    context.register_id(element, "ID")
    context.sign(node)


def encrypt(element: Element, certificate: str, block: Any, transport: Any) -> Element:
    """Return the EncryptedAssertion with the element in it."""
    data = xmlsec.template.encrypted_data_create(element, block, type=xmlsec.constants.TypeEncElement, ns="xenc")
    xmlsec.template.encrypted_data_ensure_cipher_value(data)
    info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="ds")
    key = xmlsec.template.add_encrypted_key(info, transport)
    xmlsec.template.encrypted_data_ensure_cipher_value(key)
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(certificate, xmlsec.KeyFormat.CERT_PEM))
    context = xmlsec.EncryptionContext(manager)
    bits = {xmlsec.Transform.AES128: 128, xmlsec.Transform.AES128_GCM: 128, xmlsec.Transform.DES3: 192}.get(block, 256)
    kind = xmlsec.KeyData.DES if block == xmlsec.Transform.DES3 else xmlsec.KeyData.AES
    context.key = xmlsec.Key.generate(kind, bits, xmlsec.KeyDataType.SESSION)
    made = etree.Element(f"{{{NS['saml']}}}EncryptedAssertion", nsmap={"saml": NS["saml"]})
    made.append(context.encrypt_xml(data, element))
    return made


def parse(text: str) -> Element:
    return etree.fromstring(text.encode())


def text_of(element: Element) -> str:
    return str(etree.tostring(element, encoding="unicode"))


def encoded(message: str | Element) -> str:
    """Return the message as a form carries it."""
    text = message if isinstance(message, str) else text_of(message)
    return base64.b64encode(text.encode()).decode()


@dataclass
class Idp:
    """The provider: its entity id, and the keys that it publishes and signs with."""

    entity_id: str = ENTITY_ID
    sso: str = SSO
    slo: str = SSO
    hand: Hand = field(default_factory=lambda: Hand(pair("idp")))
    published: list[Pair] = field(default_factory=lambda: [pair("idp")])
    more: str = ""  # attributes of the EntityDescriptor

    def metadata(self) -> str:
        """Return metadata shaped like AD FS's: other descriptors, with an encryption certificate, come first."""
        keys = "".join(key_descriptor("signing", one) for one in self.published)
        other = key_descriptor("encryption", pair("idp-encryption"))
        bindings = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-"
        services = "".join(
            f'<{service} Binding="{bindings}{binding}" Location={quoteattr(location)}/>'
            for service, location in (("SingleLogoutService", self.slo), ("SingleSignOnService", self.sso))
            for binding in ("POST", "Redirect")
            if location
        )
        protocol = 'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"'
        return (
            '<?xml version="1.0" encoding="utf-8"?><!-- as an administrator left it -->'
            f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="{NS["ds"]}" ID="_m"'
            f" entityID={quoteattr(self.entity_id)} {self.more}>"
            f"<SPSSODescriptor {protocol}>{other}<AssertionConsumerService index='0' isDefault='true' "
            f'Binding="{bindings}POST" Location="https://fs.example.test/acs"/></SPSSODescriptor>'
            f"<IDPSSODescriptor {protocol}>{other}{keys}{services}</IDPSSODescriptor></EntityDescriptor>"
        )

    def signed(self, said: Said, hand: Hand | None = None) -> Element:
        """Return a response whose assertion is signed, and nothing else."""
        root = parse(response(said))
        sign(root.find("saml:Assertion", NS), hand or self.hand)
        return parse(text_of(root))


def key_descriptor(use: str, one: Pair) -> str:
    return (
        f'<KeyDescriptor use="{use}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{one.body}'
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>"
    )


def other(said: Said, **changes: Any) -> Said:
    return replace(said, **changes)
