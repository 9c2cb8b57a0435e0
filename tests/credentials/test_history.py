"""What real shells keep in their history of what the pages tell people to paste, to save and to read in."""

import os
import pty
import select
from pathlib import Path

import pytest

from credentials.formats import STALE
from tests.credentials.test_formats import KEY, SECRET, TOKEN, texts

pytestmark = pytest.mark.lane("shells")
# As Debian sets bash up; as zsh is from the start, and with the one option that the page names.
BASH = {".bashrc": "HISTCONTROL=ignoreboth HISTFILE=~/.kept PS1='ready> '"}
ZSH = {".zshrc": "HISTFILE=~/.kept SAVEHIST=99 HISTSIZE=99 PS1='ready> '"}
ZSH_IGNORING = {".zshrc": f"{ZSH['.zshrc']}\nsetopt HIST_IGNORE_SPACE"}
FISH = ["fish", "-i", "-C", "function fish_prompt; echo -n 'ready> '; end"]
INPUTRC = "set enable-bracketed-paste {}\n"
SECRETS = (SECRET, TOKEN)


class Terminal:
    """A shell that believes somebody sits before it, in a home of its own."""

    def __init__(self, home: Path, files: dict[str, str], command: list[str], *, bracketed: bool) -> None:
        for name, text in {**files, ".inputrc": INPUTRC.format("on" if bracketed else "off")}.items():
            (home / name).write_text(f"{text}\n")
        self.home, self.bracketed = home, bracketed
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(HOME=str(home), ZDOTDIR=str(home), XDG_DATA_HOME=str(home), INPUTRC=f"{home}/.inputrc")
            os.environ.update(TERM="xterm", XDG_CONFIG_HOME=str(home), **dict.fromkeys(STALE, "stale"))
            os.chdir(home)
            os.execvp(command[0], command)  # noqa: S606 - the shell is what is tried
        self.hear(b"ready> ")

    def hear(self, until: bytes) -> None:
        """Read what it says, up to a word or to its end."""
        said = b""
        while until not in said and select.select([self.fd], [], [], 60)[0]:
            try:
                said += os.read(self.fd, 65536)
            except OSError:  # it has ended
                return

    def paste(self, text: str) -> None:
        plain = text.rstrip("\n")
        pasted = f"\x1b[200~{plain}\x1b[201~\r" if self.bracketed else f"{plain}\n".replace("\n", "\r")
        os.write(self.fd, pasted.encode())

    def leave(self) -> tuple[dict[str, str], str]:
        """End it and return which variables it had, and what it kept."""
        os.write(self.fd, b"env > found; echo do''ne\r")
        self.hear(b"done")
        os.write(self.fd, b"exit\r")
        self.hear(b"never said, so until it has ended")
        os.waitpid(self.pid, 0)
        os.close(self.fd)
        kept = [
            path.read_text() for path in (self.home / ".kept", self.home / "fish" / "fish_history") if path.exists()
        ]
        found = (line.partition("=") for line in (self.home / "found").read_text().splitlines())
        return {name: value for name, _, value in found}, "".join(kept)


def keeps(terminal: Terminal, what: str) -> bool:
    """Give a shell the text, and tell whether a secret of it stands in the history afterwards."""
    terminal.paste(what)
    had, kept = terminal.leave()
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    assert [had.get(name) for name in names] == [KEY, *SECRETS]
    assert set(STALE).isdisjoint(had)
    return any(secret in kept for secret in SECRETS)


@pytest.mark.parametrize("kind", ["plain", "bracketed"])
@pytest.mark.parametrize(("shell", "files"), [("bash", BASH), ("zsh", ZSH_IGNORING)])
def test_a_paste_that_the_page_calls_safe_is_not_kept(
    tmp_path: Path, shell: str, files: dict[str, str], kind: str
) -> None:
    assert not keeps(Terminal(tmp_path, files, [shell, "-i"], bracketed=kind == "bracketed"), texts()["bash"])


@pytest.mark.parametrize("kind", ["plain", "bracketed"])
@pytest.mark.parametrize(
    ("slug", "command", "files"), [("bash", ["zsh", "-i"], ZSH), ("fish", FISH, {})], ids=["zsh", "fish"]
)
def test_elsewhere_reading_the_saved_file_in_is_not_kept(
    tmp_path: Path, slug: str, command: list[str], files: dict[str, str], kind: str
) -> None:
    (tmp_path / "aws-env").write_text(texts()[slug])
    read_in = {"bash": ". ./aws-env", "fish": "source aws-env"}[slug]
    assert not keeps(Terminal(tmp_path, files, command, bracketed=kind == "bracketed"), f"{read_in}\n")


@pytest.mark.parametrize("slug", ["bash", "fish"])
def test_a_shell_that_the_page_names_keeps_what_is_pasted(tmp_path: Path, slug: str) -> None:
    """So that the sentence on the page stays needed: a zsh as it comes, and fish, which strips the blank."""
    command, files = {"bash": (["zsh", "-i"], ZSH), "fish": (FISH, {})}[slug]
    assert keeps(Terminal(tmp_path, files, command, bracketed=True), texts()[slug])


def test_a_private_fish_keeps_nothing(tmp_path: Path) -> None:
    assert not keeps(Terminal(tmp_path, {}, [*FISH, "--private"], bracketed=True), texts()["fish"])
