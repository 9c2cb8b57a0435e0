"""Whatever the administration answers to, and whoever asks: no row changes that may not.

The addresses come from the URL table, with those that libraries add; the rows from the registry of models.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import SignIn
from tests.addresses import Address, addresses
from tests.conftest import Browser, MakeRole, Signed
from tests.forms import Form, forms_of
from tests.portal.administered import World, model_of, models, path_of, world
from tests.rows import all_rows, changed

Data = dict[str, Any]
FLAGS = {"_saveasnew": "1", "_popup": "1", "_change_history": "1", "_continue": "1"}
FRESH = {"account_id": "999988887777", "arn": "arn:aws:iam::111122223333:role/New", "principal": "user:new@example.com"}
ASKED = {"app_label": "roles", "model_name": "role", "field_name": "account", "_popup": "1"}
NO_INLINES = {"mappings-TOTAL_FORMS": "0", "mappings-INITIAL_FORMS": "0"}
WRITING = re.compile(r"\b(INSERT|UPDATE|DELETE|REPLACE|MERGE)\b", re.IGNORECASE)
BESIDES = {"sessions.Session", "accounts.RateCount"}  # messages of what was done, and limits
ENDED = {"accounts.SignIn", "audit.Event"}
EFFECTS = {
    f"admin:roles_{name.lower()}_{page}": {f"roles.{name}", f"roles.Historical{name}", "audit.Event"}
    for name in ("AwsAccount", "Role", "RoleMapping", "PortalRoleMapping")
    for page in ("changelist", "add", "change", "delete")
} | {
    "admin:accounts_provider_check": {"accounts.ProviderCheck"},
    "admin:accounts_provider_try": {"audit.Event"},
    "admin:accounts_user_change": {"accounts.User", *ENDED},
    "admin:accounts_user_changelist": ENDED,
    "admin:accounts_user_end_sign_ins": ENDED,
    "admin:accounts_signin_changelist": ENDED,
    "admin:audit_job_changelist": {"audit.Job", "audit.Event"},
    "admin:sdk_authorization_changelist": {"sdk.Authorization", "audit.Event"},
}  # all that the administration can do, by its addresses
PROVIDER = """
[providers.google]
kind = "google"
name = "Google"
issuer = "http://127.0.0.1:1"
client_id = "daypass"
client_secret = "env:TEST_CLIENT_SECRET"
domains = ["example.com"]
"""


@pytest.fixture
def found(
    signed_in: Signed,
    make_role: MakeRole,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> World:
    monkeypatch.setenv("TEST_CLIENT_SECRET", "only-for-tests")
    (tmp_path / "daypass.toml").write_text(PROVIDER)
    settings.DAYPASS_PROVIDERS = str(tmp_path / "daypass.toml")
    caplog.set_level(logging.CRITICAL, "django")  # some thousand refusals, each with its trace
    made = world(signed_in, make_role)
    SignIn.objects.update(last_seen_at=timezone.now() + timedelta(hours=1))  # noted once a minute, and not meanwhile
    return made


def altered(form: Form) -> Data:
    """Return what the form would send once somebody wrote something else that is valid."""
    data = dict(form.data)
    for name in data.keys() & {"name", "note", "description"}:
        data[name] = "Written"
    for name in data.keys() & {"portal_role", "environment"}:
        data[name] = next(each for each in form.choices[name] if each not in {"", data[name]})
    for box in form.boxes & {"is_active", "enabled"}:
        data.update({} if data.pop(box, "") else {box: "on"})
    return data


def tries(erin: Client, found: World) -> Iterator[tuple[Address, str, list[Data]]]:
    """Give each address of the administration with all that somebody may try to post there."""
    changes = {name: _written(erin, f"/{_stem(shown)}{found.one[name].pk}/change/") for name, shown in models().items()}
    for place in addresses():
        if place.route.startswith("admin/"):
            path, model = path_of(place, found), model_of(place)
            sent: list[Data] = [{"post": "yes"}, *_of_page(erin, path)]
            sent += _of_row(model, found.one[model], changes[model]) if model else []
            yield place, path, [data for at, data in enumerate(sent) if data not in sent[:at]]


def _stem(shown: Any) -> str:
    return f"admin/{shown.opts.app_label}/{shown.opts.model_name}/"


def _of_page(erin: Client, path: str) -> list[Data]:
    page = erin.get(path)
    return [altered(form) for form in forms_of(page.content.decode())] if page.status_code == 200 else []


def _written(erin: Client, path: str) -> Data:
    return max(_of_page(erin, path), key=len)


def _of_row(model: str, row: Any, change: Data) -> list[Data]:
    """Return what the row's form and a new one's send, with every flag that Django knows, each action, and a list."""
    key = str(row.pk)
    fresh = {**change, **{name: FRESH[name] for name in change.keys() & FRESH}, **NO_INLINES}
    chosen = {"_selected_action": [key], "index": "0", "post": "yes"}
    listed = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": key, "_save": "Save"}
    actions = [{**chosen, "action": name} for _, name, _ in models()[model]._get_base_actions()]
    listed |= {f"form-0-{name}": value for name, value in change.items()}
    return [change, fresh, {**change, **FLAGS}, {**fresh, **FLAGS}, *actions, listed]


@contextmanager
def writes() -> Iterator[list[str]]:
    """Collect the statements that may change a row; comparing all rows after each request would take minutes."""
    seen: list[str] = []

    def listen(execute: Any, sql: str, *rest: Any) -> Any:
        if WRITING.search(sql):
            seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(listen):
        yield seen


def test_who_does_not_administer_changes_no_row(found: World, browser: Browser) -> None:
    clients = {name: browser(sign_in) for name, sign_in in found.people.items() if name != "erin"} | {"": Client()}
    every = list(tries(browser(found.people["erin"]), found))
    before = all_rows()
    for who, client in clients.items():
        client.raise_request_exception = False  # the rows are looked at all the same
        for place, path, sent in every:
            with writes() as wrote:
                answers = {client.get(path, ASKED).status_code, *(client.post(path, data).status_code for data in sent)}
            assert not wrote or changed(before, all_rows()) == set(), (who, place)
            assert max(answers) < 500, (who, place)
            assert who == "audrey" or answers == ({302} if not who or place.name == "admin:login" else {404})
    assert changed(before, all_rows()) == set()


def test_an_administrator_changes_what_the_page_is_for(found: World, browser: Browser) -> None:
    done: dict[str, set[str]] = {}
    erin, beside = browser(found.people["erin"]), of_bystander(found)
    for place, path, sent in list(tries(erin, found)):
        before = all_rows()
        for data in sent:
            with transaction.atomic(), writes() as wrote:
                erin.post(path, data)
                now = changed(before, all_rows()) - BESIDES if wrote else set()
                assert not now or of_bystander(found) == beside, (place, data)
                transaction.set_rollback(True)
            if now:
                done[place.name] = done.get(place.name, set()) | now
    assert done == EFFECTS


def of_bystander(found: World) -> list[Any]:
    return [type(row)._base_manager.filter(pk=row.pk).values_list().get() for row in found.bystander.values()]
