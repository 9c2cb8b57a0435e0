"""Who signs in, as a provider would assert them."""

from typing import Any

from django.utils import timezone

from accounts.identity import Identity
from accounts.refusals import SignInRefused
from accounts.scim.standing import admitted


def identity(slug: str, *, subject: str = "s-1", email: str = "", **more: Any) -> Identity:
    """Return an identity: ``identity("entra", oid="6f2a")``; keywords that an Identity does not have are claims."""
    known = {"principals", "name"}
    fields = {name: value for name, value in more.items() if name in known}
    claims = {name: value for name, value in more.items() if name not in known}
    return Identity(
        provider=slug,
        subject=subject,
        email=email,
        claims=claims,
        authenticated_at=timezone.now(),
        **{"name": "", "principals": [f"user:{email}"] if email else [], **fields},
    )


def refusal_of(somebody: Identity) -> str:
    """Return why this person may not sign in now, or ""."""
    try:
        admitted(somebody)
    except SignInRefused as refusal:
        return str(refusal.reason)
    return ""
