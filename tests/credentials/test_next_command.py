"""The command that shows whether credentials work."""

import pytest
from pytest_django import Settings

from credentials.next_command import next_command

SEEN = "aws sts get-caller-identity"
COMMANDS = [
    ({}, SEEN),
    ({"profile": "mine"}, f"{SEEN} --profile mine"),
    ({"region": "eu-west-1"}, f"{SEEN} --region eu-west-1"),
    ({"profile": "mine", "region": "cn-north-1"}, f"{SEEN} --profile mine --region cn-north-1"),
]


@pytest.mark.parametrize(("told", "command"), COMMANDS)
def test_it_names_what_it_is_told_and_a_local_aws(settings: Settings, told: dict[str, str], command: str) -> None:
    settings.DAYPASS_SIGNIN_ENDPOINT = ""
    assert next_command(**told) == command
    settings.DAYPASS_SIGNIN_ENDPOINT = "http://127.0.0.1:8002"
    assert next_command(**told) == f"{command} --endpoint-url http://127.0.0.1:8002"
