"""Django's createcachetable, one at a time: two at once would both find no table and both create it."""

from typing import Any

from django.core.management.commands import createcachetable

from portal.alone import alone


class Command(createcachetable.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with alone(options["database"]):
            super().handle(*args, **options)
