"""The names of everything the ledger remembers: ``subject:thing:action``."""

from enum import StrEnum


class Tag(StrEnum):
    """A ledger event's kind. Names are contracts with whoever reads exports: add, never rename."""

    SIGN_IN_START = "accounts:sign_in:start"
    SIGN_IN_REFUSE = "accounts:sign_in:refuse"
    SIGN_IN_REFRESH = "accounts:sign_in:refresh"
    SIGN_IN_END = "accounts:sign_in:end"
    BREAK_GLASS_USE = "accounts:break_glass:use"
    BREAK_GLASS_REFUSE = "accounts:break_glass:refuse"
    PERSON_CHANGE = "accounts:person:change"

    CATALOG_CREATE = "roles:catalog:create"
    CATALOG_CHANGE = "roles:catalog:change"
    CATALOG_DELETE = "roles:catalog:delete"

    SESSION_REQUEST = "credentials:session:request"
    SESSION_ISSUE = "credentials:session:issue"
    SESSION_FAIL = "credentials:session:fail"
    SESSION_REFUSE = "credentials:session:refuse"
    CONSOLE_OPEN = "credentials:console:open"
    CONSOLE_FAIL = "credentials:console:fail"

    SESSION_AUDIT = "audit:session:review"
    SESSION_FLAG = "audit:session:flag"
    SESSION_EXPIRE = "audit:session:expire"
    SESSION_ABANDON = "audit:session:abandon"
    ALERT_SEND = "audit:alert:send"
    ALERT_FAIL = "audit:alert:fail"
    JOB_PARK = "audit:job:park"
    JOB_RETRY = "audit:job:retry"
    LEDGER_EXPORT = "audit:ledger:export"
