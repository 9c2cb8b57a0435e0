"""The tests' own door, ``/_daypass/``: what was called, and which faults shall happen."""

import json
from typing import Any

from werkzeug import Response

from demo.aws.calls import Record
from demo.aws.faults import Faults
from demo.aws.requests import Request

PREFIX = "/_daypass/"


class Control:
    def __init__(self, record: Record, faults: Faults) -> None:
        self._record = record
        self._faults = faults

    def __call__(self, request: Request) -> Response:
        match request.method, request.path.removeprefix(PREFIX):
            case "GET", "calls":
                return _json(self._record.rows())
            case "POST", "calls/reset":
                self._record.clear()
            case "POST", "faults":
                return self._order(request.body)
            case "POST", "faults/reset":
                self._faults.clear()
            case _:
                return _json({"error": "No such control."}, 404)
        return _json({"ok": True})

    def _order(self, body: bytes) -> Response:
        try:
            self._faults.add(json.loads(body))
        except (ValueError, TypeError, AttributeError) as error:
            return _json({"error": str(error)}, 400)
        return _json({"ok": True})


def _json(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content), status=status, content_type="application/json")
