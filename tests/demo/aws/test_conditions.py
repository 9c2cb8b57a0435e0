"""The operators of conditions, as a table."""

from typing import Any

import pytest

from demo.aws.conditions import UnknownOperatorError, holds, wildcard
from demo.aws.policy import PolicyError, Verdict, decide, parse
from tests.demo.aws.helpers import may, policy

CONTEXT = {
    "name": ("alice",),
    "keys": ("team", "ticket"),
    "number": ("7",),
    "time": ("2026-11-23T10:00:00Z",),
    "arn": ("arn:aws:iam::111122223333:role/a/b",),
    "flag": ("true",),
    "ip": ("127.0.0.1",),
}
TABLE: list[tuple[str, str, Any, bool]] = [
    ("StringEquals", "name", "alice", True),
    ("StringEquals", "name", ["bob", "alice"], True),
    ("StringEquals", "name", "Alice", False),
    ("StringEquals", "name", "al*", False),
    ("StringEquals", "absent", "alice", False),
    ("StringEqualsIfExists", "absent", "alice", True),
    ("StringEqualsIfExists", "name", "bob", False),
    ("StringEqualsIgnoreCase", "name", "ALICE", True),
    ("StringEquals", "NAME", "alice", True),
    ("StringEquals", "name", "${name}", True),
    ("StringEquals", "name", "${absent}", False),
    ("StringNotEquals", "name", ["bob", "alice"], False),
    ("StringNotEquals", "name", ["bob", "carol"], True),
    ("StringNotEquals", "absent", "alice", True),
    ("StringLike", "name", "al?c*", True),
    ("StringLike", "name", "al?", False),
    ("StringLike", "name", "${*}", False),
    ("StringNotLike", "name", "al*", False),
    ("ForAllValues:StringEquals", "keys", ["team", "ticket", "other"], True),
    ("ForAllValues:StringEquals", "keys", ["team"], False),
    ("ForAllValues:StringEquals", "absent", ["team"], True),
    ("ForAnyValue:StringEquals", "keys", ["team"], True),
    ("ForAnyValue:StringEquals", "keys", ["other"], False),
    ("ForAnyValue:StringEquals", "absent", ["team"], False),
    ("ForAllValues:StringLike", "keys", ["t*"], True),
    ("ForAnyValue:StringLike", "keys", ["tick*"], True),
    ("ForAllValues:StringNotEquals", "keys", ["team"], False),
    ("NumericLessThan", "number", "7", False),
    ("NumericLessThanEquals", "number", "7", True),
    ("NumericGreaterThan", "number", 6, True),
    ("NumericNotEquals", "number", 7, False),
    ("NumericLessThan", "name", "7", False),
    ("DateLessThan", "time", "2026-11-23T10:00:01Z", True),
    ("DateLessThan", "time", "2026-11-23T10:00:00Z", False),
    ("DateGreaterThan", "time", "1700000000", True),
    ("DateGreaterThan", "time", "soon", False),
    ("Bool", "flag", True, True),
    ("Bool", "flag", False, False),
    ("Bool", "absent", False, False),
    ("Null", "absent", True, True),
    ("Null", "name", True, False),
    ("Null", "name", False, True),
    ("ArnLike", "arn", "arn:aws:iam::*:role/*", True),
    ("ArnLike", "arn", "arn:*", False),
    ("ArnNotLike", "arn", "arn:aws:iam::*:user/*", True),
    ("IpAddress", "ip", "127.0.0.0/8", True),
    ("NotIpAddress", "ip", "127.0.0.0/8", False),
]


@pytest.mark.parametrize(("operator", "key", "wanted", "expected"), TABLE)
def test_an_operator_holds_as_aws_says(operator: str, key: str, wanted: Any, expected: bool) -> None:  # noqa: FBT001  # a table
    [statement] = parse(policy(may("*", **{operator: {key: wanted}})))
    assert holds(statement.condition, CONTEXT) is expected


@pytest.mark.parametrize("operator", ["StringSounds", "ForSomeValues:StringEquals", "IfExists", ""])
def test_an_operator_that_nobody_knows_is_no_answer(operator: str) -> None:
    with pytest.raises(UnknownOperatorError):
        holds({"StringEquals": {"name": ("bob",)}, operator: {"name": ("alice",)}}, CONTEXT)


@pytest.mark.parametrize(("effect", "verdict"), [("Allow", Verdict.NONE), ("Deny", Verdict.DENY)])
def test_an_unknown_operator_fails_closed(effect: str, verdict: Verdict) -> None:
    document = policy(may("*", effect=effect, StringSounds={"name": "alice"}))
    assert decide([document], action="s3:GetObject", resource="*", context=CONTEXT) is verdict


def test_a_document_that_cannot_be_read_refuses() -> None:
    broken = [policy(may("*")), "{"]
    assert decide(broken, action="s3:GetObject", resource="*", context={}) is Verdict.DENY


@pytest.mark.parametrize(
    "document",
    [
        "[]",
        '{"Version":"2026-01-01","Statement":[]}',
        '{"Statement":[1]}',
        '{"Statement":[{"Effect":"Allow","Action":[1],"Resource":"*"}]}',
        '{"Statement":[{"Effect":"Allow","Resource":"*"}]}',
        '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Conditions":{}}]}',
        '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":"x"}}]}',
    ],
)
def test_what_is_no_policy_is_not_read(document: str) -> None:
    with pytest.raises(PolicyError):
        parse(document)


def test_actions_ignore_case_and_resources_do_not() -> None:
    document = policy(may("S3:getobject", resource="arn:aws:s3:::Bucket/*"))
    ask = {"action": "s3:GetObject", "context": {}}
    assert decide([document], resource="arn:aws:s3:::Bucket/x", **ask) is Verdict.ALLOW  # type: ignore[arg-type]  # a shared part
    assert decide([document], resource="arn:aws:s3:::bucket/x", **ask) is Verdict.NONE  # type: ignore[arg-type]  # same


def test_a_variable_s_own_stars_are_letters() -> None:
    context = {"aws:principaltag/team": ("*",)}
    assert not wildcard("${aws:PrincipalTag/team}/x", "payments/x", context=context)
    assert wildcard("${aws:PrincipalTag/team}/x", "*/x", context=context)
