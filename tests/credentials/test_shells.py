"""The shells' own word on what they read: every variable set as it was, and the stale ones gone."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from credentials.formats import STALE
from tests.credentials.test_formats import KEY, SECRET, TOKEN, texts

EXPECTED = {
    "AWS_ACCESS_KEY_ID": KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_SESSION_TOKEN": TOKEN,
    "AWS_CREDENTIAL_EXPIRATION": "2099-01-02T03:04:05Z",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
}
DUMP = "import json, os; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('AWS_')}))"


def environment(shell: str, text: str, tmp_path: Path) -> dict[str, str]:
    """Let a shell read the text as a script, then say what a program that it starts finds."""
    script = tmp_path / "script"
    script.write_text(f"{text}'{sys.executable}' -c \"{DUMP}\"\n")
    before = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)} | dict.fromkeys(STALE, "stale")
    done = subprocess.run([shell, script], env=before, capture_output=True, text=True, check=True, timeout=20)
    found: dict[str, str] = json.loads(done.stdout)
    assert done.stderr == ""
    return found


@pytest.mark.lane("shells")
@pytest.mark.parametrize(("shell", "slug"), [("bash", "bash"), ("zsh", "bash"), ("fish", "fish")])
def test_the_real_shell_reads_it(shell: str, slug: str, tmp_path: Path) -> None:
    path = shutil.which(shell)
    assert path
    assert environment(path, texts()[slug], tmp_path) == EXPECTED


def test_every_unix_has_a_shell_that_reads_it(tmp_path: Path) -> None:
    assert environment("/bin/sh", texts()["bash"], tmp_path) == EXPECTED


# PowerShell, cmd and Nushell do not run everywhere; their lines are held to the one form each that needs no escaping.
LINES = {
    "powershell": r"\$Env:(AWS_\w+)='([^'\r\n]*)'|Remove-Item Env:(AWS_\w+) -ErrorAction SilentlyContinue",
    "cmd": r"set \"(AWS_\w+)=([^\"%^&|<>\r\n]+)\"|set \"(AWS_\w+)=\"",
    "nushell": r" \$env\.(AWS_\w+) = '([^'\r\n]*)'| hide-env --ignore-errors (AWS_\w+)",
}


@pytest.mark.parametrize("slug", LINES)
def test_every_line_has_the_one_form(slug: str) -> None:
    matches = [re.fullmatch(LINES[slug], line) for line in texts()[slug].splitlines()]
    rows = [match.groups() for match in matches if match]
    assert len(rows) == len(matches)
    assert {name: value for name, value, _ in rows if name} == EXPECTED
    assert [stale for *_, stale in rows if stale] == list(STALE)
