"""AWS's errors, and how each service writes them down."""

import json
from uuid import uuid4
from xml.sax.saxutils import escape

from werkzeug import Response

NAMESPACES = {
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
}
# The JSON services name the same refusals differently.
JSON_CODES = {
    "AccessDenied": "AccessDeniedException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "ExpiredToken": "ExpiredTokenException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
}


class AwsError(Exception):
    """A refusal in AWS's words: ``code`` as botocore exposes it, ``message``, HTTP ``status``."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def validation_error(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def access_denied(message: str) -> AwsError:
    return AwsError("AccessDenied", message, status=403)


def new_request_id() -> str:
    return str(uuid4())


def render(error: AwsError, *, service: str, request_id: str, resource: str = "") -> Response:
    """The error as the service's own document: S3 XML, query XML, or JSON 1.1."""
    if service == "organizations":
        return _json(error, request_id)
    body = (_s3 if service == "s3" else _query)(error, service, request_id, resource)
    response = Response(body, status=error.status, content_type="text/xml; charset=utf-8")
    response.headers["x-amzn-RequestId"] = response.headers["x-amz-request-id"] = request_id
    return response


def _query(error: AwsError, service: str, request_id: str, _resource: str) -> str:
    side = "Receiver" if error.status >= 500 else "Sender"
    namespace = NAMESPACES.get(service, NAMESPACES["sts"])
    return (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{side}</Type><Code>{escape(error.code)}</Code>'
        f"<Message>{escape(error.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _s3(error: AwsError, _service: str, request_id: str, resource: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{escape(error.code)}</Code>'
        f"<Message>{escape(error.message)}</Message><Resource>{escape(resource)}</Resource>"
        f"<RequestId>{request_id}</RequestId><HostId>local</HostId></Error>"
    )


def _json(error: AwsError, request_id: str) -> Response:
    code = JSON_CODES.get(error.code, error.code)
    body = json.dumps({"__type": code, "message": error.message})
    response = Response(body, status=error.status, content_type="application/x-amz-json-1.1")
    response.headers["x-amzn-RequestId"] = request_id
    response.headers["x-amzn-ErrorType"] = code
    return response
