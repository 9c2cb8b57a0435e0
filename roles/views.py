"""The person's own page of roles."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import SignIn
from accounts.sessions import sign_in_of
from portal.http import compressed
from portal.texts import plain
from roles.access import Refused, grant_for
from roles.catalog import Entry, catalog_for, shelves_for
from roles.preferences import star

LONGEST_QUERY = 200  # characters; the search box sends no more
LAST_OFFSET = 10_000_000  # far beyond any catalog, within what every database counts


@require_safe
@never_cache
@compressed  # names of roles and accounts, no credentials
def catalog(request: HttpRequest) -> HttpResponse:
    """Show what this sign-in may take; htmx gets the list alone."""
    query = plain(request.GET.get("q", ""))[:LONGEST_QUERY].strip()
    sign_in = sign_in_of(request)
    context = {"page": catalog_for(sign_in=sign_in, query=query, offset=_offset(request)), "query": query}
    if request.headers.get("HX-Request"):
        return render(request, "roles/_results.html", context)
    return render(request, "roles/catalog.html", context | _shelves(sign_in))


@require_POST
def favourite(request: HttpRequest, account_id: str, role_name: str) -> HttpResponse:
    """Star a role that the person may take, or take the star off; a script gets the shelves as they are then."""
    sign_in = sign_in_of(request)
    try:
        grant = grant_for(sign_in=sign_in, account_id=account_id, role_name=role_name)
    except Refused as refusal:
        raise Http404 from refusal
    star(user_id=sign_in.user_id, role_id=grant.role.pk)
    if request.headers.get("HX-Request"):
        return render(request, "roles/_shelves.html", _shelves(sign_in))
    return redirect("roles:catalog")


def _shelves(sign_in: SignIn) -> dict[str, list[Entry]]:
    shelves = shelves_for(sign_in=sign_in)
    return {"favourites": shelves.favourites, "recents": shelves.recents}


def _offset(request: HttpRequest) -> int:
    given = request.GET.get("offset", "")
    return min(int(given), LAST_OFFSET) if given.isascii() and given.isdecimal() and len(given) < 10 else 0
