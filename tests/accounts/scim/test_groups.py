"""/Groups as RFC 7644 has it: names, members in any number, and what is refused."""

import json
import uuid

import pytest

from accounts.scim import groups as room
from accounts.scim.models import DirectoryGroup, DirectoryMembership, DirectoryUser
from tests.accounts.scim.conftest import Pushing, group_body, refused


def members_of(group: DirectoryGroup) -> set[str]:
    return set(group.members.values_list("user_name", flat=True))


@pytest.fixture
def cast(okta: Pushing) -> list[DirectoryUser]:
    return [okta.user(name) for name in ("alice", "bob", "charlie")]


NAMES = {"alice@example.com", "bob@example.com", "charlie@example.com"}


def test_a_group_is_shown_with_its_members(okta: Pushing, cast: list[DirectoryUser]) -> None:
    created = okta("POST", "/Groups", group_body("AWS-Admins", *cast[:2]) | {"externalId": "g1"})
    shown = okta("GET", f"/Groups/{created.json()['id']}").json()
    assert shown == created.json()
    base = "http://testserver/scim/v2/okta/Users"
    keys = sorted(str(user.pk) for user in cast[:2])
    assert shown["members"] == [{"value": key, "$ref": f"{base}/{key}"} for key in keys]
    assert (created.status_code, shown["externalId"], shown["displayName"]) == (201, "g1", "AWS-Admins")


@pytest.mark.parametrize("name", ["AWS-Admins", "aws-admins", "AWS-ADMINS"])
def test_a_name_is_taken_once_whatever_its_case(okta: Pushing, name: str) -> None:
    okta.group("AWS-Admins")
    refused(okta("POST", "/Groups", group_body(name)), 409, "uniqueness")


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a" * 401, 5, None, ["a"]])
def test_a_name_that_does_not_fit_is_refused(okta: Pushing, name: object) -> None:
    refused(okta("POST", "/Groups", {"schemas": [], "displayName": name}), 400, "invalidValue")
    assert not DirectoryGroup.objects.exists()


def test_ids_that_are_no_users_of_this_directory_are_left_out(
    okta: Pushing, entra: Pushing, cast: list[DirectoryUser]
) -> None:
    foreign, inner = entra.user("eve"), okta.group("Inner")
    ids = [str(cast[0].pk), str(foreign.pk), str(inner.pk), str(uuid.uuid4()), "none", str(cast[1].pk).upper()]
    body = {"schemas": [], "displayName": "AWS-Admins", "members": [{"value": key} for key in ids]}
    answer = okta("POST", "/Groups", body)
    assert [member["value"] for member in answer.json()["members"]] == [str(cast[0].pk)]


def test_a_replacement_replaces_the_members(okta: Pushing, cast: list[DirectoryUser]) -> None:
    group = okta.group("AWS-Admins", *cast[:2])
    answer = okta("PUT", f"/Groups/{group.pk}", group_body("Renamed", *cast[1:]))
    group.refresh_from_db()
    assert (answer.status_code, group.display_name, group.version) == (200, "Renamed", 2)
    assert members_of(group) == NAMES - {"alice@example.com"}


def test_what_changes_nothing_changes_no_version(okta: Pushing, cast: list[DirectoryUser]) -> None:
    group = okta.group("AWS-Admins", *cast)
    assert okta("PUT", f"/Groups/{group.pk}", group_body("AWS-Admins", *cast)).headers["ETag"] == 'W/"1"'


MANY = {
    "add one": ([{"op": "add", "path": "members", "value": [{"value": "2"}]}], {0, 2}),
    "add one that is no list": ([{"op": "add", "path": "members", "value": {"value": "2"}}], {0, 2}),
    "add one who is there": ([{"op": "add", "path": "members", "value": [{"value": "0"}]}], {0}),
    "add without a path": ([{"op": "add", "value": {"members": [{"value": "1"}]}}], {0, 1}),
    "add by the whole name": (
        [{"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:Group:members", "value": [{"value": "1"}]}],
        {0, 1},
    ),
    "remove one by filter": ([{"op": "remove", "path": 'members[value eq "0"]'}], set()),
    "remove two by filter": ([{"op": "remove", "path": 'members[value eq "0" or value eq "1"]'}], set()),
    "remove who is not there": ([{"op": "remove", "path": 'members[value eq "1"]'}], {0}),
    "remove by value": ([{"op": "remove", "path": "members", "value": [{"value": "0"}]}], set()),
    "remove nobody by value": ([{"op": "remove", "path": "members", "value": []}], {0}),
    "remove all": ([{"op": "remove", "path": "members"}], set()),
    "replace": ([{"op": "replace", "path": "members", "value": [{"value": "1"}, {"value": "2"}]}], {1, 2}),
    "replace by nobody": ([{"op": "replace", "path": "members", "value": []}], set()),
    "replace without a path": ([{"op": "replace", "value": {"Members": [{"value": "1"}]}}], {1}),
    "go and come": (
        [
            {"op": "remove", "path": 'members[value eq "0"]'},
            {"op": "add", "path": "members", "value": [{"value": "0"}, {"value": "1"}]},
        ],
        {0, 1},
    ),
    "come and go": (
        [
            {"op": "add", "path": "members", "value": [{"value": "1"}]},
            {"op": "remove", "path": "members", "value": [{"value": "1"}, {"value": "0"}]},
        ],
        set(),
    ),
    "empty, then add": (
        [{"op": "remove", "path": "members"}, {"op": "add", "path": "members", "value": [{"value": "2"}]}],
        {2},
    ),
}


