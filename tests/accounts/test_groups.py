"""Which groups are kept: those that a mapping names, and what "names" means where letters differ."""

from typing import Any

import pytest

from accounts import groups
from accounts.group_problems import Groups
from accounts.groups import composed, folded, kept, names_groups
from accounts.providers.declared import GroupsCase, Kind
from tests.accounts.test_principals import provider

EXACT, INSENSITIVE = GroupsCase.EXACT, GroupsCase.INSENSITIVE


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The principals that mappings name, as the catalog would answer."""
    written: list[str] = []
    monkeypatch.setattr(
        groups, "_named", [lambda wanted: [principal for principal in written if folded(principal) in wanted]]
    )
    return written


def keep(*names: str, case: GroupsCase = EXACT) -> list[str]:
    return kept(provider(Kind.ADFS, groups_case=case), Groups(names))


def test_as_long_as_nobody_knows_the_mappings_no_group_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "_named", [])
    assert keep("AWS") == []
    names_groups(look_up := lambda wanted: list(wanted))
    names_groups(look_up)
    assert keep("AWS", case=INSENSITIVE) == ["group:adfs:aws"]
    assert groups._named == [look_up]


def test_of_hundreds_only_the_named_are_kept(named: list[str]) -> None:
    named += ["group:adfs:G-007", "group:adfs:G-299", "group:other:G-008", "user:alice@example.com"]
    assert keep(*(f"G-{number:03d}" for number in range(300))) == ["group:adfs:G-007", "group:adfs:G-299"]


@pytest.mark.parametrize(
    "resembling",
    [
        "Cloud-Prod-Admin2",
        "Cloud-Prod",
        "EXAMPLE\\Cloud-Prod-Admin",
        "CN=Cloud-Prod-Admin,OU=Groups,DC=example,DC=com",
        "Cloud-Prod-Admin ",
        "Cloud\u2010Prod\u2010Admin",
        "\u0421loud-Prod-Admin",
        "Cloud-Prod-Adm\u0131n",
        "Cloud-Prod-Adm\u0130n",
    ],
)
@pytest.mark.parametrize("case", list(GroupsCase))
def test_names_that_resemble_are_others(named: list[str], resembling: str, case: GroupsCase) -> None:
    named.append("group:adfs:Cloud-Prod-Admin")
    assert keep(resembling, case=case) == []


@pytest.mark.parametrize("name", ["EXAMPLE\\Cloud-Admin", "CN=A\\, B,OU=X,DC=example", "S-1-5-21-1-2-3-1601", "a:b"])
def test_every_form_is_kept_as_it_is_where_a_mapping_writes_it_so(named: list[str], name: str) -> None:
    named.append(f"group:adfs:{name}")
    assert keep(name) == [f"group:adfs:{name}"]


def test_another_case_is_kept_in_the_mappings_spelling_only_where_the_file_says_so(named: list[str]) -> None:
    named += ["group:adfs:Cloud-Admin", "group:adfs:cloud-ADMIN"]
    assert keep("CLOUD-admin", case=INSENSITIVE) == ["group:adfs:Cloud-Admin", "group:adfs:cloud-ADMIN"]
    assert keep("CLOUD-admin") == ["group:adfs:CLOUD-admin"]  # names nothing, and explains why


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Caf\u00e9", "CAFe\u0301", True),
        ("stra\u00dfe", "STRASSE", False),
        ("\u00d6l", "\u00f6l", False),
        ("I", "\u0131", False),
        ("i", "\u0130", False),
        ("\ufb01n", "fin", False),
    ],
)
def test_only_a_to_z_are_folded(one: str, other: str, same: Any) -> None:
    assert (folded(one) == folded(other)) is same
    assert composed(one) == one


def test_the_providers_name_is_part_of_it(named: list[str]) -> None:
    named.append("group:google:AWS")
    assert keep("AWS") == []
