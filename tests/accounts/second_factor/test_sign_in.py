"""A second factor is asked for by a role, never at the door."""

import pytest

from accounts.models import SignIn
from demo.idp.testing import LocalIdps
from tests.accounts.conftest import Walk
from tests.accounts.second_factor.conftest import give_app, give_key


@pytest.mark.django_db
def test_signing_in_goes_straight_on(idps: LocalIdps, walk: Walk) -> None:
    walk.sign_in("adfs")
    first = SignIn.objects.get()
    give_app(first.user)
    give_key(first)
    answer = Walk(outside=walk.outside).sign_in("adfs", next="/activity/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/activity/")
    assert SignIn.objects.filter(user=first.user).count() == 2
