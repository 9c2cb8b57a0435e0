from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "credentials"

    def ready(self) -> None:
        from credentials import checks

        assert checks  # noqa: S101 - importing it registers the checks, which needs the models
