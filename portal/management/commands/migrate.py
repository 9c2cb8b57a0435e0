"""Django's migrate; that the ledger's triggers are missing does not keep it from putting them back."""

from typing import Any

from django.core.management.commands import migrate

from audit.checks import is_mending


class Command(migrate.Command):
    def check(self, *args: Any, **kwargs: Any) -> None:
        token = is_mending.set(True)
        try:
            super().check(*args, **kwargs)
        finally:
            is_mending.reset(token)
