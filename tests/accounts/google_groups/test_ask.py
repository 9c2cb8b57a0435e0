"""Asking Google, against the double of its token endpoint and its APIs: what comes back, and what goes wrong."""

import threading
import time
from typing import Any

import pytest
import requests

from accounts.google_groups import ask, wire
from accounts.google_groups.ask import groups_of_person
from accounts.google_groups.declared import Api, GoogleGroups
from accounts.group_problems import Groups, Problem
from demo.idp.service_account import JWT_BEARER
from demo.idp.testing import LocalIdps
from tests.accounts.google_groups.conftest import MakeSource

ALICE, BOB = "alice@example.com", "bob@example.com"


def fault(idps: LocalIdps, **answer: Any) -> None:
    idps.google.fault(groups=answer, times=9)


def problem(source: GoogleGroups, address: str = BOB) -> tuple[str, str]:
    """Ask, and return problem and detail; there must be no group."""
    found = groups_of_person(source, address)
    assert found.names == ()
    return found.problem, found.detail


def test_cloud_identity_finds_nested_groups(make_source: MakeSource) -> None:
    expected = ("aws-dev@example.com", "engineering@example.com", "everyone@example.com")
    assert groups_of_person(make_source(), BOB) == Groups(expected)


def test_the_directory_api_finds_direct_ones(make_source: MakeSource) -> None:
    assert groups_of_person(make_source(Api.DIRECTORY), BOB) == Groups(("aws-dev@example.com",))


def test_a_search_can_be_narrowed(make_source: MakeSource) -> None:
    assert groups_of_person(make_source(security_groups_only=True), BOB) == Groups(("aws-dev@example.com",))
    ours = groups_of_person(make_source(customer="C0example"), ALICE).names
    assert ("aws-prod@example.com" in ours, "aws-prod@partner.example" in ours) == (True, False)
    assert problem(make_source(customer="C0other"))[0] == Problem.NOT_AUTHORISED


def test_somebody_in_no_group_has_none_and_that_is_no_problem(source: GoogleGroups, idps: LocalIdps) -> None:
    idps.google_groups(everyone=[], aws_dev=[])
    assert groups_of_person(source, "charlie@example.com") == Groups()


def test_hundreds_of_groups_come_in_pages(source: GoogleGroups, idps: LocalIdps) -> None:
    idps.google_groups(**{f"group_{number:04d}": [BOB] for number in range(1234)})
    assert len(groups_of_person(source, BOB).names) in {1235, 1237}
    pages = {Api.CLOUD_IDENTITY: 2, Api.DIRECTORY: 7}
    assert len([call for call in idps.google.calls() if call["path"] != "/token"]) == pages[source.api]


def test_more_than_two_thousand_are_cut_and_said_so(make_source: MakeSource, idps: LocalIdps) -> None:
    idps.google_groups(**{f"group_{number:04d}": [BOB] for number in range(2100)})
    found = groups_of_person(make_source(), BOB)
    assert (len(found.names), found.problem, found.detail) == (2000, Problem.TOO_MANY, "more than 2000 groups")


