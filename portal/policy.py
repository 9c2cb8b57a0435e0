"""Which forms may lead out of the portal: to the identity providers, and to AWS's sign-in.

Chromium holds ``form-action`` against every redirect that follows a POST, so the sign-in form needs the provider's
origin and the console form needs AWS's, with the console that its sign-in redirects to.
"""

from django.conf import settings

from accounts.providers import configured
from credentials.partitions import PARTITIONS
from portal.names import origin_of


def form_targets() -> list[str]:
    """Return the origins that a form of ours may lead to, sorted, each once."""
    hosts = [host for known in PARTITIONS.values() for host in (known.sign_in_domain, known.console_domain)]
    aws = [f"https://{prefix}{host}" for host in hosts for prefix in ("", "*.")]
    local = [origin_of(settings.DAYPASS_SIGNIN_ENDPOINT)] if settings.DAYPASS_SIGNIN_ENDPOINT else []
    providers = configured().values()
    asked = [origin_of(address) for provider in providers for address in provider.origins]
    return sorted({*aws, *local, *asked})
