"""What a session may do: its role's policies, cut down by session policies and boundaries, ended by denies."""

from collections.abc import Callable
from typing import Any

import pytest

from demo.aws.seed import PRODUCTION, SANDBOX
from demo.aws.testing import RunningAws, keys_of
from tests.demo.aws.helpers import Statement, may, new_role, policy, refusal, role_arn, take, trust

BUCKET = "example-reports"
TAKEN = trust("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
Session = Callable[..., Any]


@pytest.fixture
def s3_as(aws: RunningAws) -> Session:
    """An S3 client of a fresh role with these policies."""

    def make(*policies: Statement, **wish: Any) -> Any:
        return aws.client("s3", keys_of(take(aws, new_role(aws, TAKEN, policies=policies), **wish)))

    return make


def read(s3: Any, key: str = "hello.txt") -> bytes:
    content: bytes = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return content


def test_no_policy_allows_nothing(s3_as: Session) -> None:
    s3 = s3_as()
    assert refusal(lambda: read(s3))[:2] == (403, "AccessDenied")
    assert refusal(s3.list_buckets)[:2] == (403, "AccessDenied")


def test_an_explicit_deny_wins(s3_as: Session) -> None:
    s3 = s3_as(may("s3:*"), may("s3:GetObject", effect="Deny", resource=f"arn:aws:s3:::{BUCKET}/2026/*"))
    assert read(s3).startswith(b"Hello")
    assert refusal(lambda: read(s3, "2026/october.csv"))[2].endswith(
        "with an explicit deny in an identity-based policy"
    )


def test_not_action_and_not_resource_leave_out(s3_as: Session) -> None:
    allowed = {"Effect": "Allow", "NotAction": "s3:Put*", "NotResource": f"arn:aws:s3:::{BUCKET}/2026/*"}
    s3 = s3_as(allowed)
    assert read(s3)
    assert refusal(lambda: s3.put_object(Bucket=BUCKET, Key="x", Body=b""))[1] == "AccessDenied"
    assert refusal(lambda: read(s3, "2026/october.csv"))[1] == "AccessDenied"


def test_a_listing_can_be_held_to_a_prefix(s3_as: Session) -> None:
    s3 = s3_as(may("s3:ListBucket", StringLike={"s3:prefix": "2026/*"}))
    assert refusal(lambda: s3.list_objects_v2(Bucket=BUCKET))[1] == "AccessDenied"
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="2026/")["KeyCount"] == 1


def test_a_session_policy_limits(s3_as: Session) -> None:
    only_hello = policy(may("s3:GetObject", resource=f"arn:aws:s3:::{BUCKET}/hello.txt"))
    s3 = s3_as(may("s3:*"), Policy=only_hello)
    assert read(s3).startswith(b"Hello")
    refused = refusal(lambda: read(s3, "2026/october.csv"))[2]
    assert refused.endswith("because no session policy allows the s3:GetObject action")


def test_a_session_policy_grants_nothing(s3_as: Session) -> None:
    s3 = s3_as(may("s3:GetObject"), Policy=policy(may("*")))
    assert refusal(lambda: s3.put_object(Bucket=BUCKET, Key="x", Body=b""))[1] == "AccessDenied"


def test_a_managed_session_policy_limits(s3_as: Session) -> None:
    s3 = s3_as(may("s3:*"), PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}])
    assert read(s3)
    assert refusal(lambda: s3.put_object(Bucket=BUCKET, Key="x", Body=b""))[1] == "AccessDenied"


def test_a_deny_in_a_session_policy_wins(s3_as: Session) -> None:
    s3 = s3_as(may("s3:*"), Policy=policy(may("*"), may("s3:GetObject", effect="Deny")))
    assert refusal(lambda: read(s3))[2].endswith("with an explicit deny in a session policy")


