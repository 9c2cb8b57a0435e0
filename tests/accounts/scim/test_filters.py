"""Lists: filters, pages, attributes; and what of filters is refused."""

from urllib.parse import urlencode

import pytest

from accounts.scim import listing
from accounts.scim.schema import MOST_RESULTS
from tests.accounts.scim.conftest import Answer, Pushing, refused, user_body

WORK = [{"value": "Alice@Work.example", "type": "work"}]


def ask(directory: Pushing, kind: str, **parameters: object) -> Answer:
    return directory("GET", f"/{kind}?{urlencode(parameters)}")


def found(directory: Pushing, kind: str, filter_: str) -> list[str]:
    answer = ask(directory, kind, filter=filter_)
    assert answer.status_code == 200, answer.content
    return [shown.get("userName") or shown["displayName"] for shown in answer.json()["Resources"]]


@pytest.mark.parametrize(
    "filter_",
    [
        'userName eq "alice@example.com"',
        'USERNAME EQ "ALICE@example.com"',
        'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "alice@example.com"',
        'externalId eq "alice"',
        'displayName eq "Alice"',
        'userName sw "ali" and active eq true',
        'not (userName eq "bob@example.com")',
        'externalId eq "nobody" or userName co "lice"',
        'emails[type eq "work"].value eq "alice@work.example"',
        'emails[type eq "work" and value eq "ALICE@work.example"]',
        'userName ew "@example.com" and externalId ne "bob"',
        'userName pr and externalId eq "alice"',
    ],
)
def test_users_are_found(okta: Pushing, filter_: str) -> None:
    okta.user("alice", displayName="Alice", emails=WORK)
    okta.user("bob")
    assert found(okta, "Users", filter_) == ["alice@example.com"]


def test_users_are_found_by_id_and_by_time(okta: Pushing) -> None:
    alice = okta.user("alice")
    okta.user("bob")
    assert found(okta, "Users", f'id eq "{alice.pk}"') == ["alice@example.com"]
    assert found(okta, "Users", f'meta.lastModified le "{alice.changed_at.isoformat()}"') == ["alice@example.com"]
    assert found(okta, "Users", 'id eq "none"') == []


def test_what_is_there_is_found(okta: Pushing) -> None:
    okta.user("alice")
    unnamed = {name: value for name, value in user_body("bob").items() if name != "externalId"}
    assert okta("POST", "/Users", unnamed).status_code == 201
    assert found(okta, "Users", "externalId pr") == ["alice@example.com"]
    assert found(okta, "Users", "not (externalId pr)") == ["bob@example.com"]
    assert found(okta, "Users", "meta.created pr and active pr") == ["alice@example.com", "bob@example.com"]


def test_an_external_id_is_compared_exactly(okta: Pushing) -> None:
    okta.user("alice", externalId="00uAbC")
    assert found(okta, "Users", 'externalId eq "00uabc"') == []


def test_groups_are_found_by_name_and_by_member(okta: Pushing) -> None:
    alice, bob = okta.user("alice"), okta.user("bob")
    group = okta.group("AWS-Admins", alice)
    okta.group("Others", bob)
    for filter_ in ('displayName eq "aws-admins"', f'members[value eq "{alice.pk}"]', f'members.value eq "{alice.pk}"'):
        assert found(okta, "Groups", filter_) == ["AWS-Admins"]
    assert found(okta, "Groups", f'id eq "{group.pk}" and members eq "{alice.pk}"') == ["AWS-Admins"]
    assert found(okta, "Groups", f'id eq "{group.pk}" and members eq "{bob.pk}"') == []


