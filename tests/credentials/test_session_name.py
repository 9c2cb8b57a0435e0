import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from credentials.session_name import NAME, session_name, source_identity, tag_value
from roles import validators

WHO = st.one_of(
    st.text(max_size=300), st.emails(), st.from_regex(r"[^\x00]{1,80}@[a-z]{1,60}\.example", fullmatch=True)
)


@given(WHO)
@example("")
@example("aws:root")
@example("\ud800@example.com")
def test_whoever_it_is_sts_takes_the_session_name(who: str) -> None:
    assert NAME.fullmatch(session_name(who))


@given(WHO)
@example("a")
@example("AWS:alice")
def test_whoever_it_is_sts_takes_source_identity_and_tag(who: str) -> None:
    assert NAME.fullmatch(source_identity(who))
    value = tag_value(who)
    validators.session_tags({"who": value})
    assert not value.casefold().startswith("aws:")


@given(st.sets(WHO, min_size=2, max_size=2))
@example({"o'brien@example.com", "o-brien@example.com"})
@example({"a" * 80 + "@example.com", "a" * 81 + "@example.com"})
@example({"é@example.com", "e@example.com"})
def test_two_people_never_become_one(pair: set[str]) -> None:
    assert len({source_identity(who) for who in pair}) == 2
    assert len({tag_value(who) for who in pair}) == 2


@given(st.text(alphabet=string.ascii_letters, min_size=1, max_size=200))
def test_a_long_name_loses_its_local_part_and_keeps_its_domain(local: str) -> None:
    name = session_name(f"{local}@example.com")
    assert name[:-7].endswith("@example.com")
    assert name.startswith(local[:45])


def test_the_same_person_gets_another_name_each_time() -> None:
    assert len({session_name("alice@example.com") for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("who", "start"),
    [("alice@example.com", "alice@example.com-"), ("Zoë Müller", "Zoe-Muller-"), ("b\r\n[x]", "b---x--")],
)
def test_names_are_folded_and_replaced(who: str, start: str) -> None:
    assert session_name(who)[:-6] == start


def test_what_fits_is_sent_unchanged() -> None:
    assert source_identity("alice+aws@example.com") == tag_value("alice+aws@example.com") == "alice+aws@example.com"
    assert tag_value("google-oauth2/1076 915") == "google-oauth2/1076 915"


def test_an_altered_identity_keeps_its_domain_for_trust_policies() -> None:
    assert source_identity("o'brien@example.com") == "o-brien-51a228e2@example.com"
