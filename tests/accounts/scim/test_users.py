"""/Users as RFC 7644 has it, and what of a user is kept."""

import pytest

from accounts.scim.models import DirectoryUser
from accounts.scim.user_rows import work_address
from tests.accounts.scim.conftest import Pushing, refused, user_body

EMAILS = [{"value": "Alice@Example.com", "type": "work", "primary": True}, {"value": "a@home.example", "type": "home"}]


def test_a_user_is_shown_as_it_was_pushed(okta: Pushing) -> None:
    name = {"formatted": "Alice A", "givenName": "Alice", "familyName": "A"}
    pushed = user_body("alice", name=name, emails=EMAILS, displayName="Alice")
    created = okta("POST", "/Users", pushed)
    shown = okta("GET", f"/Users/{created.json()['id']}")
    assert shown.json() == created.json()
    assert {key: shown.json()[key] for key in pushed} == pushed
    meta = shown.json()["meta"]
    assert meta["location"] == f"http://testserver/scim/v2/okta/Users/{created.json()['id']}"
    assert (created.status_code, created.headers["Location"]) == (201, meta["location"])
    assert (shown.headers["ETag"], meta["version"]) == ('W/"1"', 'W/"1"')


def test_what_is_not_needed_is_not_kept(okta: Pushing) -> None:
    extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    private = {
        "phoneNumbers": [{"value": "+44 1"}],
        "title": "Head",
        extension: {"employeeNumber": "7"},
        "password": "p",
    }
    answer = okta("POST", "/Users", user_body("alice", **private))
    assert answer.json().keys() == {"schemas", "id", "externalId", "userName", "active", "meta"}
    assert "Head" not in str(DirectoryUser.objects.values_list().get())


def test_ids_and_meta_of_a_client_do_not_count(okta: Pushing) -> None:
    answer = okta("POST", "/Users", user_body("alice", id="mine", meta={"resourceType": "User", "version": "9"}))
    assert answer.json()["id"] != "mine"
    assert answer.json()["meta"]["version"] == 'W/"1"'


def test_active_is_true_unless_said_otherwise(okta: Pushing) -> None:
    answer = okta("POST", "/Users", {"schemas": [], "userName": "alice"})
    assert answer.json()["active"] is True


@pytest.mark.parametrize("name", ["alice@example.com", "ALICE@Example.com"])
def test_a_user_name_is_taken_once_whatever_its_case(okta: Pushing, name: str) -> None:
    okta.user("alice")
    refused(okta("POST", "/Users", user_body("other", userName=name)), 409, "uniqueness")
    assert DirectoryUser.objects.count() == 1


def test_another_directory_may_have_the_same_user_name(okta: Pushing, entra: Pushing) -> None:
    okta.user("alice")
    entra.user("alice")
    assert [answer("GET", "/Users").json()["totalResults"] for answer in (okta, entra)] == [1, 1]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_one_directory_does_not_reach_the_users_of_another(okta: Pushing, entra: Pushing, method: str) -> None:
    alice = okta.user("alice")
    operations = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    body = {**user_body("alice"), **operations} if method == "PATCH" else user_body("alice")
    refused(entra(method, f"/Users/{alice.pk}", body), 404)


BAD = {
    "no userName": {"userName": None},
    "an empty userName": {"userName": " "},
    "a long userName": {"userName": "a" * 321},
    "a line break": {"userName": "a\nb"},
    "a number": {"userName": 7},
    "an object": {"userName": {"a": 1}},
    "a long externalId": {"externalId": "a" * 256},
    "active maybe": {"active": "maybe"},
    "active as a list": {"active": [False]},
    "an address as a text": {"emails": "a@b.example"},
    "a long address": {"emails": [{"value": "a" * 255}]},
    "very many addresses": {"emails": [{"value": f"{number}@b.example"} for number in range(21)]},
    "a name as a text": {"name": "Alice"},
}


@pytest.mark.parametrize("fields", BAD.values(), ids=list(BAD))
def test_what_does_not_fit_is_refused(okta: Pushing, fields: dict[str, object]) -> None:
    refused(okta("POST", "/Users", user_body("alice", **fields)), 400, "invalidValue")
    assert not DirectoryUser.objects.exists()


def test_a_name_that_no_line_may_hold_is_made_to_fit_rather_than_refused(okta: Pushing) -> None:
    answer = okta("POST", "/Users", user_body("alice", displayName="Zo\u202eë\u200c\x85 <i>" + "x" * 300))
    assert answer.json()["displayName"] == ("Zoë\u200c <i>" + "x" * 300)[:200]