def test_a_boundary_limits(aws: RunningAws) -> None:
    iam = aws.client("iam", aws.keys("admin"))
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=policy(may("s3:List*")))["Policy"]["Arn"]
    arn = new_role(aws, TAKEN, policies=(may("s3:*"),), PermissionsBoundary=boundary)
    s3 = aws.client("s3", keys_of(take(aws, arn)))
    assert s3.list_buckets()["Buckets"]
    assert refusal(lambda: read(s3))[2].endswith("because no permissions boundary allows the s3:GetObject action")


def deny_all(aws: RunningAws, arn: str, **condition: Any) -> None:
    iam, name = aws.client("iam", aws.keys("admin")), arn.rpartition("/")[2]
    document = policy(may("*", effect="Deny", **condition))
    iam.put_role_policy(RoleName=name, PolicyName="Revoked", PolicyDocument=document)


def test_one_session_can_be_revoked_by_its_user_id(aws: RunningAws) -> None:
    arn = new_role(aws, TAKEN, policies=(may("s3:*"),))
    alice, bob = take(aws, arn, RoleSessionName="alice-1"), take(aws, arn, RoleSessionName="bob-1")
    deny_all(aws, arn, StringLike={"aws:userid": [alice["AssumedRoleUser"]["AssumedRoleId"]]})
    assert refusal(lambda: read(aws.client("s3", keys_of(alice))))[1] == "AccessDenied"
    assert read(aws.client("s3", keys_of(bob)))
    assert aws.client("sts", keys_of(alice)).get_caller_identity()["Account"] == SANDBOX


@pytest.mark.parametrize(("before", "refused"), [("2020-01-01T00:00:00Z", False), ("2099-01-01T00:00:00Z", True)])
def test_older_sessions_can_be_revoked(aws: RunningAws, before: str, refused: bool) -> None:  # noqa: FBT001  # a table
    arn = new_role(aws, TAKEN, policies=(may("s3:*"),))
    s3 = aws.client("s3", keys_of(take(aws, arn)))
    deny_all(aws, arn, DateLessThan={"aws:TokenIssueTime": before})
    if refused:
        assert refusal(lambda: read(s3))[1] == "AccessDenied"
    else:
        assert read(s3)


def test_a_person_can_be_revoked_by_source_identity(aws: RunningAws) -> None:
    arn = new_role(aws, TAKEN, policies=(may("s3:*"),))
    alice, bob = (keys_of(take(aws, arn, SourceIdentity=name)) for name in ("alice", "bob"))
    deny_all(aws, arn, StringEquals={"aws:SourceIdentity": "alice"})
    assert refusal(lambda: read(aws.client("s3", alice)))[1] == "AccessDenied"
    assert read(aws.client("s3", bob))


def test_session_tags_decide_and_fill_variables(aws: RunningAws, s3_as: Session) -> None:
    mine = may("s3:PutObject", resource=f"arn:aws:s3:::{BUCKET}/${{aws:PrincipalTag/team}}/*")
    s3 = s3_as(mine, Tags=[{"Key": "team", "Value": "payments"}])
    assert s3.put_object(Bucket=BUCKET, Key="payments/x", Body=b"x")["ETag"]
    aws.client("s3", aws.keys("admin")).delete_object(Bucket=BUCKET, Key="payments/x")
    assert refusal(lambda: s3.put_object(Bucket=BUCKET, Key="sales/x", Body=b"x"))[1] == "AccessDenied"
    untagged = s3_as(mine)
    assert refusal(lambda: untagged.put_object(Bucket=BUCKET, Key="payments/x", Body=b""))[1] == "AccessDenied"


def test_deleting_the_role_ends_its_sessions(aws: RunningAws) -> None:
    iam, arn = aws.client("iam", aws.keys("admin")), new_role(aws, TAKEN)
    keys, name = keys_of(take(aws, arn)), arn.rpartition("/")[2]
    iam.delete_role(RoleName=name)
    assert refusal(aws.client("sts", keys).get_caller_identity)[1] == "InvalidClientTokenId"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(TAKEN))
    assert refusal(aws.client("sts", keys).get_caller_identity)[1] == "InvalidClientTokenId"