def test_one_access_token_serves_many_questions_and_threads(source: GoogleGroups, idps: LocalIdps) -> None:
    groups_of_person(source, BOB)
    found: list[Groups] = []
    threads = [threading.Thread(target=lambda: found.append(groups_of_person(source, BOB))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [groups_of_person(source, BOB)] * 8
    assert len(idps.google.calls("/token")) == 1


def test_it_acts_as_the_administrator_who_was_named(make_source: MakeSource, idps: LocalIdps) -> None:
    idps.service_account(groups_reader=False)
    assert problem(make_source()) == (Problem.NOT_AUTHORISED, "403 PERMISSION_DENIED")
    assert groups_of_person(make_source(delegated_subject="erin@example.com"), BOB).names
    assert problem(make_source(delegated_subject=BOB)) == (Problem.NOT_AUTHORISED, "403 PERMISSION_DENIED")


def test_a_quote_in_an_address_cannot_ask_for_somebody_else(make_source: MakeSource, idps: LocalIdps) -> None:
    idps.person("bob", email="o'neil@example.com")
    idps.google_groups(aws_dev=["o'neil@example.com"])
    assert "aws-dev@example.com" in groups_of_person(make_source(), "o'neil@example.com").names
    forged = "x'||member_key_id=='alice@example.com"
    assert problem(make_source(), forged)[0] == Problem.UNKNOWN_PERSON


def test_a_revoked_token_is_replaced_once(source: GoogleGroups, idps: LocalIdps) -> None:
    groups_of_person(source, BOB)
    idps.reset()  # the double forgets its tokens
    assert groups_of_person(source, BOB).names
    fault(idps, status=401, body="{}")
    assert problem(source) == (Problem.NOT_AUTHORISED, "401")
    assert ask.credentials(source).token is None


@pytest.mark.parametrize(
    ("powers", "subject", "expected"),
    [
        ({"enabled": False}, "", (Problem.SERVICE_ACCOUNT, "token endpoint: invalid_grant")),
        ({}, "nobody@example.com", (Problem.SERVICE_ACCOUNT, "token endpoint: invalid_grant")),
        (
            {"delegated_scopes": []},
            "erin@example.com",
            (Problem.NOT_AUTHORISED, "token endpoint: unauthorized_client"),
        ),
    ],
)
def test_an_account_that_google_does_not_accept(
    make_source: MakeSource, idps: LocalIdps, powers: dict[str, Any], subject: str, expected: tuple[str, str]
) -> None:
    idps.service_account(**powers)
    assert problem(make_source(delegated_subject=subject)) == expected


def test_a_key_that_was_deleted(source: GoogleGroups, idps: LocalIdps) -> None:
    idps.rotate_service_account(retire=True)
    assert problem(source) == (Problem.SERVICE_ACCOUNT, "token endpoint: invalid_grant")


def test_a_person_whom_google_does_not_know(source: GoogleGroups) -> None:
    assert problem(source, "nobody@example.com") == (Problem.UNKNOWN_PERSON, "404 NOT_FOUND")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": 403, "body": "{}"}, (Problem.NOT_AUTHORISED, "403")),
        (
            {"status": 403, "body": '{"error": {"errors": [{"reason": "userRateLimitExceeded"}]}}'},
            (Problem.RATE_LIMITED, "403 userRateLimitExceeded"),
        ),
        ({"status": 403, "body": '{"error": {"errors": []}}'}, (Problem.NOT_AUTHORISED, "403")),
        ({"status": 403, "body": '{"error": {"status": "<b>"}}'}, (Problem.NOT_AUTHORISED, "403")),
        ({"status": 404, "body": "gone"}, (Problem.UNKNOWN_PERSON, "404")),
        ({"status": 429, "body": "[]"}, (Problem.RATE_LIMITED, "429")),
        ({"status": 500, "body": ""}, (Problem.UNAVAILABLE, "500")),
        ({"status": 503, "body": "<html>"}, (Problem.UNAVAILABLE, "503")),
        ({"status": 302, "body": ""}, (Problem.REFUSED, "302")),
        (
            {"status": 400, "body": '{"error": {"status": "INVALID_ARGUMENT"}}'},
            (Problem.REFUSED, "400 INVALID_ARGUMENT"),
        ),
    ],
)
def test_what_google_may_say_instead(
    source: GoogleGroups, idps: LocalIdps, answer: dict[str, Any], expected: tuple[str, str]
) -> None:
    fault(idps, **answer)
    assert problem(source) == expected


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("<html>", "not a page of groups"),
        ("", "not a page of groups"),
        ("[]", "not a page of groups"),
        ('{"nextPageToken": 7}', "not a page of groups"),
        ('{"%(items)s": {"a": 1}}', "the groups are no list"),
        ('{"%(items)s": "x@example.com"}', "the groups are no list"),
        ('{"%(items)s": null}', "the groups are no list"),
        ('{"%(items)s": ["x@example.com"]}', "a group without an address"),
        ('{"%(items)s": [null]}', "a group without an address"),
        ('{"%(items)s": [{}]}', "a group without an address"),
        ('{"%(items)s": [{"email": 7, "groupKey": {"id": 7}}]}', "a group's address is no text"),
        ('{"%(items)s": [{"email": ["a"], "groupKey": {"id": ["a"]}}]}', "a group's address is no text"),
        ("[" * 100_000, "RecursionError"),
        (" " * 2_100_000, "longer than two megabytes"),
        ('{"nextPageToken": "again"}', "more than 20 pages"),
    ],
)
def test_an_answer_that_makes_no_sense_gives_no_group(
    source: GoogleGroups, idps: LocalIdps, body: str, detail: str
) -> None:
    items = {Api.CLOUD_IDENTITY: "memberships", Api.DIRECTORY: "groups"}[source.api]
    idps.google.fault(groups={"body": body.replace("%(items)s", items)}, times=30)
    assert problem(source) == (Problem.MALFORMED, detail)


