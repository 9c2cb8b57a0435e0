"""Who has left is out in the same request, and stays out until the directory says otherwise."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import SignIn
from accounts.refusals import Reason
from accounts.scim.models import DirectoryUser
from audit.models import Event
from tests.accounts.scim.conftest import Pushing
from tests.accounts.scim.people import identity, refusal_of
from tests.conftest import Browser, Signed


def reason_of(slug: str, **who: Any) -> str:
    return refusal_of(identity(slug, **who))


def test_deactivation_ends_every_sign_in_of_the_person_at_that_provider(okta: Pushing, signed_in: Signed) -> None:
    first, second, google = (signed_in("alice", provider=slug) for slug in ("okta", "okta", "google"))
    bob = signed_in("bob", provider="okta")
    answer = okta.deactivate(okta.user("alice"))
    assert (answer.status_code, answer.json()["active"]) == (200, False)
    ended = dict(SignIn.objects.values_list("pk", "end_reason"))
    assert ended == {first.pk: "left", second.pk: "left", google.pk: "", bob.pk: ""}


def test_the_browser_is_out_at_its_next_request(okta: Pushing, signed_in: Signed, browser: Browser) -> None:
    window: Client = browser(signed_in("alice", provider="okta"))
    assert window.get("/sign-ins/").status_code == 200
    okta.deactivate(okta.user("alice"))
    assert window.get("/sign-ins/").headers["Location"] == "/sign-in/?next=%2Fsign-ins%2F"


def test_who_was_deactivated_may_not_sign_in_until_active_again(okta: Pushing) -> None:
    alice = okta.user("alice")
    okta.deactivate(alice)
    assert reason_of("okta", subject="alice") == Reason.LEFT
    okta.patch(alice, {"op": "replace", "path": "active", "value": True})
    assert reason_of("okta", subject="alice") == ""


def test_who_was_deleted_may_not_sign_in_until_pushed_again(okta: Pushing) -> None:
    alice = okta.user("alice")
    assert okta("DELETE", f"/Users/{alice.pk}").status_code == 204
    assert reason_of("okta", subject="alice") == Reason.LEFT
    okta.user("alice")
    assert reason_of("okta", subject="alice") == ""
    assert DirectoryUser.objects.count() == 1


def test_deleting_ends_sign_ins(okta: Pushing, signed_in: Signed) -> None:
    alice = signed_in("alice", provider="okta")
    okta("DELETE", f"/Users/{okta.user('alice').pk}")
    alice.refresh_from_db()
    assert alice.end_reason == SignIn.Ended.LEFT


def test_a_user_pushed_as_inactive_has_left(okta: Pushing, signed_in: Signed) -> None:
    alice = signed_in("alice", provider="okta")
    okta.user("alice", active=False)
    alice.refresh_from_db()
    assert alice.end_reason == SignIn.Ended.LEFT


def test_saying_again_that_somebody_left_ends_what_is_left(okta: Pushing, signed_in: Signed) -> None:
    gone = okta.user("alice", active=False)
    straggler = signed_in("alice", provider="okta")
    okta.deactivate(gone)
    straggler.refresh_from_db()
    assert straggler.end_reason == SignIn.Ended.LEFT


def test_removing_active_counts_as_having_left(okta: Pushing) -> None:
    assert okta.patch(okta.user("alice"), {"op": "remove", "path": "active"}).status_code == 200
    assert reason_of("okta", subject="alice") == Reason.LEFT


def test_a_replacement_that_says_nothing_of_active_lets_nobody_back_in(okta: Pushing) -> None:
    alice = okta.user("alice", active=False)
    answer = okta("PUT", f"/Users/{alice.pk}", {"schemas": [], "userName": "alice@example.com", "externalId": "alice"})
    assert (answer.status_code, answer.json()["active"]) == (200, False)
    assert reason_of("okta", subject="alice") == Reason.LEFT


@pytest.mark.parametrize("again", [False, True])
def test_who_is_renamed_while_leaving_has_left_under_both_names(
    keycloak: Pushing, signed_in: Signed, *, again: bool
) -> None:
    signed_in("alice", provider="keycloak")
    alice = keycloak.user("alice")
    gone = [{"op": "replace", "path": "active", "value": False}]
    renamed = [{"op": "replace", "path": "userName", "value": "8f2e-alice@example.com"}]
    answers = [keycloak.patch(alice, *gone), keycloak.patch(alice, *renamed)] if again else []
    assert {answer.status_code for answer in answers or [keycloak.patch(alice, *gone, *renamed)]} == {200}
    assert reason_of("keycloak", email="alice@example.com") == Reason.LEFT
    assert SignIn.objects.get().end_reason == SignIn.Ended.LEFT


def test_who_is_back_under_another_name_is_back_under_that_name_alone(keycloak: Pushing) -> None:
    alice = keycloak.user("alice")
    other = {"op": "replace", "path": "userName", "value": "alicia@example.com"}
    keycloak.patch(alice, {"op": "replace", "path": "active", "value": False}, other)
    keycloak.patch(alice, {"op": "replace", "path": "active", "value": True})
    assert reason_of("keycloak", email="alicia@example.com") == ""
    assert reason_of("keycloak", email="alice@example.com") == Reason.LEFT


def test_who_was_never_pushed_may_sign_in_unless_the_provider_says_otherwise() -> None:
    assert reason_of("okta", subject="nobody") == ""
    assert reason_of("strict", subject="nobody") == Reason.NOT_IN_DIRECTORY


def test_one_who_left_outweighs_a_namesake_who_is_here(keycloak: Pushing) -> None:
    keycloak.user("alice", active=False)
    keycloak.user("alice2", emails=[{"value": "alice@example.com", "type": "work"}])
    assert reason_of("keycloak", email="alice@example.com") == Reason.LEFT


def test_a_provider_without_a_token_asks_no_directory(okta: Pushing) -> None:
    okta.user("alice", active=False)
    DirectoryUser.objects.update(provider="plain")
    assert reason_of("plain", subject="alice") == ""


@pytest.mark.parametrize("slug", ["okta", "strict"])
def test_one_directory_says_nothing_of_another_provider(okta: Pushing, slug: str) -> None:
    okta.user("alice")
    assert reason_of("strict", subject="alice") == Reason.NOT_IN_DIRECTORY
    assert reason_of("okta", subject="alice") == ""


def test_the_ledger_tells_of_the_push_and_of_each_end(okta: Pushing, signed_in: Signed) -> None:
    alice = signed_in("alice", provider="okta")
    user = okta.user("alice")
    okta.deactivate(user)
    end, change = Event.objects.order_by("pk")
    assert (end.tag, end.subject_id, end.details["reason"]) == ("accounts:sign_in:end", str(alice.pk), "left")
    assert (change.tag, change.subject_id) == ("accounts:directory:change", str(user.pk))
    assert (end.actor_name, change.actor_name) == ("Directory of Okta", "Directory of Okta")
    expected = {"provider": "okta", "change": "deactivated", "what": "alice@example.com"}
    assert change.details == expected | {"sign_ins_ended": 1, "sign_ins_changed": 0}
