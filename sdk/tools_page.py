"""My tools: what command-line tools hang on my sign-ins, each to be ended."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.sessions import sign_in_of
from portal.http import no_store, origin
from sdk.authorizations import end, is_live, standing
from sdk.models import Authorization
from sdk.tools import tool_of

PAGE = 50


@require_safe
@no_store
def tools(request: HttpRequest) -> HttpResponse:
    """List the tools that may act for me now, the newest first."""
    mine = sign_in_of(request)
    now = timezone.now()
    found = standing(now).filter(sign_in__user_id=mine.user_id, sign_in__ended_at=None, sign_in__expires_at__gt=now)
    page = Paginator(found.select_related("sign_in__user", "role__account"), PAGE).get_page(request.GET.get("page"))
    rows = [{"authorization": one, "tool": tool_of(one.user_agent)} for one in page if is_live(one, now)]
    return render(request, "sdk/tools.html", {"rows": rows, "page": page})


@require_POST
def end_tool(request: HttpRequest, authorization_id: UUID) -> HttpResponse:
    """End one of my tools; somebody else's does not exist for me."""
    mine = sign_in_of(request)
    owned = Authorization.objects.filter(pk=authorization_id, sign_in__user_id=mine.user_id)
    chosen = owned.select_related("sign_in__user").first()
    if chosen is None:
        raise Http404
    end(authorization=chosen, reason=Authorization.Ended.BY_PERSON, origin=origin(request))
    return redirect("sdk:tools")
