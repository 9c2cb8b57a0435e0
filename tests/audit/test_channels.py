"""People are told by mail and webhook, without secrets, and to nobody but the configured address."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core import mail

from accounts.models import SignIn
from audit import alerts, channels
from audit.channels import NotDelivered
from audit.models import Event, Finding, Job
from audit.review import audit_session
from audit.runner import run
from audit.tags import Tag
from credentials.models import IssuedSession
from tests.audit.conftest import Taken

SECRET = "only-the-receiver-knows"


class Receiver(ThreadingHTTPServer):
    """A webhook on loopback that keeps what it got and answers what it is told to."""

    status = 204
    location = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.DAYPASS_ALERT_WEBHOOK = server.url()
        settings.DAYPASS_ALERT_SECRET = SECRET
        yield server
        server.shutdown()


@pytest.fixture
def session(taken: Taken, alice: SignIn) -> IssuedSession:
    return taken(alice, reason="token eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln")


def tell(session: IssuedSession) -> list[bool]:
    """Audit the session, then run what that put into the outbox."""
    audit_session(session_id=str(session.pk))
    return [run(job.pk, job.attempts) for job in Job.objects.filter(task__startswith="tell_")]


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/x",
        "http://127.0.0.1.evil.example/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https:///x",
    ],
)
def test_an_address_that_is_neither_https_nor_loopback_is_refused(url: str) -> None:
    assert channels.is_allowed(url) is False


@pytest.mark.parametrize(
    "url", ["https://hooks.example/x", "http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]/"]
)
def test_https_and_loopback_are_allowed(url: str) -> None:
    assert channels.is_allowed(url) is True


def test_nothing_goes_to_an_address_that_is_neither(session: IssuedSession, receiver: Receiver, settings: Any) -> None:
    """It leads to the receiver all the same, which would take it."""
    settings.DAYPASS_ALERT_WEBHOOK = receiver.url().replace("127.0.0.1", "0.0.0.0")  # noqa: S104 - nobody binds it
    assert (tell(session), receiver.got) == ([False], [])
    why = "NotDelivered: the webhook's address is neither https nor on loopback"
    assert Job.objects.get(task="tell_webhook").error == why


@pytest.mark.parametrize("status", [302, 400, 500])
def test_any_other_answer_is_tried_again(session: IssuedSession, receiver: Receiver, status: int) -> None:
    receiver.status, receiver.location = status, receiver.url("/elsewhere")
    assert tell(session) == [False]
    assert [path for path, _, _ in receiver.got] == ["/hook"]
    job = Job.objects.get(task="tell_webhook")
    assert (job.error, job.attempts) == (f"NotDelivered: the webhook answered {status}", 1)
    assert Finding.objects.filter(told_at=None).count() == 1


def test_a_webhook_that_is_down_is_tried_again_and_its_address_is_not_kept(
    session: IssuedSession, receiver: Receiver
) -> None:
    receiver.server_close()
    receiver.shutdown()
    assert tell(session) == [False]
    assert Job.objects.get(task="tell_webhook").error == "NotDelivered: the webhook did not answer (ConnectionError)"


def test_the_webhook_gets_json_that_it_can_verify(session: IssuedSession, receiver: Receiver) -> None:
    assert tell(session) == [True]
    [(_, headers, body)] = receiver.got
    at, _, code = headers[channels.SIGNATURE_HEADER].removeprefix("t=").partition(",v1=")
    assert code == hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    told = json.loads(body)
    assert told["findings"] == ["alice@example.com never took S3ReadOnly before."]
    assert told["url"] == f"http://testserver/audit/sessions/{session.pk}/"
    assert set(told) == {"version", "title", "findings", "person", "role", "state", "asked_at", "from", "session"} | {
        "reference",
        "url",
    }


def test_the_mail_says_who_what_where_and_nothing_secret(session: IssuedSession, settings: Any) -> None:
    settings.DAYPASS_ALERT_EMAIL = ["security@example.com", "oncall@example.com"]
    assert tell(session) == [True]
    [message] = mail.outbox
    assert message.to == ["security@example.com", "oncall@example.com"]
    assert message.subject == "Daypass: first use of this role by this person (alice@example.com)"
    assert f"/audit/sessions/{session.pk}/" in message.body
    assert not [secret for secret in ("eyJ", session.access_key_id, "Reason") if secret in str(message.message())]


def test_findings_are_told_once_and_both_channels_stand_on_the_ledger(
    session: IssuedSession, receiver: Receiver, settings: Any
) -> None:
    settings.DAYPASS_ALERT_EMAIL = ["security@example.com"]
    assert tell(session) == [True, True]
    first = Finding.objects.get().told_at
    alerts.mark_told(about="session", thing=str(session.pk), channel="mail")
    assert Finding.objects.get().told_at == first
    sent = Event.objects.filter(tag=Tag.ALERT_SEND, subject_id=str(session.pk)).order_by("pk")
    assert [event.details["channel"] for event in sent][:2] == ["mail", "webhook"]


def test_a_name_with_line_breaks_cannot_add_headers(session: IssuedSession, settings: Any) -> None:
    settings.DAYPASS_ALERT_EMAIL = ["security@example.com"]
    session.user.email = "alice@example.com\r\nBcc: mallory@evil.example"
    session.user.save()
    assert tell(session) == [True]
    assert "Bcc" not in mail.outbox[0].message()


def test_a_mail_server_that_is_down_is_tried_again(settings: Any, session: IssuedSession) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.DAYPASS_ALERT_EMAIL = ["security@example.com"]
    with pytest.raises(NotDelivered, match="ConnectionRefusedError"):
        channels.send_mail(about="session", thing=str(session.pk), channel="mail")


def test_a_parked_job_and_a_refusal_can_be_told_too(alice: SignIn) -> None:
    job = Job.objects.create(task="audit_session", key="audit:1", attempts=12, error="ValueError: why")
    told = alerts.notice("job", str(job.pk))
    assert told.as_json()["error"] == "ValueError: why"
    assert told.url == f"http://testserver/admin/audit/job/{job.pk}/change/"
