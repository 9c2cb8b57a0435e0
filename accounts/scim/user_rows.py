"""A user as SCIM shows it, and as it is kept."""

from typing import Any

from scim2_models import InvalidValueException, Meta

from accounts.scim.call import Call
from accounts.scim.models import DirectoryUser, Pushed, folded
from accounts.scim.schema import Email, Name, User
from accounts.scim.texts import key_text, required_text, shown_text

LONGEST_USER_NAME, LONGEST_EXTERNAL_ID, LONGEST_EMAIL, MOST_EMAILS, LONGEST_KEY = 320, 255, 254, 20, 400


def meta_of(call: Call, row: Pushed, kind: str) -> Meta:
    return Meta(
        resource_type=kind,
        created=row.created_at,
        last_modified=row.changed_at,
        version=row.etag,
        location=call.location(f"{kind}s", row.pk),
    )


def resource_of(call: Call, row: DirectoryUser) -> User:
    parts = {"formatted": row.formatted_name, "family_name": row.family_name, "given_name": row.given_name}
    name = Name(**{part: value for part, value in parts.items() if value})
    return User(
        id=str(row.pk),
        external_id=row.external_id or None,
        user_name=row.user_name,
        display_name=row.display_name or None,
        name=name if any(parts.values()) else None,
        emails=[Email(**email) for email in row.emails] or None,
        active=row.active,
        meta=meta_of(call, row, "User"),
    )


def assign(row: DirectoryUser, wanted: User) -> bool:
    """Write the resource into the row, not yet into the database; tell whether anything changed."""
    before = _values(row)
    name = wanted.name or Name()
    row.user_name = required_text("userName", wanted.user_name, LONGEST_USER_NAME)
    row.user_name_key = key_text("userName", folded(row.user_name), LONGEST_KEY)
    row.external_id = key_text("externalId", wanted.external_id, LONGEST_EXTERNAL_ID)
    row.display_name = shown_text(wanted.display_name)
    row.formatted_name = shown_text(name.formatted)
    row.family_name, row.given_name = shown_text(name.family_name), shown_text(name.given_name)
    row.emails = [_kept(email) for email in _listed(wanted)]
    row.email = work_address(row.emails)
    row.active = wanted.active
    return _values(row) != before


def work_address(emails: list[dict[str, Any]]) -> str:
    """Return the address that counts, in small letters: the work address, of several the primary one; else none."""
    work = [email for email in emails if str(email.get("type", "work")).lower() == "work"]
    work.sort(key=lambda email: not email.get("primary"))
    return next((folded(email["value"]) for email in work if email.get("value")), "")


def _listed(wanted: User) -> list[Email]:
    emails = wanted.emails or []
    if len(emails) > MOST_EMAILS:
        raise InvalidValueException(detail=f"A user takes at most {MOST_EMAILS} e-mail addresses.")
    return emails


def _kept(email: Email) -> dict[str, Any]:
    kept = {
        "value": key_text("emails.value", email.value, LONGEST_EMAIL),
        "type": key_text("emails.type", email.type, 40),
        "primary": email.primary,
    }
    return {name: value for name, value in kept.items() if value not in ("", None)}


def _values(row: DirectoryUser) -> tuple[Any, ...]:
    names = ("user_name", "external_id", "display_name", "formatted_name", "family_name", "given_name", "emails")
    return (*(getattr(row, name) for name in names), row.active)
