"""Each call that goes out to STS for one question, the SDK's own repetitions included.

The SDK repeats what failed on the way, and of a call whose answer was lost nobody knows what AWS made of it. So each
is counted where it leaves (botocore's events "before-send", "before-parse" and "response-received"), for the record.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

# No connection came about, so nothing was asked.
NOT_SENT: Final = {"EndpointConnectionError", "ConnectTimeoutError", "ProxyConnectionError"}
# OpenSSL's words for a handshake that failed; other errors of TLS may come after the question was sent.
NO_HANDSHAKE: Final = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER", "HANDSHAKE_FAILURE")
ID_HEADERS: Final = ("x-amzn-requestid", "x-amz-request-id")


@dataclass
class StsCall:
    """One call. ``lost`` says that AWS may have made a session that nobody here heard of."""

    region: str
    outcome: str = "Unanswered"
    request_id: str = ""
    lost: bool = True

    def told(self) -> dict[str, str]:
        return {"region": self.region, "outcome": self.outcome, "request_id": self.request_id}


_open: ContextVar[list[StsCall] | None] = ContextVar("sts_calls", default=None)


@contextmanager
def counted() -> Iterator[list[StsCall]]:
    """Gather what goes out from here on in this thread."""
    made: list[StsCall] = []
    token = _open.set(made)
    try:
        yield made
    finally:
        _open.reset(token)


def watch(client: Any, region: str) -> None:
    """Count what this client sends."""

    def sent(**_event: Any) -> None:
        if (made := _open.get()) is not None:
            made.append(StsCall(region))

    def heard(*, response_dict: dict[str, Any], **_event: Any) -> None:
        if made := _open.get():
            _note(made[-1], response_dict)

    def answered(*, parsed_response: dict[str, Any] | None, exception: Exception | None, **_event: Any) -> None:
        if made := _open.get():
            _settle(made[-1], parsed_response, exception)

    client.meta.events.register("before-send.sts", sent)
    client.meta.events.register("before-parse.sts", heard)
    client.meta.events.register("response-received.sts", answered)


def unusable() -> None:
    """Note that the last answer held nothing that could be used: there may be a session behind it."""
    if made := _open.get():
        made[-1].outcome, made[-1].lost = "Unusable", True


def request_id_of(said: dict[str, Any]) -> str:
    """Return what AWS calls this call: in the body, or in a header alone."""
    about = said.get("ResponseMetadata", {})
    headers = about.get("HTTPHeaders", {})
    found = about.get("RequestId") or next((headers[name] for name in ID_HEADERS if headers.get(name)), "")
    return str(found)[:64]


def _note(call: StsCall, raw: dict[str, Any]) -> None:
    """Keep what is known of an answer before it is parsed: if that fails, nothing else is."""
    status = int(raw["status_code"])
    call.outcome, call.lost = f"Unreadable {status}", not 300 <= status < 500
    call.request_id = request_id_of({"ResponseMetadata": {"HTTPHeaders": raw["headers"]}})


def _settle(call: StsCall, said: dict[str, Any] | None, error: Exception | None) -> None:
    if said is None:
        call.outcome = type(error).__name__
        call.lost = not (call.outcome in NOT_SENT or any(words in str(error).upper() for words in NO_HANDSHAKE))
        return
    status = int(said.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    call.request_id = request_id_of(said)
    call.outcome = str(said.get("Error", {}).get("Code") or status)[:64]
    # A server error without AWS's own mark is some proxy's: what stood behind it may have gone through.
    call.lost = status >= 500 and not call.request_id
