"""Write the whole catalog as JSON."""

from typing import Any

from django.core.management.base import BaseCommand

from roles.transfer import as_json, exported


class Command(BaseCommand):
    help = "Write all AWS accounts, roles, mappings and portal roles as JSON to the standard output."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(as_json(exported()), ending="")
