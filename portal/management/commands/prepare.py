"""Make the database fit for this version before a process starts; where it is already, ask for no rights."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS

from portal import capacity, fit
from portal.alone import alone


class Command(BaseCommand):
    help = "Migrate the database if this version needs it, and say what would keep Daypass from starting on it."

    def handle(self, *args: Any, **options: Any) -> None:
        if not fit.is_ready():
            with alone(DEFAULT_DB_ALIAS):
                migrate(verbosity=options["verbosity"])
        fit.demand()
        capacity.demand()


def migrate(*, verbosity: int) -> None:
    """Create and change what this version needs, unless another process has just done it."""
    if not fit.is_ready():
        call_command("migrate", interactive=False, verbosity=verbosity)
        call_command("createcachetable")
