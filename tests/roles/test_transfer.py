import copy
import json
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import SignIn
from audit.models import Event
from credentials.models import IssuedSession
from roles.models import AwsAccount, PortalRoleMapping, Role, RoleMapping
from roles.transfer import CannotImport, as_json, bring_in, exported
from tests.conftest import SANDBOX, MakeRole

ALICE = "user:alice@example.com"


@pytest.fixture
def document(make_role: MakeRole) -> Any:
    role = make_role("S3ReadOnly", ALICE, session_tags={"team": "payments"}, max_duration=7200, step_up="second_factor")
    RoleMapping.objects.filter(role=role).update(valid_until=datetime(2031, 1, 31, 18, tzinfo=UTC), note="Report")
    PortalRoleMapping.objects.create(principal=ALICE, portal_role="auditor")
    return json.loads(as_json(exported()))


def told(differences: list[Any]) -> list[str]:
    return [str(difference) for difference in differences]


def forget() -> None:
    for model in (PortalRoleMapping, RoleMapping, Role, AwsAccount):
        model.objects.all().delete()


def test_what_goes_out_comes_in_again(document: Any) -> None:
    assert bring_in(document, prune=True, apply=True) == []
    forget()
    bring_in(document, apply=True)
    assert json.loads(as_json(exported())) == document


def test_a_document_from_before_step_up_leaves_it_as_it_is(document: Any) -> None:
    del document["accounts"][0]["roles"][0]["step_up"], document["accounts"][0]["roles"][0]["step_up_minutes"]
    assert bring_in(document, prune=True, apply=True) == []
    assert Role.objects.get().step_up == "second_factor"


def test_without_apply_everything_is_told_and_nothing_done(document: Any) -> None:
    forget()
    before = Event.objects.count()
    where = f"S3ReadOnly in Example Sandbox ({SANDBOX})"
    assert told(bring_in(document)) == [
        f"+ AWS account Example Sandbox ({SANDBOX})",
        f"+ role {where}",
        f"+ mapping {ALICE} may take {where}",
        f"+ portal role {ALICE} is auditor",
    ]
    assert (AwsAccount.objects.count(), Event.objects.count()) == (0, before)


def test_a_change_names_its_fields_and_reaches_the_ledger(document: Any) -> None:
    document["accounts"][0]["roles"][0]["description"] = "Reports"
    differences = bring_in(document, apply=True)
    assert told(differences) == [f"~ role S3ReadOnly in Example Sandbox ({SANDBOX}) (description)"]
    assert Event.objects.latest("id").tag == "roles:catalog:change"


def test_what_the_document_lacks_stays_unless_pruned(document: Any) -> None:
    document["accounts"][0]["roles"][0]["mappings"] = []
    assert bring_in(document, apply=True) == []
    assert [str(d)[0] for d in bring_in(document, prune=True, apply=True)] == ["-"]
    assert RoleMapping.objects.count() == 0


HOSTILE: list[tuple[tuple[Any, ...], Any, str]] = [
    (("format",), "other", "not a catalog"),
    (("version",), 2, "not a catalog"),
    (("accounts",), {"a": 1}, "list of objects"),
    (("accounts",), ["a"], "list of objects"),
    (("accounts",), {}, "list of objects"),
    (("accounts", 0, "account_id"), "12", "12 digits"),
    (("accounts", 0, "colour"), "red", "unknown fields: colour"),
    (("accounts", 0, "roles", 0, "arn"), "arn:aws:iam::111122223333:user/x", "ARN"),
    (("accounts", 0, "roles", 0, "max_duration"), 60, "15 minutes"),
    (("accounts", 0, "roles", 0, "enabled"), "perhaps", "must be either True or False"),
    (("accounts", 0, "roles", 0, "step_up"), "fingerprint", "not a valid choice"),
    (("accounts", 0, "roles", 0, "step_up_minutes"), 721, "720 minutes"),
    (("accounts", 0, "roles", 0, "session_tags"), {"aws:x": "y"}, "tag key"),
    (("accounts", 0, "roles", 0, "mappings", 0, "principal"), "alice", "user:alice@example.com"),
    (("accounts", 0, "roles", 0, "mappings", 0, "valid_until"), "tomorrow", "no time"),
    (("accounts", 0, "roles", 0, "mappings", 0, "valid_until"), "2031-01-31T18:00:00", "time zone"),
    (("accounts", 0, "roles", 0, "mappings", 0, "valid_until"), "9999-12-31T23:59:59-23:59", "after 9999"),
    (("accounts", 0, "roles", 0, "mappings", 0, "valid_from"), "0001-01-01T00:00:00+23:59", "before the year 1"),
    (("accounts", 0, "roles", 0, "mappings", 0, "valid_from"), 7, "nothing that may stand here"),
    (("accounts", 0, "roles", 0, "description"), None, "nothing that may stand here"),
    (("accounts", 0, "roles", 0, "max_duration"), "0", "15 minutes"),
    (("accounts", 0, "roles", 0, "max_duration"), "1" * 5_000, "must be an integer"),
    (("accounts", 0, "roles", 0, "session_tags"), [], "nothing that may stand here"),
    (("accounts", 0, "roles", 0, "max_duration"), float("inf"), "nothing that may stand here"),
    (("accounts", 0, "roles", 0, "description"), "a\0b", "cannot be kept"),
    (("accounts", 0, "a\ud800b"), "", "cannot be kept"),
    (("portal_roles", 0, "portal_role"), "owner", "owner"),
]


