"""Questions to people, as a role or their own page asks them."""

import pytest
from django.test import Client

from accounts.models import SignIn
from accounts.step_up.ask import Ask, ask
from accounts.step_up.demand import Demand, Kind
from tests.conftest import Browser

RECENT, SECOND = (Demand(kind, 15) for kind in (Kind.RECENT_SIGN_IN, Kind.SECOND_FACTOR))


def ask_of(client: Client, demand: Demand = SECOND, **values: object) -> Ask:
    """Ask whoever uses this browser."""
    session = client.session
    values = {"next_page": "/activity/", "what": "ProductionAdmin in Example Production", **values}
    made = ask(session, demand=demand, **values)  # type: ignore[arg-type]  # by name
    session.save()
    return made


@pytest.fixture
def page(alice: SignIn, browser: Browser) -> Client:
    return browser(alice)
