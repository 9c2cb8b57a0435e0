"""Read what a directory sends: JSON of a bounded size and depth, whose texts a database can hold."""

from typing import Any

from django.http import HttpRequest
from scim2_models import InvalidSyntaxException, PayloadTooLargeException, SCIMException

from portal import documents
from portal.texts import can_be_kept

MOST_BYTES, DEEPEST = 2 * 1024 * 1024, 16
MEDIA_TYPES = {"", "application/scim+json", "application/json"}


class UnsupportedMediaType(SCIMException):
    status = 415


def read(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object of the request; raise a SCIMException that says what is wrong with it."""
    if (request.content_type or "") not in MEDIA_TYPES:
        raise UnsupportedMediaType(detail="Send application/scim+json.")
    try:
        value = documents.read(_bytes(request).decode())
    except ValueError as error:
        raise InvalidSyntaxException(detail="The body is not JSON.") from error
    if not isinstance(value, dict):
        raise InvalidSyntaxException(detail="The body is not a JSON object.")
    _check(value)
    return value


def _bytes(request: HttpRequest) -> bytes:
    """Return the body if it is no longer than allowed; what says that it is longer is not even read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()) or int(length) > MOST_BYTES:
        raise PayloadTooLargeException(detail=f"Send at most {MOST_BYTES} bytes; give members in several requests.")
    return request.body  # Django's own limit is larger


def _check(value: Any) -> None:
    """Refuse what is too deep, and texts with NUL or half of a surrogate pair, which no database takes."""
    for item, depth in documents.parts(value):
        if depth > DEEPEST:
            raise InvalidSyntaxException(detail=f"The body is nested deeper than {DEEPEST} levels.")
        if isinstance(item, str) and not can_be_kept(item):
            raise InvalidSyntaxException(detail="A text holds a character that cannot be kept.")
