"""docs/administration.md tells every field of the catalog's file with its default; its example can be imported."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from roles import transfer
from roles.models import AwsAccount, PortalRoleMapping, Role, RoleMapping

PAGE = (Path(__file__).parents[2] / "docs/administration.md").read_text()
EXAMPLE = re.search(r"```json\n(\{\n  \"format\": \"daypass-catalog\".*?)```", PAGE, re.DOTALL)
TABLES: dict[str, tuple[type[Any], tuple[str, ...], set[str]]] = {
    "an account": (AwsAccount, transfer.ACCOUNT_FIELDS, {"roles"}),
    "a role": (Role, transfer.ROLE_FIELDS, {"mappings"}),
    "a mapping": (RoleMapping, transfer.MAPPING_FIELDS, set()),
    "a portal role": (PortalRoleMapping, transfer.PORTAL_ROLE_FIELDS, set()),
}


def documented(what: str) -> dict[str, str]:
    """Return the fields of a table with what stands in its column *default*."""
    table = PAGE.split(f"| of {what} | default | is |\n|---|---|---|\n")[1].split("\n\n")[0]
    cells = [line.strip("| ").split(" | ") for line in table.strip().split("\n")]
    return {name: row[1] for row in cells for name in re.findall(r"`(\w+)`", row[0])}


def default(model: type[Any], name: str) -> str:
    blank = model()
    value = getattr(blank, name)
    required = not model._meta.get_field(name).blank and value in (None, "")
    return "must be there" if required else f"`{json.dumps(value)}`"


@pytest.mark.parametrize("what", TABLES)
def test_every_field_is_told_with_its_default(what: str) -> None:
    model, fields, nested = TABLES[what]
    assert documented(what) == {name: default(model, name) for name in fields} | dict.fromkeys(nested, "`[]`")


@pytest.mark.django_db
def test_the_example_can_be_imported_and_comes_out_again() -> None:
    assert EXAMPLE is not None
    document = json.loads(EXAMPLE[1])
    assert [str(made) for made in transfer.bring_in(document, apply=True)] == [
        "+ AWS account Example Shop (111122223333)",
        "+ role Deploy in Example Shop (111122223333)",
        *(f"+ {mapping}" for mapping in names(RoleMapping)),
        *(f"+ {mapping}" for mapping in names(PortalRoleMapping)),
    ]
    assert transfer.bring_in(json.loads(transfer.as_json(transfer.exported())), prune=True) == []


def names(model: type[Any]) -> list[str]:
    return [f"{model._meta.verbose_name} {row}" for row in model.objects.order_by("pk")]
