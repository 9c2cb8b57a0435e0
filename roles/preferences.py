"""What a person made of a role: a star, and when they took it last."""

from datetime import datetime

from roles.models import RolePreference


def star(*, user_id: int, role_id: int) -> bool:
    """Star the role, or take the star off; return whether it is starred now."""
    preference, _ = RolePreference.objects.get_or_create(user_id=user_id, role_id=role_id)
    preference.starred = not preference.starred
    preference.save(update_fields=["starred"])
    return preference.starred


def taken(*, user_id: int, role_id: int, at: datetime, until: datetime | None) -> None:
    """Remember when the person last took the role, and until when that session lives.

    Called by Celery after an issue; safe to run twice, in any order.
    """
    told = {"last_taken_at": at, "live_until": until}
    preference, created = RolePreference.objects.get_or_create(user_id=user_id, role_id=role_id, defaults=told)
    if not created and (preference.last_taken_at is None or preference.last_taken_at < at):
        RolePreference.objects.filter(pk=preference.pk).update(**told)
