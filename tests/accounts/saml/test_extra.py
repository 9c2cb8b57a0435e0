"""A portal without the extra: it runs, unless a provider speaks SAML, and then it says what to install."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.saml import extra

ROOT = Path(__file__).parents[3]
COMMAND = "pip install --only-binary xmlsec,lxml -r requirements-saml.txt"
# What a process meets that has no such package, or two that do not fit together.
WITHOUT = """
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"xmlsec", "lxml", "onelogin"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
"""
UNFIT = """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "xmlsec":
            raise RuntimeError("(-1, 'lxml & xmlsec libxml2 library version mismatch')")
sys.meta_path.insert(0, Finder())
"""
PORTAL = """
import django
django.setup()
from django.core.management import call_command
call_command("check")
from django.test import Client
from django.urls import reverse
import accounts.warm, audit.housekeeping
from accounts.origins import known_origins
print("serves", Client().get("/accounts/saml/corp/metadata/").status_code, reverse("account_login"), known_origins())
"""


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DAYPASS_")}
    environment = kept | {"DJANGO_SETTINGS_MODULE": "tests.settings"} | settings
    command = [sys.executable, "-W", "ignore", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_without_the_extra_the_portal_runs() -> None:
    done = run("-c", WITHOUT + PORTAL)
    assert done.stdout.splitlines()[-1:] == ["serves 404 /sign-in/ []"], done.stderr


@pytest.mark.parametrize(("prelude", "why"), [(WITHOUT, "No module named"), (UNFIT, "version mismatch")])
def test_with_a_provider_that_needs_it_the_start_says_so(prelude: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(prelude)
    (tmp_path / "daypass.toml").write_text('[providers.corp]\nkind = "saml"\nname = "x"\n')
    settings = {"DAYPASS_PROVIDERS": str(tmp_path / "daypass.toml"), "PYTHONPATH": str(tmp_path)}
    done = run("manage.py", "check", **settings)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith('Daypass cannot start. SAML (kind = "saml") needs packages that are not installed')
    assert (why in done.stderr, done.stderr.rstrip().endswith(f"Run: {COMMAND}")) == (True, True)


def test_the_command_is_what_the_file_of_requirements_says() -> None:
    first, *lines = (ROOT / "requirements-saml.txt").read_text().splitlines()
    assert extra.COMMAND == COMMAND
    assert COMMAND in first
    assert {line.partition(" ")[0] for line in lines if "==" in line} == {
        "python3-saml==1.16.0",
        "xmlsec==1.3.17",
        "lxml==6.1.3",
    }


def test_here_it_is_installed() -> None:
    assert extra.problem() == ""
