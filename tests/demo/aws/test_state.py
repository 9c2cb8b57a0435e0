"""What a restart keeps: keys, sessions, IAM and S3."""

import json
import signal
from pathlib import Path
from typing import Any

from demo.aws.testing import RunningAws, keys_of, start_local_aws
from tests.demo.aws.helpers import may, new_role, refusal, role_arn, take, trust

BUCKET = "example-reports"


def world(folder: Path) -> Any:
    return start_local_aws("--state", str(folder))


def identity(aws: RunningAws, keys: dict[str, str]) -> dict[str, Any]:
    answer: dict[str, Any] = aws.client("sts", keys).get_caller_identity()
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_keys_and_sessions_live_on(tmp_path: Path) -> None:
    with world(tmp_path) as aws:
        before, keys = aws.keys(), keys_of(take(aws, role_arn("S3ReadOnly")))
        who = identity(aws, keys)
    with world(tmp_path) as aws:
        assert aws.keys() == before
        assert identity(aws, keys) == who
        assert aws.client("s3", keys).get_object(Bucket=BUCKET, Key="hello.txt")["Body"].read()


def test_two_worlds_share_no_key(tmp_path: Path, aws: RunningAws) -> None:
    with world(tmp_path) as other:
        assert set(other.keys().values()) & set(aws.keys().values()) == set()


def test_changes_live_on_even_after_a_kill(tmp_path: Path) -> None:
    with world(tmp_path) as aws:
        arn = new_role(aws, trust("sts:AssumeRole"), policies=(may("s3:PutObject"),))
        iam, s3 = aws.client("iam", aws.keys("admin")), aws.client("s3", aws.keys("admin"))
        made = iam.create_access_key(UserName="somebody-else")["AccessKey"]
        s3.put_object(Bucket=BUCKET, Key="mine.txt", Body=b"mine")
        s3.delete_object(Bucket=BUCKET, Key="hello.txt")
        keys = keys_of(take(aws, arn))
        aws.process.send_signal(signal.SIGKILL)
        aws.process.wait(10)
    with (tmp_path / "journal.jsonl").open("a") as journal:
        journal.write('{"session": {"acc')  # a line that the kill cut short
    with world(tmp_path) as aws:
        s3 = aws.client("s3", keys)
        assert s3.put_object(Bucket=BUCKET, Key="again.txt", Body=b"x")["ETag"]
        held = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
        assert identity(aws, held)["Arn"].endswith(":user/somebody-else")
        listed = aws.client("s3", aws.keys("admin")).list_objects_v2(Bucket=BUCKET)["Contents"]
        assert [item["Key"] for item in listed] == ["2026/october.csv", "again.txt", "mine.txt"]


def test_an_upload_in_parts_lives_on(tmp_path: Path) -> None:
    with world(tmp_path) as aws:
        s3 = aws.client("s3", aws.keys("admin"))
        name = {"Bucket": BUCKET, "Key": "large ü.bin"}
        upload = name | {"UploadId": s3.create_multipart_upload(**name)["UploadId"]}
        parts = [b"a" * 5 * 1024 * 1024, b"b"]
        tags = [s3.upload_part(**upload, PartNumber=n, Body=body)["ETag"] for n, body in enumerate(parts, 1)]
        listed = [{"ETag": tag, "PartNumber": n} for n, tag in enumerate(tags, 1)]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": listed})
    with world(tmp_path) as aws:
        found = aws.client("s3", aws.keys("admin")).get_object(**name)["Body"].read()
        assert (len(found), found[-2:]) == (5 * 1024 * 1024 + 1, b"ab")


def test_credentials_expire(tmp_path: Path) -> None:
    with world(tmp_path) as aws:
        keys = keys_of(take(aws, role_arn("S3ReadOnly")))
    journal = tmp_path / "journal.jsonl"
    row = json.loads(journal.read_text())
    row["session"]["expires_at"] = row["session"]["issued_at"]
    journal.write_text(json.dumps(row) + "\n")
    with world(tmp_path) as aws:
        assert refusal(aws.client("sts", keys).get_caller_identity)[:2] == (403, "ExpiredToken")
        assert refusal(aws.client("s3", keys).list_buckets)[:2] == (400, "ExpiredToken")


def test_the_files_are_the_owner_s_alone_and_hold_no_signature(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with world(folder) as aws:
        aws.client("s3", aws.keys("admin")).put_object(Bucket=BUCKET, Key="x", Body=b"x")
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {"journal.jsonl": 0o600, "secret": 0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert "Signature=" not in (folder / "journal.jsonl").read_text()
