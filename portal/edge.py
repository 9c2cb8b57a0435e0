"""The edge: what no database and no page takes is refused here, before a view, a query or a library meets it.

A stranger may put NUL into a path, a query, a form or a cookie, and may send a thousand fields, or a form without
its boundary. Views would each find that out in their own way, most of them by an error of ours (500). And no form of
ours takes a file, so none is written to the disk for a stranger either.
"""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError

from portal import errors
from portal.texts import can_be_kept

FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}


class Unreadable(BadRequest):
    """What came cannot be read. ``too_much``: more than is taken, of whatever it is."""

    def __init__(self, why: str, *, too_much: bool = False) -> None:
        super().__init__(why)
        self.why, self.too_much = why, too_much


class NoFiles(FileUploadHandler):
    """Take no file. A form that is to have one needs a handler that bounds it, in FILE_UPLOAD_HANDLERS."""

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise MultiPartParserError("no form takes a file")


Answer = Callable[..., HttpResponse]
View = TypeVar("View", bound=Callable[..., Any])
Read = TypeVar("Read")


def when_unreadable(answer: Answer, *, form: bool = True) -> Callable[[View], View]:
    """Let a view answer in its own words: ``answer`` is given the request, the error, and what the address named.

    Without ``form`` the view reads its bodies itself, and none of them as a form.
    """

    def decorate(view: View) -> View:
        view.when_unreadable, view.reads_forms = answer, form  # type: ignore[attr-defined]  # marks for the middleware
        return view

    return decorate


def _page(request: HttpRequest, error: Unreadable, **_: str) -> HttpResponse:
    return errors.bad_request(request, error)


class EdgeMiddleware:
    """Refuse what cannot be read; a cookie that cannot is as good as none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if can_be_kept(name + value)}
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[str, ...], kwargs: dict[str, str]
    ) -> HttpResponse | None:
        """Answer before any other middleware looks at the form, and with the page's frame known by now."""
        try:
            check_address(request)
            if getattr(view, "reads_forms", True):
                check_form(request)
        except Unreadable as error:
            request.GET = request.POST = QueryDict()  # nothing of it counts from here on
            answer: Answer = getattr(view, "when_unreadable", _page)
            response = answer(request, error, **kwargs)
            response["Cache-Control"] = "no-store"
            return response
        return None


def check_address(request: HttpRequest) -> None:
    """Raise Unreadable unless path and query can be read and kept."""
    if not can_be_kept(request.path_info):
        raise Unreadable("the address holds a character that cannot be kept")
    _check(_read(lambda: request.GET))


def check_form(request: HttpRequest) -> None:
    """Raise Unreadable for a form that cannot be read and kept."""
    if request.method == "POST" and request.content_type in FORMS:
        if (request.content_params or {}).get("charset", "utf-8").lower() != "utf-8":
            raise Unreadable("a form that is not in UTF-8")
        _read(lambda: request.body)  # measured as a whole: of parts Django would bound the fields alone
        _check(_read(lambda: request.POST))


def _read(read: Callable[[], Read]) -> Read:
    """Return what was read; Django raises each in its own way what is too large, too many, cut off or no form."""
    try:
        return read()
    except SuspiciousOperation:
        raise Unreadable("larger than any form may be", too_much=True) from None
    except (BadRequest, MultiPartParserError, OSError, ValueError):
        raise Unreadable("no form that can be read") from None


def _check(fields: QueryDict) -> None:
    if not all(can_be_kept(name) and all(map(can_be_kept, values)) for name, values in fields.lists()):
        raise Unreadable("a field holds a character that cannot be kept")
