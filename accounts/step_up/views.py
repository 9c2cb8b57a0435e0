"""The page on which somebody confirms that they are there, and the three ways to do it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.begin import begin
from accounts.journey import Journey, Purpose
from accounts.limits import JOURNEY_START, SECOND_FACTOR_TRIES, limit_person
from accounts.models import SignIn
from accounts.providers import configured
from accounts.refusals import SignInRefused
from accounts.refuse import refuse
from accounts.second_factor import passkeys
from accounts.second_factor.codes import CodeRefused, use_recovery_code, use_totp
from accounts.second_factor.forms import CodeForm, PasskeyForm, RecoveryCodeForm
from accounts.second_factor.refused import refuse_code, refuse_passkey
from accounts.sessions import current_sign_in
from accounts.set_out import lets_forms_lead_out
from accounts.step_up.ask import Ask, asked, done, let_go_on
from accounts.step_up.confirm import confirm
from accounts.step_up.ways import is_confirmed, ways_for
from accounts.unsent import unsent
from portal.http import no_store


@require_safe
@no_store
def page(request: HttpRequest, ask_id: str) -> HttpResponse:
    """Offer what there is; whoever has confirmed already goes on to where they were."""
    sign_in, ask = _asked(request, ask_id)
    return _go_on(request, ask) if is_confirmed(sign_in, ask, timezone.now()) else _page(request, sign_in, ask)


@require_POST
@no_store
def provider(request: HttpRequest, ask_id: str) -> HttpResponse:
    """Send the browser to the person's own provider, which is told to ask them again."""
    sign_in, ask = _asked(request, ask_id)
    if not ways_for(sign_in, ask).provider:
        raise Http404
    limit_person(request, JOURNEY_START)
    let_go_on(request.session, ask.id)
    chosen = configured()[sign_in.provider]
    journey = Journey(purpose=Purpose.STEP_UP, next=ask.address, sign_in=str(sign_in.pk), max_age=0)
    try:
        return begin(request=request, provider=chosen, journey=journey)
    except SignInRefused as refusal:
        refusal.journey = journey
        return refuse(request=request, provider=chosen, refusal=refusal)


@require_POST
@sensitive_post_parameters("code")
@no_store
def code(request: HttpRequest, ask_id: str) -> HttpResponse:
    """Take a code of the person's authenticator app."""
    sign_in, ask = _asked(request, ask_id)
    limit_person(request, SECOND_FACTOR_TRIES)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, sign_in, ask, code_form=form)
    try:
        found = use_totp(sign_in.user, form.cleaned_data["code"])
    except CodeRefused as refused:
        form.add_error("code", refuse_code(request, SignIn.SecondFactor.TOTP, refused))
        return _page(request, sign_in, ask, code_form=form)
    return _confirmed(request, sign_in, ask, found)


@require_POST
@sensitive_post_parameters("recovery_code")
@no_store
def recovery(request: HttpRequest, ask_id: str) -> HttpResponse:
    """Take a recovery code, where it is the person's own factors that are to be changed."""
    sign_in, ask = _asked(request, ask_id)
    if not ask.own_factors:
        raise Http404
    limit_person(request, SECOND_FACTOR_TRIES)
    form = RecoveryCodeForm(request.POST)
    if not form.is_valid():
        return _page(request, sign_in, ask, recovery_form=form)
    try:
        found = use_recovery_code(sign_in.user, form.cleaned_data["recovery_code"])
    except CodeRefused as refused:
        form.add_error("recovery_code", refuse_code(request, SignIn.SecondFactor.RECOVERY_CODE, refused))
        return _page(request, sign_in, ask, recovery_form=form)
    return _confirmed(request, sign_in, ask, found)


@require_POST
@no_store
def passkey(request: HttpRequest, ask_id: str) -> HttpResponse:
    """Take what a passkey signed."""
    sign_in, ask = _asked(request, ask_id)
    limit_person(request, SECOND_FACTOR_TRIES)
    form = PasskeyForm(request.POST)
    try:
        found = passkeys.complete_use(request.session, sign_in.user, form.response())
    except passkeys.PasskeyRefused as refused:
        return _page(request, sign_in, ask, passkey_trouble=refuse_passkey(request, str(refused)))
    return _confirmed(request, sign_in, ask, found)


def _asked(request: HttpRequest, ask_id: str) -> tuple[SignIn, Ask]:
    sign_in, ask = current_sign_in(request), asked(request.session, ask_id)
    if sign_in is None or ask is None:
        raise Http404
    return sign_in, ask


def _confirmed(request: HttpRequest, sign_in: SignIn, ask: Ask, authenticator: Any) -> HttpResponse:
    if not confirm(request=request, sign_in=sign_in, authenticator=authenticator):
        return redirect("account_login")
    let_go_on(request.session, ask.id)
    return redirect(ask.address)


def _go_on(request: HttpRequest, ask: Ask) -> HttpResponse:
    """Lead on to where the person was going; if they confirmed for a form that waits, send it on, once."""
    form = unsent(request.session, ask.act) if ask.goes_on else None
    done(request.session, ask.id)
    if form is None:
        return redirect(ask.next)
    response = render(request, "accounts/going_on.html", {"ask": ask, "form": form})
    lets_forms_lead_out(response)  # linking sets out for a provider
    return response


def _page(request: HttpRequest, sign_in: SignIn, ask: Ask, **told: Any) -> HttpResponse:
    """Render the page; with a form or a trouble that was told, as an answer to it (400)."""
    ways = ways_for(sign_in, ask)
    context = {
        "ask": ask,
        "ways": ways,
        "provider": sign_in.provider_name,
        "code_form": CodeForm(),
        "recovery_form": RecoveryCodeForm(),
        "passkey_options": passkeys.begin_use(request.session, sign_in.user) if ways.passkey else None,
        **told,
    }
    return render(request, "accounts/step_up.html", context, status=400 if told else 200)
