"""Templates keep to the content policy: nothing inline, nothing from elsewhere, nothing that evaluates."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

TEMPLATES = sorted(path for path in Path("templates").rglob("*.html"))
STATIC = sorted(path for kind in ("css", "js", "svg") for path in Path("static").rglob(f"*.{kind}"))
INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline handler": re.compile(r"<[^>]*\son\w+\s*=", re.IGNORECASE),
    "an htmx handler": re.compile(r"\bhx-on\b|\bhx-vals\s*=\s*[\"']js:|\bhx-vars\b"),
    "a script without a source": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "a javascript address": re.compile(r"javascript:", re.IGNORECASE),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
@pytest.mark.parametrize("what", INLINE)
def test_nothing_is_inline(path: Path, what: str) -> None:
    assert INLINE[what].search(path.read_text()) is None


@pytest.mark.parametrize("path", [*TEMPLATES, *STATIC], ids=str)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    addresses = re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"')]*", path.read_text())
    assert [address for address in addresses if address != "http://www.w3.org/2000/svg"] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_templates_are_well_formed(path: Path) -> None:
    assert get_template(str(path.relative_to("templates"))) is not None


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_a_form_that_posts_to_the_portal_carries_a_token(path: Path) -> None:
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", path.read_text(), re.DOTALL)
    assert [form for form in forms if "csrf_token" not in form and "data-handoff" not in form] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_no_token_is_handed_to_aws(path: Path) -> None:
    forms = re.findall(r"<form\b[^>]*data-handoff.*?</form>", path.read_text(), re.DOTALL)
    assert [form for form in forms if "csrf_token" in form] == []
