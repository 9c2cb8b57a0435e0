"""One pair of providers for this room's tests, back at the start before each."""

from collections.abc import Iterator

import pytest

from demo.idp.testing import LocalIdp, LocalIdps, start_local_idps


@pytest.fixture(scope="session")
def running_idps() -> Iterator[LocalIdps]:
    with start_local_idps() as idps:
        yield idps


@pytest.fixture
def idps(running_idps: LocalIdps) -> LocalIdps:
    running_idps.reset()
    return running_idps


@pytest.fixture
def google(idps: LocalIdps) -> LocalIdp:
    return idps.google


@pytest.fixture
def adfs(idps: LocalIdps) -> LocalIdp:
    return idps.adfs


@pytest.fixture(params=["google", "adfs"])
def idp(request: pytest.FixtureRequest, idps: LocalIdps) -> LocalIdp:
    """Each provider in turn, for what both must do."""
    return idps.google if request.param == "google" else idps.adfs
