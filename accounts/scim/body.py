"""Read what a directory sends: JSON of a bounded size and depth, whose texts a database can hold."""

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from scim2_models import InvalidSyntaxException, PayloadTooLargeException, SCIMException

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
        value = json.loads(_bytes(request).decode(), parse_constant=_no_such_number)
    except (ValueError, RecursionError) as error:  # ValueError: no UTF-8, no JSON, or a number of 5,000 digits
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
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if depth > DEEPEST:
            raise InvalidSyntaxException(detail=f"The body is nested deeper than {DEEPEST} levels.")
        if isinstance(item, dict):
            waiting += [(key, depth) for key in item] + [(inner, depth + 1) for inner in item.values()]
        elif isinstance(item, list):
            waiting += [(inner, depth + 1) for inner in item]
        elif isinstance(item, str) and not can_be_kept(item):
            raise InvalidSyntaxException(detail="A text holds a character that cannot be kept.")


def _no_such_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
