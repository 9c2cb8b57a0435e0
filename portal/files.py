"""The one way to read a file that a person wrote: settings, secrets, providers, imports.

Windows' editors begin a file with a byte order mark, or write UTF-16. The first is no part of what was written; the
second is said in words.
"""

from pathlib import Path

UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(ValueError):
    """The file cannot be read. The text says why and what to do, and shows nothing of what is in the file."""


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Unreadable(f"{path} cannot be read: {why}. Check the path and its rights") from None


def read_text(path: Path) -> str:
    """Return the file's text without its byte order mark; raise Unreadable."""
    content = read(path)
    if content.startswith(UTF16):
        raise Unreadable(f"{path} cannot be read: it is UTF-16. Save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path} cannot be read: byte {error.start} is not UTF-8. Save it as UTF-8") from None
