"""One local AWS for all tests of this room; each test finds its record and faults empty."""

from collections.abc import Iterator

import pytest

from demo.aws.testing import RunningAws, start_local_aws


@pytest.fixture(scope="session")
def running_aws() -> Iterator[RunningAws]:
    with start_local_aws() as aws:
        yield aws


@pytest.fixture
def aws(running_aws: RunningAws) -> Iterator[RunningAws]:
    running_aws.reset()
    yield running_aws
    running_aws.reset()
