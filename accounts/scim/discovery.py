"""What the service says of itself: configuration, resource types and schemas (RFC 7644, section 4)."""

from typing import Any

from django.http import HttpResponse
from scim2_models import Context, ForbiddenException, NotFoundException, Resource

from accounts.scim.answers import answer
from accounts.scim.call import Call
from accounts.scim.schema import CONFIG, RESOURCE_TYPES, SCHEMAS

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
DESCRIPTIONS: dict[str, tuple[Resource[Any], ...]] = {"ResourceTypes": RESOURCE_TYPES, "Schemas": SCHEMAS}


def configuration(call: Call) -> HttpResponse:
    return answer(_described(call, CONFIG, "ServiceProviderConfig"))


def listed(call: Call, kind: str) -> HttpResponse:
    """List the descriptions of a kind; a filter is forbidden there (RFC 7644, section 4)."""
    if "filter" in call.query:
        raise ForbiddenException(detail="Descriptions of the service take no filter.")
    found = [_described(call, item, kind, str(item.id)) for item in DESCRIPTIONS[kind]]
    count = len(found)
    return answer(
        {"schemas": [LIST], "totalResults": count, "startIndex": 1, "itemsPerPage": count, "Resources": found}
    )


def shown(call: Call, kind: str, key: str) -> HttpResponse:
    for item in DESCRIPTIONS[kind]:
        if str(item.id) == key:
            return answer(_described(call, item, kind, key))
    raise NotFoundException(detail="There is no such resource.")


def _described(call: Call, item: Resource[Any], *path: str) -> dict[str, Any]:
    meta = {"resourceType": type(item).__name__, "location": call.location(*path)}
    return {**item.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE), "meta": meta}
