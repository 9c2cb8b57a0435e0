"""What a directory is answered: SCIM's JSON, which nobody keeps (RFC 7644, sections 3.1 and 3.12)."""

import json
from typing import Any

from django.http import HttpResponse

MEDIA_TYPE = "application/scim+json"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def answer(body: dict[str, Any] | None = None, status: int = 200, **headers: str) -> HttpResponse:
    """Return the answer; without a body it says nothing. ``headers`` are written with _ for -."""
    content = b"" if body is None else json.dumps(body).encode()
    response = HttpResponse(content, status=status, content_type=MEDIA_TYPE)
    if body is None:
        del response["Content-Type"]
    response["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def failed(status: int, detail: str, scim_type: str = "", **headers: str) -> HttpResponse:
    kind = {"scimType": scim_type} if scim_type else {}
    return answer({"schemas": [ERROR], "status": str(status), **kind, "detail": detail}, status, **headers)
