"""Whatever is written about an attempt is a transaction of its own: nobody's rollback takes it away."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from audit.record import DAYPASS
from audit.tags import Tag
from credentials import evidence
from credentials.models import IssuedSession

SETTLED: Any = SimpleNamespace(session_name="x", role_arn="x", duration=900)
ERROR: Any = SimpleNamespace(code="x", message="x", request_id="x", status=400, region="x")
KEYS = SimpleNamespace(access_key_id="x", expires_at=timezone.now())
ANSWER: Any = SimpleNamespace(credentials=KEYS, assumed_role_id="x", packed_policy_size=1, request_id="x", region="x")
WRITTEN: dict[str, Callable[[IssuedSession], object]] = {
    "request": lambda session: evidence.write_request(session, actor=DAYPASS),
    "anew": lambda session: evidence.write_anew(session, principal="x", settled=SETTLED, actor=DAYPASS),
    "issued": lambda session: evidence.write_issued(session, answer=ANSWER, calls=[], actor=DAYPASS),
    "failed": lambda session: evidence.write_failed(session, error=ERROR, calls=[], actor=DAYPASS),
    "refusal": lambda _: evidence.write_refusal(("1", "x"), actor=DAYPASS, reference="x", why="x"),
    "console": lambda session: evidence.write_console(session, actor=DAYPASS, tag=Tag.SESSION_ISSUE),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_nothing_is_written_as_part_of_anything_larger(db: None, name: str) -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        WRITTEN[name](IssuedSession())
    assert (IssuedSession.objects.count(), Event.objects.count()) == (0, 0)
