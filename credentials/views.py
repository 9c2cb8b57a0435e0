"""Taking a role by browser: its page, its credentials shown once, and the console."""

from functools import partial, wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.navigation import sign_in_address
from accounts.sessions import sign_in_of
from accounts.step_up.ask import ask
from accounts.step_up.demand import Demand
from accounts.unsent import keep_unsent, keeps_what_is_typed, unsent
from credentials import aws
from credentials.diagnosis import diagnose
from credentials.formats import Format, Unwritable, formats_of
from credentials.forms import RoleForm, TakeForm, chosen_in
from credentials.issue import Issued, IssueRefused, StepUpNeeded, issue
from credentials.models import IssuedSession
from credentials.next_command import next_command
from credentials.open_console import open_console
from credentials.partitions import sts_regions
from credentials.profiles import profile_for, usual
from credentials.refusals import NOT_RECORDED, UNWRITABLE, Refusal
from credentials.single_values import values_of
from credentials.wish import maximum
from portal.http import View, no_store, origin
from portal.outage import logged
from roles.access import Grant, Refused, grant_for
from roles.models import Role

LAST = 5
# What browsers say of a form on the portal's own page, of one that is sent again by hand, and of nothing at all.
OWN_PAGES = {"same-origin", "none", ""}


def from_own_page(view: View) -> View:
    """Refuse what another site sends, besides the CSRF token (Fetch Metadata, Sec-Fetch-Site).

    Reading is open to links from anywhere: browsers call the way back from an identity provider one, too.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD"} and request.headers.get("Sec-Fetch-Site", "") not in OWN_PAGES:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapper


def sent_or_sent_back(view: View) -> View:
    """Lead whoever asks for the answer of a form by its address to the role's page: answers are shown once."""

    @wraps(view)
    def wrapper(request: HttpRequest, account_id: str, role_name: str) -> HttpResponseBase:
        if request.method in {"GET", "HEAD"}:
            return redirect("credentials:role", account_id, role_name)
        return require_POST(view)(request, account_id, role_name)

    return wrapper


@require_safe
@no_store
def role(request: HttpRequest, account_id: str, role_name: str) -> HttpResponse:
    """Show what there is to choose about a role."""
    return _role_page(request, _grant(request, account_id, role_name))


@keeps_what_is_typed
@sent_or_sent_back
@no_store
@from_own_page
def take(request: HttpRequest, account_id: str, role_name: str) -> HttpResponse:
    """Take a role and show its credentials, once."""
    form = TakeForm(request.POST)
    if not form.is_valid():
        return _role_page(request, _grant(request, account_id, role_name), data=request.POST)
    wish = form.wish(IssuedSession.Delivery.CREDENTIALS)
    try:
        issued = issue(sign_in=sign_in_of(request), role=(account_id, role_name), wish=wish, origin=origin(request))
    except StepUpNeeded as needed:
        return _ask(request, _grant(request, account_id, role_name), needed.demand, reference=needed.reference)
    except IssueRefused as refused:
        return _refused(request, refused, (account_id, role_name))
    return _taken(request, issued, form)


@keeps_what_is_typed
@sent_or_sent_back
@no_store
@from_own_page
def console(request: HttpRequest, account_id: str, role_name: str) -> HttpResponse:
    """Take a role and carry the person to the AWS console."""
    form = TakeForm(request.POST)
    if not form.is_valid():
        return _role_page(request, _grant(request, account_id, role_name), data=request.POST)
    wish, service = form.wish(IssuedSession.Delivery.CONSOLE), form.cleaned_data["destination"]
    try:
        opened = open_console(
            sign_in=sign_in_of(request),
            role=(account_id, role_name),
            wish=wish,
            service=service,
            origin=origin(request),
        )
    except StepUpNeeded as needed:
        return _ask(request, _grant(request, account_id, role_name), needed.demand, reference=needed.reference)
    except IssueRefused as refused:
        return _refused(request, refused, (account_id, role_name))
    context = {"post_url": opened.handoff.post_url, "fields": opened.handoff.fields, "role": opened.session.role}
    return render(request, "credentials/console.html", context)


@require_safe
@no_store
def step_up(request: HttpRequest, account_id: str, role_name: str) -> HttpResponse:
    """Lead to where the person shows what the role asks for; the address that other doors are given.

    Whoever has shown it, or need not, goes on to the role's page, where what they had chosen waits.
    """
    grant = _grant(request, account_id, role_name)
    demand = grant.role.demand
    if demand is None or demand.is_met_by(sign_in_of(request), timezone.now()):
        return redirect("credentials:role", account_id, role_name)
    return _ask(request, grant, demand)


