"""What a person may need of a session one by one, where a tool asks for each in a field of its own."""

from dataclasses import dataclass

from credentials.models import IssuedSession
from credentials.secret import Credentials


@dataclass(frozen=True, repr=False)
class Value:
    """One value by its name, hidden until it is asked for if it is secret."""

    slug: str
    label: str
    text: str
    secret: bool = False

    def __repr__(self) -> str:
        return f"<Value {self.slug}, hidden>"


def values_of(credentials: Credentials, session: IssuedSession) -> list[Value]:
    """Return the values in the order in which AWS's own pages and tools ask for them."""
    role = session.role
    values = [
        Value("access-key-id", "Access key ID", credentials.access_key_id),
        Value("secret-access-key", "Secret access key", credentials.secret_access_key, secret=True),
        Value("session-token", "Session token", credentials.session_token, secret=True),
        Value("account-name", "AWS account", role.account.name),
        Value("account-id", "AWS account ID", role.account.account_id),
        Value("role-arn", "Role ARN", role.arn),
        Value("session-name", "Session name", session.session_name),
        Value("session-reference", "Reference", session.reference),
    ]
    return [value for value in values if value.text]
