"""The doors of a protocol: open for strangers, only for providers that exist, with one answer to every refusal."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TypeVar

from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from accounts.limits import LimitExceeded
from accounts.middleware import answer_to
from accounts.providers.declared import Provider
from accounts.refusals import Reason, SignInRefused
from accounts.refuse import refuse
from portal.edge import Unreadable, when_unreadable
from portal.http import no_store

Spoken = TypeVar("Spoken", bound=Provider)
View = Callable[[HttpRequest, Spoken], HttpResponse]
Door = Callable[..., HttpResponseBase]


def door(
    known: Callable[[], Mapping[str, Spoken]], *, refused: Callable[..., HttpResponse] = refuse
) -> Callable[[View[Spoken]], Door]:
    """Return a decorator of views that are handed a provider; ``known`` are those that speak the protocol.

    What comes here was sent by a provider or in its name, so what cannot be read is a refusal like any other.
    """

    @barred
    def unreadable(request: HttpRequest, error: Unreadable, provider_id: str) -> HttpResponse:
        return refused(request=request, provider=provider_of(known(), provider_id), refusal=refusal_of(error))

    def decorate(view: View[Spoken]) -> Door:
        @wraps(view)
        def wrapper(request: HttpRequest, provider_id: str) -> HttpResponse:
            provider = provider_of(known(), provider_id)
            try:
                return view(request, provider)
            except SignInRefused as refusal:
                return refused(request=request, provider=provider, refusal=refusal)
            except ImmediateHttpResponse as answer:
                response: HttpResponse = answer.response
                return response

        return when_unreadable(unreadable)(login_not_required(no_store(wrapper)))

    return decorate


def barred(answer: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let what is answered to the unreadable raise LimitExceeded: before the view no middleware answers that."""

    @wraps(answer)
    def wrapper(request: HttpRequest, error: Unreadable, provider_id: str) -> HttpResponse:
        try:
            return answer(request, error, provider_id)
        except LimitExceeded as over:
            return answer_to(request, over)

    return wrapper


def provider_of(known: Mapping[str, Spoken], provider_id: str) -> Spoken:
    """Return the provider of an address; raise Http404 where there is none."""
    provider = known.get(provider_id)
    if provider is None:
        raise Http404
    return provider


def refusal_of(error: Unreadable) -> SignInRefused:
    """Return what cannot be read as a refusal of the message that it was to be."""
    return SignInRefused(Reason.TOO_LARGE if error.too_much else Reason.MESSAGE, error.why)


def check_method(request: HttpRequest, *methods: str) -> None:
    """Refuse on the page what comes another way: it may be a person who reopens a tab, or a provider set up wrongly."""
    if request.method not in methods:
        raise SignInRefused(Reason.MESSAGE, f"{request.method} instead of {' or '.join(methods)}")
