"""The bearer token's header reaches the portal under every server that is documented, through real processes."""

import http.client
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import SignIn
from tests.journeys.live import Prepared, free_port, prepare, serving
from tests.sdk.conftest import Admit, admitted

__all__ = ["admitted"]  # the fixture of the room that the servers lead to
PYTHON = [sys.executable, "-m"]
SERVERS = {
    "gunicorn": [*PYTHON, "gunicorn", "--config", "gunicorn.conf.py", "--bind", "127.0.0.1:{port}", "portal.wsgi"],
    "runserver": [sys.executable, "manage.py", "runserver", "--noreload", "127.0.0.1:{port}"],
    "uvicorn": [*PYTHON, "uvicorn", "--port", "{port}", "--lifespan", "off", "portal.asgi:application"],
    "hypercorn": [*PYTHON, "hypercorn", "--bind", "127.0.0.1:{port}", "portal.asgi:application"],
    "gunicorn with uvicorn's worker": [
        *(*PYTHON, "gunicorn", "--config", "gunicorn.conf.py", "--worker-class", "uvicorn.workers.UvicornWorker"),
        *("--bind", "127.0.0.1:{port}", "portal.asgi:application"),
    ],
}
TRUE, TWIN = "x-amz-sso_bearer_token", "X-Amz-Sso-Bearer-Token"

NGINX = """
daemon off; pid {folder}/nginx.pid; error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{
    listen 127.0.0.1:{port};
    underscores_in_headers on;
    location / {{ proxy_pass {upstream}; proxy_set_header Host $host; }}
  }}
}}
"""
CADDY = """
{{
  admin off
  auto_https off
}}
http://127.0.0.1:{port} {{
  reverse_proxy {address} {{
    header_up Host {{hostport}}
  }}
}}
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("portal"))


@pytest.fixture(scope="module", params=SERVERS)
def server(
    request: pytest.FixtureRequest, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    port = free_port()
    command = [part.format(port=port) for part in SERVERS[request.param]]
    with serving(command, prepared.environment, port, tmp_path_factory.mktemp("log") / "server.log") as address:
        yield address


@pytest.fixture
def gunicorn(prepared: Prepared, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    command = [part.format(port=port) for part in SERVERS["gunicorn"]]
    with serving(command, prepared.environment, port, tmp_path / "gunicorn.log") as address:
        yield address


def status(address: str, *headers: tuple[str, str]) -> int:
    """Return the status of ListAccounts, sent with these headers, written as they are."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    connection.putrequest("GET", "/assignment/accounts", skip_host=True)
    for name, value in (("Host", "127.0.0.1"), *headers):
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def checked(address: str, token: str) -> list[int]:
    return [
        status(address, (TRUE, token)),
        status(address, (TWIN, token)),
        status(address, (TWIN, "x" * 43), (TRUE, token)),
        status(address, (TRUE, "x" * 43), (TWIN, token)),
        status(address),
    ]


def test_the_true_header_arrives_and_its_twin_does_not(server: str, prepared: Prepared) -> None:
    assert checked(server, prepared.token) == [200, 401, 200, 401, 401]


@pytest.mark.lane("proxies")
def test_behind_nginx(gunicorn: str, prepared: Prepared, tmp_path: Path) -> None:
    port, config = free_port(), tmp_path / "nginx.conf"
    config.write_text(NGINX.format(folder=tmp_path, port=port, upstream=gunicorn))
    command = ["nginx", "-p", str(tmp_path), "-e", "stderr", "-c", str(config)]
    with serving(command, prepared.environment, port, tmp_path / "nginx.log") as address:
        assert checked(address, prepared.token) == [200, 401, 200, 401, 401]


@pytest.mark.lane("proxies")
def test_behind_caddy(gunicorn: str, prepared: Prepared, tmp_path: Path) -> None:
    port, config = free_port(), tmp_path / "Caddyfile"
    config.write_text(CADDY.format(port=port, address=urlsplit(gunicorn).netloc))
    environment = prepared.environment | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(config)]
    with serving(command, environment, port, tmp_path / "caddy.log") as address:
        assert checked(address, prepared.token) == [200, 401, 200, 401, 401]


@pytest.mark.django_db(transaction=True)
def test_djangos_live_test_server(live_server: LiveServer, settings: Settings, admitted: Admit, alice: SignIn) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
    assert checked(str(live_server), admitted(alice).tokens["accessToken"]) == [200, 401, 200, 401, 401]
