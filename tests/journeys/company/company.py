"""A portal for a company whose identity providers Daypass did not write, and the local AWS behind it."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo import world
from demo.aws.seed import ACCOUNTS, SANDBOX
from demo.processes import Processes
from demo.settings import Place, keep_secrets, portal_environment
from tests.idps.oidc_provider import PAIRWISE, PLAIN, SECRET
from tests.idps.simplesamlphp import UPN, SimpleSamlPhp

OPENID, OPENID_PAIRWISE, SAML, SAML_NAMED = "company", "company-pairwise", "saml", "saml-named"
OPENID_CLIENTS = {PLAIN: OPENID, PAIRWISE: OPENID_PAIRWISE}
NAMES = {
    OPENID: "Company OpenID",
    OPENID_PAIRWISE: "Company pairwise",
    SAML: "Company SAML",  # knows people by their UPN, so that it can do without a NameID
    SAML_NAMED: "Company NameID",  # knows people by the NameID
}
OPENID_TABLE = """\
[providers.{slug}]
kind = "oidc"
name = "{name}"
issuer = "{issuer}"
client_id = "{client}"
client_secret = "env:COMPANY_CLIENT_SECRET"
domains = ["example.com"]
groups_claim = "groups"
scopes = ["openid", "email", "profile", "groups"]
token_auth_method = "{auth_method}"
"""
SAML_TABLE = """\
[providers.{slug}]
kind = "saml"
name = "{name}"
entity_id = "{entity_id}"
metadata_url = "{metadata_url}"
domains = ["example.com"]
sp_certificate_file = "{key}.crt"
sp_private_key_file = "{key}.key"
encrypt_assertions = true
"""
# What the portal remembers the time of; and what its Celery does about that within half a minute.
TIMES = {"accounts_signin": ("started_at", "refreshed_at", "authenticated_at"), "accounts_samlmetadata": ("asked_at",)}
CONFIRM = """
from django.utils import timezone
from accounts.confirm import confirm, due
for key in due(timezone.now()):
    confirm(key)
"""


@dataclass(frozen=True)
class Company:
    """The running portal. ``environment`` is the portal's own, for management commands."""

    place: Place
    environment: dict[str, str] = field(repr=False)
    processes: Processes = field(repr=False)

    def manage(self, *command: str) -> None:
        """Run one of the portal's management commands, as its administrator would."""
        self.processes.run_once(command[0], ["manage.py", *command], self.environment)

    def reason(self, reference: str) -> str:
        """Return why that was refused which the ledger has under this reference."""
        [[details]] = self._sql("select details from audit_event where reference = ?", reference)
        return str(json.loads(details)["reason"])

    def let_pass(self, minutes: int) -> None:
        """Make sign-ins, and what is known of providers, so much older."""
        for table, columns in TIMES.items():
            for column in columns:
                aged = f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-{minutes} minutes')"
                self._sql(f"update {table} set {column} = {aged} where {column} is not null")  # noqa: S608  # names of ours

    def confirm(self) -> None:
        """Ask the providers about every sign-in that is due, as the portal's Celery would in a moment."""
        self.manage("shell", "-c", CONFIRM)

    def _sql(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.place.folder / "daypass.sqlite3", timeout=10)) as database, database:
            return database.execute(statement, values).fetchall()


def openid_tables(issuer: str) -> str:
    """Return the providers file's part for both clients of an OpenID provider."""
    methods = {PLAIN: "client_secret_basic", PAIRWISE: "client_secret_post"}
    return "\n".join(
        OPENID_TABLE.format(issuer=issuer, slug=slug, client=client, name=NAMES[slug], auth_method=methods[client])
        for client, slug in OPENID_CLIENTS.items()
    )


def saml_tables(idp: SimpleSamlPhp, key: Path) -> str:
    """Return the providers file's part for a SAML provider that is declared twice; ``key`` is the portal's own."""
    at = {"entity_id": idp.entity_id, "metadata_url": idp.metadata_url, "key": key}
    by_upn, by_name_id = (SAML_TABLE.format(slug=slug, name=NAMES[slug], **at) for slug in (SAML, SAML_NAMED))
    return f'{by_upn}uid_claim = "{UPN}"\n\n{by_name_id}'


@contextmanager
def running(place: Place, providers: str) -> Iterator[Company]:
    """Start AWS and the portal with these providers; give the company; end both."""
    place.folder.mkdir(exist_ok=True)
    processes = Processes(place.folder)
    try:
        yield _start(place, processes, providers)
    finally:
        processes.stop()


def _start(place: Place, processes: Processes, providers: str) -> Company:
    aws_keys = world._start_aws(place, processes)
    environment = portal_environment(place, keep_secrets(place.folder), aws_keys) | {"COMPANY_CLIENT_SECRET": SECRET}
    Path(environment["DAYPASS_PROVIDERS"]).write_text(providers, encoding="utf-8")
    company = Company(place, environment, processes)
    processes.run_once("preparing the portal", ["-m", "demo.prepare"], environment)
    company.manage("catalog_import", "--apply", str(_catalog(place.folder)))
    command = ["-m", "gunicorn", "--config", "gunicorn.conf.py", "portal.wsgi"]
    processes.start("portal", command, environment, ready_line=False)
    processes.wait_until_answers("portal", f"{place.portal}/readyz")
    return company


def _catalog(folder: Path) -> Path:
    """Write who of the company may take what: developers build; production's read reports, if they came in just now."""
    may = {"PowerDeveloper": "AWS-Dev-Read", "S3ReadOnly": "AWS-Prod-Admin"}
    roles = [
        {
            "arn": f"arn:aws:iam::{SANDBOX}:role/{name}",
            "step_up": "recent_sign_in" if name == "S3ReadOnly" else "",
            "mappings": [{"principal": f"group:{slug}:{group}"} for slug in NAMES],
        }
        for name, group in may.items()
    ]
    account = {"account_id": SANDBOX, "name": ACCOUNTS[SANDBOX], "environment": "sandbox", "roles": roles}
    path = folder / "catalog.json"
    path.write_text(json.dumps({"format": "daypass-catalog", "version": 1, "accounts": [account]}), encoding="utf-8")
    return path
