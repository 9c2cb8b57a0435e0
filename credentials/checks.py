"""System checks: where STS is asked. Each says what to write instead."""

import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

from credentials import aws
from credentials.partitions import partition_of
from portal.env import LOOPBACK
from roles.validators import REGION


@register(Tags.security)
def sts_is_asked_where_it_is(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [*_regions(), *_endpoint()]


def _regions() -> list[CheckMessage]:
    if not settings.DAYPASS_AWS_REGIONS:
        hint = "Write at least one region, for example eu-west-1,eu-central-1."
        return [Error("DAYPASS_AWS_REGIONS is empty.", hint=hint, id="credentials.E001")]
    return [found for name in settings.DAYPASS_AWS_REGIONS for found in _region(name)]


def _region(name: str) -> list[CheckMessage]:
    """A region that only this SDK does not know may be a new one; what does not look like one is an error."""
    if not REGION.fullmatch(name):
        hint = "Write regions as AWS names them, separated by commas, for example eu-west-1,eu-central-1."
        return [Error(f"DAYPASS_AWS_REGIONS holds {name!r}, which is no AWS region.", hint=hint, id="credentials.E001")]
    if name not in aws.known_regions(partition_of(name).name):
        hint = "Compare it with AWS's list; if it is right, upgrade boto3."
        return [Caution(f"The installed AWS SDK knows no region {name}.", hint=hint, id="credentials.W001")]
    return []


def _endpoint() -> list[CheckMessage]:
    """Refuse to send credentials and ID tokens over the network in the clear."""
    parts = urlsplit(os.environ.get("AWS_ENDPOINT_URL_STS", "") or os.environ.get("AWS_ENDPOINT_URL", ""))
    if parts.scheme in {"", "https"} or parts.hostname in LOOPBACK:
        return []
    hint = "Use https, or unset it: STS is then asked at AWS's own addresses."
    return [Error("AWS_ENDPOINT_URL_STS is not https.", hint=hint, id="credentials.E002")]
