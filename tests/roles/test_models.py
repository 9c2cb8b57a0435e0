"""What a row of the catalog may say: good but for one thing, and a mapping's time to its microsecond."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import SignIn
from roles.access import Refused, grant_for
from roles.catalog import catalog_for
from roles.explain import Standing, standing, who_can_take
from roles.matching import matched
from roles.models import AwsAccount, Role, RoleMapping
from tests.conftest import SANDBOX, MakeRole

NOW, TICK = datetime(2031, 1, 31, 18, tzinfo=UTC), timedelta(microseconds=1)
ALICE = "user:alice@example.com"
NONE_OF_THESE = "AssumeRoleWithWebIdentity takes no external ID, tags or source identity. Clear them."
ANOTHER = f"This ARN is not of account {SANDBOX}. Choose its account."
MISTAKES: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    ({"arn": "arn:aws:iam::444455556666:role/R"}, {"arn": [ANOTHER]}),
    ({"arn": f"arn:aws-cn:iam::{SANDBOX}:role/R"}, {"arn": [ANOTHER]}),
    (
        {"max_duration": 3600, "default_duration": 3601},
        {"default_duration": ["The usual session cannot be longer than the longest."]},
    ),
    ({"external_id": "dp-1"}, {"method": [NONE_OF_THESE]}),
    ({"session_tags": {"team": "payments"}}, {"method": [NONE_OF_THESE]}),
    ({"send_source_identity": True}, {"method": [NONE_OF_THESE]}),
]


def role_of(account: AwsAccount, **fields: Any) -> Role:
    good = {"arn": f"arn:aws:iam::{SANDBOX}:role/R", "method": "web_identity", "default_duration": 3600}
    return Role(account=account, name="R", **{**good, **fields})


@pytest.fixture
def account(db: None) -> AwsAccount:
    AwsAccount.objects.create(account_id="444455556666", name="Production")
    return AwsAccount.objects.create(account_id=SANDBOX, name="Sandbox")


@pytest.mark.parametrize(("fields", "said"), MISTAKES)
def test_a_role_is_refused_for_one_thing_alone(
    account: AwsAccount, fields: dict[str, Any], said: dict[str, list[str]]
) -> None:
    role_of(account).full_clean()
    with pytest.raises(ValidationError) as refused:
        role_of(account, **fields).full_clean()
    assert refused.value.message_dict == said


def test_by_assume_role_all_of_it_is_taken(account: AwsAccount) -> None:
    sent = {"external_id": "dp-1", "session_tags": {"team": "payments"}, "send_source_identity": True}
    role_of(account, method="assume_role", **sent).full_clean()


def test_a_mapping_ends_after_it_starts(account: AwsAccount) -> None:
    role = role_of(account)
    for start, end in ((None, NOW), (NOW, None), (NOW, NOW + TICK)):
        RoleMapping(role=role, principal=ALICE, valid_from=start, valid_until=end).clean()
    with pytest.raises(ValidationError, match="The end must come after the start"):
        RoleMapping(role=role, principal=ALICE, valid_from=NOW, valid_until=NOW).clean()


TIMES: list[tuple[datetime | None, datetime | None, Standing]] = [
    (None, None, Standing.IN_FORCE),
    (NOW, None, Standing.IN_FORCE),
    (NOW + TICK, None, Standing.NOT_YET),
    (NOW + TICK, NOW + 2 * TICK, Standing.NOT_YET),
    (None, NOW + TICK, Standing.IN_FORCE),
    (None, NOW, Standing.OVER),
    (NOW - TICK, NOW, Standing.OVER),
]


@pytest.mark.parametrize(("start", "end", "now"), TIMES)
def test_every_reader_knows_alike_whether_a_mapping_is_in_force(
    make_role: MakeRole,
    alice: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    start: datetime | None,
    end: datetime | None,
    now: Standing,
) -> None:
    role = make_role("R", ALICE)
    RoleMapping.objects.update(valid_from=start, valid_until=end)
    SignIn.objects.update(expires_at=NOW + timedelta(hours=1))
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    mapping, gives = RoleMapping.objects.get(), now is Standing.IN_FORCE
    assert (standing(mapping), mapping.in_force()) == (now, gives)
    assert catalog_for(sign_in=alice).total == len(matched([ALICE]).grants) == who_can_take(role).holders_total == gives
    assert is_granted(alice) is gives


def is_granted(sign_in: SignIn) -> bool:
    try:
        return bool(grant_for(sign_in=sign_in, account_id=SANDBOX, role_name="R"))
    except Refused:
        return False
