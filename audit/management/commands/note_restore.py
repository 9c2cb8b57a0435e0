"""Mark on the ledger that an older copy of the database was put in its place."""

from typing import Any

from django.core.management.base import BaseCommand

from audit.duties import note_restore


class Command(BaseCommand):
    help = "Mark on the ledger that this database is a restored copy, and from when on events are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        since = note_restore()
        self.stdout.write(f"The ledger says that events since {since:%Y-%m-%d %H:%M:%S} UTC are missing.")
        self.stdout.write("Next: docs/operations.md, Backup, says what to look after.")
