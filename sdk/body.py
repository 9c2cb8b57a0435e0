"""The JSON body of a request: an object of at most 16 KB whose members have the types that AWS's models name."""

from typing import Any

from django.http import HttpRequest
from django.http.request import RawPostDataException, UnreadablePostError

from portal import documents
from portal.texts import is_line
from sdk.errors import SdkError

LARGEST, LONGEST = 16_384, 4_096


def body_of(request: HttpRequest) -> dict[str, Any]:
    """Return the object; raise SdkError for anything else. The content type is not looked at: old CLIs vary."""
    try:
        raw = request.read(LARGEST + 1)
        value = documents.read(raw) if len(raw) <= LARGEST else None
    except (ValueError, UnreadablePostError, RawPostDataException):
        value = None
    if not isinstance(value, dict):
        raise SdkError("InvalidRequestException", "The body must be a JSON object of at most 16 KB.")
    return value


def text(body: dict[str, Any], name: str, *, required: bool = True) -> str:
    """Return a member that is a text; "" for one that is absent and may be."""
    value = body.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST or not is_line(value):
        raise SdkError("InvalidRequestException", f"{name} must be a text in one line.")
    return value


def texts(body: dict[str, Any], name: str, *, most: int = 10) -> list[str]:
    """Return a member that is a list of texts; an empty list when it is absent."""
    value = body.get(name)
    if value is None:
        return []
    fits = isinstance(value, list) and len(value) <= most
    if not fits or not all(isinstance(item, str) and 0 < len(item) <= 512 and is_line(item) for item in value):
        raise SdkError("InvalidRequestException", f"{name} must be a list of at most {most} texts, each in one line.")
    return list(value)
