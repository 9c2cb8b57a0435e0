"""Groups that a directory pushes are the rights of who is signed in, as soon as they change."""

from typing import Any

import pytest

from accounts.models import SignIn
from accounts.scim.models import DirectoryUser
from accounts.scim.standing import admitted, decide
from accounts.sessions import end_sign_in
from audit.models import Event
from tests.accounts.scim.conftest import Pushing, group_body
from tests.accounts.scim.people import identity
from tests.conftest import MakeRole, Signed

ADMINS, READERS = "group:okta:AWS-Admins", "group:okta:AWS-Readers"
OWN = ["domain:example.com", "user:alice@example.com"]


@pytest.fixture(autouse=True)
def _mapped(make_role: MakeRole) -> None:
    """Mappings name these groups; of others no sign-in keeps anything."""
    make_role("Admin", ADMINS, "group:keycloak:AWS-Admins", "group:entra:AWS-Admins")
    make_role("Reader", READERS)


def principals(sign_in: SignIn) -> list[str]:
    sign_in.refresh_from_db()
    found: list[str] = sign_in.principals
    return found


def changes() -> list[dict[str, Any]]:
    return list(Event.objects.filter(tag="accounts:directory:change").order_by("pk").values_list("details", flat=True))


def test_who_signs_in_has_the_groups_that_were_pushed(okta: Pushing) -> None:
    okta.group("AWS-Admins", okta.user("alice"))
    okta.group("AWS-Readers", okta.user("bob"))
    found = admitted(identity("okta", subject="alice", email="alice@example.com"))
    assert found.principals == [ADMINS, "user:alice@example.com"]


def test_groups_of_the_token_do_not_count_beside_those_of_the_directory(okta: Pushing) -> None:
    okta.group("AWS-Readers", okta.user("alice"))
    found = admitted(identity("okta", subject="alice", principals=[ADMINS, "user:a@example.com"]))
    assert found.principals == [READERS, "user:a@example.com"]


def test_pushed_groups_give_nothing_unless_the_provider_says_so(entra: Pushing) -> None:
    entra.group("AWS-Admins", entra.user("alice"))
    assert admitted(identity("entra", oid="alice", principals=["group:entra:Other"])).principals == [
        "group:entra:Other"
    ]


def test_who_comes_into_a_group_has_its_rights_at_once(okta: Pushing, signed_in: Signed) -> None:
    alice, bob = (signed_in(name, provider="okta") for name in ("alice", "bob"))
    user, group = okta.user("alice"), okta.group("AWS-Admins")
    okta.patch(group, {"op": "add", "path": "members", "value": [{"value": str(user.pk)}]})
    assert principals(alice) == sorted([ADMINS, *OWN])
    assert not [name for name in principals(bob) if name.startswith("group:")]


@pytest.mark.parametrize("how", ["remove", "replace", "put", "delete", "rename"])
def test_who_goes_from_a_group_loses_its_rights_at_once(okta: Pushing, signed_in: Signed, how: str) -> None:
    alice = signed_in("alice", provider="okta")
    user = okta.user("alice")
    group = okta.group("AWS-Admins", user)
    assert principals(alice) == sorted([ADMINS, *OWN])
    {
        "remove": lambda: okta.patch(group, {"op": "remove", "path": f'members[value eq "{user.pk}"]'}),
        "replace": lambda: okta.patch(group, {"op": "replace", "path": "members", "value": []}),
        "put": lambda: okta("PUT", f"/Groups/{group.pk}", group_body("AWS-Admins")),
        "delete": lambda: okta("DELETE", f"/Groups/{group.pk}"),
        "rename": lambda: okta.patch(group, {"op": "replace", "path": "displayName", "value": "AWS-Readers"}),
    }[how]()
    assert principals(alice) == (sorted([READERS, *OWN]) if how == "rename" else OWN)


def test_the_rights_of_an_ended_sign_in_are_left_as_they_were(okta: Pushing, signed_in: Signed) -> None:
    alice = signed_in("alice", provider="okta")
    SignIn.objects.update(ended_at="2026-01-01T00:00:00Z", end_reason="signed_out")
    okta.group("AWS-Admins", okta.user("alice"))
    assert principals(alice) == OWN


