"""What a directory changes: with its events or not at all, under its own lock, and never a row of another directory."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model

from accounts.models import SignIn
from accounts.scim.models import Directory, DirectoryGroup, DirectoryMembership, DirectoryUser
from audit.models import Event
from tests.accounts.conftest import LedgerAwayError
from tests.accounts.scim.conftest import PATCH_OP, Answer, Pushing, group_body, user_body
from tests.conftest import MakeRole, Signed
from tests.rows import all_rows, changed

Act = Callable[[Pushing], Answer]
TABLES: list[type[Model]] = [Directory, DirectoryUser, DirectoryGroup, SignIn]


@pytest.fixture
def okta(signed_in: Signed, make_role: MakeRole) -> Pushing:
    """Okta's directory beside Keycloak's, both with Alice and Bob, signed in, in a group that a mapping names."""
    make_role("Dev", "group:okta:Dev", "group:keycloak:Dev")
    for slug in ("keycloak", "okta"):
        pushing = Pushing(slug)
        pushing.group("Dev", *(pushing.user(name) for name in ("alice", "bob")))
        for name in ("alice", "bob"):
            signed_in(name, f"group:{slug}:Dev", provider=slug)
    return Pushing("okta")


def user(name: str) -> DirectoryUser:
    return DirectoryUser.objects.get(provider="okta", external_id=name)


def dev() -> DirectoryGroup:
    return DirectoryGroup.objects.get(provider="okta")


def create(okta: Pushing) -> Answer:
    return okta("POST", "/Users", user_body("charlie"))


def create_somebody_who_left(okta: Pushing) -> Answer:
    return okta("POST", "/Users", user_body("charlie", active=False))


def deactivate(okta: Pushing) -> Answer:
    return okta.deactivate(user("alice"))


def replace(okta: Pushing) -> Answer:
    return okta("PUT", f"/Users/{user('alice').pk}", user_body("alice", active=False))


def delete(okta: Pushing) -> Answer:
    return okta("DELETE", f"/Users/{user('alice').pk}")


def create_a_group(okta: Pushing) -> Answer:
    return okta("POST", "/Groups", group_body("Ops", user("alice")))


def take_out_of_a_group(okta: Pushing) -> Answer:
    path = f'members[value eq "{user("alice").pk}"]'
    return okta.patch(dev(), {"op": "remove", "path": path})


def replace_a_group(okta: Pushing) -> Answer:
    return okta("PUT", f"/Groups/{dev().pk}", group_body("Dev", user("bob")))


def delete_a_group(okta: Pushing) -> Answer:
    return okta("DELETE", f"/Groups/{dev().pk}")


PUSH, END = "accounts:directory:change", "accounts:sign_in:end"
ROWS = ["accounts.Directory"]
# The answer, what is left on the ledger, and of which models rows change, besides the directory's own.
ACTS: dict[Act, tuple[int, list[str], set[str]]] = {
    create: (201, [], {"accounts.DirectoryUser"}),
    create_somebody_who_left: (201, [PUSH], {"accounts.DirectoryUser"}),
    deactivate: (200, [END, PUSH], {"accounts.DirectoryUser", "accounts.SignIn"}),
    replace: (200, [END, PUSH], {"accounts.DirectoryUser", "accounts.SignIn"}),
    delete: (204, [END, PUSH], {"accounts.DirectoryUser", "accounts.SignIn", "accounts.DirectoryMembership"}),
    create_a_group: (201, [], {"accounts.DirectoryGroup", "accounts.DirectoryMembership"}),
    take_out_of_a_group: (
        204,
        [PUSH],
        {"accounts.DirectoryGroup", "accounts.DirectoryMembership", "accounts.SignIn"},
    ),
    replace_a_group: (200, [PUSH], {"accounts.DirectoryGroup", "accounts.DirectoryMembership", "accounts.SignIn"}),
    delete_a_group: (204, [PUSH], {"accounts.DirectoryGroup", "accounts.DirectoryMembership", "accounts.SignIn"}),
}


def bystanders(act: Act) -> list[Any]:
    """Return the rows of Keycloak's directory, and of Bob in Okta's unless his group goes."""
    rows: list[Any] = [
        list(table._base_manager.filter(provider="keycloak").order_by("pk").values()) for table in TABLES
    ]
    rows += [list(DirectoryMembership.objects.filter(group__provider="keycloak").order_by("pk").values())]
    bobs = SignIn.objects.filter(provider="okta", subject="bob") if act is not delete_a_group else SignIn.objects.none()
    return [*rows, list(bobs.values()), list(DirectoryUser.objects.filter(pk=user("bob").pk).values())]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_a_push_leaves_its_events_under_its_lock_and_no_trace_on_a_bystander(
    okta: Pushing, held: list[Any], act: Act
) -> None:
    status, tags, models = ACTS[act]
    known, rows, before = Event.objects.latest("pk").pk, all_rows(), bystanders(act)
    held.clear()
    assert act(okta).status_code == status
    assert [event.tag for event in Event.objects.filter(pk__gt=known).order_by("pk")] == tags
    assert changed(rows, all_rows()) == {"accounts.Directory", *models, *(["audit.Event"] if tags else [])}
    assert (set(held), bystanders(act)) == ({Directory}, before)


@pytest.mark.parametrize(
    ("act", "event"), [(act, number) for act, (_, tags, _) in ACTS.items() for number in range(len(tags))]
)
def test_without_one_of_its_events_nothing_of_a_push_is_done(
    okta: Pushing, ledger_fails_at: Callable[[int], None], act: Act, event: int
) -> None:
    ledger_fails_at(event)
    before = all_rows()
    with pytest.raises(LedgerAwayError):
        act(okta)
    assert changed(before, all_rows()) == set()


def test_a_lost_group_is_lost_to_who_is_signed_in_and_to_nobody_else(okta: Pushing) -> None:
    okta("PATCH", f"/Groups/{dev().pk}", {
        "schemas": [PATCH_OP],
        "Operations": [{"op": "remove", "path": "members", "value": [{"value": str(user("alice").pk)}]}],
    })  # fmt: skip  # as it is sent
    holders = {(s.provider, s.subject) for s in SignIn.objects.all() if f"group:{s.provider}:Dev" in s.principals}
    assert holders == {("okta", "bob"), ("keycloak", "alice"), ("keycloak", "bob")}
