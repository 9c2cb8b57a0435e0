"""When a directory last pushed, for the page that shows how the providers are."""

from dataclasses import dataclass
from datetime import datetime

from accounts.scim.models import Directory, DirectoryGroup, DirectoryUser


@dataclass(frozen=True)
class LastPush:
    """The last request that wrote something, such as "PATCH /Users", and what the directory holds now."""

    at: datetime
    what: str
    users: int
    inactive: int
    groups: int


def last_push(slug: str) -> LastPush | None:
    """Return the last push of this provider's directory, or None if it never pushed."""
    found = Directory.objects.filter(pk=slug).exclude(last_push_at=None).first()
    if found is None or found.last_push_at is None:
        return None
    users = DirectoryUser.objects.filter(provider=slug, deleted_at=None)
    return LastPush(
        at=found.last_push_at,
        what=found.last_push,
        users=users.count(),
        inactive=users.exclude(active=True).count(),
        groups=DirectoryGroup.objects.filter(provider=slug).count(),
    )