def test_a_sign_in_that_ends_during_the_push_gets_nothing(
    okta: Pushing, signed_in: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, user = signed_in("alice", provider="okta"), okta.user("alice")

    def ended_meanwhile(*arguments: Any) -> Any:
        end_sign_in(sign_in=SignIn.objects.get(pk=alice.pk), reason=SignIn.Ended.BY_PERSON)
        return decide(*arguments)

    monkeypatch.setattr("accounts.scim.settle.decide", ended_meanwhile)
    okta.group("AWS-Admins", user)
    assert (principals(alice), changes()[0]["sign_ins_changed"]) == (OWN, 0)


def test_the_ledger_counts_the_groups_of_who_signs_in(okta: Pushing) -> None:
    okta.group("AWS-Admins", okta.user("alice"))
    assert admitted(identity("okta", subject="alice")).groups_told == {"groups": 1}


def test_the_same_person_at_another_provider_gains_nothing(okta: Pushing, signed_in: Signed) -> None:
    elsewhere = signed_in("alice", provider="plain")
    okta.group("AWS-Admins", okta.user("alice"))
    assert principals(elsewhere) == OWN


def test_who_is_no_pushed_user_has_no_groups_and_is_told_why(okta: Pushing) -> None:
    found = admitted(identity("okta", subject="nobody", principals=[ADMINS]))
    assert (found.principals, found.groups_problem) == ([], "scim_missing")


def test_two_users_of_one_key_give_no_groups(okta: Pushing, signed_in: Signed) -> None:
    alice = signed_in("alice", provider="okta")
    okta.group("AWS-Admins", okta.user("alice"))
    okta.user("alice2", externalId="alice")
    alice.refresh_from_db()
    assert (alice.principals, alice.groups_problem) == (OWN, "scim_ambiguous")


def test_an_address_that_the_provider_may_not_assert_gives_no_groups(keycloak: Pushing) -> None:
    keycloak.group("AWS-Admins", keycloak.user("alice"))
    doubtful = identity("keycloak", email="")
    doubtful.claims["email"] = "alice@example.com"
    found = admitted(doubtful)
    assert (found.principals, found.groups_problem) == ([], "scim_address")


def test_a_user_who_takes_another_key_takes_the_groups_along(okta: Pushing, signed_in: Signed) -> None:
    alice, bob = (signed_in(name, provider="okta") for name in ("alice", "bob"))
    user = okta.user("alice")
    okta.group("AWS-Admins", user)
    okta.patch(user, {"op": "replace", "path": "externalId", "value": "bob"})
    assert (ADMINS in principals(alice), ADMINS in principals(bob)) == (False, True)


def test_who_is_active_again_has_the_groups_again(okta: Pushing) -> None:
    user = okta.user("alice")
    okta.group("AWS-Admins", user)
    okta.deactivate(user)
    okta.patch(user, {"op": "replace", "path": "active", "value": True})
    assert admitted(identity("okta", subject="alice")).principals == [ADMINS]


def test_the_ledger_tells_of_each_change_in_one_line(okta: Pushing, signed_in: Signed) -> None:
    signed_in("alice", provider="okta")
    cast = [okta.user(name) for name in ("alice", "bob")]
    group = okta.group("AWS-Admins", *cast)
    okta.patch(group, {"op": "remove", "path": f'members[value eq "{cast[1].pk}"]'})
    okta("PUT", f"/Groups/{group.pk}", group_body("AWS-Admins", cast[0]))
    told = [(line["change"], line["came"], line["went"], line["sign_ins_changed"]) for line in changes()]
    assert told == [("created", 2, 0, 1), ("members", 0, 1, 0)]


def test_the_ledger_tells_of_a_rename_with_both_names(okta: Pushing) -> None:
    group = okta.group("AWS-Admins", okta.user("alice"))
    okta.patch(group, {"op": "replace", "path": "displayName", "value": "AWS-Owners"})
    assert (changes()[-1]["change"], changes()[-1]["old_name"], changes()[-1]["what"]) == (
        "renamed",
        "AWS-Admins",
        "AWS-Owners",
    )


def test_groups_that_give_no_rights_are_not_worth_a_line(entra: Pushing) -> None:
    entra.group("AWS-Admins", entra.user("alice"))
    assert changes() == []


def test_groups_that_no_mapping_names_are_neither_kept_nor_worth_a_line(okta: Pushing, signed_in: Signed) -> None:
    alice = signed_in("alice", provider="okta")
    group = okta.group("Canteen", okta.user("alice"))
    okta.patch(group, {"op": "replace", "path": "displayName", "value": "Cantina"})
    assert (principals(alice), changes()) == (OWN, [])


def test_a_group_that_comes_to_bear_a_mapped_name_gives_its_rights(okta: Pushing, signed_in: Signed) -> None:
    alice = signed_in("alice", provider="okta")
    group = okta.group("Canteen", okta.user("alice"))
    okta.patch(group, {"op": "replace", "path": "displayName", "value": "AWS-Admins"})
    assert (principals(alice), len(changes())) == (sorted([ADMINS, *OWN]), 1)


@pytest.mark.parametrize("name", ["aws-admins", "AWS\u037eAdmins", "AWS-Admins2", "AWS-Admin"])
def test_a_name_that_resembles_a_mapped_one_gives_nothing(okta: Pushing, make_role: MakeRole, name: str) -> None:
    make_role("Semicolon", "group:okta:AWS;Admins")
    okta.group(name, okta.user("alice"))
    found = admitted(identity("okta", subject="alice")).principals
    assert set(found) <= {f"group:okta:{name}"}
    assert not {ADMINS, "group:okta:AWS;Admins"} & set(found)


def test_members_that_nobody_knows_are_counted(okta: Pushing) -> None:
    stranger = DirectoryUser(provider="okta", user_name="nobody")
    okta.group("AWS-Admins", okta.user("alice"), stranger)
    assert changes()[0]["unknown"] == 1
