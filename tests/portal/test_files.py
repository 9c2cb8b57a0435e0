"""How a file is read that somebody wrote."""

from pathlib import Path

import pytest

from portal import files


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfZo\xc3\xab", b"Zo\xc3\xab"])
def test_with_a_byte_order_mark_or_without(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert files.read_text(tmp_path / "file") == "Zoë"
    assert files.read(tmp_path / "file") == content


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("s3cret".encode("utf-16"), "it is UTF-16. Save it as UTF-8"),
        (b"\xfe\xff\x00s", "it is UTF-16. Save it as UTF-8"),
        (b"s3cret\xe9", "byte 6 is not UTF-8. Save it as UTF-8"),
    ],
)
def test_another_encoding_is_said_without_what_is_in_it(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(files.Unreadable) as told:
        files.read_text(tmp_path / "file")
    assert str(told.value) == f"{tmp_path / 'file'} cannot be read: {why}"


@pytest.mark.parametrize(("name", "why"), [("none", "No such file or directory"), (".", "Is a directory")])
def test_what_is_no_file_is_said(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(files.Unreadable, match=f"cannot be read: {why}. Check the path and its rights$"):
        files.read(tmp_path / name)
