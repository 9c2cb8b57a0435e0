"""Pages of a long list whose cost does not grow with the list."""

from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

if TYPE_CHECKING:  # Django's class takes a parameter from the stubs alone
    AnyPaginator = Paginator[Any]
else:
    AnyPaginator = Paginator

SIZE = 50
MOST = 10_000  # rows that one can page through; whoever seeks further back filters or exports


class CappedPaginator(AnyPaginator):
    """Counts no further than MOST, so that a million rows cost as much as ten thousand."""

    object_list: QuerySet[Any]

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[:MOST].count()

    @property
    def is_capped(self) -> bool:
        return self.count == MOST


def page_of(rows: QuerySet[Any], number: str | None) -> "Page[Any]":
    """Return the page with that number; for nonsense the first, beyond the end the last."""
    return CappedPaginator(rows, SIZE).get_page(number)
