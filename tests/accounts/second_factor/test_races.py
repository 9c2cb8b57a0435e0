"""Many who come with a code at the same moment, on committed rows: the row lets one of them in."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from django.db import connections

from accounts.models import SignIn
from accounts.second_factor.codes import CodeRefused, use_recovery_code, use_totp
from accounts.second_factor.recovery import new_codes
from tests.accounts.second_factor.conftest import code_at, give_app, row, wrong

pytestmark = [pytest.mark.lane("postgresql"), pytest.mark.django_db(transaction=True)]
MANY = 8
Use = Callable[..., Authenticator]


def at_once(use: Use, sign_in: SignIn, code: str) -> Counter[str]:
    start = threading.Barrier(MANY)

    def once(_number: int) -> str:
        start.wait()
        try:
            use(sign_in.user, code)
        except CodeRefused as refused:
            return str(refused.verdict)
        else:
            return "right"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(MANY) as pool:
        return Counter(pool.map(once, range(MANY)))


def test_one_of_many_equal_codes_is_right(alice: SignIn) -> None:
    verdicts = at_once(use_totp, alice, code_at(give_app(alice.user)))
    assert verdicts["right"] == 1


def test_one_of_many_equal_recovery_codes_is_right(alice: SignIn) -> None:
    verdicts = at_once(use_recovery_code, alice, new_codes(alice.user)[0])
    assert verdicts["right"] == 1


def test_wrong_codes_at_once_are_counted_one_by_one(alice: SignIn) -> None:
    verdicts = at_once(use_totp, alice, wrong(give_app(alice.user)))
    assert verdicts == {"wrong_code": 5, "too_many_tries": 3}
    assert row(alice.user, "totp").data["wrong"] == 5
