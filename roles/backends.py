"""What a portal role may do in Django's administration."""

from typing import Final

from django.db.models import Model

from accounts.models import User
from roles.portal_roles import ADMINISTRATOR, AUDITOR

CATALOG: Final = ("roles.awsaccount", "roles.role", "roles.rolemapping", "roles.portalrolemapping")
RECORDS: Final = (
    "accounts.user",
    "accounts.signin",
    "accounts.providercheck",
    "accounts.directoryuser",
    "accounts.directorygroup",
    "credentials.issuedsession",
    "audit.event",
    "audit.finding",
    "audit.job",
    "sdk.authorization",
)


def _permissions(models: tuple[str, ...], *actions: str) -> frozenset[str]:
    pairs = (model.split(".") for model in models)
    return frozenset(f"{app}.{action}_{name}" for app, name in pairs for action in actions)


# The whole table: what is not written here, nobody may.
READING: Final = _permissions(CATALOG + RECORDS, "view")
GRANTED: Final[dict[str, frozenset[str]]] = {
    AUDITOR: READING,
    ADMINISTRATOR: READING
    | _permissions(CATALOG, "add", "change", "delete")
    | {
        "accounts.change_user",
        "accounts.end_signin",
        "accounts.check_provider",
        "accounts.try_provider",
        "accounts.reset_second_factors",
        "audit.retry_job",
        "sdk.end_authorization",
    },
}


class PortalRoleBackend:
    """Grants permissions by the portal roles of the sign-in, never by flags."""

    decides_permissions = True

    def authenticate(self, request: object, **credentials: object) -> None:
        return None

    def get_user(self, user_id: int) -> None:
        return None

    def has_perm(self, user: User, perm: str, obj: Model | None = None) -> bool:
        return user.is_active and any(perm in GRANTED[held] for held in user.portal_roles if held in GRANTED)
