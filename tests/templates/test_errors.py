"""The page for when everything is broken needs nothing."""

from pathlib import Path

from django.template.loader import render_to_string

PAGE = Path("templates/broken.html").read_text()


def test_it_renders_with_an_empty_context() -> None:
    assert "<h1>Something broke</h1>" in render_to_string("500.html")


def test_it_asks_for_no_manifest_and_no_address() -> None:
    assert "{% static" not in PAGE
    assert "{% url" not in PAGE
    assert "{% extends" not in PAGE


def test_its_files_exist() -> None:
    for address in ("css/tokens.css", "css/base.css", "css/shell.css", "css/components.css", "js/theme.js"):
        assert f"/static/{address}" in PAGE
        assert Path("static", address).is_file()


def test_it_shows_a_reference_that_it_is_given() -> None:
    assert "<code>DP-7Q4K-M2XV</code>" in render_to_string("500.html", {"reference": "DP-7Q4K-M2XV"})
