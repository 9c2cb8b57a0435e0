"""The requests of Microsoft Entra ID and of Okta, from the first to the last, answered as their makers ask for."""

from typing import Any

import pytest

from accounts.models import SignIn
from accounts.scim.models import DirectoryGroup, DirectoryUser
from tests.accounts.scim import dialects
from tests.accounts.scim.conftest import Answer, Pushing
from tests.conftest import Signed


def asked(directory: Pushing, kind: str, filter_: str, more: str = "") -> Answer:
    return directory("GET", f"/{kind}?filter={filter_}&startIndex=1&count=100{more}").json()


@pytest.fixture
def entra_alice(entra: Pushing) -> DirectoryUser:
    answer = entra("POST", "/Users", dialects.ENTRA_USER)
    assert answer.status_code == 201
    return DirectoryUser.objects.get(pk=answer.json()["id"])


@pytest.fixture
def okta_alice(okta: Pushing) -> DirectoryUser:
    answer = okta("POST", "/Users", dialects.OKTA_USER)
    assert answer.status_code == 201
    return DirectoryUser.objects.get(pk=answer.json()["id"])


def test_entra_id_tests_the_connection(entra: Pushing) -> None:
    nobody = asked(entra, "Users", "userName eq %227d5a1e0b-no-such-user%22")
    assert (nobody["totalResults"], nobody["Resources"], nobody["startIndex"]) == (0, [], 1)
    assert asked(entra, "Groups", "displayName eq %22none%22", "&excludedAttributes=members")["totalResults"] == 0


def test_entra_id_looks_for_a_user_and_finds_it(entra: Pushing, entra_alice: DirectoryUser) -> None:
    by_name = asked(entra, "Users", "userName eq %22ALICE@example.com%22")
    by_id = asked(entra, "Users", f"externalId eq %22{entra_alice.external_id}%22")
    by_mail = asked(entra, "Users", "emails[type eq %22work%22].value eq %22alice@example.com%22")
    assert [found["Resources"][0]["id"] for found in (by_name, by_id, by_mail)] == [str(entra_alice.pk)] * 3


@pytest.mark.parametrize("body", dialects.ENTRA_LEAVES.values(), ids=list(dialects.ENTRA_LEAVES))
def test_entra_id_says_that_somebody_left(
    entra: Pushing, entra_alice: DirectoryUser, signed_in: Signed, body: dict[str, Any]
) -> None:
    alice = signed_in("alice", provider="entra")
    SignIn.objects.update(claims={"oid": entra_alice.external_id})
    answer = entra("PATCH", f"/Users/{entra_alice.pk}", body)
    alice.refresh_from_db()
    assert (answer.status_code, answer.json()["active"], alice.end_reason) == (200, False, "left")


@pytest.mark.parametrize("body", [dialects.ENTRA_CHANGES, dialects.ENTRA_CHANGES_WITH_FLAG], ids=["usual", "its flag"])
def test_entra_id_changes_a_user(entra: Pushing, entra_alice: DirectoryUser, body: dict[str, Any]) -> None:
    answer = entra("PATCH", f"/Users/{entra_alice.pk}", body)
    entra_alice.refresh_from_db()
    assert (answer.status_code, entra_alice.email) == (200, "alice.new@example.com")
    names = (entra_alice.display_name, entra_alice.given_name, entra_alice.family_name)
    assert names == ("Pvlo", "Gtfd", "Pkqf")


def test_entra_id_gives_an_address_to_a_user_who_has_none(entra: Pushing) -> None:
    bob = entra.user("bob")
    entra("PATCH", f"/Users/{bob.pk}", dialects.ENTRA_CHANGES_WITH_FLAG)
    bob.refresh_from_db()
    assert bob.emails == [{"value": "alice.new@example.com", "type": "work"}]


@pytest.mark.parametrize("how", ["by value", "by value alone", "by its flag"])
def test_entra_id_takes_somebody_into_a_group_and_out_again(
    entra: Pushing, entra_alice: DirectoryUser, how: str
) -> None:
    created = entra("POST", "/Groups", dialects.ENTRA_GROUP)
    group = DirectoryGroup.objects.get(pk=created.json()["id"])
    key = str(entra_alice.pk)
    answers = [entra("PATCH", f"/Groups/{group.pk}", dialects.entra_add(key)) for _ in range(2)]
    assert list(group.members.all()) == [entra_alice]
    answers.append(entra("PATCH", f"/Groups/{group.pk}", dialects.entra_removes(key)[how]))
    assert ([answer.status_code for answer in answers], group.members.count()) == ([204] * 3, 0)


def test_entra_id_reads_a_group_without_its_members(entra: Pushing, entra_alice: DirectoryUser) -> None:
    group = entra.group("AWS-Admins", entra_alice)
    shown = entra("GET", f"/Groups/{group.pk}?excludedAttributes=members").json()
    assert shown.keys() == {"schemas", "id", "displayName", "meta"}
    asked_for = f"id eq %22{group.pk}%22 and members eq %22{entra_alice.pk}%22"
    assert asked(entra, "Groups", asked_for, "&excludedAttributes=members")["totalResults"] == 1


def test_entra_ids_flag_in_the_address_does_not_matter(entra: Pushing) -> None:
    assert entra("GET", "/Users?aadOptscim062020").status_code == 200


def test_okta_says_that_somebody_left(okta: Pushing, okta_alice: DirectoryUser) -> None:
    answer = okta("PATCH", f"/Users/{okta_alice.pk}", dialects.OKTA_LEAVES)
    assert (answer.status_code, answer.json()["active"]) == (200, False)


def test_okta_says_so_by_put_in_a_custom_app(okta: Pushing, okta_alice: DirectoryUser, signed_in: Signed) -> None:
    alice = signed_in("alice", provider="okta")
    SignIn.objects.update(subject=okta_alice.external_id)
    answer = okta("PUT", f"/Users/{okta_alice.pk}", dialects.okta_put(str(okta_alice.pk), active=False))
    alice.refresh_from_db()
    assert (answer.status_code, answer.json()["active"], alice.end_reason) == (200, False, "left")
    assert answer.json()["externalId"] == okta_alice.external_id


def test_okta_changes_a_user_without_losing_who_it_is(okta: Pushing, okta_alice: DirectoryUser) -> None:
    answer = okta("PUT", f"/Users/{okta_alice.pk}", dialects.okta_put(str(okta_alice.pk), active=True))
    said = answer.json()
    assert (said["name"], said["externalId"]) == (
        {"givenName": "Another", "familyName": "User"},
        "00ujl29u0le5T6Aj10h7",
    )


def test_okta_pushes_a_group_renames_it_and_moves_its_members(okta: Pushing, okta_alice: DirectoryUser) -> None:
    bob, group = okta.user("bob"), okta.group("AWS-Admins", okta_alice)
    renamed = okta("PATCH", f"/Groups/{group.pk}", dialects.okta_renames(str(group.pk), "AWS-Owners"))
    moved = okta("PATCH", f"/Groups/{group.pk}", dialects.okta_moves(str(okta_alice.pk), str(bob.pk)))
    group.refresh_from_db()
    assert (renamed.status_code, moved.status_code, group.display_name) == (204, 204, "AWS-Owners")
    assert list(group.members.all()) == [bob]
