"""What is valid and most likely a mistake is told at every door where a catalog is written, and saved all the same."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from credentials.aws import known_regions
from roles import validators
from roles.cautions import cautions
from roles.models import Role, RoleMapping
from roles.remembered import Remembered
from roles.transfer import as_json, bring_in, exported
from roles.validators import PARTITIONS
from tests.conftest import Browser, MakeRole, Signed
from tests.forms import forms_of

BOB = "user:bob@example.com"
ENDED = datetime(2020, 1, 31, 18, tzinfo=UTC)
OVER = f"{BOB} may take S3ReadOnly in Example Sandbox (111122223333): it ended on 2020-01-31 at 18:00 UTC, so nobody "
OVER += "takes the role by it."
UNKNOWN = "AWS has no region eu-wset-1 that this version knows. Is it written as AWS writes it?"


@pytest.fixture
def role(make_role: MakeRole) -> Role:
    return make_role("S3ReadOnly", "user:alice@example.com", region="eu-west-1")


@pytest.fixture
def erin(signed_in: Signed, browser: Browser, settings: Settings) -> Client:
    settings.DAYPASS_ADMINISTRATORS = ["user:erin@example.com"]
    return browser(signed_in("erin"))


def warned(answer: Any) -> list[str]:
    assert answer.status_code == 302, answer.content
    return [str(message) for message in get_messages(answer.wsgi_request) if message.level_tag == "warning"]


def rows_with(fits: Any) -> set[type[Model]]:
    """Return the models of the catalog that have such a field, as the registry knows them."""
    catalog = [model for model in apps.get_models() if issubclass(model, Remembered)]
    return {model for model in catalog if any(fits(field) for field in model._meta.fields)}


def test_every_row_with_an_end_or_a_region_is_looked_at(role: Role) -> None:
    mapping = RoleMapping(role=role, principal=BOB, valid_until=ENDED)
    role.region = "eu-wset-1"
    assert rows_with(lambda field: field.name == "valid_until") == {RoleMapping}
    assert rows_with(lambda field: validators.region in field.validators) == {Role}
    assert (len(cautions(mapping)), cautions(role)) == (1, [UNKNOWN])


def test_the_second_at_which_a_validity_ends_and_the_one_before(role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: ENDED)
    mapping = RoleMapping(role=role, principal=BOB, valid_until=ENDED)
    assert len(cautions(mapping)) == 1
    mapping.valid_until = ENDED + timedelta(seconds=1)
    assert cautions(mapping) == []
    mapping.valid_from, mapping.valid_until = mapping.valid_until, None
    assert cautions(mapping) == []


@pytest.mark.parametrize("partition", PARTITIONS)
def test_a_region_is_held_against_its_own_partition(role: Role, partition: str) -> None:
    role.account.partition = partition
    for other in PARTITIONS:
        role.region = known_regions(other)[0]
        assert bool(cautions(role)) == (other != partition)
    role.region = ""
    assert cautions(role) == []


def test_a_mapping_that_ended_is_saved_and_told_on_its_own_page(erin: Client, role: Role) -> None:
    form = {"role": str(role.pk), "principal": BOB, "max_duration": "", "valid_until": "2020-01-31T18:00"}
    assert warned(erin.post(reverse("admin:roles_rolemapping_add"), form)) == [OVER]
    assert RoleMapping.objects.get(principal=BOB).valid_until == ENDED
    assert warned(erin.post(reverse("admin:roles_rolemapping_add"), {**form, "principal": "user:c@example.com"})) != []


def test_a_role_with_a_foreign_region_and_a_mapping_that_ended_is_saved_and_told(erin: Client, role: Role) -> None:
    address = reverse("admin:roles_role_change", args=[role.pk])
    form = next(form for form in forms_of(erin.get(address).content.decode()) if "arn" in form.data).data
    new = {"mappings-1-principal": BOB, "mappings-1-valid_until": "2020-01-31T18:00"}
    answer = erin.post(address, form | new | {"region": "eu-wset-1"})
    assert warned(answer) == [f"S3ReadOnly in Example Sandbox (111122223333): {UNKNOWN}", OVER]
    role.refresh_from_db()
    assert (role.region, role.mappings.count()) == ("eu-wset-1", 2)


def test_what_is_as_it_should_be_is_saved_silently(erin: Client, role: Role) -> None:
    form = {"role": str(role.pk), "principal": BOB, "max_duration": "", "valid_until": "2999-01-31T18:00"}
    assert warned(erin.post(reverse("admin:roles_rolemapping_add"), form)) == []


def test_an_import_tells_it_below_the_row_and_applies_it(
    role: Role, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(as_json(exported()))
    told = document["accounts"][0]["roles"][0]
    told["region"], told["mappings"][0]["valid_until"] = "eu-wset-1", "2020-01-31T19:00:00+01:00"
    file = tmp_path / "catalog.json"
    file.write_text(json.dumps(document))
    call_command("catalog_import", file, "--apply")
    assert capsys.readouterr().out.splitlines()[1::2] == [
        f"  ! {UNKNOWN}",
        "  ! it ended on 2020-01-31 at 18:00 UTC, so nobody takes the role by it.",
    ]
    assert Role.objects.get().region == "eu-wset-1"
    assert bring_in(document) == []
