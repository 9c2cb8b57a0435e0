from pathlib import Path

import pytest

from demo.processes import DemoFailed
from demo.reset import reset
from demo.world import hold


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(DemoFailed, match="holds no data of the demo"):
        reset(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_world_that_runs_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{}")
    with hold(tmp_path), pytest.raises(DemoFailed, match=r"runs in .* already"):
        reset(tmp_path)
    assert (tmp_path / "secrets.json").exists()


def test_a_worlds_data_is_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "world"
    folder.mkdir()
    (folder / "secrets.json").write_text("{}")
    assert reset(folder) == "The demo's data is gone. make demo starts afresh."
    assert not folder.exists()
    assert reset(folder) == "There is no data of the demo."
