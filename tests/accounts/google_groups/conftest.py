"""Google's APIs as the local double has them, and a source that asks them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from accounts.google_groups import ask
from accounts.google_groups.declared import Api, GoogleGroups
from demo.idp.testing import LocalIdps

MakeSource = Callable[..., GoogleGroups]


@pytest.fixture
def make_source(idps: LocalIdps) -> MakeSource:
    """Return a maker of sources that ask the double: ``make_source(Api.DIRECTORY, customer="C0example")``."""
    ask.credentials.cache_clear()

    def make(api: Api = Api.CLOUD_IDENTITY, *, key: dict[str, str] | None = None, **changes: Any) -> GoogleGroups:
        text = json.dumps(key or idps.service_account_key())
        return GoogleGroups(api=api, key=text, api_endpoint=idps.google.issuer, **changes)

    return make


@pytest.fixture(params=list(Api))
def source(request: pytest.FixtureRequest, make_source: MakeSource) -> GoogleGroups:
    """Each API in turn, for what both must do."""
    return make_source(request.param)
