"""/Groups: what a directory does to its groups and their members (RFC 7644, sections 3.3 to 3.6)."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from scim2_models import Context, NotFoundException, PatchOp, Reference

from accounts.scim import body, listing, members
from accounts.scim.answers import answer
from accounts.scim.call import Call
from accounts.scim.filters import GROUPS, condition, uuid_of
from accounts.scim.matching import all_keys
from accounts.scim.members import Change, Moved
from accounts.scim.models import DirectoryGroup, DirectoryUser, folded
from accounts.scim.pushes import Push, pushing
from accounts.scim.schema import Group, Member
from accounts.scim.standing import in_chunks, named_groups
from accounts.scim.texts import key_text, required_text
from accounts.scim.user_rows import LONGEST_EXTERNAL_ID, meta_of

LONGEST_NAME, LONGEST_KEY = 400, 500
MOST_MEMBERS_A_PAGE = 10_000


def listed(call: Call) -> HttpResponse:
    return _page(call, listing.wanted(call, Group))


def searched(call: Call) -> HttpResponse:
    return _page(call, listing.search(Group, body.read(call.request)))


def _page(call: Call, asked: listing.Wanted) -> HttpResponse:
    return listing.page(_groups(call), condition(asked.filter, GROUPS), asked, lambda rows: _shown(call, rows, asked))


def _shown(call: Call, rows: list[DirectoryGroup], shape: Any) -> list[Any]:
    """Return the groups with their members if those are wanted; fewer groups when they have very many."""
    if not wants_members(shape):
        return [resource_of(call, row) for row in rows]
    sizes = dict(DirectoryGroup.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", Count("memberships")))
    fitting: list[DirectoryGroup] = []
    total = 0
    for row in rows:
        total += sizes.get(row.pk, 0)
        if fitting and total > MOST_MEMBERS_A_PAGE:
            break
        fitting.append(row)
    found = members.listed(fitting)
    return [resource_of(call, row, found[row.pk]) for row in fitting]


def wants_members(shape: Any) -> bool:
    if shape.excluded_attributes:
        return all(path.attr.lower() != "members" for path in shape.excluded_attributes)
    return not shape.attributes or any(path.attr.lower() == "members" for path in shape.attributes)


def shown(call: Call, key: str) -> HttpResponse:
    row = _one(call, key)
    return answer(status=304, ETag=row.etag) if call.has(row) else _answer(call, row)


def create(call: Call) -> HttpResponse:
    wanted = Group.model_validate(body.read(call.request), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    with pushing(call, "POST /Groups") as push:
        row = DirectoryGroup(provider=call.slug)
        _assign(row, wanted)
        row.save(force_insert=True)
        _moved(row, members.move(row, Change(added=_ids(wanted))), push, "created")
    return _answer(call, row, status=201)


def replace(call: Call, key: str) -> HttpResponse:
    wanted = Group.model_validate(body.read(call.request), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    with pushing(call, "PUT /Groups") as push:
        row = _one(call, key)
        call.require(row)
        _write(row, wanted, Change(emptied=True, added=_ids(wanted)), push)
    return _answer(call, row)


def patch(call: Call, key: str) -> HttpResponse:
    """Change parts of a group. Answered without a body, since that might name thousands of members."""
    rest, change = members.split(body.read(call.request))
    context = Context.RESOURCE_PATCH_REQUEST
    operations = PatchOp[Group].model_validate(rest, scim_ctx=context) if rest is not None else None
    with pushing(call, "PATCH /Groups") as push:
        row = _one(call, key)
        call.require(row)
        wanted = resource_of(call, row)
        if operations is not None:
            operations.patch(wanted)
        _write(row, wanted, change, push)
    return _answer(call, row) if "attributes" in call.query else answer(status=204, ETag=row.etag)


def delete(call: Call, key: str) -> HttpResponse:
    with pushing(call, "DELETE /Groups") as push:
        row = _one(call, key)
        call.require(row)
        went = frozenset(row.memberships.values_list("user_id", flat=True))
        row.memberships.all().delete()
        _moved(row, Moved(frozenset(), went, 0), push, "deleted")
        row.delete()
    return answer(status=204)


def resource_of(call: Call, row: DirectoryGroup, ids: Collection[UUID] = ()) -> Group:
    found = [Member(value=str(key), ref=Reference(call.location("Users", key))) for key in ids]
    return Group(
        id=str(row.pk),
        external_id=row.external_id or None,
        display_name=row.display_name,
        members=found or None,
        meta=meta_of(call, row, "Group"),
    )


def _groups(call: Call) -> QuerySet[DirectoryGroup]:
    return DirectoryGroup.objects.filter(provider=call.slug)


def _one(call: Call, key: str) -> DirectoryGroup:
    known = uuid_of(key)
    found = _groups(call).filter(pk=known).first() if known else None
    if found is None:
        raise NotFoundException(detail="There is no such group.")
    return found


def _ids(wanted: Group) -> set[str]:
    return members.ids_of([member.value for member in wanted.members or []])


def _assign(row: DirectoryGroup, wanted: Group) -> bool:
    """Write the names into the row, not yet into the database; tell whether anything changed."""
    before = (row.display_name, row.external_id)
    row.display_name = required_text("displayName", wanted.display_name, LONGEST_NAME)
    row.display_name_key = key_text("displayName", folded(row.display_name), LONGEST_KEY)
    row.external_id = key_text("externalId", wanted.external_id, LONGEST_EXTERNAL_ID)
    return before != (row.display_name, row.external_id)


def _write(row: DirectoryGroup, wanted: Group, change: Change, push: Push) -> None:
    old_name = row.display_name
    renamed = _assign(row, wanted)
    moved = members.move(row, change)
    if renamed or moved.came or moved.went:
        row.version, row.changed_at = row.version + 1, timezone.now()
        row.save()
    _moved(row, moved, push, "members")
    if row.display_name != old_name and named_groups(push.call.provider, [row.display_name, old_name]):
        push.tell("renamed", row, old_name=old_name)
        push.keys |= _keys(push, row.memberships.values_list("user_id", flat=True))


def _moved(row: DirectoryGroup, moved: Moved, push: Push, change: str) -> None:
    """Tell the ledger who came and went if a mapping names the group; ids that nobody has are counted."""
    if not (moved.came or moved.went or moved.unknown) or not named_groups(push.call.provider, [row.display_name]):
        return
    push.tell(change, row, came=len(moved.came), went=len(moved.went), unknown=moved.unknown)
    push.keys |= _keys(push, moved.came | moved.went)


def _keys(push: Push, users: Collection[UUID]) -> frozenset[str]:
    found = [user for chunk in in_chunks(users) for user in DirectoryUser.objects.filter(pk__in=chunk)]
    return all_keys(push.call.provider, found)


def _answer(call: Call, row: DirectoryGroup, status: int = 200) -> HttpResponse:
    shape = call.shape(Group)
    ids = members.listed([row])[row.pk] if wants_members(shape) else []
    location = call.location("Groups", row.pk)
    return answer(listing.dumped(resource_of(call, row, ids), shape), status, ETag=row.etag, Location=location)
