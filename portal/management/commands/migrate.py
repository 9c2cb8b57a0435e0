"""Django's migrate, one at a time; that the ledger's triggers are missing does not keep it from putting them back."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DatabaseError

from audit.checks import is_mending
from portal.alone import alone

NO_RIGHT = "42501"  # PostgreSQL's insufficient_privilege
REFUSED = (
    "The role of DATABASE_URL may not create or change tables. Run `make migrate` with the address of the role that "
    "owns them (docs/operations.md, Two roles)."
)


class Command(migrate.Command):
    def check(self, *args: Any, **kwargs: Any) -> None:
        token = is_mending.set(True)
        try:
            super().check(*args, **kwargs)
        finally:
            is_mending.reset(token)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with alone(options["database"]):
                super().handle(*args, **options)
        except DatabaseError as error:
            if not _lacks_the_right(error):
                raise
            raise CommandError(REFUSED) from None


def _lacks_the_right(error: BaseException | None) -> bool:
    """Look at the causes too: Django tells that it cannot make its first table by an error of its own."""
    while error is not None:
        if getattr(error, "sqlstate", "") == NO_RIGHT:
            return True
        error = error.__cause__ or error.__context__
    return False
