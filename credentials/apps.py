from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "credentials"

    def ready(self) -> None:
        from credentials import aws, checks
        from roles.cautions import knows_regions

        knows_regions(aws.known_regions)
        assert checks  # noqa: S101 - importing it registers the checks, which needs the models
