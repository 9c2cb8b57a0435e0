"""Sessions as issuing leaves them: the row, its two ledger events, at a chosen moment and place."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import SignIn
from audit.record import Actor, record
from audit.tags import Tag
from credentials.models import IssuedSession
from roles.models import AwsAccount, Role

Taken = Callable[..., IssuedSession]
HOUR = 3600
TOLD = {Tag.SESSION_ISSUE: ("access_key_id", "sts_request_id")}


def actor(sign_in: SignIn) -> Actor:
    return Actor(user_id=str(sign_in.user_id), name=sign_in.user.label, sign_in_id=sign_in.pk)


def make_role(name: str = "S3ReadOnly", account_id: str = "111122223333") -> Role:
    account, _ = AwsAccount.objects.get_or_create(account_id=account_id, defaults={"name": "Example Sandbox"})
    arn = f"arn:aws:iam::{account_id}:role/{name}"
    return Role.objects.get_or_create(arn=arn, defaults={"account": account})[0]


def issued_values(created_at: datetime, session_id: uuid.UUID) -> dict[str, Any]:
    return {
        "state": IssuedSession.State.ISSUED,
        "settled_at": created_at,
        "expires_at": created_at + timedelta(seconds=HOUR),
        "access_key_id": f"ASIA{session_id.hex[:16].upper()}",
        "sts_request_id": str(session_id),
    }


def make_session(sign_in: SignIn, role: Role, *, ago: timedelta = timedelta(0), **values: Any) -> IssuedSession:
    """Store a session that was issued that long ago; ``values`` override what the row holds."""
    created_at, session_id = timezone.now() - ago, uuid.uuid4()
    fixed = {"delivery": "credentials", "method": "assume_role", "role_arn": role.arn, "duration": HOUR}
    fixed |= {"principal": "user:alice@example.com", "region": "us-east-1", "address": "203.0.113.7"}
    fixed |= {"session_name": f"alice-{session_id.hex[:12]}", "reference": f"DP-{session_id.hex[:8]}"}
    fixed |= issued_values(created_at, session_id)
    return IssuedSession.objects.create(
        pk=session_id,
        request_key=uuid.uuid4(),
        user=sign_in.user,
        sign_in=sign_in,
        role=role,
        created_at=created_at,
        **fixed | values,
    )


def put_on_ledger(sign_in: SignIn, session: IssuedSession, *tags: Tag) -> None:
    for tag in tags or (Tag.SESSION_REQUEST, Tag.SESSION_ISSUE):
        record(
            tag,
            actor=actor(sign_in),
            subject="issued_session",
            subject_id=session.pk,
            reference=session.reference,
            duration=session.duration,
            **{name: getattr(session, name) for name in TOLD.get(tag, ())},
        )


@pytest.fixture
def taken(db: None) -> Taken:
    """Return a maker of issued sessions with a complete record: ``taken(alice, ago=timedelta(days=2))``."""

    def make(
        sign_in: SignIn, role: Role | None = None, *, ago: timedelta = timedelta(0), **values: Any
    ) -> IssuedSession:
        session = make_session(sign_in, role or make_role(), ago=ago, **values)
        put_on_ledger(sign_in, session)
        return session

    return make
