import copy
import pickle
from datetime import UTC, datetime

import pytest

from credentials.secret import Credentials

SECRET = Credentials("ASIAEXAMPLEEXAMPLE", "s" * 40, "IQoJtoken", datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize("text", [repr(SECRET), str(SECRET), f"{SECRET}", f"{[SECRET]}", f"{SECRET!s:>10}"])
def test_printing_yields_no_secret(text: str) -> None:
    assert text in {"<Credentials, hidden>", "[<Credentials, hidden>]"}


@pytest.mark.parametrize("keep", [pickle.dumps, copy.copy, copy.deepcopy])
def test_they_cannot_be_kept(keep: object) -> None:
    with pytest.raises(TypeError, match="not to be stored"):
        keep(SECRET)  # type: ignore[operator]  # each of them takes one object


def test_they_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        SECRET.session_token = "x"  # type: ignore[misc]  # the point of the test
