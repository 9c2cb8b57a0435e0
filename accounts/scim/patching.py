"""PATCH in the dialects of directories, before the library reads it (RFC 7644, section 3.5.2)."""

from typing import Any

from scim2_models import InvalidValueException

MOST_OPERATIONS = 500
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
READ_ONLY = {"id", "meta", "schemas"}


def tamed(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body without what Okta sends along with a replacement that has no path: the resource's own id."""
    return with_operations([op for op in map(_without_read_only, operations(body)) if op is not None])


def operations(body: dict[str, Any]) -> list[Any]:
    found = got(body, "operations")
    if not isinstance(found, list) or not 0 < len(found) <= MOST_OPERATIONS:
        raise InvalidValueException(detail=f"Operations must hold one to {MOST_OPERATIONS} operations.")
    return found


def with_operations(found: list[Any]) -> dict[str, Any]:
    """Return the body of a PATCH with these operations; what it is need not be said where a PATCH is what was sent."""
    return {"schemas": [PATCH_OP], "Operations": found}


def got(holder: Any, name: str) -> Any:
    """Return a member of a JSON object by its name, whose case does not count (RFC 7643, section 2.1)."""
    if not isinstance(holder, dict):
        return None
    return next((value for key, value in holder.items() if key.lower() == name), None)


def has_no_path(operation: Any) -> bool:
    return isinstance(got(operation, "value"), dict) and not got(operation, "path")


def _without_read_only(operation: Any) -> Any:
    """Return the operation, or None when nothing of it is left."""
    if not has_no_path(operation):
        return operation
    value = {name: item for name, item in got(operation, "value").items() if name.lower() not in READ_ONLY}
    return {"op": got(operation, "op"), "value": value} if value else None
