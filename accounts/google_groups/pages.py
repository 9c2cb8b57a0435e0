"""The questions to Google's two APIs, and their answers page by page.

Cloud Identity: groups.memberships.searchTransitiveGroups, which finds nested groups. Admin SDK, Directory API:
groups.list by userKey, which finds direct ones. Both as their discovery documents say, which come with the library.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from googleapiclient.discovery import build

from accounts.google_groups.declared import Api, GoogleGroups
from accounts.google_groups.refused import GroupsUnknown
from accounts.google_groups.wire import Authorised
from accounts.group_problems import Problem

MOST_PAGES = 20
SERVICES = {Api.CLOUD_IDENTITY: ("cloudidentity", "v1"), Api.DIRECTORY: ("admin", "directory_v1")}
ITEMS = {Api.CLOUD_IDENTITY: "memberships", Api.DIRECTORY: "groups"}
NEXT = {Api.CLOUD_IDENTITY: "searchTransitiveGroups_next", Api.DIRECTORY: "list_next"}


def pages(source: GoogleGroups, address: str, http: Authorised) -> Iterator[list[str]]:
    """Yield the groups' addresses; raise GroupsUnknown for a page that makes no sense."""
    resource = _resource(source)
    request = _first(source, resource, address)
    for _ in range(MOST_PAGES):
        answer = request.execute(http=http, num_retries=0)
        if not isinstance(answer, dict) or not isinstance(answer.get("nextPageToken", ""), str):
            raise GroupsUnknown(Problem.MALFORMED, "not a page of groups")
        yield [name for item in _items(source.api, answer) for name in _name(source.api, item)]
        request = getattr(resource, NEXT[source.api])(request, answer)
        if request is None:
            return
    raise GroupsUnknown(Problem.MALFORMED, f"more than {MOST_PAGES} pages")


@lru_cache(maxsize=8)
def service(api: Api, api_endpoint: str) -> Any:
    """Return the API by the description that comes with the library; none is fetched."""
    options = {"api_endpoint": api_endpoint} if api_endpoint else {}
    name, version = SERVICES[api]
    return build(name, version, http=object(), static_discovery=True, cache_discovery=False, client_options=options)


def _resource(source: GoogleGroups) -> Any:
    groups = service(source.api, source.api_endpoint).groups()
    return groups.memberships() if source.api is Api.CLOUD_IDENTITY else groups


def _first(source: GoogleGroups, resource: Any, address: str) -> Any:
    if source.api is Api.DIRECTORY:
        return resource.list(userKey=address, maxResults=200)
    return resource.searchTransitiveGroups(parent="groups/-", query=query(source, address), pageSize=1000)


def query(source: GoogleGroups, address: str) -> str:
    """Return Cloud Identity's search, a CEL expression; quotes in the address are escaped as CEL has it."""
    member = address.replace("\\", "\\\\").replace("'", "\\'")
    label = "security" if source.security_groups_only else "discussion_forum"
    wanted = f"member_key_id == '{member}' && 'cloudidentity.googleapis.com/groups.{label}' in labels"
    return f"{wanted} && parent == 'customers/{source.customer}'" if source.customer else wanted


def _items(api: Api, answer: dict[str, Any]) -> list[Any]:
    """Return the page's items. Without any, both APIs leave the list out."""
    items = answer.get(ITEMS[api], [])
    if not isinstance(items, list):
        raise GroupsUnknown(Problem.MALFORMED, "the groups are no list")
    return items


def _name(api: Api, item: Any) -> list[str]:
    """Return the group's address, or nothing for a group that another directory mapped into Google's."""
    try:
        key = {"id": item["email"]} if api is Api.DIRECTORY else item["groupKey"]
        name, mapped = key["id"], key.get("namespace")
    except (AttributeError, KeyError, TypeError):
        raise GroupsUnknown(Problem.MALFORMED, "a group without an address") from None
    if not isinstance(name, str):
        raise GroupsUnknown(Problem.MALFORMED, "a group's address is no text")
    return [] if mapped else [name]
