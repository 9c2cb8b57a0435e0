"""The secret value itself, made so that it is hard to spill."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Temporary AWS credentials as STS answered them; ``expires_at`` is aware, in UTC.

    They live for one request and are never stored. Printing, formatting, pickling or copying one yields no secret.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return "<Credentials, hidden>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("Credentials are not to be stored: they cannot be pickled or copied.")
