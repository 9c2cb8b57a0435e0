"""What every STS action gets, and the document that it answers with."""

from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from werkzeug import Response

from demo.aws.callers import Caller
from demo.aws.context import Pairs, of_request
from demo.aws.errors import NAMESPACES
from demo.aws.openid import KeyRing
from demo.aws.requests import Request
from demo.aws.sessions import SessionStore
from demo.aws.world import World


@dataclass(frozen=True)
class Call:
    """``caller`` is None for the one action that is unsigned."""

    request: Request
    form: dict[str, str]
    caller: Caller | None
    region: str
    world: World
    sessions: SessionStore
    keys: KeyRing

    @property
    def surroundings(self) -> Pairs:
        return of_request(self.request, self.region)

    def number(self, name: str, default: int) -> int:
        return int(self.form.get(name, default))


def answer(action: str, result: dict[str, Any], request_id: str) -> Response:
    body = (
        f'<{action}Response xmlns="{NAMESPACES["sts"]}"><{action}Result>{_xml(result)}</{action}Result>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
    )
    return Response(body, content_type="text/xml", headers={"x-amzn-RequestId": request_id})


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{key}>{_xml(item)}</{key}>" for key, item in value.items() if item is not None)
    return escape(str(value))
