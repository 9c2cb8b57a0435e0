from pathlib import Path

import pytest

from accounts.refusals import TEXTS, Reason, SignInRefused, subject_hash

PAGE = (Path(__file__).parents[2] / "docs" / "sign-in.md").read_text()


@pytest.mark.parametrize("reason", list(Reason))
def test_the_manual_lists_each_reason_with_what_people_see(reason: Reason) -> None:
    row = next(
        line for line in PAGE.splitlines() if line.startswith("| `") and f"`{reason}`" in line.partition(" | ")[0]
    )
    assert SignInRefused(reason).text.sentence.format(provider="Google") in row


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_each_refusal_says_what_to_do(text: object) -> None:
    assert getattr(text, "remedy", "").endswith(".")


def test_a_hash_recognises_and_tells_nothing() -> None:
    assert subject_hash("google", "1") != subject_hash("adfs", "1")
    assert (len(subject_hash("google", "1")), subject_hash("google", "")) == (16, "")
