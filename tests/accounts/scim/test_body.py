"""Whatever a directory may send, it is answered by SCIM's own error and nothing is written."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.scim.body import DEEPEST, MOST_BYTES
from accounts.scim.models import DirectoryGroup, DirectoryUser
from tests.accounts.scim.conftest import PATCH_OP, Pushing, refused, user_body

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "an array": b"[]",
    "a number": b"1",
    "null": b"null",
    "no UTF-8": b'{"userName": "\xff"}',
    "no number": b'{"userName": NaN}',
    "a number of 5,000 digits": b'{"x": ' + b"1" * 5000 + b"}",
    "deep lists": b'{"x": ' + b"[" * 20 + b"]" * 20 + b"}",
    "very deep lists": b"[" * 100_000 + b"]" * 100_000,
    "NUL in a value": b'{"userName": "a\\u0000"}',
    "half of a pair": b'{"userName": "a\\ud800"}',
    "NUL in a name": b'{"user\\u0000Name": "a"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_what_cannot_be_read_is_refused(okta: Pushing, body: bytes, path: str) -> None:
    refused(okta("POST", path, body), 400, "invalidSyntax")
    assert not DirectoryUser.objects.exists()


def test_as_deep_as_allowed_is_read(okta: Pushing) -> None:
    nested: object = "x"
    for _ in range(DEEPEST - 2):
        nested = [nested]
    assert okta("POST", "/Users", user_body("alice", unknown=nested)).status_code == 201


def test_too_much_is_refused_before_it_is_read(okta: Pushing) -> None:
    refused(okta("POST", "/Users", b" " * (MOST_BYTES + 1)), 413)


def test_as_much_as_allowed_is_read(okta: Pushing) -> None:
    assert okta("POST", "/Users", json.dumps(user_body("alice")).encode().ljust(MOST_BYTES)).status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_another_media_type_is_refused(okta: Pushing, kind: str) -> None:
    refused(okta("POST", "/Users", b"{}", **{"Content-Type": kind}), 415)


def test_plain_json_with_a_charset_is_taken(okta: Pushing) -> None:
    kind = {"Content-Type": "application/json; charset=utf-8"}
    assert okta("POST", "/Users", json.dumps(user_body("alice")), **kind).status_code == 201


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["schemas", "userName", "active", "emails", "name", "members", "displayName", "Operations", "id"]
)
BODY = st.dictionaries(NAMES, VALUES)
OPERATION = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["add", "Replace", "remove", "", "move"]) | VALUES,
        "path": st.sampled_from(["members", "active", 'emails[type eq "work"].value', "members[", "a.b.c"]) | VALUES,
        "value": VALUES | BODY,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODY, path=st.sampled_from(["/Users", "/Groups", "/Users/.search", "/Groups/.search"]))
def test_no_body_is_a_fault_of_the_portal(okta: Pushing, body: dict[str, object], path: str) -> None:
    assert okta("POST", path, body).status_code in {200, 201, 400, 409}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=st.lists(OPERATION, max_size=3) | VALUES)
def test_no_operation_is_a_fault_of_the_portal(okta: Pushing, operations: object) -> None:
    user = DirectoryUser.objects.create(provider="okta", user_name="x")
    group = DirectoryGroup.objects.create(provider="okta", display_name="x")
    try:
        for path in (f"/Users/{user.pk}", f"/Groups/{group.pk}"):
            answer = okta("PATCH", path, {"schemas": [PATCH_OP], "Operations": operations})
            assert answer.status_code in {200, 204, 400, 409}, answer.content
    finally:
        user.delete()
        group.delete()
