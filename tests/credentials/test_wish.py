from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import SignIn
from credentials.wish import CHAINED, MAPPING, ROLE, Settled, Unacceptable, maximum, settle
from roles.access import Grant
from roles.models import AwsAccount, Role, RoleMapping
from tests.credentials.conftest import wish

ALICE = SignIn(provider="google", subject="1076915", email="alice@example.com")
MALLORY = SignIn(provider="partner", subject="alice@example.com")  # whose provider speaks for no address
POLICY = '{"Version": "2012-10-17", "Statement": []}'


def grant(longest: int | None = None, **fields: Any) -> Grant:
    account = AwsAccount(account_id="111122223333", name="Sandbox")
    values = {"arn": "arn:aws:iam::111122223333:role/team/S3ReadOnly", "max_duration": 28800, **fields}
    role = Role(account=account, **values)
    return Grant(role=role, mapping=RoleMapping(role=role), max_duration=longest or role.max_duration)


def settled(grant: Grant, *, chained: bool = False, sign_in: SignIn = ALICE, **values: object) -> Settled:
    return settle(grant=grant, sign_in=sign_in, wish=wish(**values), chained=chained)


@pytest.mark.parametrize(
    "fields",
    [
        {"arn": "arn:aws:iam::111122223333:role/S3 ReadOnly"},
        {"arn": "arn:aws:iam::111122223333:role/x\n"},
        {"arn": "arn:aws:iam::444455556666:role/S3ReadOnly"},
        {"arn": "arn:aws-cn:iam::111122223333:role/S3ReadOnly"},
        {"external_id": "x"},
        {"external_id": "a b"},
        {"session_policy": "{}"},
        {"session_policy": POLICY + " " * 2048},
        {"session_policy": '{"Statement": "\u20ac"}'},
        {"policy_arns": ["arn:aws:iam::aws:policy/x y"]},
        {"policy_arns": ["arn:aws:iam::aws:policy/X"] * 11},
        {"policy_arns": "arn:aws:iam::aws:policy/X"},
        {"session_tags": {"aws:x": "1"}},
        {"session_tags": {"x": "{email} and more"}},
        {"session_tags": {"x": "1", "X": "2"}},
        {"session_tags": {f"k{n}": "" for n in range(51)}},
        {"session_tags": []},
    ],
)
def test_a_role_that_aws_would_refuse_is_refused_before(fields: dict[str, Any]) -> None:
    with pytest.raises(Unacceptable, match="This role's"):
        settled(grant(**fields))


@pytest.mark.parametrize(
    "extra", [{"external_id": "dp-1234"}, {"session_tags": {"team": "x"}}, {"send_source_identity": True}]
)
def test_web_identity_carries_nothing_that_it_cannot(extra: dict[str, Any]) -> None:
    with pytest.raises(Unacceptable, match="its method cannot carry"):
        settled(grant(method=Role.Method.WEB_IDENTITY, **extra))


@pytest.mark.parametrize("values", [{"duration": 899}, {"duration": -1}, {"region": "cn-north-1"}])
def test_a_wish_that_cannot_be_had_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(Unacceptable):
        settled(grant(), **values)


def test_a_mapping_below_what_aws_gives_is_refused() -> None:
    with pytest.raises(Unacceptable, match="less than 15 minutes"):
        settled(grant(longest=600))


@given(asked=st.integers(900, 200_000), role=st.integers(900, 43200), longest=st.integers(900, 43200))
def test_the_duration_is_the_least_of_all_limits(asked: int, role: int, longest: int) -> None:
    both = grant(longest=min(longest, role), max_duration=role, default_duration=900)
    assert settled(both, duration=asked).duration == min(asked, role, longest)
    assert settled(both, duration=asked, chained=True).duration == min(asked, role, longest, 3600)


def test_the_maximum_says_what_sets_it() -> None:
    assert (maximum(grant(), chained=False).why, maximum(grant(), chained=False).text) == (ROLE, "8 hours")
    assert maximum(grant(longest=7200), chained=False).why == MAPPING
    assert (maximum(grant(), chained=True).why, maximum(grant(), chained=True).seconds) == (CHAINED, 3600)
    assert maximum(grant(method=Role.Method.WEB_IDENTITY), chained=True).why == ROLE


def test_nothing_asked_means_the_roles_usual() -> None:
    assert settled(grant(default_duration=1800)).duration == 1800
    assert settled(grant(default_duration=7200, longest=3600)).duration == 3600


def test_tags_are_filled_in_only_where_the_whole_value_is_a_known_word() -> None:
    tags = {"who": "{email}", "by": "{provider}", "id": "{subject}", "team": "payments"}
    filled = {"who": "alice@example.com", "by": "google", "id": "google:1076915", "team": "payments"}
    assert dict(settled(grant(session_tags=tags)).tags) == filled


def test_the_source_identity_is_sent_only_where_the_role_says_so() -> None:
    assert settled(grant()).source_identity == ""
    assert settled(grant(send_source_identity=True)).source_identity == "alice@example.com"


def test_who_has_no_vouched_address_is_told_to_aws_as_who_they_are_at_their_provider() -> None:
    hers = settled(grant(send_source_identity=True, session_tags={"id": "{subject}"}), sign_in=MALLORY)
    assert hers.source_identity == "partner=alice-example.com-76gzqgp4byjl6dje"
    assert hers.session_name.startswith("partner=alice-example.com-76gzqgp4byjl6dje-")
    assert hers.tags == (("id", "partner:alice-example.com-76gzqgp4byjl6dje"),)


def test_a_role_that_tells_the_address_is_not_for_people_without_one() -> None:
    asked = grant(session_tags={"team": "payments", "who": "{email}"})
    with pytest.raises(Unacceptable, match="vouches for none") as refused:
        settled(asked, sign_in=MALLORY)
    assert refused.value.next_step.startswith("Sign in with an identity that has one")
    assert dict(settled(asked).tags)["who"] == "alice@example.com"


def test_nobody_is_told_to_aws_by_nothing() -> None:
    with pytest.raises(Unacceptable):
        settled(grant(), sign_in=SignIn(provider="partner", subject=""))
