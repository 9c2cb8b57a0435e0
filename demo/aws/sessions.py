"""Temporary credentials that this AWS has issued, and the file that remembers them."""

import secrets
import threading
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from demo.aws.journal import Journal

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
# Expired credentials stay known for a while, so that they are refused as expired and not as unknown.
REMEMBERED = 7 * 86400


@dataclass(frozen=True, kw_only=True)
class Session:
    """One issue of STS. Times are epoch seconds; ``kind`` is ``role`` or ``federated``."""

    access_key_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    kind: str
    account: str
    owner_arn: str  # the role, or the IAM user behind a federated session
    owner_id: str  # the role's or user's unique id: a re-created namesake is somebody else
    name: str
    issued_at: float
    expires_at: float
    policies: tuple[str, ...] = ()  # session policies
    tags: dict[str, str] = field(default_factory=dict)
    transitive_keys: tuple[str, ...] = ()
    source_identity: str = ""
    chained: bool = False
    provider: str = ""  # federated provider, when a web identity opened the session
    web_keys: dict[str, str] = field(default_factory=dict)  # condition keys that outlive the token
    duration: int = 3600

    @property
    def arn(self) -> str:
        if self.kind == "federated":
            return f"arn:aws:sts::{self.account}:federated-user/{self.name}"
        return f"arn:aws:sts::{self.account}:assumed-role/{self.owner_arn.rpartition('/')[2]}/{self.name}"

    @property
    def user_id(self) -> str:
        return f"{self.account if self.kind == 'federated' else self.owner_id}:{self.name}"

    def expired(self, now: float | None = None) -> bool:
        return (now or time.time()) >= self.expires_at


class SessionStore:
    """All sessions by access key id; every one is in the journal before anybody gets its credentials."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._by_key: dict[str, Session] = {}

    def add(self, session: Session) -> None:
        self._journal.append({"session": asdict(session)})
        with self._lock:
            self._by_key[session.access_key_id] = session

    def get(self, access_key_id: str) -> Session | None:
        return self._by_key.get(access_key_id)

    def restore(self, row: dict[str, Any]) -> None:
        """Take back a session from the journal."""
        lists = {name: tuple(row[name]) for name in ("policies", "transitive_keys")}
        session = Session(**(row | lists))
        if session.expires_at + REMEMBERED > time.time():
            self._by_key[session.access_key_id] = session


def new_access_key_id() -> str:
    return "ASIA" + "".join(secrets.choice(BASE32) for _ in range(16))
