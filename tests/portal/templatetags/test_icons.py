import pytest
from django.template import Context, Template
from heroicons import IconDoesNotExist


def render(text: str) -> str:
    return Template("{% load icons %}" + text).render(Context({"name": "key"}))


def test_an_icon_is_the_packages_own() -> None:
    theirs = Template('{% load heroicons %}{% heroicon_mini "key" aria_hidden="true" size=16 %}').render(Context())
    assert render('{% heroicon_mini "key" aria_hidden="true" size=16 %}') == theirs


def test_an_icon_by_variable_is_drawn_when_it_is_shown() -> None:
    assert render("{% heroicon_mini name %}") == render('{% heroicon_mini "key" %}')


def test_an_icon_that_does_not_exist_is_found_when_the_template_is_compiled() -> None:
    with pytest.raises(IconDoesNotExist):
        Template('{% load icons %}{% heroicon_mini "no-such-icon" %}')
