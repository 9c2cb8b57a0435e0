"""The strict reader of a SAML provider: each wrong key is named, with its remedy."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.exceptions import ImproperlyConfigured

from accounts.providers.declared import SamlProvider
from accounts.providers.file import load
from accounts.saml import extra
from tests.accounts.health import tls
from tests.accounts.saml.idp import EMAIL, ENTITY_ID, GROUP, NAME, Idp, pair

LEAST = {
    "kind": '"saml"',
    "name": '"AD FS"',
    "domains": '["example.com"]',
    "entity_id": f'"{ENTITY_ID}"',
    "metadata_url": '"https://fs.example.test/FederationMetadata/2007-06/FederationMetadata.xml"',
}
KEYS = {"sp_certificate_file": '"sp.crt"', "sp_private_key_file": '"sp.key"'}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with our key pair, the next certificate, the last key, and the provider's metadata."""
    certificate, curve = tls.certificate(9)
    ours, following, last = pair("portal"), pair("next-portal"), pair("old-portal")
    files = {
        "sp.crt": ours.certificate,
        "sp.key": ours.key,
        "next.crt": following.certificate,
        "old.key": last.key,
        "weak.key": pair("weak-portal", bits=1024).key,
        "weak.crt": pair("weak-portal", bits=1024).certificate,
        "curve.key": curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "curve.crt": certificate.public_bytes(Encoding.PEM).decode(),
        "idp.xml": Idp().metadata(),
        "rubbish": "rubbish",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def loaded(folder: Path, without: tuple[str, ...] = (), /, **keys: str) -> SamlProvider:
    lines = [f"{key} = {value}" for key, value in (LEAST | keys).items() if key not in without]
    path = folder / "daypass.toml"
    path.write_text("\n".join(["[providers.corp]", *lines]))
    found = load(path, plain_http_on_loopback=False)["corp"]
    assert isinstance(found, SamlProvider)
    return found


def test_the_least_that_must_be_said_means_ad_fs(folder: Path) -> None:
    found = loaded(folder)
    assert (found.email_claim, found.name_claim, found.groups_claim) == (EMAIL, NAME, GROUP)
    assert (found.uid_claim, found.name_id_format, found.sp_entity_id) == ("", "", "")
    assert (found.email_trusted, found.can_reauthenticate) == (True, True)
    assert (found.sign_requests, found.encrypt_assertions, found.sp_private_key) == (False, False, "")
    assert found.origins == ("https://fs.example.test/FederationMetadata/2007-06/FederationMetadata.xml",)


def test_our_keys_are_read_and_never_shown(folder: Path) -> None:
    following = {"next_sp_certificate_file": '"next.crt"', "previous_sp_private_key_file": '"old.key"'}
    found = loaded(folder, **KEYS, **following, encrypt_assertions="true")
    assert (found.sp_private_key, found.sp_certificate) == (
        pair("portal").key.strip(),
        pair("portal").certificate.strip(),
    )
    assert (found.sign_requests, found.encrypt_assertions) == (True, True)
    assert (found.next_sp_certificate, found.previous_sp_private_key) == (
        pair("next-portal").certificate.strip(),
        pair("old-portal").key.strip(),
    )
    assert "PRIVATE KEY" not in repr(found)


def test_keys_may_come_from_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SP_KEY", pair("portal").key)
    monkeypatch.setenv("TEST_SP_CRT", pair("portal").certificate)
    found = loaded(folder, sp_private_key='"env:TEST_SP_KEY"', sp_certificate='"env:TEST_SP_CRT"')
    assert found.sp_private_key == pair("portal").key.strip()


def test_metadata_may_be_a_file(folder: Path) -> None:
    found = loaded(folder, ("metadata_url",), metadata_file='"idp.xml"')
    assert (found.metadata_file, found.origins) == (str(folder / "idp.xml"), ())


NOT_A_LINE, EXACT = "write a text that is not empty", "write the entity id exactly"
EITHER, HTTPS = "write either metadata_url or metadata_file", "write the https address of the provider's metadata"
BOTH, NEEDS = "write both sp_certificate_file and sp_private_key_file", "it needs sp_certificate_file and"
RSA_KEY, UNKNOWN = "use an RSA key of 2048 bits or more", "there is no such key for this kind"
PRIVATE, PREVIOUS = "sp_private_key", "previous_sp_private_key_file"
# Everything right but what is written here: key, what is written, what is left out, the remedy.
WRONG: list[tuple[str, dict[str, str], tuple[str, ...], str]] = [
    ("entity_id", {}, ("entity_id",), NOT_A_LINE),
    ("entity_id", {"entity_id": '"a b"'}, (), EXACT),
    ("entity_id", {"entity_id": "'a\"b'"}, (), EXACT),
    ("entity_id", {"entity_id": '"a<b"'}, (), EXACT),
    ("entity_id", {"entity_id": f'"{"a" * 1025}"'}, (), EXACT),
    ("sp_entity_id", {"sp_entity_id": '"a&b"'}, (), EXACT),
    ("metadata_url", {}, ("metadata_url",), EITHER),
    ("metadata_url", {"metadata_file": '"idp.xml"'}, (), EITHER),
    ("metadata_url", {"metadata_url": '"http://fs.example.test/m.xml"'}, (), HTTPS),
    ("metadata_url", {"metadata_url": '"http://127.0.0.1/m.xml"'}, (), HTTPS),
    ("metadata_url", {"metadata_url": '"https://fs.example.test/m.xml#x"'}, (), HTTPS),
    ("metadata_url", {"metadata_url": '"https://fs.example.test/m.xml?a=1#x"'}, (), HTTPS),
    ("metadata_file", {"metadata_file": '"none.xml"'}, ("metadata_url",), ""),
    ("metadata_file", {"metadata_file": '"rubbish"'}, ("metadata_url",), "it does not fit: metadata: not well-formed"),
    (
        "metadata_file",
        {"metadata_file": '"idp.xml"', "entity_id": '"http://other.example/"'},
        ("metadata_url",),
        "it does not fit: metadata: 0 entities of the configured id",
    ),
    ("name_id_format", {"name_id_format": '"transient"'}, (), "choose from emailAddress"),
    ("uid_claim", {"uid_claim": '""'}, (), NOT_A_LINE),
    ("groups_claim", {"groups_claim": "1"}, (), NOT_A_LINE),
    ("can_reauthenticate", {"can_reauthenticate": '"yes"'}, (), "write true or false"),
    (PRIVATE, {"sp_certificate_file": '"sp.crt"'}, (), BOTH),
    (PRIVATE, {"sp_private_key_file": '"sp.key"'}, (), BOTH),
    (PRIVATE, KEYS | {"sp_certificate_file": '"next.crt"'}, (), "it is not the key of sp_certificate"),
    (PRIVATE, KEYS | {"sp_private_key_file": '"rubbish"'}, (), "write a private key in PEM"),
    (PRIVATE, {"sp_private_key_file": '"weak.key"', "sp_certificate_file": '"weak.crt"'}, (), RSA_KEY),
    (PRIVATE, {"sp_private_key_file": '"curve.key"', "sp_certificate_file": '"sp.crt"'}, (), RSA_KEY),
    (PRIVATE, KEYS | {"sp_private_key": '"env:X"'}, (), "write either sp_private_key"),
    (PRIVATE, {"sp_private_key": '"-----BEGIN PRIVATE KEY-----"'}, (), "the secret itself does not belong"),
    ("sp_certificate", KEYS | {"sp_certificate_file": '"rubbish"'}, (), "write one certificate in PEM"),
    ("sp_certificate", KEYS | {"sp_certificate_file": '"curve.crt"'}, (), "use a certificate of an RSA key"),
    ("next_sp_certificate", KEYS | {"next_sp_certificate_file": '"curve.crt"'}, (), "use a certificate of an RSA key"),
    ("previous_sp_private_key", KEYS | {PREVIOUS: '"weak.key"'}, (), RSA_KEY),
    ("previous_sp_private_key", KEYS | {PREVIOUS: '"curve.key"'}, (), RSA_KEY),
    ("sp_private_key_file", KEYS | {"sp_private_key_file": '"none"'}, (), ""),
    ("sign_requests", {"sign_requests": "true"}, (), NEEDS),
    ("encrypt_assertions", {"encrypt_assertions": "true"}, (), NEEDS),
    ("next_sp_certificate", {"next_sp_certificate_file": '"next.crt"'}, (), NEEDS),
    ("previous_sp_private_key", {PREVIOUS: '"old.key"'}, (), NEEDS),
    ("client_id", {"client_id": '"x"'}, (), UNKNOWN),
    ("email_trusted", {"email_trusted": "true"}, (), UNKNOWN),
]


@pytest.mark.parametrize(("key", "keys", "without", "remedy"), WRONG)
def test_a_wrong_key_is_named(
    folder: Path, key: str, keys: dict[str, str], without: tuple[str, ...], remedy: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        loaded(folder, without, **keys)
    said = str(caught.value)
    assert f"key '{key}': {remedy}" in said
    assert "PRIVATE KEY" not in said


def test_the_longest_entity_id_is_taken(folder: Path) -> None:
    longest = "a" * 1024
    assert loaded(folder, entity_id=f'"{longest}"').entity_id == longest


def test_an_unknown_key_is_answered_with_the_known_ones(folder: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"Known: .*name_id_format.*sp_private_key_file.*uid_claim"):
        loaded(folder, colour='"blue"')


def test_a_provider_without_the_extra_stops_the_start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "problem", lambda: "ModuleNotFoundError: No module named 'xmlsec'")
    with pytest.raises(ImproperlyConfigured) as caught:
        loaded(folder)
    assert "pip install --only-binary xmlsec,lxml -r requirements-saml.txt" in str(caught.value)
