"""Print a new encryption key."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.custody import new_key


class Command(BaseCommand):
    help = "Print a new key for DAYPASS_ENCRYPTION_KEYS. Works without any settings."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(new_key())