@pytest.mark.parametrize(("path", "value", "why"), HOSTILE)
def test_a_bad_document_changes_nothing_and_says_why(
    document: Any, path: tuple[Any, ...], value: Any, why: str
) -> None:
    good, place = copy.deepcopy(document), document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(CannotImport, match=why):
        bring_in(document, prune=True, apply=True)
    assert json.loads(as_json(exported())) == good


def test_the_commands(document: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("catalog_export")
    file = tmp_path / "catalog.json"
    file.write_text(capsys.readouterr().out)
    call_command("catalog_import", file)
    assert capsys.readouterr().out == "The catalog is as the file says.\n"
    forget()
    call_command("catalog_import", file)
    assert capsys.readouterr().out.endswith("4 rows would change. Nothing was changed yet: add --apply.\n")
    call_command("catalog_import", file, "--apply")
    assert Role.objects.count() == 1


@pytest.mark.parametrize("options", [["--apply"], []])
def test_a_file_that_is_no_catalog_is_said_and_changes_nothing(
    document: Any, tmp_path: Path, options: list[str]
) -> None:
    file = tmp_path / "catalog.json"
    file.write_text(json.dumps({**document, "version": 2}))
    with pytest.raises(CommandError, match=r"^Nothing was changed\. This is not a catalog"):
        call_command("catalog_import", file, *options)
    assert json.loads(as_json(exported())) == document


def test_the_command_prunes_if_told_and_says_each_row(
    document: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document["portal_roles"] = []
    file = tmp_path / "catalog.json"
    file.write_text(json.dumps(document))
    call_command("catalog_import", file, "--apply")
    assert capsys.readouterr().out == "The catalog is as the file says.\n"
    call_command("catalog_import", file, "--apply", "--prune")
    assert capsys.readouterr().out == f"- portal role {ALICE} is auditor\n1 row changed.\n"


def test_a_role_that_was_taken_is_not_pruned_and_all_stays(document: Any, alice: SignIn) -> None:
    role = Role.objects.get()
    IssuedSession.objects.create(
        request_key=uuid.uuid4(), user=alice.user, sign_in=alice, role=role, delivery="credentials",
        method="assume_role", role_arn=role.arn, principal=ALICE, session_name="alice-1", duration=3600,
        region="us-east-1", reference="DP-7KQM-2XZB",
    )  # fmt: skip  # a row of plain values reads best as a paragraph
    before = json.loads(as_json(exported()))
    document["accounts"], document["portal_roles"] = [], []
    where = re.escape(f"role S3ReadOnly in Example Sandbox ({SANDBOX})")
    with pytest.raises(CannotImport, match=f"^{where} cannot go: sessions were issued for it"):
        bring_in(document, prune=True, apply=True)
    assert json.loads(as_json(exported())) == before


def test_what_is_no_file_or_no_json_is_said(tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("{")
    for name, why in (("bad", "cannot be read as JSON"), ("missing", "cannot be read: No such file")):
        with pytest.raises(CommandError, match=why):
            call_command("catalog_import", tmp_path / name)
