"""Only what the code names goes out, by the proxies of the environment; only so much, for only so long, comes in."""

import base64
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from accounts import wire
from accounts.google_groups import wire as google
from accounts.google_groups.refused import GroupsUnknown
from accounts.refusals import SignInRefused
from audit import channels
from credentials import aws, console
from portal import outgoing
from portal.outgoing import Limits, NoAnswer, TooLarge, ask
from tests.accounts.health.tls import serving

LIMITS = Limits(timeout=5, whole=5, largest=1000)
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "SSL_CERT_FILE")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


class Ear(BaseHTTPRequestHandler):
    """Answers by path, sets a cookie, and keeps what it heard."""

    heard: ClassVar[dict[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.heard[self.path] = dict(self.headers)
        body = b"x" * int(self.path.rpartition("/")[2] or 0) if "/size/" in self.path else b"{}"
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "/elsewhere")
        self.send_header("Set-Cookie", "a=b; Path=/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  # http.server's name

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def listening() -> Iterator[tuple[dict[str, dict[str, str]], str]]:
    class OneEar(Ear):
        heard: ClassVar = {}

    server = ThreadingHTTPServer(("127.0.0.1", 0), OneEar)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield OneEar.heard, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def heard() -> Iterator[tuple[dict[str, dict[str, str]], str]]:
    with listening() as one:
        yield one


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*BUNDLES, *PROXIES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    aws.forget()


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("default login deploy password hunter2\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


def ways_out(base: str) -> dict[str, object]:
    """Every way out with what authorizes it: what it sends where, called in turn."""
    return {
        "/userinfo": lambda: wire.look_up(f"{base}/userinfo", headers={"Authorization": "Bearer token"}),
        "/token": lambda: wire.post_form(f"{base}/token", {"a": "b"}, ("client", "secret")),
        "/keys": lambda: wire.get_json(f"{base}/keys"),
        "/groups": lambda: google.Line(time.monotonic() + 5).ask("GET", f"{base}/groups", None, {"Authorization": "B"}),
        "/hook": lambda: channels._post(f"{base}/hook", b"{}"),
        "/federation": lambda: console._post(f"{base}/federation", "a=b"),
    }


BASIC = "Basic " + base64.b64encode(b"client:secret").decode()
AUTHORIZED = {"/userinfo": "Bearer token", "/token": BASIC, "/groups": "B"}


@pytest.mark.parametrize("path", ways_out(""))
@pytest.mark.usefixtures("netrc")
def test_no_password_of_a_netrc_goes_out(heard: tuple[dict[str, dict[str, str]], str], path: str) -> None:
    ways_out(heard[1])[path]()  # type: ignore[operator]  # each is a call
    assert heard[0][path].get("Authorization") == AUTHORIZED.get(path)


def test_the_addresss_own_password_does(heard: tuple[dict[str, dict[str, str]], str]) -> None:
    address = heard[1].replace("://", "://client:secret@")
    ask("GET", f"{address}/hook", limits=LIMITS)
    ask("GET", f"{address}/said", limits=LIMITS, headers={"Authorization": "Bearer token"})
    assert [heard[0][path]["Authorization"] for path in ("/hook", "/said")] == [BASIC, "Bearer token"]


def test_no_cookie_is_kept_and_no_redirect_followed(heard: tuple[dict[str, dict[str, str]], str]) -> None:
    line = outgoing.session()
    assert [outgoing.ask_by(line, "GET", heard[1] + path, limits=LIMITS).status for path in ("/away", "/x")] == [
        302,
        200,
    ]
    assert (sorted(heard[0]), "Cookie" in heard[0]["/x"]) == (["/away", "/x"], False)


@pytest.mark.parametrize(("path", "expected"), [("/size/1000", 200), ("/size/1001", "too large: 200")])
def test_the_size_is_limited(heard: tuple[dict[str, dict[str, str]], str], path: str, expected: object) -> None:
    try:
        found: object = ask("GET", heard[1] + path, limits=LIMITS).status
    except TooLarge as answered:
        found = f"too large: {answered.status}"
    assert found == expected


def dripping(server: socket.socket) -> None:
    with suppress(OSError):
        connection, _ = server.accept()
        with connection:
            connection.recv(65_536)
            while True:
                connection.sendall(b"H")
                time.sleep(0.05)


def test_headers_that_drip_are_left_behind_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=dripping, args=(server,), daemon=True).start()
        began = time.monotonic()
        with pytest.raises(NoAnswer, match=r"no whole answer within 0\.5 seconds"):
            ask("GET", f"http://127.0.0.1:{server.getsockname()[1]}/", limits=Limits(5, 0.5, 1000))
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("way", ways_out(""))
def test_every_way_out_takes_the_proxy(
    heard: tuple[dict[str, dict[str, str]], str], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", heard[1])
    monkeypatch.setattr(channels, "is_allowed", lambda url: True)
    ways_out("http://elsewhere.example")[way]()  # type: ignore[operator]  # each is a call
    assert list(heard[0]) == [f"http://elsewhere.example{way}"]


@pytest.mark.parametrize("way", ways_out(""))
def test_every_way_out_heeds_no_proxy(
    heard: tuple[dict[str, dict[str, str]], str], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    ways_out(heard[1])[way]()  # type: ignore[operator]  # each is a call
    assert list(heard[0]) == [way]


def sts(url: str) -> None:
    """Ask STS there as an issue does; whatever it answers, its certificate was taken."""
    client = aws._kit._session().client("sts", region_name="eu-west-1", endpoint_url=url, config=aws.STS.merge(QUIET))
    aws._guarded("eu-west-1", client.assume_role_with_web_identity, RoleArn="a" * 20, RoleSessionName="ab", **TOKEN)


QUIET = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
TOKEN = {"WebIdentityToken": "eyJh"}
TRUSTED_BY = {  # by variable: sign-in and webhook, then the console and STS, which are of one mind
    "": (False, False),
    "REQUESTS_CA_BUNDLE": (True, True),
    "AWS_CA_BUNDLE": (False, True),
    "SSL_CERT_FILE": (False, False),
}


def is_trusted(way: object) -> bool:
    try:
        way()  # type: ignore[operator]  # each is a call
    except (
        SignInRefused,
        channels.NotDelivered,
        console.ConsoleFailed,
        aws.StsUnreachable,
        GroupsUnknown,
    ) as no:
        return not any(word in f"{no}" for word in ("TLS: ", "SSLError"))
    except ClientError:
        return True
    return True


@pytest.mark.parametrize("variable", TRUSTED_BY)
def test_who_heeds_which_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    with serving(tmp_path, days=9) as origin:
        if variable:
            monkeypatch.setenv(variable, str(tmp_path / "ca.pem"))
        aws.forget()
        ways = ways_out(origin)
        own = [is_trusted(ways[path]) for path in ("/keys", "/hook", "/groups")]
        awss = [is_trusted(ways["/federation"]), is_trusted(lambda: sts(origin))]
    assert (own, awss) == ([TRUSTED_BY[variable][0]] * 3, [TRUSTED_BY[variable][1]] * 2)


def test_a_providers_own_authority_counts_for_it_alone_beside_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with serving(tmp_path / "a", days=9) as directory, serving(tmp_path / "b", days=9, name="Public") as public:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "b/ca.pem"))
        ca = (tmp_path / "a/ca.pem").read_text()
        assert [wire.get_json(f"{origin}/", ca=ca) for origin in (directory, public)] == [{}, {}]
        assert is_trusted(lambda: google.Line(time.monotonic() + 5, ca).ask("GET", directory, None, {}))
        assert not is_trusted(lambda: wire.get_json(f"{directory}/"))
        assert not is_trusted(lambda: wire.get_json(f"{directory.replace('127.0.0.1', 'localhost')}/", ca=ca))


def test_an_authority_counts_through_a_proxy_too(tmp_path: Path) -> None:
    made = outgoing.Trusting(pem_of(tmp_path))
    assert made.proxy_manager_for("http://127.0.0.1:1").connection_pool_kw["ssl_context"] is made.context
    assert (made.context.verify_mode, made.context.check_hostname) == (ssl.CERT_REQUIRED, True)


def pem_of(folder: Path) -> str:
    with serving(folder, days=9):
        return (folder / "ca.pem").read_text()


def test_a_secret_in_what_is_sent_is_in_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoAnswer) as caught:
        ask("GET", "http://127.0.0.1:1/?token=hunter2", limits=LIMITS, headers={"X": "hunter2\udc00"})
    assert "hunter2" not in f"{caught.value}{caught.value.__cause__}"
