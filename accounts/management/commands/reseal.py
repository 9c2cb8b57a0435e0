"""Renew what older keys sealed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.reseal import reseal

REFUSED = (
    "{tokens} tokens and {factors} secrets of second factors open by no key of DAYPASS_ENCRYPTION_KEYS. They were left "
    "as they are, and the older keys must stay. Put the missing key back and run this again. If it is lost for good: "
    "reseal --drop-lost empties those tokens, whose people then sign in anew; reset those second factors in the "
    "administration."
)


class Command(BaseCommand):
    help = "Seal everything that is kept sealed with the newest key, so that the older ones can leave the settings."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--drop-lost", action="store_true", help="give up what no key opens, and the keys of it")

    def handle(self, *args: Any, drop_lost: bool, **options: Any) -> None:
        tokens, factors = reseal(drop_lost=drop_lost)
        self.stdout.write(f"Sealed anew: {tokens.renewed} tokens, {factors.renewed} secrets of second factors.")
        if not tokens.lost + factors.lost:
            return
        if not drop_lost:
            raise CommandError(REFUSED.format(tokens=tokens.lost, factors=factors.lost))
        self.stdout.write(f"Dropped: {tokens.lost} tokens. Reset in the administration: {factors.lost} second factors.")
