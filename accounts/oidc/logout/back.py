"""OpenID Connect Back-Channel Logout 1.0: the provider itself posts a signed token that says who signed out."""

import hashlib
from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.doors import barred, provider_of, refusal_of
from accounts.limits import LOGOUT_TOKEN_REFUSAL, bar, count_refusal
from accounts.models import SpentLogoutToken
from accounts.oidc.logout import told
from accounts.oidc.verify import LEEWAY, verified_logout_token
from accounts.providers import openid
from accounts.providers.declared import OpenIdProvider
from accounts.refusals import Reason, SignInRefused
from portal.edge import Unreadable, when_unreadable
from portal.errors import in_words_of_its_own
from portal.http import no_store
from portal.times import moment


def _down(mark: str) -> HttpResponse:
    told = f"Daypass cannot reach its database. Send this again. Reference {mark}."
    return JsonResponse({"error": "temporarily_unavailable", "error_description": told}, status=503)


def _refused(request: HttpRequest, provider: OpenIdProvider, refusal: SignInRefused) -> HttpResponse:
    count_refusal(request, LOGOUT_TOKEN_REFUSAL)
    told.refuse(request, provider, refusal, channel="back")
    error = {"error": "invalid_request", "error_description": "The logout token was not accepted."}
    return JsonResponse(error, status=400)


@barred
def _unreadable(request: HttpRequest, error: Unreadable, provider_id: str) -> HttpResponse:
    provider = provider_of(openid(), provider_id)
    bar(request, LOGOUT_TOKEN_REFUSAL)
    return _refused(request, provider, refusal_of(error))


@in_words_of_its_own(_down)
@when_unreadable(_unreadable)
@csrf_exempt  # no browser sends this, and no cookie counts: the token is what speaks
@login_not_required  # a provider's server calls it; the token's signature says so
@require_POST
@no_store
def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Answer 200 to a genuine token, whoever it ended, and 400 to every other (section 2.8)."""
    provider = provider_of(openid(), provider_id)
    bar(request, LOGOUT_TOKEN_REFUSAL)
    try:
        _take(request, provider)
    except SignInRefused as refusal:
        return _refused(request, provider, refusal)
    return HttpResponse(content_type="text/plain")


def _take(request: HttpRequest, provider: OpenIdProvider) -> None:
    sent = request.POST.getlist("logout_token")
    if len(sent) != 1:
        raise SignInRefused(Reason.TOKEN, "not exactly one logout token")
    claims = verified_logout_token(provider, sent[0])
    meant = told.named_by(provider, subject=claims.get("sub", ""), session=claims.get("sid", ""))
    with transaction.atomic():  # a logout that fails half-way must not have used its token up
        _spend(provider, claims)
        told.end(request, provider, meant, channel="back")


def _spend(provider: OpenIdProvider, claims: dict[str, Any]) -> None:
    """Remember the token until its age alone would refuse it; the database lets one process do so."""
    until = moment(claims["exp"]) + timedelta(seconds=LEEWAY)
    digest = hashlib.sha256(claims["jti"].encode()).hexdigest()
    try:
        with transaction.atomic():
            SpentLogoutToken.objects.create(provider=provider.slug, jti=digest, expires_at=until)
    except IntegrityError:
        raise SignInRefused(Reason.REPLAY, "the token was used before", subject=claims.get("sub", "")) from None


def forget_spent_tokens() -> int:
    """Delete what no token's age lets through any more, and return how many."""
    deleted, _ = SpentLogoutToken.objects.filter(expires_at__lt=timezone.now()).delete()
    return deleted
