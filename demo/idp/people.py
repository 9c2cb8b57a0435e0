"""Who can sign in at the demo's providers. One row a person; passwords do not exist on loopback."""

import base64
import hashlib
import threading
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Person:
    """One human as the directory knows them.

    `hd` is the Workspace domain at Google, empty for a consumer account. `anchor` is the directory's
    object id: ADFS hashes it with the client id into a pairwise subject.
    """

    id: str
    given_name: str
    family_name: str
    email: str
    groups: tuple[str, ...]
    note: str
    google_sub: str
    anchor: str
    sid: str
    hd: str = "example.com"
    email_verified: bool = True
    upn: str = ""
    unique_name: str = ""
    disabled: bool = False

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    def adfs_sub(self, client_id: str) -> str:
        """44 characters of base64, another value for each client (facts: ADFS publishes `pairwise`)."""
        digest = hashlib.sha256(f"{client_id}|{self.anchor}".encode()).digest()
        return base64.b64encode(digest).decode()

    def facebook_id(self, app_id: str) -> str:
        """17 digits, another value for each application: Facebook's ids are app-scoped."""
        digest = hashlib.sha256(f"facebook|{app_id}|{self.anchor}".encode()).digest()
        return str(10**16 + int.from_bytes(digest[:8], "big") % (9 * 10**16))

    def amazon_id(self, client_id: str) -> str:
        """Amazon's form of a user id, another value for each client."""
        digest = hashlib.sha256(f"amazon|{client_id}|{self.anchor}".encode()).digest()
        return "amzn1.account." + base64.b32encode(digest[:20]).decode()


def _example(number: int, name: str, note: str, anchor: str, *groups: str, **changes: Any) -> Person:
    identifier = name.lower()
    row = {
        "id": identifier,
        "given_name": name,
        "family_name": "Example",
        "email": f"{identifier}@example.com",
        "groups": groups,
        "note": note,
        "google_sub": f"1048576004096{number:08d}",
        "anchor": anchor,
        "sid": f"S-1-5-21-1111111111-2222222222-333333333-{1600 + number}",
        "upn": f"{identifier}@example.com",
        "unique_name": f"EXAMPLE\\{identifier}",
    }
    return Person(**{**row, **changes})


# The anchors are chosen so that every subject at the demo's client contains both "+" and "/".
PEOPLE = (
    _example(
        1,
        "Alice",
        "production and development",
        "04206ec1-c14f-5a30-b19b-9e394918aa1e",
        "AWS-Prod-Admin",
        "AWS-Dev-Read",
    ),
    _example(2, "Bob", "development only", "7d1b4086-9b0d-50fc-a326-0807d6b53dc6", "AWS-Dev-Read"),
    _example(3, "Charlie", "no role yet", "19dd4633-9ffc-575a-9228-878011d08c01"),
    _example(4, "Audrey", "auditor", "5161e5b1-cc64-556b-912f-149108dd369a", "AWS-Audit"),
    _example(5, "Erin", "administrator", "075099a0-ffa1-5376-a1f1-fe385d06ec64", "Daypass-Admins"),
    _example(
        6,
        "Mallory",
        "another company",
        "f0b1f6ea-6270-5db0-a375-0a47ab09f5e7",
        family_name="Elsewhere",
        email="mallory@evil.example",
        upn="mallory@evil.example",
        unique_name="EVIL\\mallory",
        hd="",
    ),
)

CHANGEABLE = frozenset(
    {
        "disabled",
        "email",
        "email_verified",
        "family_name",
        "given_name",
        "groups",
        "hd",
        "unique_name",
        "upn",
    }
)


class Directory:
    """The people as they are now: the table above, plus what a test changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._people = {person.id: person for person in PEOPLE}

    def everyone(self) -> list[Person]:
        with self._lock:
            return list(self._people.values())

    def get(self, person_id: str) -> Person | None:
        with self._lock:
            return self._people.get(person_id)

    def by_email(self, email: str) -> Person | None:
        wanted = email.strip().lower()
        return next((person for person in self.everyone() if person.email.lower() == wanted), None)

    def change(self, person_id: str, changes: dict[str, Any]) -> Person:
        """Change fields of one person. Raises KeyError (unknown person) or ValueError (wrong field)."""
        settled = {name: _settle(name, value) for name, value in changes.items()}
        with self._lock:
            self._people[person_id] = replace(self._people[person_id], **settled)
            return self._people[person_id]


def _settle(name: str, value: Any) -> Any:
    if name not in CHANGEABLE:
        raise ValueError(f"{name} is not one of {', '.join(sorted(CHANGEABLE))}")
    if name == "groups":
        return _settle_groups(value)
    wanted = bool if name in {"disabled", "email_verified"} else str
    if not isinstance(value, wanted):
        raise ValueError(f"{name} must be a {wanted.__name__}")  # noqa: TRY004  # callers expect one kind
    return value


def _settle_groups(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(group, str) for group in value):
        raise ValueError("groups must be a list of strings")
    return tuple(value)
