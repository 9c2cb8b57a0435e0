"""The doors of the SAML flow. Whatever goes wrong behind them ends on one page, with a reference."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import check_method, door
from accounts.journey import Journey
from accounts.limits import PROVIDER_LOGOUT, SIGN_IN_ANSWER, SIGN_IN_START, limit_address
from accounts.navigation import safe_next, sign_in_address
from accounts.providers import saml
from accounts.providers.declared import SamlProvider
from accounts.refusals import Reason, SignInRefused
from accounts.refuse_logout import refuse_logout
from accounts.saml import flow, logout, waiting
from accounts.saml.documents import decoded
from accounts.saml.logout_message import Carrier, Posted
from accounts.saml.redirect import carried
from accounts.saml.sp_metadata import CONTENT_TYPE, sp_metadata


@require_http_methods(["GET", "HEAD", "POST"])
@door(saml)
def login(request: HttpRequest, provider: SamlProvider) -> HttpResponse:
    """Send the browser to the provider. Only a form of ours starts that (login CSRF); a link leads to the page."""
    if request.method != "POST":
        return redirect(sign_in_address(""))
    limit_address(request, SIGN_IN_START)
    return flow.begin(request=request, provider=provider, journey=Journey(next=safe_next(request.POST.get("next"))))


@csrf_exempt  # the provider posts; what it posts is signed, and bound to the browser in the step that follows
@sensitive_post_parameters("SAMLResponse")
@door(saml)
def acs(request: HttpRequest, provider: SamlProvider) -> HttpResponse:
    """Take the provider's POST, and lead the browser on to where it has its session again."""
    limit_address(request, SIGN_IN_ANSWER)
    check_method(request, "POST")
    key = flow.receive(provider=provider, posted=only(fields(request), "SAMLResponse"))
    address = reverse("saml_finish", kwargs={"provider_id": provider.slug})
    response = HttpResponse(status=303, headers={"Location": address})
    response.set_cookie(cookie_name(), key, **_cookie(address), max_age=int(waiting.WAIT.total_seconds()))
    return response


@door(saml)
def finish(request: HttpRequest, provider: SamlProvider) -> HttpResponse:
    """Sign the browser in that asked for it."""
    check_method(request, "GET")
    response = flow.complete(request=request, provider=provider, key=request.COOKIES.get(cookie_name(), ""))
    response.delete_cookie(cookie_name(), path=request.path, samesite="Lax")
    return response


@require_safe
@door(saml)
def metadata(request: HttpRequest, provider: SamlProvider) -> HttpResponse:
    """Show the portal's own metadata; nothing in it is secret."""
    return HttpResponse(sp_metadata(provider), content_type=CONTENT_TYPE)


@csrf_exempt  # the provider posts; only a signed message has any effect
@sensitive_post_parameters("SAMLRequest")
@door(saml, refused=refuse_logout)
def sls(request: HttpRequest, provider: SamlProvider) -> HttpResponse:
    """Take a logout message: a request that ends sign-ins here, or the answer to ours."""
    limit_address(request, PROVIDER_LOGOUT)
    check_method(request, "GET", "POST")
    form = fields(request)
    if "SAMLResponse" in form and "SAMLRequest" not in form:
        return logout.come_back()
    carrier: Carrier = posted(form) if request.method == "POST" else carried(request.META["QUERY_STRING"])
    return logout.end_by_provider(request=request, provider=provider, carrier=carrier)


def posted(form: QueryDict) -> Posted:
    """Return the logout message of a form, which holds one."""
    return Posted(decoded(only(form, "SAMLRequest")), form.get("RelayState"))


def fields(request: HttpRequest) -> QueryDict:
    """Return the form that was posted, or the query of a GET; raise SignInRefused for a POST of another kind.

    What cannot be read at all never gets here (portal.edge).
    """
    if request.method == "POST" and request.content_type != "application/x-www-form-urlencoded":
        raise SignInRefused(Reason.MESSAGE, "no form")
    return request.POST if request.method == "POST" else request.GET


def only(form: QueryDict, name: str) -> str:
    """Return a field that stands in the form once."""
    values = form.getlist(name)
    if len(values) != 1:
        raise SignInRefused(Reason.MESSAGE, f"{len(values)} fields {name}")
    return str(values[0])


def cookie_name() -> str:
    return "__Secure-daypass_saml" if settings.HTTPS else "daypass_saml"


def _cookie(path: str) -> dict[str, Any]:
    return {"path": path, "secure": settings.HTTPS, "httponly": True, "samesite": "Lax"}
