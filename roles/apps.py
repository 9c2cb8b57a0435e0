from django.apps import AppConfig


class RolesConfig(AppConfig):
    name = "roles"
    verbose_name = "Catalog"

    def ready(self) -> None:
        from roles import ledger  # noqa: F401  # connects its receiver once the models are there
