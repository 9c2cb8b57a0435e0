import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.processes import DemoFailed, Processes, refuse_used_ports


def test_a_port_in_use_is_named_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DemoFailed, match=rf"^Port {port} is in use\. .* DAYPASS_PORT=9000 make demo$"):
            refuse_used_ports(port)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    started = Processes(tmp_path)
    yield started
    started.stop()


def test_a_process_that_cannot_start_shows_its_last_words(processes: Processes) -> None:
    with pytest.raises(DemoFailed, match=r"broken did not start: .*no such thing"):
        processes.start("broken", ["-c", "raise SystemExit('no such thing')"], {}, ready_line=True)


def test_a_process_that_ends_by_itself_is_noticed(processes: Processes) -> None:
    processes.start("short", ["-c", f"print({json.dumps(json.dumps({'ready': True}))})"], {}, ready_line=True)
    with pytest.raises(DemoFailed, match="short ended"):
        processes.wait()


def test_stop_ends_what_ignores_it(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.processes.STOP_WITHIN", 0.5)
    stubborn = (
        "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('{}', flush=True); time.sleep(60)"
    )
    processes.start("stubborn", ["-c", stubborn], {}, ready_line=True)
    processes.stop()
    assert processes.running["stubborn"].returncode == -9


def test_a_step_that_fails_says_why(processes: Processes) -> None:
    with pytest.raises(DemoFailed, match="step failed: it is broken"):
        processes.run_once("step", ["-c", "raise SystemExit('it is broken')"], {"PATH": sys.prefix})


def test_a_traceback_stays_in_the_log(processes: Processes, tmp_path: Path) -> None:
    with pytest.raises(DemoFailed) as failure:
        processes.run_once("step", ["-c", "raise ValueError('too big')"], {"PATH": sys.prefix})
    log = tmp_path / "step.log"
    assert str(failure.value) == (
        f"step failed: ValueError: too big\nAll of it is in {log}. If it stays so, `make demo-reset` starts afresh."
    )
    assert log.read_text().startswith("Traceback")
