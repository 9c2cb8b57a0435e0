"""What of SCIM's schemas is kept here, and how far a directory may stray from the letter.

Only what serves to recognise somebody is declared: all else that a directory sends is dropped (RFC 7644, section 3.3),
so that telephone numbers and home addresses never come into this database. The library's own User is not used: it
refuses addresses in domains such as .local, and a push that says somebody has left must not fail over that.
"""

from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Filter,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

# Microsoft Entra ID sends values with a remove, and expects a replace to make the address that it does not find.
TOLERANT = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
MOST_RESULTS = 500


class Name(ComplexAttribute):
    formatted: str | None = None
    """The whole name."""

    family_name: str | None = None
    """The family name."""

    given_name: str | None = None
    """The given name."""


class Email(ComplexAttribute):
    value: str | None = None
    """An e-mail address."""

    type: str | None = Field(None, examples=["work", "home", "other"])
    """What it is for: work, home or other."""

    primary: bool | None = None
    """Whether it is the preferred address."""


class User(Resource[Any]):
    """A person of the directory."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    """By what the person signs in at the directory. Unique, without regard to case."""

    display_name: str | None = None
    """What people call them."""

    name: Name | None = None
    """The parts of the name."""

    emails: list[Email] | None = None
    """Their addresses; the work address is what counts."""

    active: bool | None = None
    """Whether the person may sign in. Whatever is not true counts as having left."""


class Member(ComplexAttribute):
    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    """The id of a user of this directory."""

    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The address of the user."""


class Group(Resource[Any]):
    """A group of the directory."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    """The name that mappings name. Unique, without regard to case."""

    members: list[Member] | None = None
    """Its users. Groups within groups are not kept."""


RESOURCE_TYPES = (ResourceType.from_resource(User), ResourceType.from_resource(Group))
SCHEMAS = (User.to_schema(), Group.to_schema())
CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MOST_RESULTS),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=False),
    etag=ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="Bearer token",
            description="The token that this provider's table in Daypass's providers file names.",
            spec_uri=Reference("https://www.rfc-editor.org/rfc/rfc6750"),
            primary=True,
        )
    ],
)
