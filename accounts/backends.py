"""The break-glass administrator's password."""


class BreakGlassBackend:
    """Authenticates nobody until break-glass is switched on."""

    def authenticate(self, request: object, **credentials: object) -> None:
        return None

    def get_user(self, user_id: int) -> None:
        return None
