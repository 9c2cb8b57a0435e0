from django.apps import AppConfig


class SdkConfig(AppConfig):
    name = "sdk"
    verbose_name = "Command-line tools"

    def ready(self) -> None:
        from sdk import development

        development.install()
