"""Debian's SimpleSAMLphp as the company's SAML identity provider, shaped like AD FS: its claim URIs, its habits.

By default it does as AD FS does: it signs the assertion and not the response, encrypts nothing, and takes requests
that are not signed. Logout messages must be signed, both ways. It names the subject by an e-mail address.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.idps.cast import cast
from tests.idps.keys import write_key
from tests.idps.process import running, wait_until_answers
from tests.lanes import SIMPLESAMLPHP
from tests.ports import free_port

HERE = Path(__file__).parent
PASSWORD = "password"
CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
EMAIL, UPN, NAME, GIVEN_NAME, SURNAME = (
    f"{CLAIMS}{name}" for name in ("emailaddress", "upn", "name", "givenname", "surname")
)
GROUP = "http://schemas.xmlsoap.org/claims/Group"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
BY_EMAIL, TRANSIENT = (
    f"urn:oasis:names:tc:SAML:{name}" for name in ("1.1:nameid-format:emailAddress", "2.0:nameid-format:transient")
)
USUAL = {
    "name_id": True,
    "name_id_format": BY_EMAIL,
    "sign_response": False,
    "sign_assertion": True,
    "signature_algorithm": RSA_SHA256,
    "encrypt_assertion": False,
    "demand_signed_requests": False,
    "refuses": False,  # answers with a SAML status instead of an assertion
    "next_key": "",
}


@dataclass
class SimpleSamlPhp:
    """The running provider; ``base`` ends with a slash."""

    base: str
    folder: Path
    keys: int = 0

    @property
    def entity_id(self) -> str:
        return f"{self.base}trust"

    @property
    def metadata_url(self) -> str:
        return f"{self.base}saml2/idp/metadata.php"

    @property
    def sign_out_url(self) -> str:
        """Where a person signs out at the provider, and so everywhere; ends on a page of its own."""
        return f"{self.base}saml2/idp/SingleLogoutService.php?ReturnTo={self.base}module.php/core/frontpage_welcome.php"

    def register(self, slug: str, metadata: str) -> None:
        """Trust a service provider by its metadata, as an administrator would."""
        (self.folder / f"sp-{slug}.xml").write_text(metadata, encoding="utf-8")

    def set(self, **options: Any) -> None:
        """Change its habits; the names are those of USUAL."""
        self._write("options", self._read("options") | options)

    def change(self, person: str, **claims: list[str]) -> None:
        """Change what it knows of a person, by the constants above: ``change("bob", **{GROUP: ["AWS-Dev-Read"]})``."""
        people = self._read("people")
        people[person] = {name: values for name, values in (people[person] | claims).items() if values}
        self._write("people", people)

    def reset(self) -> None:
        """Everybody and every habit as at the start; the keys stay what they are."""
        self._write("people", {person: _claims(person) for person in cast()})
        self._write("options", USUAL | {"key": self._key()})

    def rotate_key(self, *, urgently: bool, days: int = 365) -> None:
        """Urgently: sign with a new key at once. Else: publish it beside the one that still signs."""
        self.keys += 1
        write_key(self.folder / self._key(), days=days)
        self.set(**({"key": self._key(), "next_key": ""} if urgently else {"next_key": self._key()}))

    def use_next_key(self) -> None:
        """Finish an orderly change: the published second key signs, the first is gone."""
        self.set(key=self._key(), next_key="")

    def _key(self) -> str:
        return f"idp-{self.keys}"

    def _read(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        return found

    def _write(self, name: str, value: dict[str, Any]) -> None:
        fresh = self.folder / f"{name}.new"
        fresh.write_text(json.dumps(value), encoding="utf-8")
        fresh.replace(self.folder / f"{name}.json")


@contextmanager
def simplesamlphp(folder: Path) -> Iterator[SimpleSamlPhp]:
    """Start it with a fresh key; its log, people, sessions and keys are in ``folder``."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    provider = SimpleSamlPhp(f"http://localhost:{port}/", folder)
    write_key(folder / provider._key())
    provider.reset()
    environment = {
        "SIMPLESAMLPHP_CONFIG_DIR": str(HERE / "config"),
        "DAYPASS_TEST_FOLDER": str(folder),
        "DAYPASS_TEST_BASE": provider.base,
    }
    command = ["php", "-S", f"127.0.0.1:{port}", "-t", str(SIMPLESAMLPHP / "www")]
    with running(command, folder / "php.log", stdout=subprocess.DEVNULL, **environment) as process:
        wait_until_answers(process, provider.metadata_url, folder / "php.log")
        yield provider


def _claims(person: str) -> dict[str, list[str]]:
    known = cast()[person]
    return {
        UPN: [known.upn],
        EMAIL: [known.email],
        NAME: [known.name],
        GIVEN_NAME: [known.given_name],
        SURNAME: [known.family_name],
        **({GROUP: list(known.groups)} if known.groups else {}),
    }
