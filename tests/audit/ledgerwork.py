"""Run in the processes of tests/audit/world.py: issue sessions as the portal does."""

import sys
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402 - Django is set up only now

from accounts.models import SignIn, User  # noqa: E402 - as above
from audit.outbox import enqueue  # noqa: E402 - as above
from tests.audit.conftest import make_role, make_session, put_on_ledger  # noqa: E402 - as above


def seed(count: int) -> None:
    user, _ = User.objects.get_or_create(username="google:alice", defaults={"email": "alice@example.com"})
    now = timezone.now()
    sign_in = SignIn.objects.create(user=user, authenticated_at=now, expires_at=now + timedelta(hours=1))
    for _ in range(count):
        session = make_session(sign_in, make_role())
        put_on_ledger(sign_in, session)
        enqueue("audit_session", key=f"audit:{session.pk}", session_id=str(session.pk))


if __name__ == "__main__":
    seed(int(sys.argv[1]))
