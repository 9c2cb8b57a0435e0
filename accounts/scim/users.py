"""/Users: what a directory does to its people (RFC 7644, sections 3.3 to 3.6)."""

from copy import copy

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from scim2_models import Context, NotFoundException, PatchOp

from accounts.scim import body, listing, patching
from accounts.scim.answers import answer
from accounts.scim.call import Call
from accounts.scim.filters import USERS, condition, uuid_of
from accounts.scim.matching import keys_of_user, users_with
from accounts.scim.models import DirectoryUser
from accounts.scim.pushes import Push, pushing
from accounts.scim.schema import User
from accounts.scim.user_rows import assign, resource_of


def listed(call: Call) -> HttpResponse:
    return _page(call, listing.wanted(call, User))


def searched(call: Call) -> HttpResponse:
    return _page(call, listing.search(User, body.read(call.request)))


def _page(call: Call, asked: listing.Wanted) -> HttpResponse:
    return listing.page(
        _users(call), condition(asked.filter, USERS), asked, lambda rows: [resource_of(call, row) for row in rows]
    )


def shown(call: Call, key: str) -> HttpResponse:
    row = _one(call, key)
    return answer(status=304, ETag=row.etag) if call.has(row) else _answer(call, row)


def create(call: Call) -> HttpResponse:
    """Create a user. One who is not active has left; one who was deleted is back."""
    wanted = User.model_validate(body.read(call.request), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    wanted.active = True if wanted.active is None else wanted.active
    with pushing(call, "POST /Users") as push:
        row = DirectoryUser(provider=call.slug)
        assign(row, wanted)
        _save(row, push)
        gone = DirectoryUser.objects.filter(users_with(call.provider, push.keys)).exclude(deleted_at=None)
        if not row.is_here:
            push.tell("deactivated", row)
        elif gone.exists():
            push.tell("activated", row)
            gone.filter(user_name_key=row.user_name_key, external_id=row.external_id, email=row.email).delete()
    return _answer(call, row, status=201)


def replace(call: Call, key: str) -> HttpResponse:
    """Replace a user. What it does not mention of ``active`` and of what tells who this is stays (RFC 7644, 3.5.1).

    So nobody is let back in, or lost sight of, by a client that sends less than it knows.
    """
    wanted = User.model_validate(body.read(call.request), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    with pushing(call, "PUT /Users") as push:
        row = _one(call, key)
        call.require(row)
        present = resource_of(call, row)
        wanted.replace(present)
        wanted.active = row.active if wanted.active is None else wanted.active
        for name in {"external_id", "emails"} - wanted.model_fields_set:
            setattr(wanted, name, getattr(present, name))
        _change(row, wanted, push)
    return _answer(call, row)


def patch(call: Call, key: str) -> HttpResponse:
    """Change parts of a user: {"op": "replace", "path": "active", "value": false} is how most people leave."""
    sent = patching.tamed(body.read(call.request))
    operations = PatchOp[User].model_validate(sent, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
    with pushing(call, "PATCH /Users") as push:
        row = _one(call, key)
        call.require(row)
        wanted = resource_of(call, row)
        operations.patch(wanted)
        _change(row, wanted, push)
    return _answer(call, row)


def delete(call: Call, key: str) -> HttpResponse:
    """Delete a user for the directory. What is needed to go on refusing them stays."""
    with pushing(call, "DELETE /Users") as push:
        row = _one(call, key)
        call.require(row)
        push.keys |= keys_of_user(call.provider, row)
        push.tell("deleted", row)
        row.memberships.all().delete()
        row.deleted_at, row.emails = timezone.now(), []
        row.display_name = row.formatted_name = row.family_name = row.given_name = ""
        row.save()
    return answer(status=204)


def _users(call: Call) -> QuerySet[DirectoryUser]:
    return DirectoryUser.objects.filter(provider=call.slug, deleted_at=None)


def _one(call: Call, key: str) -> DirectoryUser:
    known = uuid_of(key)
    found = _users(call).filter(pk=known).first() if known else None
    if found is None:
        raise NotFoundException(detail="There is no such user.")
    return found


def _change(row: DirectoryUser, wanted: User, push: Push) -> None:
    was_here, before, known_as = row.is_here, keys_of_user(push.call.provider, row), copy(row)
    changed = assign(row, wanted)
    if not changed:
        push.keys |= set() if was_here else before  # saying again that somebody left ends what is left of them
        return
    row.version, row.changed_at = row.version + 1, timezone.now()
    _save(row, push)
    push.keys |= before
    if not row.is_here and before - keys_of_user(push.call.provider, row):
        _remember(known_as)
    if row.is_here != was_here:
        push.tell("activated" if row.is_here else "deactivated", row)


def _remember(known_as: DirectoryUser) -> None:
    """Keep under what name somebody left: Microsoft Entra ID renames an account when it is deleted."""
    DirectoryUser.objects.create(
        provider=known_as.provider,
        user_name=known_as.user_name,
        external_id=known_as.external_id,
        email=known_as.email,
        active=False,
        deleted_at=timezone.now(),
    )


def _save(row: DirectoryUser, push: Push) -> None:
    row.save()
    push.keys |= keys_of_user(push.call.provider, row)


def _answer(call: Call, row: DirectoryUser, status: int = 200) -> HttpResponse:
    location = call.location("Users", row.pk)
    body = listing.dumped(resource_of(call, row), call.shape(User))
    return answer(body, status, ETag=row.etag, Location=location)
