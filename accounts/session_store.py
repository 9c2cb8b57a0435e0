"""Django's sessions in the database, read by a statement that is compiled once: every request reads one."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField, QuerySet
from django.utils import timezone

from portal.compiled import Place, compiled


class SessionStore(DatabaseStore):
    """Django's own store but for how a session is looked up; its name is part of what signs a session's data."""

    def _get_session_from_db(self) -> Session | None:
        found = _sessions(key=self.session_key, now=timezone.now())
        if found:
            return found[0]
        self._session_key = None
        return None


@compiled(key=CharField(), now=DateTimeField())
def _sessions(key: Place, now: Place) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)
