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
                     Audrey (auditor), Erin (administrator): by Google or by ADFS,
                     both local stand-ins. Pick the person on their page, no password.

  Take a role, choose Credentials, save the file as ~/.aws/credentials, then:

    export AWS_ENDPOINT_URL={aws} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
    aws s3 ls s3://example-reports --profile example-sandbox-S3ReadOnly

  or with boto3:

    boto3.Session(profile_name="example-sandbox-S3ReadOnly", region_name="us-east-1")
        .client("s3", endpoint_url="{aws}").list_objects_v2(Bucket="example-reports")

  Data and logs are in {folder}; `make demo-reset` forgets them.
  Ctrl-C ends everything.
"""


def main() -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        place = Place(port=_port(), folder=Path(os.environ.get("DAYPASS_DEMO_FOLDER", ".demo")).resolve())
        print("Starting the local world…", flush=True)
        with running(place) as world:
            print(_welcome(world), flush=True)
            world.processes.wait()
    except DemoFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nEverything has ended. Your data is kept.")
    return 0


def _port() -> int:
    text = os.environ.get("DAYPASS_PORT", "8000")
    if not (text.isascii() and text.isdigit() and 1024 <= int(text) <= 65533):
        raise DemoFailed(f"DAYPASS_PORT is {text!r}. Write a number from 1024 to 65533; the next two are used as well.")
    return int(text)


def _welcome(world: World) -> str:
    return WELCOME.format(portal=world.place.portal, aws=world.place.aws, folder=world.place.folder)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
