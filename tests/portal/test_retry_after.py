"""No 503 and no 429 leaves without the time to come back."""

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.limits import SIGN_IN_START, Count, LimitExceeded
from portal.errors import too_many_requests
from portal.retry_after import STATUSES, RetryAfterMiddleware
from sdk import errors


def through(response: HttpResponse) -> HttpResponse:
    return RetryAfterMiddleware(lambda _: response)(HttpRequest())


def test_it_stands_outermost_so_that_every_answer_passes() -> None:
    assert settings.MIDDLEWARE[0] == "portal.retry_after.RetryAfterMiddleware"


def test_these_two_statuses_and_no_other_get_the_header() -> None:
    found = {status: through(HttpResponse(status=status)).headers.get("Retry-After") for status in range(200, 600)}
    assert {status: said for status, said in found.items() if said} == {429: "30", 503: "30"}


def test_who_knows_the_time_better_is_believed() -> None:
    over = LimitExceeded(SIGN_IN_START, Count(301, 0, "DP-7KQM-2XZB"))
    told = too_many_requests(HttpRequest(), retry_after=over.retry_after)
    assert through(told).headers["Retry-After"] == "1"


@pytest.mark.parametrize("kind", sorted(errors.STATUS))
def test_aws_clients_are_told_as_well(kind: str) -> None:
    answer = through(errors.SdkError(kind, "No.").response())
    assert ("Retry-After" in answer.headers) == (answer.status_code in STATUSES)


@pytest.mark.django_db
def test_health_says_it_too(client: Client, settings: Settings) -> None:
    settings.DAYPASS_ENCRYPTION_KEYS = "k1:short"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
