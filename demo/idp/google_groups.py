"""Google groups of the demo's organisation: who is a member of what, directly or through other groups."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

CUSTOMER = "C0example"

# Group to members; a member is an address, of a person or of another group. One group nests another, one belongs
# to a partner's domain, one has a member from outside.
MEMBERS: dict[str, tuple[str, ...]] = {
    "aws-dev@example.com": ("alice@example.com", "bob@example.com"),
    "aws-prod@example.com": ("alice@example.com",),
    "engineering@example.com": ("aws-dev@example.com", "aws-prod@example.com"),
    "aws-audit@example.com": ("audrey@example.com",),
    "daypass-admins@example.com": ("erin@example.com",),
    "everyone@example.com": ("engineering@example.com", "charlie@example.com", "mallory@evil.example"),
    "aws-prod@partner.example": ("alice@example.com",),
}
SECURITY = frozenset({"aws-dev@example.com", "aws-prod@example.com", "aws-audit@example.com"})


@dataclass
class GroupDirectory:
    """The groups as they are now. Addresses compare without regard to case, as Google compares them."""

    _members: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(MEMBERS))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self) -> None:
        with self._lock:
            self._members = dict(MEMBERS)

    def change(self, members: dict[str, list[str]]) -> None:
        """Replace the members of some groups; an empty list leaves an empty group."""
        with self._lock:
            self._members |= {group: tuple(names) for group, names in members.items()}

    def direct(self, member: str) -> list[str]:
        """Return the groups that name the member, by address."""
        return sorted(self._by_member().get(member.lower(), ()))

    def transitive(self, member: str) -> list[str]:
        """Return the groups that hold the member in any depth; a ring of groups ends."""
        by_member = self._by_member()
        found, waiting = set[str](), [member.lower()]
        while waiting:
            fresh = by_member.get(waiting.pop(), set()) - found
            found |= fresh
            waiting += (group.lower() for group in fresh)
        return sorted(found)

    def _by_member(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        with self._lock:
            for group, names in self._members.items():
                for name in names:
                    found.setdefault(name.lower(), set()).add(group)
        return found

    def labels(self, group: str) -> Iterable[str]:
        """Return the labels that searches can name; every group here is a discussion forum."""
        kinds = ["discussion_forum", *(["security"] if group in SECURITY else [])]
        return [f"cloudidentity.googleapis.com/groups.{kind}" for kind in kinds]
