from django.apps import AppConfig


class RolesConfig(AppConfig):
    name = "roles"
    verbose_name = "Catalog"

    def ready(self) -> None:
        from accounts.groups import names_groups
        from roles import ledger  # noqa: F401  # connects its receiver once the models are there
        from roles.named import named_principals

        names_groups(named_principals)
