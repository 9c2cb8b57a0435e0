"""Every address is asked for what there is, and nothing is said in the words of Python, on pages and in files."""

import re

import pytest

from tests.addresses import addresses
from tests.pages.walk import Page, asked, paths
from tests.pages.world import Portal

PYTHONS = re.compile(r"\bNone\b(?! of )| object at 0x\w+")


def in_pythons_words(answers: list[Page]) -> dict[str, list[str]]:
    return {each.path: found for each in answers if (found := PYTHONS.findall(each.body))}


@pytest.mark.parametrize("portal", ["full"], indirect=True)
def test_every_address_finds_what_it_names(portal: Portal) -> None:
    assert {place.route for place in addresses()} == {place.route for place, _ in paths(portal)}
    answers = list(asked(portal))
    found = {each.place for each in answers if each.status != 404}
    assert {each.place for each in answers} - found == set()
    assert in_pythons_words(answers) == {}


@pytest.mark.parametrize("portal", ["empty"], indirect=True)
def test_a_portal_with_nothing_in_it_says_so_in_words(portal: Portal) -> None:
    assert in_pythons_words(list(asked(portal))) == {}
