"""System checks of the wiring: what is set up, but not well. Each says what to write instead."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

from audit.checks import is_mending
from portal import capacity

SWITCHES = ("ssl_cert_reqs", "ssl_check_hostname")
ON = {"required", "cert_required", "true"}


@register(Tags.security, deploy=True)
def the_broker_proves_who_it_is(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """portal.W001: whoever answers in the broker's place is handed its password."""
    options = parse_qs(urlsplit(settings.CELERY_BROKER_URL).query)
    if all(value.lower() in ON for name in SWITCHES for value in options.get(name, ())):
        return []
    hint = "Take ssl_cert_reqs and ssl_check_hostname out, and name your own authority: ?ssl_ca_certs=/path/ca.pem."
    return [Caution("CELERY_BROKER_URL takes any certificate of the broker's.", hint=hint, id="portal.W001")]


@register(Tags.database)
def there_are_connections_enough(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """portal.E002; ``check --database default`` looks, and so does each start of the web process; migrate is none."""
    is_asked = databases and not is_mending.get()
    return [Error(problem, id="portal.E002") for problem in (capacity.problems() if is_asked else ())]
