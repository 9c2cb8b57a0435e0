"""The doors of a protocol: open for strangers, only for providers that exist, with one answer to every refusal."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TypeVar

from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from accounts.providers.declared import Provider
from accounts.refusals import SignInRefused
from accounts.refuse import refuse
from portal.http import no_store

Spoken = TypeVar("Spoken", bound=Provider)
View = Callable[[HttpRequest, Spoken], HttpResponse]
Door = Callable[..., HttpResponseBase]


def door(known: Callable[[], Mapping[str, Spoken]]) -> Callable[[View[Spoken]], Door]:
    """Return a decorator of views that are handed a provider; ``known`` are those that speak the protocol."""

    def decorate(view: View[Spoken]) -> Door:
        @wraps(view)
        def wrapper(request: HttpRequest, provider_id: str) -> HttpResponse:
            provider = known().get(provider_id)
            if provider is None:
                raise Http404
            try:
                return view(request, provider)
            except SignInRefused as refusal:
                return refuse(request=request, provider=provider, refusal=refusal)
            except ImmediateHttpResponse as answer:
                response: HttpResponse = answer.response
                return response

        return login_not_required(no_store(wrapper))

    return decorate