@pytest.mark.parametrize(("operations", "left"), MANY.values(), ids=list(MANY))
def test_members_come_and_go(
    okta: Pushing, cast: list[DirectoryUser], operations: list[dict[str, object]], left: set[int]
) -> None:
    group = okta.group("AWS-Admins", cast[0])
    written = json.dumps(operations)
    for number, user in enumerate(cast):
        written = written.replace(f'"value": "{number}"', f'"value": "{user.pk}"')
        written = written.replace(f'value eq \\"{number}\\"', f'value eq \\"{user.pk}\\"')
    answer = okta.patch(group, *json.loads(written))
    assert (answer.status_code, answer.content) == (204, b"")
    assert members_of(group) == {cast[number].user_name for number in left}


WRONG = {
    "another filter": ({"op": "remove", "path": 'members[display eq "a"]'}, "invalidFilter"),
    "an order": ({"op": "remove", "path": 'members[value ne "a"]'}, "invalidFilter"),
    "both at once": ({"op": "remove", "path": 'members[value eq "a" and type eq "b"]'}, "invalidFilter"),
    "a part of a member": ({"op": "replace", "path": "members.value", "value": "a"}, "invalidPath"),
    "a chosen member": ({"op": "replace", "path": 'members[value eq "a"]', "value": {"value": "b"}}, "invalidPath"),
    "nothing to add": ({"op": "add", "path": "members"}, "invalidValue"),
    "a number": ({"op": "add", "path": "members", "value": [7]}, "invalidValue"),
    "no value": ({"op": "add", "path": "members", "value": [{"display": "a"}]}, "invalidValue"),
    "an unknown operation": ({"op": "move", "path": "members", "value": []}, "invalidValue"),
    "no name any more": ({"op": "remove", "path": "displayName"}, "mutability"),
    "no path": ({"op": "replace", "path": "members[", "value": []}, "invalidPath"),
}


@pytest.mark.parametrize(("operation", "kind"), WRONG.values(), ids=list(WRONG))
def test_an_operation_that_cannot_be_done_is_refused_and_changes_nothing(
    okta: Pushing, cast: list[DirectoryUser], operation: dict[str, object], kind: str
) -> None:
    group = okta.group("AWS-Admins", cast[0])
    first = {"op": "remove", "path": "members"}
    refused(okta.patch(group, first, operation), 400, kind)
    assert members_of(group) == {"alice@example.com"}


def test_too_many_operations_are_refused(okta: Pushing) -> None:
    group = okta.group("AWS-Admins")
    refused(okta.patch(group, *[{"op": "remove", "path": "members"}] * 501), 400, "invalidValue")
    refused(okta.patch(group), 400, "invalidValue")


def test_who_is_deleted_is_in_no_group(okta: Pushing, cast: list[DirectoryUser]) -> None:
    group = okta.group("AWS-Admins", *cast)
    okta("DELETE", f"/Users/{cast[0].pk}")
    assert members_of(group) == NAMES - {"alice@example.com"}


def test_who_is_deleted_cannot_come_into_a_group(okta: Pushing, cast: list[DirectoryUser]) -> None:
    okta("DELETE", f"/Users/{cast[0].pk}")
    assert members_of(okta.group("AWS-Admins", *cast)) == NAMES - {"alice@example.com"}


def test_a_deleted_group_is_gone_and_its_name_is_free(okta: Pushing, cast: list[DirectoryUser]) -> None:
    group = okta.group("AWS-Admins", *cast)
    assert okta("DELETE", f"/Groups/{group.pk}").status_code == 204
    refused(okta("GET", f"/Groups/{group.pk}"), 404)
    assert not DirectoryMembership.objects.exists()
    okta.group("AWS-Admins")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_one_directory_does_not_reach_the_groups_of_another(okta: Pushing, entra: Pushing, method: str) -> None:
    group = okta.group("AWS-Admins")
    body = {"schemas": [], "displayName": "x", "Operations": [{"op": "remove", "path": "members"}]}
    refused(entra(method, f"/Groups/{group.pk}", body), 404)


def test_only_the_state_that_the_directory_saw_is_changed(okta: Pushing) -> None:
    group = okta.group("AWS-Admins")
    okta.patch(group, {"op": "replace", "path": "displayName", "value": "Other"})
    for method in ("PUT", "DELETE"):
        refused(okta(method, f"/Groups/{group.pk}", group_body("x"), **{"If-Match": 'W/"1"'}), 412)


def test_a_patch_shows_the_group_when_asked_for_attributes(okta: Pushing, cast: list[DirectoryUser]) -> None:
    group = okta.group("AWS-Admins", *cast)
    operations = {"Operations": [{"op": "replace", "path": "displayName", "value": "Other"}]}
    answer = okta("PATCH", f"/Groups/{group.pk}?attributes=displayName", operations)
    assert answer.json().keys() == {"schemas", "id", "displayName"}


def test_a_page_holds_fewer_groups_when_they_have_very_many_members(
    okta: Pushing, cast: list[DirectoryUser], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("A", "B", "C"):
        okta.group(name, *cast)
    monkeypatch.setattr(room, "MOST_MEMBERS_A_PAGE", 6)
    pages = [okta("GET", f"/Groups?startIndex={start}").json() for start in (1, 3)]
    assert [[shown["displayName"] for shown in page["Resources"]] for page in pages] == [["A", "B"], ["C"]]
    assert [(page["itemsPerPage"], page["totalResults"]) for page in pages] == [(2, 3), (1, 3)]