def test_a_group_that_another_directory_mapped_is_left_out(make_source: MakeSource, idps: LocalIdps) -> None:
    keys = [{"id": "aws-prod@example.com", "namespace": "identitysources/1"}, {"id": "aws-dev@example.com"}]
    idps.google.fault(groups={"set": {"memberships": [{"groupKey": key} for key in keys]}})
    assert groups_of_person(make_source(), BOB) == Groups(("aws-dev@example.com",))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": 500, "body": ""}, (Problem.UNAVAILABLE, "token endpoint: 500")),
        ({"status": 429, "body": ""}, (Problem.RATE_LIMITED, "token endpoint: 429")),
        ({"status": 403, "body": "<html>"}, (Problem.MALFORMED, "token endpoint: an answer that makes no sense")),
        ({"body": "<html>"}, (Problem.MALFORMED, "TypeError")),
        ({"body": "[]"}, (Problem.MALFORMED, "TypeError")),
        ({"drop": ["access_token"]}, (Problem.MALFORMED, "token endpoint: an answer that makes no sense")),
        ({"set": {"expires_in": "soon"}}, (Problem.MALFORMED, "ValueError")),
        ({"set": {"access_token": "a\nb"}}, (Problem.UNAVAILABLE, "InvalidHeader")),
        ({"set": {"access_token": 7}}, (Problem.NOT_AUTHORISED, "401 UNAUTHENTICATED")),
    ],
)
def test_a_token_endpoint_that_makes_no_sense(
    source: GoogleGroups, idps: LocalIdps, answer: dict[str, Any], expected: tuple[str, str]
) -> None:
    idps.google.fault(token_response=answer, grant=JWT_BEARER, times=9)
    assert problem(source) == expected
    idps.reset()
    assert groups_of_person(source, BOB).names  # nothing of it was kept


def test_nobody_at_the_address(make_source: MakeSource, idps: LocalIdps) -> None:
    key = idps.service_account_key()
    key["token_uri"] = "http://127.0.0.1:9/token"
    assert problem(make_source(key=key)) == (Problem.UNAVAILABLE, "ConnectionError")


@pytest.mark.parametrize("slow", [{"delay": 3.0}, {"drip": 0.05}])
def test_a_google_that_is_slow_is_not_waited_for(
    source: GoogleGroups, idps: LocalIdps, monkeypatch: pytest.MonkeyPatch, slow: dict[str, float]
) -> None:
    monkeypatch.setattr(ask, "SECONDS", 0.5)
    fault(idps, **slow)
    began = time.monotonic()
    assert problem(source)[0] == Problem.UNAVAILABLE
    assert 0.4 < time.monotonic() - began < 2.8


def test_an_answer_is_waited_for_five_seconds_in_all() -> None:
    assert ask.SECONDS == 5


def test_a_connection_that_was_closed_meanwhile_is_replaced(
    source: GoogleGroups, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections = wire.connections("")
    request, failures = connections.request, [requests.ConnectionError()]

    def closed_once(*args: Any, **options: Any) -> Any:
        if failures:
            raise failures.pop()
        return request(*args, **options)

    monkeypatch.setattr(connections, "request", closed_once)
    assert groups_of_person(source, BOB).names


def test_neither_key_nor_token_is_told(source: GoogleGroups, idps: LocalIdps, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    fault(idps, status=500, body="eyJhbGciOi")
    groups_of_person(source, BOB)
    told = caplog.text + repr(source)
    secrets = ["PRIVATE KEY", "eyJ", "Bearer"]
    assert [secret for secret in secrets if secret in told] == []
    assert "Google did not tell somebody's groups: unavailable: 500" in caplog.text
