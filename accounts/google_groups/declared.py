"""How Google is asked for a person's groups: which API, as whom, and which groups count."""

from dataclasses import dataclass, field
from enum import StrEnum


class Api(StrEnum):
    """Cloud Identity finds nested groups and wants an edition that has it; the Directory API finds direct ones."""

    CLOUD_IDENTITY = "cloud-identity"
    DIRECTORY = "directory"


@dataclass(frozen=True, kw_only=True)
class GoogleGroups:
    """``key`` is the service account's key file, as it was read at start.

    ``delegated_subject`` is the administrator whom it acts as (domain-wide delegation); empty, it acts by an
    administrator role of its own. ``customer`` and ``security_groups_only`` narrow a search of Cloud Identity.
    ``api_endpoint`` replaces Google's own address, for a private endpoint or a local double. ``ca_certificates`` are
    the provider's.
    """

    api: Api
    key: str = field(repr=False)
    delegated_subject: str = ""
    customer: str = ""
    security_groups_only: bool = False
    api_endpoint: str = ""
    ca_certificates: str = field(default="", repr=False)
