"""The break-glass administrator's password. It is the only one in Daypass."""

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.models import User
from accounts.providers import BREAK_GLASS


class BreakGlassBackend:
    """Authenticates nobody until break-glass is switched on."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None
    ) -> User | None:
        """Return the person, or None after the same work whether the name, the password or the switch is wrong."""
        user = User.objects.filter(username=f"{BREAK_GLASS}:{username}").first() if username else None
        if user is None:
            make_password(password)
            return None
        fits = user.check_password(password or "")
        return user if fits and user.is_active and settings.DAYPASS_BREAK_GLASS else None

    def get_user(self, user_id: int) -> User | None:
        """Return nobody: the sign-in middleware says who is here, Django's session does not."""
        return None
