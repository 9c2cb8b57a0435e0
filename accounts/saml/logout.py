"""Single logout: the provider ends sign-ins here, and who signs out here may sign out there as well.

Only a signed message ends anything. The sign-ins that end are those of the NameID, and of the provider's sessions where
it names them, in whatever browser they are: the message itself comes without a cookie that says whose browser it is.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts import missed_logout
from accounts.models import SignIn
from accounts.providers import saml
from accounts.providers.declared import SamlProvider
from accounts.refusals import SignInRefused
from accounts.saml import metadata
from accounts.saml.logout_message import Carrier, LogoutRequest, read_request
from accounts.saml.messages import logout_request, logout_response
from accounts.saml.redirect import address_with
from accounts.saml.used import use_once
from accounts.sessions import end_sign_in
from audit.record import Actor
from portal.http import origin

QUALIFIERS = ("name_qualifier", "sp_name_qualifier")
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"


def end_by_provider(*, request: HttpRequest, provider: SamlProvider, carrier: Carrier) -> HttpResponse:
    """End what a LogoutRequest names, and answer it; raise SignInRefused, with nobody signed out, for a wrong one."""
    asked = read_request(provider, carrier, timezone.now())
    actor = Actor(user_id="", name=provider.name, origin=origin(request))
    with transaction.atomic():  # a logout that fails half-way must not have used its message up
        use_once(provider.slug, asked.id, until=asked.until)
        named = _named(provider, asked)
        reason = SignIn.Ended.PROVIDER_LOGOUT
        ended = [end_sign_in(sign_in=sign_in, reason=reason, actor=actor) for sign_in in _meant(named, asked)]
        if not any(ended):
            missed_logout.tell(request, provider, named, channel="saml")
    return _answer(provider, asked, carrier.relay_state)


def leave(*, sign_in: SignIn) -> HttpResponse | None:
    """Return the redirect that signs the person out at the provider; None where it has no single logout with us.

    The sign-in here has ended before. ``sign_in`` is who it was.
    """
    provider = saml().get(sign_in.provider)
    if provider is None or not provider.sp_private_key or "value" not in sign_in.name_id:
        return None
    try:
        idp = metadata.current(provider)
    except SignInRefused:
        return None
    if not idp.slo_url:
        return None
    asked = logout_request(provider, idp, name_id=sign_in.name_id, session=sign_in.provider_session)
    return redirect(address_with(idp.slo_url, "SAMLRequest", asked.xml, key=provider.sp_private_key))


def come_back() -> HttpResponse:
    """Show the signed-out page to whom the provider sends back.

    Its answer is not read: the sign-in here ended before the provider was asked, so nothing hangs on it.
    """
    return redirect("account_login")


def _named(provider: SamlProvider, asked: LogoutRequest) -> QuerySet[SignIn]:
    """Return the sign-ins of the NameID's text and of the sessions, live or not."""
    named = SignIn.objects.filter(provider=provider.slug, name_id__value=asked.name_id["value"])
    if asked.sessions:
        named = named.filter(provider_session__in=["", *asked.sessions])  # a session without a name may be one of them
    return named


def _meant(named: QuerySet[SignIn], asked: LogoutRequest) -> list[SignIn]:
    """Return the live ones of the very NameID."""
    found = named.filter(ended_at=None).select_related("user").defer("web_identity_token", "refresh_token")
    return [sign_in for sign_in in found if _is_same(sign_in.name_id, asked.name_id)]


def _is_same(ours: dict[str, str], theirs: dict[str, str]) -> bool:
    """Compare NameIDs of one value (SAML core, 3.3.4); what one side leaves out is not held against the other."""
    formats = {name_id.get("format", UNSPECIFIED) for name_id in (ours, theirs)} - {UNSPECIFIED}
    qualifiers = [{name_id[key] for name_id in (ours, theirs) if key in name_id} for key in QUALIFIERS]
    return len(formats) <= 1 and all(len(found) <= 1 for found in qualifiers)


def _answer(provider: SamlProvider, asked: LogoutRequest, relay_state: str | None) -> HttpResponse:
    """Lead the browser back to the provider, which goes on to its other portals; without a key, to our own page."""
    idp = metadata.current(provider)
    if not provider.sp_private_key or not idp.slo_response_url:
        return redirect("account_login")
    said = logout_response(provider, idp, in_response_to=asked.id)
    address = address_with(
        idp.slo_response_url, "SAMLResponse", said.xml, key=provider.sp_private_key, relay_state=relay_state or ""
    )
    return redirect(address)
