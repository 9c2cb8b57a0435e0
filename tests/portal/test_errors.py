"""Error pages and the log lines that their references lead to."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/%0aFORGED%20line/", "/%0d%0aFORGED/", "/%1b[31mred/", "/%e2%80%a8FORGED/"])
def test_an_address_cannot_forge_a_log_line(caplog: pytest.LogCaptureFixture, address: str) -> None:
    caplog.set_level("INFO")
    assert Client().get(address).status_code == 404
    ours = [record.getMessage() for record in caplog.records if record.name == "portal.errors"]
    assert [line.isascii() and line.isprintable() for line in ours] == [True]


def test_no_cache_keeps_an_error_page_which_may_name_who_was_here() -> None:
    assert Client().get("/nowhere/").headers["Cache-Control"] == "no-store"
