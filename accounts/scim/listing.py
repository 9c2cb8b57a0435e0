"""Lists of a directory's resources, page by page (RFC 7644, section 3.4.2)."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from scim2_models import Context, ListResponse, Resource, SearchRequest

from accounts.scim.answers import answer
from accounts.scim.call import Call
from accounts.scim.models import Pushed
from accounts.scim.schema import MOST_RESULTS

USUAL_RESULTS = 100
NAMES = ("filter", "startIndex", "count", "attributes", "excludedAttributes")
Row = TypeVar("Row", bound=Pushed)
Wanted = SearchRequest[Any]


def wanted(call: Call, model: type[Resource[Any]]) -> Wanted:
    """Return what the query's parameters ask for; those that SCIM does not know do not count."""
    return search(model, {name: call.query[name] for name in NAMES if name in call.query})


def search(model: type[Resource[Any]], body: dict[str, Any]) -> Wanted:
    request: Any = SearchRequest[model]  # type: ignore[valid-type]  # a class, known only now
    kept = {name: value for name, value in body.items() if name in NAMES}
    found: Wanted = request.model_validate(kept)
    return found


def page(
    rows: QuerySet[Row], condition: Q, asked: Wanted, resources: Callable[[list[Row]], list[Resource[Any]]]
) -> HttpResponse:
    """Return one page: two queries, and those that ``resources`` makes of its rows."""
    found = rows.filter(condition)
    start = min((asked.start_index or 1) - 1, 2**31)
    count = min(USUAL_RESULTS if asked.count is None else asked.count, MOST_RESULTS)
    total = found.count()
    shown = resources(list(found[start : start + count])) if count and start < total else []
    body = {
        "schemas": [ListResponse.__schema__],
        "totalResults": total,
        "startIndex": start + 1,
        "itemsPerPage": len(shown),
        "Resources": [dumped(resource, asked) for resource in shown],
    }
    return answer(body)


def dumped(resource: Resource[Any], shape: Any) -> dict[str, Any]:
    return resource.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=shape)
