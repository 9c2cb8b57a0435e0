import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from credentials.session_name import (
    NAME,
    Nameless,
    Who,
    address_tag,
    session_name,
    source_identity,
    subject_tag,
)
from roles import validators

LOCAL = st.from_regex(r"[^\s@:,/\\\x00-\x1f\x7f-\U0010ffff]{1,64}", fullmatch=True)
DOMAIN = st.from_regex(r"[a-z0-9-]{1,30}(\.[a-z0-9-]{1,63}){1,3}", fullmatch=True)
VOUCHED = st.builds(lambda local, domain: Who(f"{local.lower()}@{domain}", "google", "1"), LOCAL, DOMAIN)
SUBJECT = st.one_of(st.text(min_size=1, max_size=255), st.emails(), st.text(alphabet="aA@:=-é", min_size=1))
UNVOUCHED = st.builds(Who, st.just(""), st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True), SUBJECT)
WHO = st.one_of(VOUCHED, UNVOUCHED)
FIELDS = (source_identity, lambda who: session_name(who)[:-7], subject_tag)


def by_address(address: str) -> Who:
    return Who(address, "google", "1076915")


def by_subject(subject: str, provider: str = "partner") -> Who:
    return Who("", provider, subject)


@given(WHO)
@example(by_subject("\ud800@example.com"))
@example(by_subject("root", "aws"))
def test_whoever_it_is_sts_takes_names_and_tags(who: Who) -> None:
    assert NAME.fullmatch(session_name(who))
    assert NAME.fullmatch(source_identity(who))
    for value in (subject_tag(who), address_tag(who) if who.address else ""):
        validators.session_tags({"who": value})
        assert not value.casefold().startswith("aws:")


@given(st.tuples(WHO, WHO).filter(lambda pair: pair[0] != pair[1]))
@example((by_address("o'brien@example.com"), by_address("o-brien@example.com")))
@example((by_address("a" * 60 + "@example.com"), by_address("a" * 61 + "@example.com")))
@example((by_subject("É"), by_subject("E")))
@example((by_subject("Bob"), by_subject("bob")))
@example((by_subject("a@b"), by_subject("a-b")))
@example((by_subject("7", "adfs"), by_subject("7", "google")))
@example((by_subject("x" * 255 + "1", "p" * 32), by_subject("x" * 255 + "2", "p" * 32)))
def test_two_people_never_become_one(pair: tuple[Who, Who]) -> None:
    one, other = pair
    for named in (source_identity, lambda who: session_name(who)[:-7]):
        if not (one.address and one.address == other.address):
            assert named(one).casefold() != named(other).casefold()
    if (one.provider, one.subject) != (other.provider, other.subject):
        assert subject_tag(one).casefold() != subject_tag(other).casefold()


@given(UNVOUCHED)
@example(by_subject("alice@example.com"))
@example(by_subject("alice\uff20example.com"))
def test_an_unvouched_name_is_marked_with_its_provider_and_never_like_an_address(who: Who) -> None:
    for value in (session_name(who), source_identity(who), subject_tag(who)):
        assert "@" not in value
        assert value.startswith((f"{who.provider}=", f"{who.provider}:"))


def test_what_was_altered_cannot_be_had_as_an_own_name() -> None:
    for alias in (by_address("o'brien@example.com"), by_address("a@" + "b" * 90 + ".example"), by_subject("Bob")):
        made = source_identity(alias)
        own = by_address(made) if alias.address else by_subject(made.partition("=")[2])
        assert source_identity(own) != made


@given(st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=64))
def test_a_long_name_loses_its_local_part_and_keeps_its_domain(local: str) -> None:
    name = session_name(by_address(f"{local}@example.com"))
    assert name[:-7].endswith("@example.com")
    assert name.startswith(local[:28])


@pytest.mark.parametrize(("length", "kept"), [(42, True), (43, False)])
def test_a_domain_is_kept_whole_or_not_at_all(length: int, *, kept: bool) -> None:
    domain = "d" * (length - 8) + ".example"
    made = source_identity(by_address(f"o'brien@{domain}"))
    assert (made.endswith(f"@{domain}"), made.partition("@")[2].startswith("-")) == (kept, not kept)


def test_the_same_person_gets_another_name_each_time() -> None:
    assert len({session_name(by_address("alice@example.com")) for _ in range(100)}) == 100


@pytest.mark.parametrize(("length", "unchanged"), [(64, True), (65, False)])
def test_the_longest_source_identity_that_is_sent_unchanged(length: int, *, unchanged: bool) -> None:
    address = "a" * (length - 12) + "@example.com"
    assert (source_identity(by_address(address)) == address) is unchanged


@pytest.mark.parametrize(("length", "unchanged"), [(57, True), (58, False)])
def test_the_longest_address_that_a_session_name_carries_unchanged(length: int, *, unchanged: bool) -> None:
    address = "a" * (length - 12) + "@example.com"
    assert (session_name(by_address(address))[:-7] == address) is unchanged


@pytest.mark.parametrize(("length", "unchanged"), [(256, True), (257, False)])
def test_the_longest_tag_that_is_sent_unchanged(length: int, *, unchanged: bool) -> None:
    subject = "7" * (length - len("partner:"))
    assert (subject_tag(by_subject(subject)) == f"partner:{subject}") is unchanged


def test_what_fits_is_sent_unchanged() -> None:
    alice = by_address("alice+aws@example.com")
    assert source_identity(alice) == address_tag(alice) == "alice+aws@example.com"
    assert subject_tag(by_subject("oauth2/1076 915", "google")) == "google:oauth2/1076 915"
    assert source_identity(by_subject("1076915", "google")) == "google=1076915"
    assert session_name(by_subject("1076915", "google"))[:-6] == "google=1076915-"
    assert subject_tag(by_subject("root", "aws")) == "aws=root"


def test_an_altered_identity_keeps_its_domain_for_trust_policies() -> None:
    assert source_identity(by_address("o'brien@example.com")) == "o-brien-kgrcrys6psilt2sz@example.com"
    assert source_identity(by_subject("alice@example.com")) == "partner=alice-example.com-76gzqgp4byjl6dje"


@pytest.mark.parametrize("named", [session_name, source_identity, subject_tag, address_tag])
def test_nobody_is_named_by_nothing(named: object) -> None:
    with pytest.raises(Nameless):
        named(Who("", "google", ""))  # type: ignore[operator]  # each of them takes a Who