def _ask(request: HttpRequest, grant: Grant, demand: Demand, *, reference: str = "") -> HttpResponse:
    """Lead the person to confirm; the form that they sent, if they sent one, goes on then."""
    role = grant.role
    asked = ask(
        request.session,
        demand=demand,
        next_page=reverse("credentials:role", args=[role.account.account_id, role.name]),
        what=f"{role.name} in {role.account.name}",
        reference=reference,
        act=keep_unsent(request),
    )
    return redirect(asked.address)


def _grant(request: HttpRequest, account_id: str, role_name: str) -> Grant:
    try:
        return grant_for(sign_in=sign_in_of(request), account_id=account_id, role_name=role_name)
    except Refused:
        raise Http404 from None


def _role_page(request: HttpRequest, grant: Grant, data: Any = None) -> HttpResponse:
    """Render the role's page; with ``data``, what was sent and what is wrong with it (400)."""
    role = grant.role
    longest = maximum(grant, chained=role.method == Role.Method.ASSUME_ROLE and aws.chained())
    mine = IssuedSession.objects.filter(user_id=sign_in_of(request).user_id, role=role)
    key = [role.account.account_id, role.name]
    to_console = reverse("credentials:console", args=key)
    waiting = unsent(request.session, reverse("credentials:take", args=key), to_console)
    chosen = {"profile": profile_for(sign_in=sign_in_of(request), role=role)}
    if waiting:
        chosen |= chosen_in(waiting.data)
    context = {
        "role": role,
        "grant": grant,
        "form": RoleForm(data, role=role, maximum=longest, chosen=chosen),
        "maximum": longest,
        "last_sessions": list(mine[:LAST]),
        "waiting": ("console" if waiting.path == to_console else "credentials") if waiting else "",
        "must_confirm": role.demand is not None and not role.demand.is_met_by(sign_in_of(request), timezone.now()),
    }
    return render(request, "credentials/role.html", context, status=400 if data is not None else 200)


def _taken(request: HttpRequest, issued: Issued, form: TakeForm) -> HttpResponse:
    role, chosen = issued.session.role, form.cleaned_data
    profile = chosen["profile"] or profile_for(sign_in=sign_in_of(request), role=role)
    try:
        formats = _formats(issued, profile=profile, region=chosen["region"])
    except Unwritable:
        refused = IssueRefused(UNWRITABLE, issued.session.reference, issued.session)
        return _refused(request, refused, (role.account.account_id, role.name))
    for wanted in formats:
        if wanted.slug == chosen["download"]:
            return _download(wanted)
    return render(request, "credentials/taken.html", _shown_once(issued, formats))


def _formats(issued: Issued, *, profile: str, region: str) -> list[Format]:
    role, account = issued.session.role, issued.session.role.account
    asked_in = "" if region else sts_regions(account.partition)[0]
    return formats_of(
        issued.credentials,
        profile=profile,
        region=region,
        account_id=account.account_id,
        name=f"{usual(account.name, account.account_id, role.name)}-{account.account_id}",
        command=partial(next_command, region=asked_in),
    )


def _shown_once(issued: Issued, formats: list[Format]) -> dict[str, Any]:
    session = issued.session
    return {
        "session": session,
        "role": session.role,
        "formats": formats,
        "values": values_of(issued.credentials, session),
        "expires_at": session.expires_at,
        "seconds_left": session.seconds_left,
    }


def _download(wanted: Format) -> HttpResponse:
    response = HttpResponse(wanted.text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{wanted.filename}"'
    return response


def _refused(request: HttpRequest, refused: IssueRefused, key: tuple[str, str]) -> HttpResponse:
    """Show why nothing was given. Strangers see no role's name, and only administrators AWS's own reasons."""
    refusal, session = refused.refusal, refused.session
    context = {
        "role": session.role if session else None,
        "sentence": refusal.sentence,
        "next_step": refusal.next_step,
        "reference": refused.reference,
        "retry_url": _way_on(refusal, key),
        "diagnosis": diagnose(session) if session and _is_administrator(request) else None,
    }
    response = render(request, "credentials/refused.html", context, status=refusal.status)
    if refusal.retry_after:
        response["Retry-After"] = str(refusal.retry_after)
    return logged(response) if refusal is NOT_RECORDED else response


def _way_on(refusal: Refusal, key: tuple[str, str]) -> str:
    """Return the address that helps: the role's page, or the sign-in page that leads back to it."""
    page = reverse("credentials:role", args=key)
    if refusal.sign_in_again:
        return f"{sign_in_address(page)}&again=1"  # this sign-in may well be alive, and only too old for AWS
    return page if refusal.retryable else ""


def _is_administrator(request: HttpRequest) -> bool:
    return "administrator" in getattr(request.user, "portal_roles", ())
