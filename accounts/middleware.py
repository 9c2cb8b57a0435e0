"""Attach the sign-in of this request, or nobody; lead the others to the sign-in page."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from accounts.kept import begin_anew, left_by
from accounts.limits import LimitExceeded
from accounts.models import SignIn
from accounts.navigation import sign_in_address
from accounts.notices import leave_notice
from accounts.sessions import SIGN_IN_KEY, current_sign_in, end_sign_in, is_idle, judge, load, note_seen
from accounts.unsent import forget_unsent, keep_unsent
from portal.errors import too_many_requests


class SignInMiddleware:
    """Set ``request.sign_in`` and ``request.user`` from one row; a session without a live sign-in is nobody's.

    Runs after Django's AuthenticationMiddleware and replaces its lazy user, so that a request costs two queries: the
    session and the sign-in with its person.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sign_in = live_sign_in(request)
        request.sign_in = sign_in  # type: ignore[attr-defined]  # this middleware is what declares it
        request.user = sign_in.user if sign_in else AnonymousUser()
        return self.get_response(request)


def live_sign_in(request: HttpRequest) -> SignIn | None:
    """Return the sign-in that this session may act under; end it and sign the browser out when it may no longer."""
    sign_in, now = load(request.session), timezone.now()
    if sign_in is None:
        forget(request)
        return None
    ended = judge(sign_in, now)
    if ended:
        end_sign_in(sign_in=sign_in, reason=ended)
    if ended or is_idle(sign_in, now):
        begin_anew(request.session, sign_in.user_id)
        leave_notice(request, ended or SignIn.Ended.IDLE, sign_in.provider)
        return None
    note_seen(sign_in, now)
    return sign_in


def forget(request: HttpRequest) -> None:
    """Drop a session that named somebody; one that names nobody may hold a sign-in under way and stays."""
    if SIGN_IN_KEY in request.session or "_auth_user_id" in request.session:
        request.session.flush()


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Deny by default, and come back to where the person was, with what they had typed.

    What a form posts to cannot be opened afterwards, so there the way back is the page that the form stood on. htmx
    follows redirects inside the page, so it is told to leave it.
    """

    def process_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase | None:
        """Let a form that is sent again, by whoever is signed in, wait no longer."""
        if request.method == "POST" and current_sign_in(request):
            forget_unsent(request.session, request.path)
        return super().process_view(request, *args, **kwargs)

    def handle_no_permission(  # type: ignore[override]  # Django's stubs promise a redirect alone
        self, request: HttpRequest, view_func: object
    ) -> HttpResponse:
        if left_by(request.session):
            keep_unsent(request)
        address = sign_in_address(came_from(request))
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(headers={"HX-Redirect": address})
        return redirect(address)


def came_from(request: HttpRequest) -> str:
    """Return the page to come back to: this one, or the one that sent a form or asked for a part of itself."""
    if request.method == "GET" and request.headers.get("HX-Request") != "true":
        return request.get_full_path()
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return "/"
    return f"{page.path}?{page.query}".rstrip("?") if page.netloc == request.get_host() else "/"


class LimitMiddleware:
    """Answer whoever tries too often, in whichever view that was noticed: 429, with when to come back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return answer_to(request, exception) if isinstance(exception, LimitExceeded) else None


def answer_to(request: HttpRequest, over: LimitExceeded) -> HttpResponse:
    return too_many_requests(request, retry_after=over.retry_after, mark=over.reference)
