"""Directories that push: Okta by subject, Entra ID by object id, Keycloak by address, AD FS by UPN."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.providers import Provider, configured
from accounts.scim.models import DirectoryGroup, DirectoryUser
from demo.processes import Processes
from tests.__main__ import neutral
from tests.ports import three_free_ports

TOKEN, OTHER_TOKEN = "first-token-of-a-directory-" + "a" * 16, "other-token-of-a-directory-" + "b" * 16
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
FILE = """
[providers.{slug}]
kind = "oidc"
name = "{name}"
issuer = "https://{slug}.example.test"
client_id = "{slug}-client"
client_secret = "env:TEST_CLIENT_SECRET"
domains = ["example.com"]
email_trusted = true
{more}
"""
PUSHED = 'scim_token = "env:TEST_SCIM_TOKEN"\nscim_match = "{match}"\n'
PROVIDERS = {
    "okta": PUSHED.format(match="subject") + 'groups_from = "scim"',
    "entra": PUSHED.format(match="oid"),
    "keycloak": PUSHED.format(match="email") + 'groups_from = "scim"',
    "fs": PUSHED.format(match="upn") + "upn_trusted = true",
    "strict": PUSHED.format(match="subject") + "scim_required = true",
    "plain": "",
}
Answer = Any  # django-stubs gives the test client's answer a name that cannot be imported


@pytest.fixture(scope="session")
def directories_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("directories") / "daypass.toml"
    tables = [FILE.format(slug=slug, name=slug.title(), more=more) for slug, more in PROVIDERS.items()]
    path.write_text("".join(tables))
    return path


@pytest.fixture(autouse=True)
def _directories(directories_file: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setenv("TEST_CLIENT_SECRET", "a-secret")
    monkeypatch.setenv("TEST_SCIM_TOKEN", f"{TOKEN} {OTHER_TOKEN}")
    settings.DAYPASS_PROVIDERS = str(directories_file)


@dataclass
class Pushing:
    """A directory of a provider, as its requests look."""

    slug: str
    token: str = TOKEN
    client: Client = field(default_factory=Client)

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        address = f"/scim/v2/{self.slug}{path}"
        data = body if isinstance(body, bytes | str) else json.dumps(body) if body is not None else ""
        known = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json", **headers}
        return self.client.generic(method, address, data, content_type=known["Content-Type"], headers=known)

    def user(self, name: str, /, **fields: object) -> DirectoryUser:
        """Push a user by POST: ``okta.user("alice", externalId="00u1")``."""
        answer = self("POST", "/Users", user_body(name, **fields))
        assert answer.status_code == 201, answer.content
        return DirectoryUser.objects.get(pk=answer.json()["id"])

    def group(self, name: str, *members: DirectoryUser) -> DirectoryGroup:
        answer = self("POST", "/Groups", group_body(name, *members))
        assert answer.status_code == 201, answer.content
        return DirectoryGroup.objects.get(pk=answer.json()["id"])

    def patch(self, row: DirectoryUser | DirectoryGroup, *operations: dict[str, Any]) -> Answer:
        kind = "Users" if isinstance(row, DirectoryUser) else "Groups"
        return self("PATCH", f"/{kind}/{row.pk}", {"schemas": [PATCH_OP], "Operations": list(operations)})

    def deactivate(self, row: DirectoryUser) -> Answer:
        return self.patch(row, {"op": "replace", "path": "active", "value": False})


def user_body(name: str, /, **fields: object) -> dict[str, object]:
    schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"]
    return {"schemas": schemas, "userName": f"{name}@example.com", "externalId": name, "active": True, **fields}


def group_body(name: str, *members: DirectoryUser) -> dict[str, object]:
    schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"]
    return {"schemas": schemas, "displayName": name, "members": [{"value": str(user.pk)} for user in members]}


def refused(answer: Answer, status: int, scim_type: str = "") -> str:
    """Assert that this is SCIM's error as RFC 7644, section 3.12 has it, and return what it says."""
    said = answer.json()
    assert (answer.status_code, said["status"]) == (status, str(status)), said
    assert said.get("scimType", "") == scim_type, said
    assert said["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert answer.headers["Content-Type"] == "application/scim+json"
    detail: str = said["detail"]
    return detail


@pytest.fixture
def okta() -> Pushing:
    return Pushing("okta")


@pytest.fixture
def entra() -> Pushing:
    return Pushing("entra")


@pytest.fixture
def keycloak() -> Pushing:
    return Pushing("keycloak")


ProviderOf = Callable[[str], Provider]


@pytest.fixture
def provider_of() -> ProviderOf:
    return lambda slug: configured()[slug]


@pytest.fixture(scope="session")
def portal(directories_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A portal's real process with a database of its own; the address of its Okta directory."""
    folder, port = tmp_path_factory.mktemp("portal"), three_free_ports()
    address = f"http://127.0.0.1:{port}"
    environment = neutral() | {
        "DAYPASS_DEVELOPMENT": "true",
        "DAYPASS_BASE_URL": address,
        "DAYPASS_PORT": str(port),
        "DAYPASS_WORKERS": "1",
        "DAYPASS_SECRET_KEY": "only-for-tests-" + "x" * 50,
        "DAYPASS_ENCRYPTION_KEYS": "t1:" + "QUFB" * 10 + "QUE=",
        "DAYPASS_PROVIDERS": str(directories_file),
        "DAYPASS_STATIC_ROOT": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
        "CELERY_BROKER_URL": "memory://",
        "TEST_CLIENT_SECRET": "a-secret",
        "TEST_SCIM_TOKEN": TOKEN,
    }
    processes = Processes(folder)
    try:
        processes.run_once("migrate", ["manage.py", "migrate", "--no-input"], environment)
        processes.run_once("cache", ["manage.py", "createcachetable"], environment)
        command = ["-m", "gunicorn", "--config", "gunicorn.conf.py", "portal.wsgi"]
        processes.start("portal", command, environment, ready_line=False)
        processes.wait_until_answers("portal", f"{address}/healthz")
        yield f"{address}/scim/v2/okta"
    finally:
        processes.stop()
