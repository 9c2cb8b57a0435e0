"""The seed story: refused, the trust policy mended, taken; reading works and an upload does not."""

from demo.aws.seed import PORTAL_ARN, PRODUCTION, SANDBOX, SOMEBODY_ELSE_ARN, storyteller_trust
from demo.aws.testing import RunningAws, keys_of
from tests.demo.aws.helpers import refusal, role_arn, take

STORYTELLER = role_arn("Storyteller")


def test_the_role_that_trusts_somebody_else_is_refused(aws: RunningAws) -> None:
    assert refusal(lambda: take(aws, STORYTELLER)) == (
        403,
        "AccessDenied",
        f"User: {PORTAL_ARN} is not authorized to perform: sts:AssumeRole on resource: {STORYTELLER}",
    )


def test_the_mended_role_reads_and_uploads_nothing(aws: RunningAws) -> None:
    iam = aws.client("iam", aws.keys("admin"))
    iam.update_assume_role_policy(RoleName="Storyteller", PolicyDocument=storyteller_trust(PORTAL_ARN))
    try:
        s3 = aws.client("s3", keys_of(take(aws, STORYTELLER)))
    finally:
        document = storyteller_trust(SOMEBODY_ELSE_ARN)
        iam.update_assume_role_policy(RoleName="Storyteller", PolicyDocument=document)

    listed = s3.list_objects_v2(Bucket="example-reports")["Contents"]
    assert [item["Key"] for item in listed] == ["2026/october.csv", "hello.txt"]
    assert s3.get_object(Bucket="example-reports", Key="hello.txt")["Body"].read().startswith(b"Hello")
    status, code, _ = refusal(lambda: s3.put_object(Bucket="example-reports", Key="mine.txt", Body=b"mine"))
    assert (status, code) == (403, "AccessDenied")


def test_the_portal_itself_may_only_assume(aws: RunningAws) -> None:
    assert refusal(lambda: aws.client("s3", aws.keys()).list_buckets())[1] == "AccessDenied"
    assert refusal(lambda: aws.client("iam", aws.keys()).list_roles())[1] == "AccessDenied"


def test_the_other_account_wants_its_external_id(aws: RunningAws) -> None:
    auditor = role_arn("Auditor", PRODUCTION)
    assert refusal(lambda: take(aws, auditor))[1] == "AccessDenied"
    assert refusal(lambda: take(aws, auditor, ExternalId="dp-wrong"))[1] == "AccessDenied"

    keys = keys_of(take(aws, auditor, ExternalId=aws.external_id))
    assert aws.client("sts", keys).get_caller_identity()["Account"] == PRODUCTION
    assert [b["Name"] for b in aws.client("s3", keys).list_buckets()["Buckets"]] == ["example-production-ledger"]


def test_a_session_sees_its_own_account_only(aws: RunningAws) -> None:
    keys = keys_of(take(aws, role_arn("S3ReadOnly")))
    assert aws.client("sts", keys).get_caller_identity()["Account"] == SANDBOX
    s3 = aws.client("s3", keys)
    assert refusal(lambda: s3.list_objects_v2(Bucket="example-production-ledger"))[1] == "AccessDenied"