def test_a_bucket_policy_opens_to_another_account_and_closes_to_its_own(aws: RunningAws) -> None:
    admin, production = aws.client("s3", aws.keys("admin")), aws.client("s3", aws.keys("production_admin"))
    assert refusal(lambda: read(production))[1] == "AccessDenied"
    admin.create_bucket(Bucket="shared-bucket")
    admin.put_object(Bucket="shared-bucket", Key="x", Body=b"x")
    resource = "arn:aws:s3:::shared-bucket/*"
    shared = may("s3:GetObject", resource=resource) | {"Principal": {"AWS": PRODUCTION}}
    closed = may("s3:DeleteObject", resource=resource, effect="Deny") | {"Principal": "*"}
    admin.put_bucket_policy(Bucket="shared-bucket", Policy=policy(shared, closed))
    assert production.get_object(Bucket="shared-bucket", Key="x")["Body"].read() == b"x"
    assert refusal(lambda: production.put_object(Bucket="shared-bucket", Key="x", Body=b""))[1] == "AccessDenied"
    assert refusal(lambda: admin.delete_object(Bucket="shared-bucket", Key="x"))[1] == "AccessDenied"


def test_deleting_and_copying_ask_for_every_object(s3_as: Session) -> None:
    s3 = s3_as(may("s3:PutObject"), may("s3:DeleteObject", resource=f"arn:aws:s3:::{BUCKET}/scrap/*"))
    both = {"Objects": [{"Key": "scrap/a"}, {"Key": "hello.txt"}]}
    assert refusal(lambda: s3.delete_objects(Bucket=BUCKET, Delete=both))[1] == "AccessDenied"
    source = {"Bucket": BUCKET, "Key": "hello.txt"}
    assert refusal(lambda: s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=source))[1] == "AccessDenied"
    assert s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "scrap/a"}]})


def test_what_is_not_known_is_refused(aws: RunningAws) -> None:
    s3 = aws.client("s3", aws.keys("admin"))
    assert refusal(lambda: s3.get_bucket_inventory_configuration(Bucket=BUCKET, Id="x"))[1] == "NotImplemented"
    assert refusal(aws.client("sts", aws.keys("admin")).get_session_token)[1] == "InvalidAction"
    assert refusal(aws.client("sqs", aws.keys("admin")).list_queues)[0] == 404


def test_odd_names_and_metadata_survive_the_signature(aws: RunningAws) -> None:
    s3 = aws.client("s3", aws.keys("admin"))
    key, metadata = "a b/ü+z~(1)&=?.txt", {"under_score": "1", "dash-ed": "2"}
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"odd", Metadata=metadata)
    found = s3.get_object(Bucket=BUCKET, Key=key)
    assert (found["Body"].read(), found["Metadata"]) == (b"odd", metadata)
    s3.delete_object(Bucket=BUCKET, Key=key)


def test_iam_and_organizations_ask_as_well(aws: RunningAws) -> None:
    arn = new_role(aws, TAKEN, policies=(may("iam:GetRole", resource=role_arn("S3ReadOnly")),))
    keys = keys_of(take(aws, arn))
    iam = aws.client("iam", keys)
    assert iam.get_role(RoleName="S3ReadOnly")["Role"]["MaxSessionDuration"] == 43200
    refused = refusal(lambda: iam.get_role(RoleName="PowerDeveloper"))
    assert refused[:2] == (403, "AccessDenied")
    assert "is not authorized to perform: iam:GetRole on resource: " + role_arn("PowerDeveloper") in refused[2]
    assert refusal(aws.client("organizations", keys).list_accounts)[1] == "AccessDeniedException"


def test_the_organization_has_both_accounts(aws: RunningAws) -> None:
    listed = aws.client("organizations", aws.keys("admin")).list_accounts()["Accounts"]
    assert {item["Id"]: item["Name"] for item in listed} == {
        SANDBOX: "Example Sandbox",
        PRODUCTION: "Example Production",
    }
