"""docs/operations.md names every limit of every room, as the limits say of themselves, and no other."""

from tests.docs.limits import PAGE, limits, table, written


def test_the_table_is_made_of_the_limits() -> None:
    page = PAGE.read_text()
    assert (table() in page, written(page)) == (True, page), "write it: python -m tests.docs.limits"


def test_every_limit_says_what_it_is_and_who_is_counted() -> None:
    assert [limit.what for limit in limits() if not (limit.about.endswith(".") and limit.by)] == []


def test_no_two_limits_share_a_counter() -> None:
    names = [limit.what for limit in set(limits())]
    assert len(names) == len(set(names))
