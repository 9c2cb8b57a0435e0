"""Renew what older keys sealed."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.reseal import reseal_all


class Command(BaseCommand):
    help = "Seal every kept token with the newest key, so that the older ones can be taken out of the settings."

    def handle(self, *args: Any, **options: Any) -> None:
        renewed, lost = reseal_all()
        self.stdout.write(f"{renewed} sealed anew, {lost} could not be opened and were dropped.")
