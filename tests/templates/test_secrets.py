"""Whatever is shown once, or can be copied, goes by a component: plain.html, or secret.html, which hides it."""

import re
from pathlib import Path

import pytest

FOLDER = Path("templates")
TEMPLATES = {str(path.relative_to(FOLDER)): path.read_text() for path in FOLDER.rglob("*.html")}
PAGES = {name: text for name, text in TEMPLATES.items() if not name.startswith("components/")}
SECRET = re.compile(r"components/secret\.html|{% format_panels")
ONCE = [
    name
    for name, text in PAGES.items()
    if re.search(r"shown once|Daypass keeps no copy|cannot show", text, re.IGNORECASE)
]
SHOWING = [name for name, text in PAGES.items() if SECRET.search(text) and "{% extends" in text]


def test_the_pages_are_found() -> None:
    known = ["accounts/recovery_codes.html", "credentials/taken.html", "sdk/token_made.html"]
    assert (sorted(ONCE), sorted(SHOWING)) == (known, known)


@pytest.mark.parametrize("name", ONCE)
def test_a_page_that_shows_something_once_hides_it(name: str) -> None:
    assert SECRET.search(TEMPLATES[name])
    plain = re.findall(r"components/plain\.html.*?%}", TEMPLATES[name])
    assert [shown for shown in plain if "text=command only" not in shown] == []


@pytest.mark.parametrize("name", ONCE)
def test_to_reload_a_page_that_shows_something_once_makes_nothing_anew(name: str) -> None:
    assert ("js/shown-once.js" in TEMPLATES[name], TEMPLATES[name].count("data-afterwards=")) == (True, 1)


@pytest.mark.parametrize("name", SHOWING)
def test_a_page_that_hides_something_has_what_hides_it(name: str) -> None:
    for needed in ("js/copy.js", "css/pages/credentials.css"):
        assert needed in TEMPLATES[name]


def test_nothing_is_copied_but_by_a_component() -> None:
    assert [name for name, text in PAGES.items() if "data-copy" in text] == []


def test_the_script_knows_no_names_of_secrets() -> None:
    """What is secret is marked where the text is made; a script that guesses misses the next one."""
    assert re.findall(r"session_?token|secret_?access", Path("static/js/copy.js").read_text(), re.IGNORECASE) == []
