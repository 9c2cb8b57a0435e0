"""Who is here: the one query that every request makes."""

from uuid import UUID

from django.db import models

from accounts.models import SignIn
from portal.compiled import Place, compiled


def find(key: UUID) -> SignIn | None:
    """Return the sign-in with its person, live or not, in one query; None when there is none.

    The sealed tokens stay in the database: they are long, and only accounts.tokens needs them.
    """
    found = _sign_ins(key=key)
    return found[0] if found else None


def is_live(key: UUID) -> bool:
    """Tell whether the sign-in has not ended, as the database knows it at this moment."""
    return bool(_live(key=key))


@compiled(key=models.UUIDField())
def _live(key: Place) -> models.QuerySet[SignIn]:
    return SignIn.objects.order_by().filter(pk=key, ended_at=None).only("pk")


@compiled(key=models.UUIDField())
def _sign_ins(key: Place) -> models.QuerySet[SignIn]:
    plain = SignIn.objects.order_by().select_related("user").defer("web_identity_token", "refresh_token")
    return plain.filter(pk=key)
