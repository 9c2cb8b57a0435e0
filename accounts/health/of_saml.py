"""A SAML provider: its metadata with every signing certificate, and this portal's own."""

from datetime import datetime

from cryptography import x509

from accounts.health.of_openid import tls
from accounts.health.result import Certificate, Document, Result
from accounts.providers.declared import SamlProvider
from accounts.refusals import SignInRefused
from accounts.saml.idp_metadata import IdpMetadata, read
from accounts.saml.metadata import ACCEPT, known
from accounts.wire import look

METADATA = "Metadata"


def probe(provider: SamlProvider, now: datetime) -> Result:
    """Fetch the metadata anew, or read the file, and hold it against the entity that is configured."""
    return _of_file(provider, now) if provider.metadata_file else _of_address(provider, now)


def _of_address(provider: SamlProvider, now: datetime) -> Result:
    try:
        seen = look(provider.metadata_url, accept=ACCEPT, ca=provider.ca_certificates)
        found = read(seen.body, provider.entity_id, plain_http_on_loopback=provider.plain_http_on_loopback)
    except SignInRefused as refusal:
        return Result(documents=(Document(METADATA, problem=str(refusal)),), certificates=ours(provider))
    document = Document(METADATA, note=_told(provider, found), good_at=now)
    certificates = (*signing(found), *tls(seen), *ours(provider))
    return Result((document,), certificates, seen.clock, seen.seconds)


def _of_file(provider: SamlProvider, now: datetime) -> Result:
    """Read the file, and ask the sign-in page for its clock and certificate, whatever it says to nobody's request."""
    there = known(provider)
    if there is None:
        problem = "the file cannot be read, or does not describe the entity"
        return Result((Document(METADATA, problem=problem),), ours(provider))
    found = there.metadata
    document = Document(METADATA, note=f"from a file; {_told(provider, found)}", good_at=now)
    certificates = (*signing(found), *ours(provider))
    try:
        seen = look(found.sso_url, whatever=True, ca=provider.ca_certificates)
    except SignInRefused as refusal:
        return Result((document, Document("Sign-in page", problem=str(refusal))), certificates)
    return Result((document,), (*certificates, *tls(seen)), seen.clock, seen.seconds)


def _told(provider: SamlProvider, found: IdpMetadata) -> str:
    count = len(found.certificates)
    keys = "1 signing certificate" if count == 1 else f"{count} signing certificates"
    in_use = known(provider)
    differs = in_use is not None and set(in_use.metadata.keys) != set(found.keys)
    return f"{keys}{'; not those in use yet' if differs else ''}"


def signing(found: IdpMetadata) -> tuple[Certificate, ...]:
    return tuple(Certificate("signing", each.subject[:100], each.not_after) for each in found.certificates)


def ours(provider: SamlProvider) -> tuple[Certificate, ...]:
    """Return the certificates that this portal publishes itself."""
    pems = [pem for pem in (provider.sp_certificate, provider.next_sp_certificate) if pem]
    read_ones = [x509.load_pem_x509_certificate(pem.encode()) for pem in pems]
    return tuple(
        Certificate("ours", each.subject.rfc4514_string()[:100], each.not_valid_after_utc) for each in read_ones
    )
