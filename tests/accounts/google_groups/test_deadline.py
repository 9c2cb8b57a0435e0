"""Whoever waits gets away in time, whatever hangs; and what hangs cannot fill the process."""

import socket
import threading
import time
from contextlib import suppress

import pytest

from accounts.google_groups import deadline
from accounts.google_groups.deadline import within
from accounts.google_groups.refused import GroupsUnknown
from accounts.google_groups.wire import Line
from accounts.group_problems import Problem

HEAD = b"HTTP/1.1 200 OK\r\nX-Drip: " + b"x" * 20


def test_an_outcome_is_passed_on() -> None:
    assert within(5, lambda: 7) == 7
    with pytest.raises(ValueError, match="nothing"):
        within(5, lambda: int("nothing"))


def test_a_body_that_drips_ends_by_itself() -> None:
    """Nothing leaves the thread behind here, as nothing would once its asker has gone."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_drip, args=(server, HEAD + b"\r\n\r\n" + b"x" * 30), daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(GroupsUnknown, match="no whole answer in time"):
            Line(time.monotonic() + 6.0).ask("GET", url, None, {})


def test_headers_that_drip_are_left_behind() -> None:
    """Each byte begins a socket's time limit anew, so no limit of the request would end this."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_drip, args=(server, HEAD), daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        began = time.monotonic()
        with pytest.raises(GroupsUnknown, match=r"within 0\.5 seconds"):
            within(0.5, lambda: Line(time.monotonic() + 0.5).ask("GET", url, None, {}))
    assert time.monotonic() - began < 3


def _drip(server: socket.socket, answer: bytes) -> None:
    connection, _ = server.accept()
    with connection, suppress(OSError):  # whoever asked has gone
        connection.recv(65_536)
        for byte in answer:
            connection.sendall(bytes([byte]))
            time.sleep(0.1)


def test_without_a_thread_no_place_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "PLACES", threading.BoundedSemaphore(1))
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", _refuse)
        with pytest.raises(GroupsUnknown, match="no thread"):
            within(5, lambda: 7)
    assert within(5, lambda: 7) == 7


def _refuse(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_only_so_many_hang_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "PLACES", threading.BoundedSemaphore(1))
    released = threading.Event()
    with pytest.raises(GroupsUnknown, match="seconds"):
        within(0.05, lambda: released.wait(10))
    with pytest.raises(GroupsUnknown, match="too many"):
        within(5, lambda: 7)
    released.set()
    assert deadline.PLACES.acquire(timeout=5)
    deadline.PLACES.release()
    assert within(5, lambda: 7) == 7


def test_without_time_left_nothing_is_asked() -> None:
    """The first of two questions may take all there was."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(GroupsUnknown) as caught:
            Line(time.monotonic()).ask("GET", url, None, {})
        with pytest.raises(TimeoutError):
            server.accept()
    assert (caught.value.problem, caught.value.detail) == (Problem.UNAVAILABLE, "no whole answer in time")
