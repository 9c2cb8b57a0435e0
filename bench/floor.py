"""The floor: a bare boto3 AssumeRole loop with one cached client, in a process of its own.

``python -m bench.floor --endpoint URL --callers N --seconds S`` prints one JSON object.
"""

import argparse
import gc
import json
import time
from collections.abc import Callable

import boto3
from botocore.config import Config

from bench.loop import Loop

ROLE = "arn:aws:iam::111122223333:role/Bench"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--callers", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    client = boto3.client(
        "sts",
        endpoint_url=options.endpoint,
        region_name="us-east-1",
        aws_access_key_id="AKIAEXAMPLEEXAMPLE00",
        aws_secret_access_key="x" * 40,
        config=Config(max_pool_connections=64),
    )
    gc.collect()
    gc.freeze()  # the portal does so too: the floor gets the same chance

    def prepare() -> Callable[[], None]:
        return lambda: client.assume_role(RoleArn=ROLE, RoleSessionName="bench-1234567", DurationSeconds=3600)

    measured = Loop(options.callers, options.seconds, prepare).run(time.process_time)
    print(json.dumps(measured.as_dict()))


if __name__ == "__main__":
    main()
