"""What a role asks for at the moment of taking, as the catalog holds it."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import SignIn
from accounts.step_up.demand import Demand, Kind
from tests.conftest import Browser, MakeRole

ALICE = "user:alice@example.com"


@pytest.mark.parametrize("fields", [{"step_up": "fingerprint"}, {"step_up_minutes": 0}, {"step_up_minutes": 721}])
def test_the_database_takes_no_demand_that_nobody_knows(make_role: MakeRole, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="role_step_up_is_known"), transaction.atomic():
        make_role("S3ReadOnly", ALICE, **fields)


def test_a_role_asks_for_nothing_more_unless_told(make_role: MakeRole) -> None:
    assert make_role("S3ReadOnly").demand is None
    assert make_role("Admin", step_up="recent_sign_in", step_up_minutes=5).demand == Demand(Kind.RECENT_SIGN_IN, 5)


@pytest.mark.parametrize(
    ("step_up", "word"), [("recent_sign_in", "Recent sign-in"), ("second_factor", "Second factor")]
)
def test_the_catalog_says_what_is_asked(
    make_role: MakeRole, alice: SignIn, browser: Browser, step_up: str, word: str
) -> None:
    make_role("Admin", ALICE, step_up=step_up)
    make_role("S3ReadOnly", ALICE)
    page = browser(alice).get("/").content.decode()
    assert page.count(f'<span class="badge badge-plain">{word}</span>') == 1
