"""Where no secret of a second factor is: in the database, the session, the log and every later page."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import SignIn
from tests.accounts.second_factor.conftest import code_at, wrong
from tests.accounts.second_factor.test_views import secret_on
from tests.accounts.step_up.conftest import ask_of
from tests.accounts.test_secrecy import everything
from tests.conftest import Browser

APP = "/second-factors/app/"


def without_marks(answer: Any) -> str:
    return re.sub(r"<[^>]*>", "\n", answer.content.decode())


def set_up(page: Client) -> set[str]:
    """Set up an app by way of a wrong code; return its secret in both spellings, and the recovery codes."""
    secret = secret_on(page.get(APP))
    page.post(APP, {"code": wrong(secret)})
    codes = re.findall(r"^\d{4} \d{4}$", without_marks(page.post(APP, {"code": code_at(secret)})), re.MULTILINE)
    page.post(f"{ask_of(page).address}code/", {"code": code_at(secret, ahead=1)})
    page.post(f"{ask_of(page, own_factors=True).address}recovery-code/", {"recovery_code": codes[0]})
    groups = " ".join(re.findall("....", secret))
    return {secret, groups, *codes, *(code.replace(" ", "") for code in codes)}


def test_no_secret_stands_anywhere_in_plain_text(
    alice: SignIn, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    page = browser(alice)
    secrets = set_up(page)
    later = "".join(page.get(path).content.decode() for path in ("/second-factors/", "/sign-ins/", "/activity/"))
    kept = everything() + repr(dict(page.session.items())) + caplog.text + later
    assert (len(secrets), "alice@example.com" in kept, "recovery_code" in kept) == (22, True, True)
    # As words: eight digits in a row may stand inside of any hash.
    assert [secret for secret in secrets if re.search(rf"\b{secret}\b", kept)] == []