HOSTILE = {
    "nothing": "",
    "no filter": "userName",
    "an open text": 'userName eq "',
    "SQL": "userName eq 'x' OR 1=1 --",
    "an unknown attribute": 'password eq "x"',
    "an attribute of no use": 'name.familyName eq "x"',
    "a wrong type": "userName eq 5",
    "null": "userName eq null",
    "an order of texts": 'userName gt "a"',
    "a part of an id": 'id sw "a"',
    "half of a pair": 'userName eq "\\ud800"',
    "NUL": 'userName eq "\\u0000"',
    "no time": 'meta.created gt "yesterday"',
    "a time without a zone": 'meta.created gt "2026-01-01T00:00:00"',
    "a time that no year has": 'meta.created gt "9999-12-31T23:30:00-01:00"',
    "whether there is a name": "displayName pr",
    "another address": 'emails[type eq "home"].value eq "a@b.example"',
    "any address": 'emails.value eq "a@b.example"',
    "deep": "(" * 200 + 'userName eq "a"' + ")" * 200 + " and",
    "deep and right": "not (" * 60 + 'userName eq "a"' + ")" * 60,
    "very many terms": " or ".join(['userName eq "a"'] * 60),
    "very long": 'userName eq "' + "a" * 2000 + '"',
}


@pytest.mark.parametrize("filter_", HOSTILE.values(), ids=list(HOSTILE))
def test_a_filter_that_cannot_be_asked_is_refused(okta: Pushing, filter_: str) -> None:
    refused(ask(okta, "Users", filter=filter_), 400, "invalidFilter")
    refused(okta("POST", "/Users/.search", {"schemas": [], "filter": filter_}), 400, "invalidFilter")


def test_pages_follow_each_other_without_gap_or_overlap(okta: Pushing) -> None:
    names = [okta.user(f"user{number}").user_name for number in range(5)]
    pages = [ask(okta, "Users", startIndex=start, count=2).json() for start in (1, 3, 5)]
    assert [(page["startIndex"], page["itemsPerPage"], page["totalResults"]) for page in pages] == [
        (1, 2, 5),
        (3, 2, 5),
        (5, 1, 5),
    ]
    assert [shown["userName"] for page in pages for shown in page["Resources"]] == names


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [
        ({"count": 0}, 0),
        ({"count": -5}, 0),
        ({"startIndex": -5}, 3),
        ({"startIndex": 4}, 0),
        ({"startIndex": 10**30}, 0),
        ({"count": 10**30}, 3),
    ],
)
def test_a_page_out_of_bounds_is_bounded(okta: Pushing, parameters: dict[str, int], shown: int) -> None:
    for number in range(3):
        okta.user(f"user{number}")
    answer = ask(okta, "Users", **parameters).json()
    assert (len(answer["Resources"]), answer["itemsPerPage"], answer["totalResults"]) == (shown, shown, 3)


def test_a_page_holds_no_more_than_the_service_says(okta: Pushing, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        okta.user(f"user{number}")
    monkeypatch.setattr(listing, "MOST_RESULTS", 2)
    assert ask(okta, "Users", count=100).json()["itemsPerPage"] == 2
    assert okta("GET", "/ServiceProviderConfig").json()["filter"]["maxResults"] == MOST_RESULTS == 500


@pytest.mark.parametrize("parameters", [{"count": "x"}, {"startIndex": "1.5"}])
def test_a_page_that_is_no_number_is_refused(okta: Pushing, parameters: dict[str, str]) -> None:
    refused(ask(okta, "Users", **parameters), 400, "invalidValue")


def test_a_search_by_post_asks_the_same(okta: Pushing) -> None:
    okta.user("alice")
    okta.user("bob")
    asked = {"filter": 'externalId eq "bob"', "count": 1, "attributes": ["userName"]}
    shown = okta("POST", "/Users/.search", asked).json()["Resources"]
    assert [user["userName"] for user in shown] == ["bob@example.com"]
    assert shown[0].keys() == {"schemas", "id", "userName"}


def test_members_are_left_out_when_nobody_wants_them(okta: Pushing) -> None:
    okta.group("AWS-Admins", okta.user("alice"))
    assert "members" in ask(okta, "Groups").json()["Resources"][0]
    assert "members" not in ask(okta, "Groups", excludedAttributes="members").json()["Resources"][0]
    assert "members" not in ask(okta, "Groups", attributes="displayName").json()["Resources"][0]
