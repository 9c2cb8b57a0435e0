"""Metadata over the network: asked for seldom, shared by all processes, kept while nobody answers."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import SamlMetadata, SignIn
from accounts.providers import saml
from accounts.providers.declared import SamlProvider
from accounts.refusals import SignInRefused
from accounts.saml import metadata
from tests.accounts.saml.conftest import Browser, Portal, reason
from tests.accounts.saml.idp import ENTITY_ID, Hand, Idp, moment, pair

pytestmark = pytest.mark.django_db


@dataclass
class Server:
    """Where the provider publishes; tests change what it answers."""

    idp: Idp
    status: int = 200
    body: bytes | None = None
    asked: list[str] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def server(portal: Portal) -> Iterator[Server]:
    """A portal whose provider's metadata is fetched from an address."""
    served = Server(portal.idp)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.headers["Accept"])
            body = served.body if served.body is not None else served.idp.metadata().encode()
            self.send_response(served.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    served.address = f"http://127.0.0.1:{running.server_port}/metadata"
    portal.set_up(metadata_url=f'"{served.address}"')
    yield served
    running.shutdown()
    thread.join()
    running.server_close()


def corp() -> SamlProvider:
    return saml()["corp"]


def age(**ages: timedelta) -> None:
    SamlMetadata.objects.update(**{name: timezone.now() - age for name, age in ages.items()})


A_WHILE = timedelta(minutes=2)


def test_it_is_fetched_once_and_shared(server: Server) -> None:
    assert [metadata.current(corp()).entity_id for _ in range(3)] == [ENTITY_ID] * 3
    assert len(server.asked) == 1
    assert server.asked[0].startswith("application/samlmetadata+xml")


def test_it_is_fetched_again_when_its_time_is_over(server: Server) -> None:
    metadata.current(corp())
    age(fresh_until=A_WHILE, asked_at=A_WHILE)
    server.idp.sso = "https://fs.example.test/new"
    assert metadata.current(corp()).sso_url == "https://fs.example.test/new"
    assert len(server.asked) == 2


def test_one_process_a_minute_asks(server: Server) -> None:
    metadata.current(corp())
    age(fresh_until=A_WHILE)  # asked a moment ago, by another process
    assert metadata.current(corp()).entity_id == ENTITY_ID
    assert len(server.asked) == 1


@pytest.mark.parametrize(("status", "body"), [(500, b""), (404, b""), (302, b""), (200, b"rubbish"), (200, b"<x/>")])
def test_the_last_good_one_is_kept_while_there_is_no_other(server: Server, status: int, body: bytes) -> None:
    metadata.current(corp())
    age(fresh_until=A_WHILE, asked_at=A_WHILE)
    server.status, server.body = status, body
    assert metadata.current(corp()).entity_id == ENTITY_ID
    found = metadata.known(corp())
    assert found is not None
    assert found.problem


def test_without_any_there_is_no_sign_in(server: Server) -> None:
    server.status = 500
    answer = Client().post("/accounts/saml/corp/login/")
    assert (answer.status_code, reason(answer)) == (503, "provider_unavailable")


def test_metadata_of_another_provider_is_none(server: Server) -> None:
    server.idp.entity_id = "http://evil.example/trust"
    assert reason(Client().post("/accounts/saml/corp/login/")) == "discovery"


def test_what_ran_out_is_not_used(server: Server) -> None:
    server.idp.more = f'validUntil="{moment(60)}"'
    metadata.current(corp())
    later = server.idp.metadata().replace(server.idp.more, f'validUntil="{moment(-60)}"')
    SamlMetadata.objects.update(document=later)
    with pytest.raises(SignInRefused, match="valid until"):
        metadata.current(corp())


def test_what_had_run_out_when_it_came_is_not_kept(server: Server) -> None:
    server.idp.more = f'validUntil="{moment(-60)}"'
    with pytest.raises(SignInRefused, match="valid until"):
        metadata.current(corp())
    assert metadata.known(corp()) is None


@pytest.mark.parametrize(("asked", "kept"), [("PT1S", 600), ("PT2H", 7200), ("P7D", 86_400), ("", 14_400)])
def test_it_is_kept_as_long_as_the_provider_asks_within_reason(server: Server, asked: str, kept: int) -> None:
    server.idp.more = f'cacheDuration="{asked}"' if asked else ""
    metadata.current(corp())
    row = SamlMetadata.objects.get()
    assert row.fresh_until - row.fetched_at == timedelta(seconds=kept)


def test_another_address_makes_the_kept_one_void(server: Server, portal: Portal) -> None:
    metadata.current(corp())
    portal.set_up(metadata_url=f'"{server.address}/other"')
    assert metadata.known(corp()) is None
    metadata.current(corp())
    assert len(server.asked) == 2


def test_an_urgent_change_of_keys_locks_nobody_out(server: Server, portal: Portal) -> None:
    browser = Browser()
    said = browser.said()
    portal.idp.published = [pair("new-idp")]
    age(asked_at=A_WHILE)
    assert browser.arrive(portal.idp.signed(said, Hand(pair("new-idp")))).status_code == 302
    assert (SignIn.objects.count(), len(server.asked)) == (1, 2)


def test_an_ordinary_change_of_keys_asks_nobody(server: Server, portal: Portal) -> None:
    portal.idp.published = [pair("idp"), pair("new-idp")]
    for number, key in enumerate(("idp", "new-idp")):
        browser = Browser()
        said = browser.said(assertion_id=f"_a{number}")
        assert browser.arrive(portal.idp.signed(said, Hand(pair(key)))).status_code == 302
    assert len(server.asked) == 1


def test_wrong_signatures_make_the_provider_asked_once_a_minute(server: Server, portal: Portal) -> None:
    browser = Browser()
    said = browser.said()
    age(asked_at=A_WHILE)
    for _ in range(5):
        assert browser.arrive(portal.idp.signed(said, Hand(pair("mallory")))).status_code == 403
    assert len(server.asked) == 2


def test_what_another_process_fetched_just_now_is_tried(server: Server, portal: Portal) -> None:
    browser = Browser()
    said = browser.said()
    old = metadata.current(corp())
    portal.idp.published = [pair("new-idp")]
    SamlMetadata.objects.update(document=portal.idp.metadata(), asked_at=timezone.now())
    found = metadata.renewed(corp(), old)
    assert found is not None
    assert found.keys == (pair("new-idp").certificate,)
    assert browser.arrive(portal.idp.signed(said, Hand(pair("new-idp")))).status_code == 302
    assert len(server.asked) == 1


def test_a_provider_that_is_down_when_keys_change_is_no_error(server: Server, portal: Portal) -> None:
    browser = Browser()
    said = browser.said()
    server.status = 500
    age(asked_at=A_WHILE)
    assert reason(browser.arrive(portal.idp.signed(said, Hand(pair("new-idp"))))) == "signature"


def test_a_file_is_read_anew_each_time(portal: Portal) -> None:
    browser = Browser()
    said = browser.said()
    portal.idp.published = [pair("new-idp")]
    portal.publish()
    assert browser.arrive(portal.idp.signed(said, Hand(pair("new-idp")))).status_code == 302


def test_a_file_that_went_away_stops_sign_ins_alone(portal: Portal) -> None:
    assert metadata.known(corp()) is not None
    (portal.folder / "corp.xml").unlink()
    assert metadata.known(corp()) is None
    assert reason(Client().post("/accounts/saml/corp/login/")) == "discovery"


def test_it_is_asked_for_at_the_start(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    metadata.warm([corp()])
    assert (len(server.asked), SamlMetadata.objects.count()) == (1, 1)
    SamlMetadata.objects.all().delete()
    server.status = 500
    metadata.warm([corp()])
    assert "corp could not be asked at the start: provider_unavailable" in caplog.text


def form_action() -> list[str]:
    policy = Client().get("/sign-in/").headers["Content-Security-Policy"]
    return str(policy.partition("form-action ")[2].partition(";")[0]).split()


def test_the_button_may_lead_where_the_metadata_says(server: Server) -> None:
    server.idp.sso = "https://login.example.net/sso"
    metadata.current(corp())
    assert "https://login.example.net" in form_action()


@pytest.mark.parametrize("host", ["a;script-src", "a,b", "*", "'unsafe-inline'"])
def test_no_provider_writes_our_policy(server: Server, host: str) -> None:
    before = form_action()
    server.idp.sso = f"https://{host}/sso"
    server.idp.slo = ""
    metadata.warm([corp()])
    assert form_action() == before


def test_the_sign_in_page_has_its_button(portal: Portal) -> None:
    page = Client().get("/sign-in/").content.decode()
    assert 'action="/accounts/saml/corp/login/"' in page
    assert "Sign in with Example AD FS" in page


@pytest.mark.parametrize(("ago", "times"), [(59, 1), (61, 2)])
def test_a_provider_that_is_down_is_asked_once_a_minute_whoever_knocks(server: Server, ago: int, times: int) -> None:
    server.status = 500
    assert {Client().post("/accounts/saml/corp/login/").status_code for _ in range(5)} == {503}
    age(asked_at=timedelta(seconds=ago))
    with pytest.raises(SignInRefused):
        metadata.current(corp())
    assert len(server.asked) == times


def test_what_was_wrong_is_told_alike_within_its_minute(server: Server) -> None:
    server.idp.entity_id = "http://evil.example/trust"
    told = []
    for _ in range(2):
        with pytest.raises(SignInRefused) as caught:
            metadata.current(corp())
        told.append((caught.value.reason, caught.value.detail))
    assert (told[0], len(server.asked)) == (told[1], 1)


def test_another_providers_row_neither_blocks_nor_changes(server: Server, portal: Portal) -> None:
    """Not even one that is fetched from the same address, and whatever happens to ours."""
    same, long_ago = metadata._source(corp()), timezone.now() - timedelta(days=1)
    for name, source in (("other", "x"), ("twin", same)):
        times = dict.fromkeys(("fetched_at", "fresh_until", "asked_at"), long_ago)
        SamlMetadata.objects.create(provider=name, source=source, document="<x/>", problem="p", **times)
    others = SamlMetadata.objects.exclude(pk="corp").order_by("pk")
    before = list(others.values())
    metadata.current(corp())
    server.status = 500
    SamlMetadata.objects.filter(pk="corp").update(fresh_until=long_ago, asked_at=long_ago)
    metadata.current(corp())
    SamlMetadata.objects.filter(pk="corp").update(source="old")
    with pytest.raises(SignInRefused):
        metadata.current(corp())
    assert (list(others.values()), len(before)) == (before, 2)
    assert SamlMetadata.objects.get(pk="corp").problem == "provider_unavailable: answered 500"
