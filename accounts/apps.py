from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from accounts import checks, providers
        from accounts.custody import Custody

        assert checks  # noqa: S101  # importing it registers the checks
        # A wrong file or key stops the start, of every process, with the remedy.
        providers.configured()
        Custody.from_settings()
        post_migrate.connect(note_key, sender=self)


def note_key(*, using: str, **kwargs: Any) -> None:
    """Leave the mark of the first key in a new database; a wrong one was told by the checks before it came to this."""
    from accounts import key_check  # it reads models, which are not there yet when this loads

    if key_check.TABLE in connections[using].introspection.table_names() and not key_check.problems():
        key_check.note()
