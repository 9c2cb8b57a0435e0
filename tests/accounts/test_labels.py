"""What people are called: only a vouched address looks like one, wherever a person is named."""

import unicodedata

import pytest
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.identity import name_of
from accounts.labels import label, without_at
from accounts.linking.offer import Offer
from accounts.models import SignIn, User
from portal.texts import is_line

TEXT = st.one_of(
    st.text(max_size=300), st.emails(), st.text(alphabet="a@\uff20\ufe6b .:\u200b\u202e\ud800\n", max_size=40)
)


def reads_like_an_address(text: str) -> bool:
    return "@" in unicodedata.normalize("NFKC", text)


@given(name=TEXT, subject=TEXT)
@example(name="alice@example.com", subject="alice@example.com")
@example(name="alice\uff20example.com", subject="alice\ufe6bexample.com")
@example(name="", subject="")
def test_nobody_without_an_address_looks_like_one(name: str, subject: str) -> None:
    user = User(name=name, username=f"partner:{subject}")
    sign_in = SignIn(provider="partner", subject=subject, user=user)
    offer = Offer("m", "partner", subject, "", name, "s", timezone.now().timestamp())
    for shown in (user.label, str(user), sign_in.label, str(sign_in), offer.label, name_of({"name": name})):
        assert not reads_like_an_address(shown)
        assert (len(shown) <= 254, is_line(shown)) == (True, True)


@given(name=TEXT, subject=TEXT)
def test_the_provider_is_always_told(name: str, subject: str) -> None:
    assert "partner:" in label(address="", name=name, identity=f"partner:{subject}")


@given(name=TEXT, subject=TEXT)
def test_a_vouched_address_is_the_whole_label(name: str, subject: str) -> None:
    assert User(email="alice@example.com", name=name, username=f"google:{subject}").label == "alice@example.com"


@pytest.mark.parametrize(
    ("name", "identity", "shown"),
    [
        ("Alice Example", "partner:42", "Alice Example (partner:42)"),
        ("", "partner:alice@example.com", "partner:alice at example.com"),
        ("Break-glass administrator", "break-glass:administrator", "Break-glass administrator"),
        ("Break-glass administrator", "partner:42", "Break-glass administrator (partner:42)"),
        ("n" * 80, "p:" + "s" * 158, f"{'n' * 80} (p:{'s' * 158})"),
        ("n" * 81, "p:" + "s" * 159, f"{'n' * 80} (p:{'s' * 158})"),
    ],
)
def test_labels(name: str, identity: str, shown: str) -> None:
    assert label(address="", name=name, identity=identity) == shown


def test_what_no_line_may_hold_is_left_out() -> None:
    assert without_at(" a\r\nb\u202e c@d ") == "ab c at d"