def test_a_replacement_replaces_all_but_what_tells_who_it_is(okta: Pushing) -> None:
    alice = okta.user("alice", displayName="Alice", emails=EMAILS)
    answer = okta("PUT", f"/Users/{alice.pk}", {"schemas": [], "userName": "alicia"})
    said = answer.json()
    assert (answer.status_code, said["userName"], said.get("displayName")) == (200, "alicia", None)
    assert (said["externalId"], said["emails"]) == ("alice", EMAILS)
    assert (said["id"], said["meta"]["version"]) == (str(alice.pk), 'W/"2"')


def test_a_replacement_takes_away_what_it_says_is_nothing(okta: Pushing) -> None:
    alice = okta.user("alice", emails=EMAILS)
    said = okta("PUT", f"/Users/{alice.pk}", user_body("alice", externalId=None, emails=[])).json()
    assert said.keys().isdisjoint({"externalId", "emails"})


def test_what_changes_nothing_changes_no_version(okta: Pushing) -> None:
    alice = okta.user("alice")
    assert okta("PUT", f"/Users/{alice.pk}", user_body("alice")).headers["ETag"] == 'W/"1"'


def test_a_user_cannot_take_the_name_of_another(okta: Pushing) -> None:
    okta.user("bob")
    alice = okta.user("alice")
    refused(okta("PUT", f"/Users/{alice.pk}", user_body("bob")), 409, "uniqueness")
    refused(okta.patch(alice, {"op": "replace", "path": "userName", "value": "bob@example.com"}), 409, "uniqueness")


def test_a_deleted_user_is_nowhere_and_keeps_no_name(okta: Pushing) -> None:
    alice = okta.user("alice", displayName="Alice", emails=EMAILS)
    okta("DELETE", f"/Users/{alice.pk}")
    refused(okta("GET", f"/Users/{alice.pk}"), 404)
    refused(okta("DELETE", f"/Users/{alice.pk}"), 404)
    assert okta("GET", "/Users").json()["totalResults"] == 0
    alice.refresh_from_db()
    assert (alice.display_name, alice.emails, alice.email) == ("", [], "alice@example.com")


def test_only_the_state_that_the_directory_saw_is_changed(okta: Pushing) -> None:
    alice = okta.user("alice")
    okta.patch(alice, {"op": "replace", "path": "displayName", "value": "A"})
    for method in ("PUT", "DELETE"):
        refused(okta(method, f"/Users/{alice.pk}", user_body("alice"), **{"If-Match": 'W/"1"'}), 412)
    assert okta("DELETE", f"/Users/{alice.pk}", **{"If-Match": 'W/"1", W/"2"'}).status_code == 204


def test_what_the_directory_holds_already_is_not_sent_again(okta: Pushing) -> None:
    alice = okta.user("alice")
    answer = okta("GET", f"/Users/{alice.pk}", **{"If-None-Match": 'W/"1"'})
    assert (answer.status_code, answer.content) == (304, b"")


PATCHES = {
    "an unknown operation": ({"op": "move", "path": "active", "value": False}, "invalidValue"),
    "a path that is none": ({"op": "replace", "path": "emails[", "value": 1}, "invalidPath"),
    "an id": ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
    "no userName any more": ({"op": "remove", "path": "userName"}, "mutability"),
    "a remove of nothing": ({"op": "remove"}, "noTarget"),
    "an add of nothing": ({"op": "add", "path": "displayName"}, "invalidValue"),
    "active maybe": ({"op": "replace", "path": "active", "value": "maybe"}, "invalidValue"),
}


@pytest.mark.parametrize(("operation", "kind"), PATCHES.values(), ids=list(PATCHES))
def test_an_operation_that_cannot_be_done_is_refused(okta: Pushing, operation: dict[str, object], kind: str) -> None:
    refused(okta.patch(okta.user("alice"), operation), 400, kind)


def test_operations_are_done_together_or_not_at_all(okta: Pushing) -> None:
    alice = okta.user("alice")
    first, second = {"op": "replace", "path": "active", "value": False}, {"op": "remove", "path": "userName"}
    refused(okta.patch(alice, first, second), 400, "mutability")
    alice.refresh_from_db()
    assert alice.active is True


@pytest.mark.parametrize(
    ("emails", "address"),
    [
        ([], ""),
        ([{"value": "A@B.example"}], "a@b.example"),
        ([{"value": "h@b.example", "type": "home", "primary": True}], ""),
        (
            [{"value": "one@b.example", "type": "work"}, {"value": "two@b.example", "type": "Work", "primary": True}],
            "two@b.example",
        ),
    ],
)
def test_the_work_address_counts_and_of_several_the_primary_one(emails: list[dict[str, object]], address: str) -> None:
    assert work_address(emails) == address
