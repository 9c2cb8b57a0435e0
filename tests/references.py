"""Every reference that a person is shown must lead somewhere: to the ledger, to a session's row, or to the log."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models.signals import post_init
from django.test import Client

from audit.models import Event
from credentials.models import IssuedSession

MARK = re.compile(r"DP-[BCDFGHJKMNPQRSTVWXZ2-9]{4}-[BCDFGHJKMNPQRSTVWXZ2-9]{4}")


@pytest.fixture(autouse=True)
def every_reference_leads_somewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Collect what answers show and what is written, whichever test asks; compare at its end."""
    shown, written = set[str](), set[str]()
    request = Client.request

    def watched(client: Client, **environ: Any) -> Any:
        response = request(client, **environ)
        if not getattr(response, "streaming", False):
            shown.update(MARK.findall(f"{response.headers} {response.content.decode(errors='replace')}"))
        return response

    def made(instance: Any, **_: object) -> None:
        written.add(instance.reference)

    class Log(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.update(MARK.findall(record.getMessage()))

    log = Log()
    monkeypatch.setattr(Client, "request", watched)
    logging.getLogger().addHandler(log)
    for model in (Event, IssuedSession):
        post_init.connect(made, sender=model)
    yield
    for model in (Event, IssuedSession):
        post_init.disconnect(made, sender=model)
    logging.getLogger().removeHandler(log)
    assert shown - written == set()
