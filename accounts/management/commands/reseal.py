"""Renew what older keys sealed."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.reseal import reseal_all, reseal_factors


class Command(BaseCommand):
    help = "Seal everything that is kept sealed with the newest key, so that the older ones can leave the settings."

    def handle(self, *args: Any, **options: Any) -> None:
        renewed, lost = reseal_all()
        self.stdout.write(f"{renewed} sealed anew, {lost} could not be opened and were dropped.")
        renewed, lost = reseal_factors()
        if renewed or lost:
            self.stdout.write(f"Of second factors: {renewed} sealed anew, {lost} could not be opened; reset those.")
