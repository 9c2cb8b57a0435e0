"""Ask Google which groups a person is in, by Google's own client library (google-api-python-client, google-auth).

Everything that can go wrong is a stated problem and gives no groups: a person signs in all the same.
"""

import json
import logging
import time
from functools import lru_cache

from google.oauth2.service_account import Credentials

from accounts.google_groups.deadline import within
from accounts.google_groups.declared import Api, GoogleGroups
from accounts.google_groups.pages import pages
from accounts.google_groups.problems import as_problem
from accounts.google_groups.wire import Authorised, Line
from accounts.group_problems import Groups, Problem

logger = logging.getLogger(__name__)

SECONDS, MOST_GROUPS = 5.0, 2_000
AUTH = "https://www.googleapis.com/auth/"
SCOPES = {Api.CLOUD_IDENTITY: "cloud-identity.groups.readonly", Api.DIRECTORY: "admin.directory.group.readonly"}


def groups_of_person(source: GoogleGroups, address: str) -> Groups:
    """Return the addresses of the groups that hold this address, in small letters, or the problem; never raise.

    Takes five seconds at most.
    """
    until = time.monotonic() + SECONDS
    try:
        return within(SECONDS, lambda: _asked(source, address, until))
    except Exception as error:  # noqa: BLE001  # whatever a library makes of an odd answer gives no groups, and no 500
        found = as_problem(error)
    credentials(source).token = None  # if that was what was wrong, the next question begins with a new one
    logger.warning("Google did not tell somebody's groups: %s", found)
    return Groups(problem=found.problem, detail=found.detail)


def _asked(source: GoogleGroups, address: str, until: float) -> Groups:
    names: list[str] = []
    for page in pages(source, address, Authorised(Line(until, source.ca_certificates), credentials(source))):
        names += page
        if len(names) > MOST_GROUPS:
            return Groups(tuple(names[:MOST_GROUPS]), Problem.TOO_MANY, f"more than {MOST_GROUPS} groups")
    return Groups(tuple(names))


@lru_cache(maxsize=8)
def credentials(source: GoogleGroups) -> Credentials:
    """Return the service account's credentials, one for all threads: its access token is good for an hour."""
    made = Credentials.from_service_account_info(json.loads(source.key), scopes=[AUTH + SCOPES[source.api]])
    return made.with_subject(source.delegated_subject) if source.delegated_subject else made
