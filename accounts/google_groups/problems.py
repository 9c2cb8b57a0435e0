"""What an error of Google's libraries means for the groups: a code, and a word or two for the ledger."""

from google.auth.exceptions import GoogleAuthError, RefreshError
from googleapiclient.errors import HttpError

from accounts.google_groups.refused import GroupsUnknown
from accounts.group_problems import Problem
from portal import documents

STATUSES = {
    401: Problem.NOT_AUTHORISED,
    403: Problem.NOT_AUTHORISED,
    404: Problem.UNKNOWN_PERSON,
    429: Problem.RATE_LIMITED,
}
# The Directory API says 403 also when it is asked too often.
TOO_OFTEN = {"quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded"}


def as_problem(error: Exception) -> GroupsUnknown:
    if isinstance(error, GroupsUnknown):
        return error
    if isinstance(error, HttpError):
        return _of_answer(error)
    if isinstance(error, RefreshError):
        return _of_token(error)
    known = Problem.SERVICE_ACCOUNT if isinstance(error, GoogleAuthError) else Problem.MALFORMED
    return GroupsUnknown(known, type(error).__name__)


def _of_answer(error: HttpError) -> GroupsUnknown:
    status, word = int(error.resp.status), _word(error.content)
    if word in TOO_OFTEN:
        return GroupsUnknown(Problem.RATE_LIMITED, f"{status} {word}")
    usual = Problem.UNAVAILABLE if status >= 500 else Problem.REFUSED
    return GroupsUnknown(STATUSES.get(status, usual), f"{status} {word}".strip())


def _word(content: bytes) -> str:
    """Return the one word by which Google's error model says why: of the first error, else of the whole."""
    try:
        error = documents.read(content)["error"]
        found = error["errors"][0]["reason"] if "errors" in error else error["status"]
    except (ValueError, KeyError, TypeError, IndexError):
        return ""
    return short(found)


def _of_token(error: RefreshError) -> GroupsUnknown:
    """The token endpoint's error (RFC 6749, section 5.2): the account, its key or its delegation is not good."""
    body = error.args[1] if len(error.args) > 1 else None
    word = short(body.get("error")) if isinstance(body, dict) else ""
    if not word:
        return GroupsUnknown(Problem.MALFORMED, "token endpoint: an answer that makes no sense")
    problem = Problem.NOT_AUTHORISED if word == "unauthorized_client" else Problem.SERVICE_ACCOUNT
    return GroupsUnknown(problem, f"token endpoint: {word}")


def short(value: object) -> str:
    """Return a code for the ledger, and nothing of what else may stand there."""
    fits = isinstance(value, str) and len(value) <= 40 and value.isascii() and value.replace("_", "").isalnum()
    return str(value) if fits else ""
