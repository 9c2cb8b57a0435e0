from csp.constants import SELF
from django.apps import AppConfig
from django.conf import settings


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from portal import checks
        from portal.policy import form_targets

        assert checks  # noqa: S101  # importing registers them

        settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] = [SELF, *form_targets()]
