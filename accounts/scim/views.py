"""The door for directories: /scim/v2/<provider>/, opened by that provider's bearer token and by nothing else."""

import hmac
import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts.limits import SCIM_REFUSAL, LimitExceeded, limit_address
from accounts.providers import Provider, configured
from accounts.refusal_log import record_refusal
from accounts.scim.answers import failed
from accounts.sessions import stranger
from audit.record import Actor
from audit.tags import Tag
from portal.edge import Unreadable, when_unreadable
from portal.errors import in_words_of_its_own
from portal.http import origin

logger = logging.getLogger(__name__)


def _down(mark: str) -> HttpResponse:
    return failed(503, f"Daypass cannot reach its database. Send this again. Reference {mark}.")


def _unreadable(request: HttpRequest, error: Unreadable, slug: str, path: str = "") -> HttpResponse:
    return failed(400, f"This cannot be read: {error.why}.")


@in_words_of_its_own(_down)
@when_unreadable(_unreadable, form=False)
@csrf_exempt  # no cookie counts here, so there is none to abuse
@login_not_required  # a directory is nobody who signs in: it brings a token
def scim(request: HttpRequest, slug: str, path: str = "") -> HttpResponse:
    """Answer a directory. A provider without ``scim_token`` has no such address."""
    provider = configured().get(slug)
    if provider is None or not provider.scim_token:
        return failed(404, "There is no such directory.")
    if not _is_its_directory(request, provider):
        return _refuse(request, provider)
    from accounts.scim import protocol  # a portal without directories need not hold what this imports

    actor = Actor(user_id="", name=f"Directory of {provider.name}", origin=origin(request, door="scim"))
    return protocol.respond(request=request, provider=provider, path=path, actor=actor)


def _is_its_directory(request: HttpRequest, provider: Provider) -> bool:
    """Compare with every token that counts, so that the time it takes tells nothing."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    token = given.strip().encode()
    matches = [hmac.compare_digest(token, known.encode()) for known in provider.scim_token]
    return scheme.lower() == "bearer" and any(matches)


def _refuse(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Refuse, and put on the ledger only as many as a minute takes: anybody may knock."""
    try:
        limit_address(request, SCIM_REFUSAL)
    except LimitExceeded as over:
        return failed(429, "Too many requests without a token that counts.", Retry_After=str(over.retry_after))
    why = "token" if request.headers.get("Authorization") else "no_token"
    logger.info("SCIM for %s refused: %s", provider.slug, why)
    actor = stranger(request, door="scim")
    record_refusal(Tag.DIRECTORY_REFUSE, actor=actor, subject="directory", subject_id=provider.slug, reason=why)
    return failed(401, "A bearer token of this directory is needed.", WWW_Authenticate='Bearer realm="SCIM"')
