"""The process: where it listens, how it ends, what a restart keeps."""

import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from demo.idp.__main__ import _listen
from demo.idp.testing import CALLBACKS, LocalIdps, start_local_idps
from tests.demo.idp.flow import refresh, tokens_for, verified


def test_a_port_in_use_is_a_sentence_and_not_a_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "demo.idp", "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Port {port} on 127.0.0.1 cannot be used")


def test_it_listens_on_loopback_only() -> None:
    with _listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly(number: signal.Signals) -> None:
    with start_local_idps() as idps:
        idps.process.send_signal(number)
        assert idps.process.wait(10) == 0


def test_a_restart_keeps_keys_and_refresh_tokens(tmp_path: Path) -> None:
    with start_local_idps(state=tmp_path) as idps:
        held = tokens_for(idps.adfs)
        subject = verified(idps.adfs, held["id_token"])["sub"]
        kid = idps.adfs.rotate()
    with start_local_idps(state=tmp_path) as idps:
        again = refresh(idps.adfs, held["refresh_token"]).json()
        assert verified(idps.adfs, again["id_token"], nonce=False)["sub"] == subject
        assert idps.adfs.rotate() != kid


def test_the_state_is_private_and_holds_no_token(tmp_path: Path) -> None:
    with start_local_idps(state=tmp_path / "state") as idps:
        held = tokens_for(idps.adfs)
    files = sorted((tmp_path / "state").iterdir())
    assert [file.name for file in files] == ["adfs.json", "google.json"]
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
    assert held["refresh_token"] not in files[0].read_text()


def test_several_redirect_uris_may_be_registered() -> None:
    uris = [CALLBACKS["adfs"], "http://testserver/signed-out/"]
    with start_local_idps(redirect_uris={"adfs": uris}) as idps:
        tokens = tokens_for(idps.adfs)
    assert "id_token" in tokens


def test_a_client_secret_is_never_told(idps: LocalIdps) -> None:
    assert idps.google.client_secret not in repr(idps)
