"""One company for all journeys of a test process: its providers, its portal, and what its people press."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from demo.settings import Place
from tests.idps.oidc_provider import OpenIdProvider, oidc_provider
from tests.journeys.company.company import OPENID_CLIENTS, Company, openid_tables, running
from tests.ports import three_free_ports


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(port=three_free_ports(), folder=tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="session")
def running_openid(place: Place) -> Iterator[OpenIdProvider]:
    with oidc_provider(place.portal, OPENID_CLIENTS, place.folder) as started:
        yield started


@pytest.fixture(scope="session")
def company(place: Place, running_openid: OpenIdProvider) -> Iterator[Company]:
    with running(place, openid_tables(running_openid.issuer)) as started:
        yield started


@pytest.fixture
def openid(running_openid: OpenIdProvider) -> OpenIdProvider:
    """The OpenID provider, knowing everybody as at its start."""
    running_openid.reset()
    return running_openid


@pytest.fixture
def context(browser: Browser, company: Company) -> Iterator[BrowserContext]:
    """A browser whose pages stand at this company's portal."""
    fresh = browser.new_context(base_url=company.place.portal, accept_downloads=True)
    fresh.set_default_timeout(10_000)
    yield fresh
    fresh.close()
