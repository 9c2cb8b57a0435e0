"""A portal for a company whose identity providers Daypass did not write, and the local AWS behind it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo import world
from demo.aws.seed import ACCOUNTS, SANDBOX
from demo.processes import Processes
from demo.settings import Place, keep_secrets, portal_environment
from tests.idps.oidc_provider import PAIRWISE, PLAIN, SECRET

OPENID, OPENID_PAIRWISE = "company", "company-pairwise"
OPENID_CLIENTS = {PLAIN: OPENID, PAIRWISE: OPENID_PAIRWISE}
NAMES = {OPENID: "Company OpenID", OPENID_PAIRWISE: "Company pairwise"}
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


def openid_tables(issuer: str) -> str:
    """Return the providers file's part for both clients of an OpenID provider."""
    told = [{"slug": slug, "client": client, "name": NAMES[slug]} for client, slug in OPENID_CLIENTS.items()]
    return "\n".join(OPENID_TABLE.format(issuer=issuer, **names) for names in told)


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
    """Write who of the company may take what: developers build, and those of production read its reports."""
    may = {"PowerDeveloper": "AWS-Dev-Read", "S3ReadOnly": "AWS-Prod-Admin"}
    slugs = ["saml", *OPENID_CLIENTS.values()]
    roles = [
        {
            "arn": f"arn:aws:iam::{SANDBOX}:role/{name}",
            "mappings": [{"principal": f"group:{slug}:{group}"} for slug in slugs],
        }
        for name, group in may.items()
    ]
    account = {"account_id": SANDBOX, "name": ACCOUNTS[SANDBOX], "environment": "sandbox", "roles": roles}
    path = folder / "catalog.json"
    path.write_text(json.dumps({"format": "daypass-catalog", "version": 1, "accounts": [account]}), encoding="utf-8")
    return path
