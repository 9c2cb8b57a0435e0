"""What Microsoft Entra ID and Okta send, in the shape of their own documentation; names and ids are ours.

Entra ID: "Develop and plan provisioning for a SCIM endpoint" and "Known issues with SCIM 2.0 protocol compliance" of
Microsoft Learn. Okta: "Okta and SCIM Version 2.0" of its developer documentation.
"""

from typing import Any

PATCH_OP = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
CORE, ENTERPRISE = "urn:ietf:params:scim:schemas:core:2.0", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

ENTRA_USER = {
    "schemas": [f"{CORE}:User", ENTERPRISE],
    "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    "userName": "Alice@example.com",
    "active": True,
    "emails": [{"primary": True, "type": "work", "value": "Alice@example.com"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "Alice Example", "familyName": "Example", "givenName": "Alice"},
    "roles": [],
}
ENTRA_GROUP = {
    "schemas": [f"{CORE}:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
    "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
    "displayName": "AWS-Admins",
    "meta": {"resourceType": "Group"},
}


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": PATCH_OP, "Operations": list(operations)}


# Each way in which Entra ID says that somebody may not sign in: by default, with its flag aadOptscim062020, documented.
ENTRA_LEAVES = {
    "a text": patch({"op": "Replace", "path": "active", "value": "False"}),
    "its flag": patch({"op": "replace", "path": "active", "value": False}),
    "the documented one": {"Operations": [{"op": "Replace", "path": "active", "value": False}], "schemas": PATCH_OP},
    "small letters": patch({"op": "replace", "path": "active", "value": "false"}),
    "with others": patch({"op": "replace", "value": {"active": "False", "displayName": "Alice"}}),
}
ENTRA_CHANGES = patch(
    {"op": "Replace", "path": "displayName", "value": "Pvlo"},
    {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "alice.new@example.com"},
    {"op": "Replace", "path": "name.givenName", "value": "Gtfd"},
    {"op": "Replace", "path": "name.familyName", "value": "Pkqf"},
    {"op": "Add", "path": "nickName", "value": "Babs"},
    {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "48af03ac28ad4fb88478"},
    {"op": "Replace", "path": f"{ENTERPRISE}:employeeNumber", "value": "Eqpj"},
    {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+44 1"},
    {"op": "Add", "path": 'addresses[type eq "work"].formatted', "value": "1 Street"},
)
ENTRA_CHANGES_WITH_FLAG = patch(
    {"op": "replace", "path": 'emails[type eq "work"].value', "value": "alice.new@example.com"},
    {
        "op": "replace",
        "value": {
            "displayName": "Pvlo",
            "name.givenName": "Gtfd",
            "name.familyName": "Pkqf",
            f"{ENTERPRISE}:employeeNumber": "Aklq",
        },
    },
)


def entra_add(user: str) -> dict[str, Any]:
    return patch({"op": "Add", "path": "members", "value": [{"$ref": None, "value": user}]})


def entra_removes(user: str) -> dict[str, dict[str, Any]]:
    return {
        "by value": patch({"op": "Remove", "path": "members", "value": [{"$ref": None, "value": user}]}),
        "by value alone": patch({"op": "Remove", "path": "members", "value": [{"value": user}]}),
        "by its flag": patch({"op": "remove", "path": f'members[value eq "{user}"]'}),
    }


OKTA_USER = {
    "schemas": [f"{CORE}:User"],
    "userName": "alice@example.com",
    "name": {"givenName": "Alice", "familyName": "Example"},
    "emails": [{"primary": True, "value": "alice@example.com", "type": "work"}],
    "displayName": "Alice Example",
    "locale": "en-US",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "groups": [],
    "password": "1mz050nq",
    "active": True,
}
OKTA_LEAVES = patch({"op": "replace", "value": {"active": False}})


def okta_put(key: str, *, active: bool) -> dict[str, Any]:
    """A custom app's update: what Okta read before, changed. It names no externalId."""
    emails = [{"primary": True, "value": "alice@example.com", "type": "work", "display": "alice@example.com"}]
    name = {"givenName": "Another", "middleName": "Excited", "familyName": "User"}
    rest = {"groups": [], "meta": {"resourceType": "User"}, "active": active}
    return {
        "schemas": [f"{CORE}:User"],
        "id": key,
        "userName": "alice@example.com",
        "name": name,
        "emails": emails,
        **rest,
    }


def okta_renames(key: str, name: str) -> dict[str, Any]:
    return patch({"op": "replace", "value": {"id": key, "displayName": name}})


def okta_moves(out: str, into: str) -> dict[str, Any]:
    return patch(
        {"op": "remove", "path": f'members[value eq "{out}"]'},
        {"op": "add", "path": "members", "value": [{"value": into, "display": "bob@example.com"}]},
    )
