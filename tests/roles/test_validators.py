"""What an administrator types, by the rules of AWS: at each edge, and good but for one thing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from roles import validators
from roles.validators import account_id, external_id, policy_arns, region, role_arn, session_policy, session_tags

POLICY = '{"Version": "2012-10-17", "Statement": []}'
MANAGED = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ROLE = "arn:aws:iam::111122223333:role/"
TAG_KEY = " is not a tag key: letters, digits, blanks and . : / = + @ - _, not aws:."
TAG_VALUE = "The value of team must be text of letters, digits, blanks and . : / = + @ - _."
TOO_LONG = "A session policy has at most 2048 characters, none beyond Latin-1."
NO_POLICY = 'A session policy is a JSON object with "Version" and "Statement".'
Rule = Callable[[Any], None]

TAKEN: list[tuple[Rule, Any]] = [
    (account_id, "111122223333"),
    (role_arn, f"{ROLE}R"),
    (role_arn, f"{ROLE}{'p' * 510}/{'R' * 64}"),
    (role_arn, "arn:aws-eusc:iam::111122223333:role/team/R+=,.@-_"),
    (external_id, "ab"),
    (external_id, "a" * 1224),
    (region, "us-gov-east-1"),
    (session_policy, POLICY.ljust(2048)),
    (session_policy, '{"Statement": "\xff"}'),
    (policy_arns, []),
    (policy_arns, [MANAGED] * 10),
    (policy_arns, [f"arn:aws-cn:iam::111122223333:policy/{'p' * 512}"]),
    (session_tags, {f"tag {number}": "" for number in range(50)}),
    (session_tags, {"k" * 128: "v" * 256, "who": "{email}", "by": "{provider}", "id": "{subject}"}),
]


@pytest.mark.parametrize(("rule", "value"), TAKEN)
def test_what_aws_takes_is_taken(rule: Rule, value: Any) -> None:
    rule(value)


REFUSED: list[tuple[Rule, Any, str]] = [
    (account_id, "11112222333", "Write the 12 digits of the AWS account, without dashes."),
    (role_arn, f"{ROLE}{'R' * 65}", "Write the role's ARN as AWS shows it: arn:aws:iam::111122223333:role/Name."),
    (role_arn, f"{ROLE}{'p' * 511}/R", "Write the role's ARN as AWS shows it: arn:aws:iam::111122223333:role/Name."),
    (external_id, "a", "Use 2 to 1224 letters, digits or any of + = , . @ : / - and _."),
    (external_id, "a" * 1225, "Use 2 to 1224 letters, digits or any of + = , . @ : / - and _."),
    (region, "eu-west", "Write a region such as eu-west-1."),
    (session_policy, POLICY.ljust(2049), TOO_LONG),
    (session_policy, POLICY.replace("[]", '"\u0100"'), TOO_LONG),
    (session_policy, "{", "This is not JSON: Expecting property name enclosed in double quotes in line 1."),
    (session_policy, "[" * 2048, "This is not JSON: nested too deep, or a number that is none in line 1."),
    (session_policy, '["Statement"]', NO_POLICY),
    (session_policy, '{"Version": "2012-10-17"}', NO_POLICY),
    (policy_arns, (MANAGED,), "Write a list of at most 10 policy ARNs."),
    (policy_arns, [MANAGED] * 11, "Write a list of at most 10 policy ARNs."),
    (policy_arns, [MANAGED, f"{ROLE}R"], f"{ROLE}R is not the ARN of a managed policy."),
    (policy_arns, [None], "None is not the ARN of a managed policy."),
    (session_tags, [], 'Write at most 50 tags as {"key": "value"}.'),
    (session_tags, {str(number): "" for number in range(51)}, 'Write at most 50 tags as {"key": "value"}.'),
    (session_tags, {"Team": "a", "team": "b"}, "Two tag keys differ only in case, which AWS takes for the same key."),
    (session_tags, {"k" * 129: ""}, f"{'k' * 129}{TAG_KEY}"),
    (session_tags, {"AWS:team": ""}, f"AWS:team{TAG_KEY}"),
    (session_tags, {"team": "v" * 257}, TAG_VALUE),
    (session_tags, {"team": 7}, TAG_VALUE),
    (session_tags, {"team": "{name}"}, TAG_VALUE),
]


@pytest.mark.parametrize(("rule", "value", "why"), REFUSED)
def test_what_aws_refuses_is_refused_for_that_alone(rule: Rule, value: Any, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        rule(value)
    assert refused.value.messages == [why]


ADDRESSES = [("user:" + "a" * 64 + "@example.com", True), ("user:" + "a" * 65 + "@example.com", False)]
SMALL = [("user:bob@example.com", True), ("user:Bob@example.com", False), ("user:bób@example.com", False)]
GROUPS = [("group:adfs:" + "g" * 400, True), ("group:adfs:" + "g" * 401, False)]
PROVIDERS = [("group:" + "p" * 32 + ":g", True), ("group:" + "p" * 33 + ":g", False)]


@pytest.mark.parametrize(("principal", "taken"), [*ADDRESSES, *SMALL, *GROUPS, *PROVIDERS])
def test_a_principal_is_one_that_a_sign_in_can_carry(principal: str, *, taken: bool) -> None:
    if taken:
        validators.principal(principal)
        return
    with pytest.raises(ValidationError):
        validators.principal(principal)
