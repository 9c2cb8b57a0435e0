from django.apps import AppConfig


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
