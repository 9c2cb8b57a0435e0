"""Read a provider of SAML 2.0: AD FS, or any other by its metadata."""

from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from accounts.providers.declared import Kind, SamlProvider
from accounts.providers.table import Table, common, is_address, secret
from accounts.saml import extra
from portal import files

# AD FS's names for claims (its claim descriptions); other providers have others, so each can be written in the file.
CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
USUAL = {
    "email_claim": f"{CLAIMS}/emailaddress",
    "name_claim": f"{CLAIMS}/name",
    "given_name_claim": f"{CLAIMS}/givenname",
    "family_name_claim": f"{CLAIMS}/surname",
    "groups_claim": "http://schemas.xmlsoap.org/claims/Group",
}
FORMATS = {
    "emailAddress": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "persistent": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "unspecified": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
    "WindowsDomainQualifiedName": "urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName",
}
LONGEST_ENTITY_ID = 1024  # SAML core, section 8.3.6
LEAST_RSA_BITS = 2048


def read(table: Table, kind: Kind) -> SamlProvider:
    extra.require()
    table.values.setdefault("email_claim", USUAL["email_claim"])
    claims = {key: table.text(key, USUAL[key]) for key in USUAL if key != "email_claim"}
    values = common(table, kind) | claims | _metadata(table) | _keys(table)
    values |= {
        "entity_id": _entity_id(table, "entity_id", table.text("entity_id")),
        "sp_entity_id": table.optional("sp_entity_id", lambda key: _entity_id(table, key, table.text(key)), ""),
        "uid_claim": table.optional("uid_claim", table.text, ""),
        "name_id_format": table.optional("name_id_format", lambda key: _format(table, key), ""),
        "can_reauthenticate": table.flag("can_reauthenticate", default=True),
        "email_trusted": True,  # SAML has no word for "verified": the directory vouches, for its own domains alone
        "plain_http_on_loopback": table.plain_http_on_loopback,
    }
    _finish(table, values)
    provider = SamlProvider(**values)
    _try_file(table, provider)
    return provider


def _finish(table: Table, values: dict[str, Any]) -> None:
    files = {"sp_certificate_file", "sp_private_key_file", "next_sp_certificate_file", "previous_sp_private_key_file"}
    ours = {"slug", "ca_certificates", "email_trusted", "plain_http_on_loopback"}
    table.finish(", ".join(sorted({"kind", "ca_file", *files, *values} - ours)))


def _metadata(table: Table) -> dict[str, str]:
    if ("metadata_url" in table.values) == ("metadata_file" in table.values):
        table.refuse("metadata_url", "write either metadata_url or metadata_file.")
    if "metadata_file" in table.values:
        return {"metadata_file": str(table.path.parent / table.text("metadata_file")), "metadata_url": ""}
    address = table.text("metadata_url")
    if not is_address(table, address.partition("?")[0]) or "#" in address:
        table.refuse("metadata_url", "write the https address of the provider's metadata.")
    return {"metadata_url": address, "metadata_file": ""}


def _entity_id(table: Table, key: str, value: str) -> str:
    """An entity id is a URI that is compared to the letter; what needs no escaping in XML cannot be misread there."""
    if len(value) > LONGEST_ENTITY_ID or any(character in value for character in "<>&\"' "):
        table.refuse(key, "write the entity id exactly as the metadata has it, such as http://fs.example.com/adfs/….")
    return value


def _format(table: Table, key: str) -> str:
    value = table.text(key)
    if value not in FORMATS:
        table.refuse(key, f"choose from {', '.join(FORMATS)}; a transient one would make a new person each time.")
    return FORMATS[value]


def _keys(table: Table) -> dict[str, Any]:
    """Return our own keys. Without one, requests go unsigned, and there is neither encryption nor single logout."""
    has_key = any(key in table.values for key in ("sp_private_key", "sp_private_key_file"))
    key = _private_key(table, "sp_private_key") if has_key else ""
    certificate = _certificate(table, "sp_certificate")
    if bool(key) != bool(certificate):
        table.refuse("sp_private_key", "write both sp_certificate_file and sp_private_key_file, or neither.")
    if key and _numbers(certificate) != load_pem_private_key(key.encode(), None).public_key().public_numbers():  # type: ignore[union-attr]  # RSA by now
        table.refuse("sp_private_key", "it is not the key of sp_certificate.")
    previous = [name for name in ("previous_sp_private_key", "previous_sp_private_key_file") if name in table.values]
    values = {
        "sp_private_key": key,
        "sp_certificate": certificate,
        "next_sp_certificate": _certificate(table, "next_sp_certificate"),
        "previous_sp_private_key": _private_key(table, "previous_sp_private_key") if previous else "",
        "sign_requests": table.flag("sign_requests", default=bool(key)),
        "encrypt_assertions": table.flag("encrypt_assertions", default=False),
    }
    for name in ("sign_requests", "encrypt_assertions", "next_sp_certificate", "previous_sp_private_key"):
        if values[name] and not key:
            table.refuse(name, "it needs sp_certificate_file and sp_private_key_file.")
    return values


def _private_key(table: Table, key: str) -> str:
    text = secret(table, key)
    try:
        made = load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError):
        table.refuse(key, "write a private key in PEM, without a passphrase.")
    if not isinstance(made, RSAPrivateKey) or made.key_size < LEAST_RSA_BITS:
        table.refuse(key, f"use an RSA key of {LEAST_RSA_BITS} bits or more; AD FS takes no other kind.")
    return text


def _certificate(table: Table, key: str) -> str:
    if not {key, f"{key}_file"} & set(table.values):
        return ""
    text = secret(table, key)
    try:
        made = x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        table.refuse(key, "write one certificate in PEM.")
    if not isinstance(made.public_key(), RSAPublicKey):
        table.refuse(key, "use a certificate of an RSA key; AD FS takes no other kind.")
    return text


def _numbers(certificate: str) -> Any:
    return x509.load_pem_x509_certificate(certificate.encode()).public_key().public_numbers()  # type: ignore[union-attr]  # RSA by now


def _try_file(table: Table, provider: SamlProvider) -> None:
    """Read metadata that is a file once at the start, so that a wrong one stops it."""
    if not provider.metadata_file:
        return
    from accounts.refusals import SignInRefused  # the extra is here by now
    from accounts.saml.idp_metadata import read as read_metadata

    try:
        document = files.read(Path(provider.metadata_file))
        read_metadata(document, provider.entity_id, plain_http_on_loopback=provider.plain_http_on_loopback)
    except files.Unreadable as error:
        table.refuse("metadata_file", f"{error}.")
    except SignInRefused as refusal:
        table.refuse("metadata_file", f"it does not fit: {refusal.detail}.")
