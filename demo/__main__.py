"""``python -m demo``: the whole local world in one command; Ctrl-C ends all of it."""

import os
import signal
import sys
from pathlib import Path

from demo.processes import DemoFailed
from demo.settings import Place
from demo.world import World, running

WELCOME = """
Daypass is running.

  Portal             {portal}
  Who can sign in    Alice (developer), Bob (reads reports), Charlie (nothing yet),
                     Audrey (auditor), Erin (administrator): by Google or by ADFS;
                     Alice by Facebook or by Amazon, too. All are local stand-ins:
                     pick the person on their page, no password.

  Take S3ReadOnly: choose Credentials, copy its profile into ~/.aws/credentials, then
  (or open Terminal, which needs no copying, with AWS CLI 2.13 or newer):

    aws --endpoint-url {aws} --region us-east-1 \\
        --profile example-sandbox-S3ReadOnly s3 ls s3://example-reports

  or with boto3:

    boto3.Session(profile_name="example-sandbox-S3ReadOnly", region_name="us-east-1")
        .client("s3", endpoint_url="{aws}").list_objects_v2(Bucket="example-reports")

  To change the local AWS itself, a trust policy for instance, use its administrators'
  keys, profiles sandbox and production:

    export AWS_SHARED_CREDENTIALS_FILE={folder}/aws-administrators
    aws --endpoint-url {aws} --region us-east-1 \\
        --profile sandbox iam get-role --role-name Storyteller

  Data and logs are in {folder}; `make demo-reset` forgets them.
  Ctrl-C ends everything.
"""


def main() -> int:
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    try:
        place = Place(port=_port(), folder=Path(os.environ.get("DAYPASS_DEMO_FOLDER") or ".demo").resolve())
        _say("Starting the local world…")
        with running(place) as world:
            _say(_welcome(world))
            world.processes.wait()
    except DemoFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        _say("\nEverything has ended. Your data is kept.")
    return 0


def _say(text: str) -> None:
    """Print a text; a reader that has gone away (``| head``) does not disturb the world."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _port() -> int:
    text = os.environ.get("DAYPASS_PORT", "8000")
    if not (text.isascii() and text.isdigit() and 1024 <= int(text) <= 65533):
        raise DemoFailed(f"DAYPASS_PORT is {text!r}. Write a number from 1024 to 65533; the next two are used as well.")
    return int(text)


def _welcome(world: World) -> str:
    return WELCOME.format(portal=world.place.portal, aws=world.place.aws, folder=world.place.folder)


def _interrupt(number: int, frame: object) -> None:
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)  # ending takes a moment, and a second Ctrl-C must leave nothing behind
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
