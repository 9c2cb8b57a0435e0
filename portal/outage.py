"""What a database does that is down, cut off, read-only, locked or out of connections, told from a fault of ours."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, InterfaceError, InternalError, OperationalError
from django.http import HttpResponse

from portal.http import reference

logger = logging.getLogger(__name__)

RETRY_AFTER = 30  # seconds: a failover takes some ten, and a client that asks sooner only adds to the crowd
READ_ONLY = "25006"  # PostgreSQL's read_only_sql_transaction, which Django counts as an internal error


class Outage(OperationalError):
    """A failure of the database in the midst of what has a reference already: the answer and its log line carry it."""

    def __init__(self, cause: Error, reference: str) -> None:
        super().__init__(*cause.args)
        self.cause, self.reference = cause, reference


def is_outage(error: BaseException | None) -> bool:
    """Tell whether the database could not answer, or could not write; a wrong statement is no outage."""
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", "") == READ_ONLY
    return isinstance(error, OperationalError | InterfaceError)


def in_a_line(error: BaseException) -> str:
    """Return the error's kind and the first line of its words, which hold no values."""
    kind = type(error.cause if isinstance(error, Outage) else error).__name__
    words = str(error).strip().splitlines()
    return f"{kind}: {words[0]}" if words else kind


def reference_of(error: BaseException | None) -> str:
    """Return the reference of what an error interrupted, or a new one."""
    return error.reference if isinstance(error, Outage) else reference()


def logged(response: HttpResponse) -> HttpResponse:
    """Mark that an answer's log line is written, so that Django writes none of its own."""
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001  # log_response's own mark
    return response


@contextmanager
def may_be_missed(note: str) -> Iterator[None]:
    """Go on without a note that the database cannot take at the moment. Raise whatever else is wrong with it."""
    try:
        yield
    except Error as error:
        if not is_outage(error):
            raise
        logger.warning("The note of %s was not written (%s).", note, in_a_line(error))
