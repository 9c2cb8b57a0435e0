"""A portal that is set up for the provider of tests/accounts/saml/idp.py, and a browser that walks through it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import SignIn, User
from accounts.saml import documents
from audit.models import Event
from tests.accounts.conftest import Answer
from tests.accounts.saml.idp import ENTITY_ID, UPN, Idp, Pair, Said, encoded, pair

PORTAL = "http://testserver"
FILE = """
[providers.corp]
kind = "saml"
name = "Example AD FS"
domains = ["example.com"]
entity_id = "{entity_id}"
{more}

[providers.other]
kind = "saml"
name = "Other AD FS"
domains = ["other.example"]
entity_id = "http://other.example.test/trust"
metadata_file = "other.xml"
"""


@dataclass
class Portal:
    """The portal's side: its file, the two providers' metadata, and our key."""

    folder: Path
    settings: Any
    idp: Idp = field(default_factory=Idp)
    other: Idp = field(default_factory=lambda: Idp("http://other.example.test/trust", published=[pair("other-idp")]))
    more: str = ""
    written: int = 0

    def publish(self) -> None:
        """Write both providers' metadata, as they are now."""
        (self.folder / "corp.xml").write_text(self.idp.metadata())
        (self.folder / "other.xml").write_text(self.other.metadata())

    def set_up(self, **keys: str) -> None:
        """Declare the providers anew, with these keys more."""
        usual = {"uid_claim": f'"{UPN}"'} | ({} if "metadata_url" in keys else {"metadata_file": '"corp.xml"'})
        self.more = "\n".join(f"{key} = {value}" for key, value in (usual | keys).items())
        self.written += 1  # the file is read once for each path
        path = self.folder / f"daypass-{self.written}.toml"
        path.write_text(FILE.format(entity_id=ENTITY_ID, more=self.more))
        self.settings.DAYPASS_PROVIDERS = str(path)

    def with_key(self, **keys: str) -> Pair:
        """Give the portal a key pair of its own."""
        ours = pair("portal")
        (self.folder / "sp.key").write_text(ours.key)
        (self.folder / "sp.crt").write_text(ours.certificate)
        self.set_up(sp_private_key_file='"sp.key"', sp_certificate_file='"sp.crt"', **keys)
        return ours


@pytest.fixture
def portal(tmp_path: Path, settings: Settings, db: None) -> Portal:
    made = Portal(tmp_path, settings)
    made.publish()
    made.set_up()
    return made


@dataclass
class Browser:
    """A browser on its way through a sign-in by SAML."""

    client: Client = field(default_factory=Client)
    slug: str = "corp"

    def start(self, **form: str) -> str:
        """Press the provider's button; return where the browser is sent."""
        answer = self.client.post(f"/accounts/saml/{self.slug}/login/", form)
        assert answer.status_code == 302, answer.content
        return str(answer.headers["Location"])

    def said(self, **changes: Any) -> Said:
        """Set out, and return what a true answer to this browser's request says; with changes, another."""
        asked = documents.parsed(documents.inflated(documents.decoded(query(self.start())["SAMLRequest"])))
        return self.answer_to(asked.get("ID"), **changes)

    def answer_to(self, request_id: str | None, **changes: Any) -> Said:
        base = f"{PORTAL}/accounts/saml/{self.slug}/"
        said = {"in_response_to": request_id, "acs": f"{base}acs/", "audience": f"{base}metadata/"}
        return Said(**(said | changes))

    def post(self, message: Any, **form: str) -> Answer:
        """Post to the ACS as the provider's page does: from another site, so without a cookie of ours."""
        return self.post_raw({"SAMLResponse": encoded(message), **form})

    def post_raw(self, form: dict[str, Any]) -> Answer:
        answer = Client().post(f"/accounts/saml/{self.slug}/acs/", urlencode(form, doseq=True), content_type=FORM)
        self.client.cookies.update(answer.cookies)
        return answer

    def arrive(self, message: Any, **form: str) -> Answer:
        """Post, and follow the redirect home, with the session."""
        answer = self.post(message, **form)
        return self.client.get(answer.headers["Location"]) if answer.status_code == 303 else answer


FORM = "application/x-www-form-urlencoded"


def refused(answer: Answer) -> Event:
    """Assert that this answer refused a sign-in as every refusal must, and return its event."""
    event = Event.objects.get(tag="accounts:sign_in:refuse")
    assert answer.status_code in {403, 413, 503}
    assert event.reference in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (User.objects.count(), SignIn.objects.count(), Event.objects.count()) == (0, 0, 1)
    assert "alice" not in f"{event.details}{answer.content.decode()}".lower()
    return event


def reason(answer: Answer) -> str:
    return str(refused(answer).details["reason"])


@pytest.fixture
def browser_at_corp(portal: Portal) -> Browser:
    return Browser()


def query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
