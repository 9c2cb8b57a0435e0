"""Who administers by DAYPASS_ADMINISTRATORS: each item is a principal, or nobody could ever come in by it."""

from collections.abc import Iterable

from django.core.exceptions import ImproperlyConfigured, ValidationError

from roles.validators import principal


def check(items: Iterable[str]) -> None:
    """Raise ImproperlyConfigured for the first item that no sign-in can carry."""
    for item in items:
        try:
            principal(item)
        except ValidationError as error:
            raise ImproperlyConfigured(
                f"DAYPASS_ADMINISTRATORS: {item!r} is no principal. {error.message} "
                "Where a name holds a comma, write one principal a line or put ; between them, or write \\, for it."
            ) from None
