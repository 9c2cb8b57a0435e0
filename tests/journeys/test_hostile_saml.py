"""Hostile SAML messages at both doors of a real portal, at once: all are refused, and its workers go on answering."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.accounts.saml.idp import ENTITY_ID, UPN, Idp, Said, encoded, parse, response
from tests.accounts.saml.test_hands_nothing_on import attacked, fifo
from tests.accounts.saml.test_logout import Asked
from tests.journeys.live import ROOT, free_port, prepare, serving
from tests.journeys.test_servers import SERVERS

__all__ = ["fifo"]  # a file that hangs whoever opens it
POSTS, AT_ONCE, PATIENCE = 64, 32, 30
DOORS = {"/accounts/saml/corp/acs/": "SAMLResponse", "/accounts/saml/corp/sls/": "SAMLRequest"}
PROVIDER = f"""
[providers.corp]
kind = "saml"
name = "Corp"
domains = ["example.com"]
entity_id = "{ENTITY_ID}"
uid_claim = "{UPN}"
metadata_file = "corp.xml"
"""


@pytest.fixture
def gunicorn(tmp_path: Path) -> Iterator[str]:
    """A portal in two processes, with a SAML provider."""
    (tmp_path / "corp.xml").write_text(Idp().metadata())
    file = tmp_path / "daypass.toml"
    file.write_text(PROVIDER)
    environment, port = prepare(tmp_path).environment, free_port()
    environment |= {"DAYPASS_WORKERS": "2", "DAYPASS_PROVIDERS": str(file), "DAYPASS_TRUSTED_PROXIES": "1"}
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(collect, cwd=ROOT, env=environment, check=True)
    command = [part.format(port=port) for part in SERVERS["gunicorn"]]
    with serving(command, environment, port, tmp_path / "gunicorn.log") as address:
        yield address


def test_sixty_four_posts_leave_the_workers_answering(gunicorn: str, fifo: str, tmp_path: Path) -> None:
    said = Said("_asked", acs="http://127.0.0.1/accounts/saml/corp/acs/", audience="http://127.0.0.1")
    messages = [response(said), Asked(destination="http://127.0.0.1/accounts/saml/corp/sls/").xml()]
    hostile = [encoded(attacked(parse(one), "a manifest in an object", fifo)) for one in messages]

    def post(number: int) -> int:
        path, name = list(DOORS.items())[number % 2]
        network = {"X-Forwarded-For": f"192.0.2.{number}"}  # one would be barred after some
        form = {name: hostile[number % 2]}
        return requests.post(f"{gunicorn}{path}", form, headers=network, timeout=PATIENCE).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = Counter(pool.map(post, range(POSTS)))
    assert answers == {403: POSTS}
    assert (tmp_path / "gunicorn.log").read_text().count("something in Signature") == POSTS
    pages = [
        requests.get(f"{gunicorn}/sign-in/", headers={"Host": "127.0.0.1"}, timeout=PATIENCE).status_code
        for _ in range(8)
    ]
    assert pages == [200] * 8
