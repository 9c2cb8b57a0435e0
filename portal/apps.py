from csp.constants import SELF
from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        """Read here what the settings only point to, so that every door of the portal refuses what is wrong in it."""
        from accounts.custody import Custody
        from portal import checks, folding
        from portal.policy import form_targets
        from roles import declared_administrators

        assert checks  # noqa: S101  # importing registers them

        connection_created.connect(folding.fold_like, dispatch_uid="portal.folding")
        Custody.from_settings()
        declared_administrators.check(settings.DAYPASS_ADMINISTRATORS)
        settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] = [SELF, *form_targets()]
