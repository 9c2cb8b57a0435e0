"""What a portal role may do in Django's administration."""

from django.db.models import Model

from accounts.models import User


class PortalRoleBackend:
    """Grants permissions by the portal roles of the sign-in, never by flags."""

    def authenticate(self, request: object, **credentials: object) -> None:
        return None

    def get_user(self, user_id: int) -> None:
        return None

    def has_perm(self, user: User, perm: str, obj: Model | None = None) -> bool:
        return False
