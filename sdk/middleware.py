"""The door: requests of AWS's clients go straight to their operation, past sessions, cookies, CSRF and redirects.

None of those means anything to a CLI, which follows no redirect and keeps no cookie; and a request that never meets
the session cannot be confused with the browser's.
"""

import logging
from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from accounts.limits import LimitExceeded
from portal.edge import Unreadable, check_address
from portal.http import path_in_a_line
from portal.outage import in_a_line, is_outage, logged, reference_of
from sdk.api import OPERATIONS, PREFIXES, operations_at
from sdk.errors import SdkError

logger = logging.getLogger(__name__)


class SdkMiddleware:
    """Answer the paths of the protocol, and theirs alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path not in OPERATIONS and not path.startswith(PREFIXES):
            return self.get_response(request)
        response = answer(request)
        response["Cache-Control"] = "no-store"
        response["X-Content-Type-Options"] = "nosniff"
        # A device that waits asks every two seconds and is told 400 each time: nothing for Django to warn of.
        return logged(response)


def answer(request: HttpRequest) -> HttpResponse:
    """Return the operation's answer; whatever goes wrong is JSON with AWS's name for it."""
    try:
        request.get_host()
        check_address(request)
        return operation(request)(request)
    except SdkError as error:
        return error.response()
    except LimitExceeded as limit:
        again = f"Too many requests from your address. Wait {limit.retry_after} seconds. Reference {limit.reference}."
        return SdkError("TooManyRequestsException", again, Retry_After=str(limit.retry_after)).response()
    except Unreadable as error:
        return SdkError("InvalidRequestException", f"This cannot be read: {error.why}.").response()
    except DisallowedHost:
        return SdkError("InvalidRequestException", "This host name is not served here.").response()
    except Exception as error:  # noqa: BLE001  # a client must get JSON, whatever happened
        return broken(request, error)


def operation(request: HttpRequest) -> Callable[[HttpRequest], HttpResponse]:
    methods = operations_at(request.path_info)
    if not methods:
        raise SdkError("ResourceNotFoundException", "There is no such operation here.")
    if request.method not in methods:
        allow = ", ".join(methods)
        raise SdkError("MethodNotAllowedException", f"Use {allow}.", Allow=allow)
    return methods[request.method]


def broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """Log what happened and ask the client to try again; the text of a fault of ours may quote values."""
    mark, down = reference_of(error), is_outage(error)
    why = in_a_line(error) if down else type(error).__name__
    logger.error("%s %s failed (%s), reference %s", request.method, path_in_a_line(request), why, mark)
    kind = "ServiceUnavailableException" if down else "InternalServerException"
    return SdkError(
        kind, f"Daypass could not answer. Try again; if it goes on, tell an administrator {mark}."
    ).response()
