"""One company for all journeys of a test process: its providers, its portal, and what its people press."""

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, expect

from demo.settings import Place
from tests import lanes
from tests.idps.keys import write_key
from tests.idps.oidc_provider import OpenIdProvider, oidc_provider
from tests.idps.simplesamlphp import SimpleSamlPhp, simplesamlphp
from tests.journeys.company.company import (
    OPENID_CLIENTS,
    SAML,
    SAML_NAMED,
    Company,
    openid_tables,
    running,
    saml_tables,
)
from tests.ports import three_free_ports

PATIENCE = 15_000  # milliseconds; four processes answer on each page's way


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(port=three_free_ports(), folder=tmp_path_factory.mktemp("company"), host="127.0.0.1")


@pytest.fixture(scope="session")
def running_openid(place: Place) -> Iterator[OpenIdProvider]:
    with oidc_provider(place.portal, OPENID_CLIENTS, place.folder) as started:
        yield started


@pytest.fixture(scope="session")
def running_saml(place: Place) -> Iterator[SimpleSamlPhp]:
    with simplesamlphp(place.folder / "simplesamlphp") as started:
        yield started


@pytest.fixture(scope="session")
def company(place: Place, request: pytest.FixtureRequest) -> Iterator[Company]:
    """The portal, with the providers that can run here; the SAML provider knows the portal by its metadata."""
    tables, missing = [], lanes.missing()
    if "node" not in missing:
        tables.append(openid_tables(request.getfixturevalue("running_openid").issuer))
    if "saml" not in missing:
        write_key(place.folder / "portal")
        tables.append(saml_tables(request.getfixturevalue("running_saml"), place.folder / "portal"))
    with running(place, "\n".join(tables)) as started:
        if "saml" not in missing:
            introduce(started, request.getfixturevalue("running_saml"))
        yield started


def introduce(company: Company, idp: SimpleSamlPhp) -> None:
    """Hand the portal's metadata to the SAML provider, as its administrator would."""
    for slug in (SAML, SAML_NAMED):
        answer = requests.get(f"{company.place.portal}/accounts/saml/{slug}/metadata/", timeout=10)
        answer.raise_for_status()
        idp.register(slug, answer.text)


@pytest.fixture
def openid(running_openid: OpenIdProvider) -> OpenIdProvider:
    """The OpenID provider, knowing everybody as at its start."""
    running_openid.reset()
    return running_openid


@pytest.fixture
def saml(running_saml: SimpleSamlPhp) -> SimpleSamlPhp:
    """The SAML provider, knowing everybody as at its start, with AD FS's habits."""
    running_saml.reset()
    return running_saml


@pytest.fixture
def context(browser: Browser, company: Company) -> Iterator[BrowserContext]:
    """A browser whose pages stand at this company's portal."""
    fresh = browser.new_context(base_url=company.place.portal, accept_downloads=True)
    fresh.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    yield fresh
    fresh.close()
