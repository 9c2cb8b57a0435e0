"""Endpoint rules for AWS CLIs that know no ``services`` section: before 2.13, and all of v1's age.

botocore looks in ``~/.aws/models`` first. The file is its own, with one rule in front: the region that this portal made
up leads here. All others still lead to AWS, so real Identity Center goes on to work.
"""

import copy
import io
import json
import zipfile
from functools import lru_cache
from typing import Any, Final

from botocore.loaders import Loader

SERVICES: Final = {"sso": "2019-06-10", "sso-oidc": "2019-06-10"}


def models_zip(*, endpoint: str, region: str) -> bytes:
    """Return both files as a ZIP to unpack in ``~/.aws``."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for service, version in SERVICES.items():
            name = f"models/{service}/{version}/endpoint-rule-set-1.json"
            archive.writestr(name, json.dumps(rule_set(service, endpoint=endpoint, region=region), indent=1))
    return packed.getvalue()


def rule_set(service: str, *, endpoint: str, region: str) -> dict[str, Any]:
    """Return botocore's rules for the service, with ours as the first."""
    rules = copy.deepcopy(_original(service))
    conditions = [
        {"fn": "isSet", "argv": [{"ref": "Region"}]},
        {"fn": "stringEquals", "argv": [{"ref": "Region"}, region]},
    ]
    ours = {"url": endpoint, "properties": {}, "headers": {}}
    rules["rules"].insert(0, {"conditions": conditions, "endpoint": ours, "type": "endpoint"})
    return rules


@lru_cache(maxsize=2)
def _original(service: str) -> dict[str, Any]:
    found: dict[str, Any] = Loader().load_service_model(service, "endpoint-rule-set-1", api_version=SERVICES[service])
    return found
