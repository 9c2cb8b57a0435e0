"""Which permissions an S3 request needs: from method, path and subresource to actions and ARNs.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3". A
subresource that is not in these tables is refused, never guessed.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from demo.aws.context import Pairs
from demo.aws.errors import AwsError
from demo.aws.requests import Request

# Query parameters that shape an answer and name no other resource.
PLAIN = {
    "list-type", "prefix", "delimiter", "max-keys", "marker", "continuation-token", "start-after",
    "encoding-type", "fetch-owner", "x-id", "max-buckets", "bucket-region", "key-marker",
    "version-id-marker", "partNumber", "max-uploads", "upload-id-marker", "max-parts", "part-number-marker",
}  # fmt: skip
PREFIXES = ("x-amz-", "response-")
BUCKET = {
    ("GET", ""): "ListBucket",
    ("HEAD", ""): "ListBucket",
    ("PUT", ""): "CreateBucket",
    ("DELETE", ""): "DeleteBucket",
    ("POST", "delete"): "DeleteObject",
    ("GET", "location"): "GetBucketLocation",
    ("GET", "uploads"): "ListBucketMultipartUploads",
    ("GET", "versions"): "ListBucketVersions",
    ("GET", "policy"): "GetBucketPolicy",
    ("PUT", "policy"): "PutBucketPolicy",
    ("DELETE", "policy"): "DeleteBucketPolicy",
    ("GET", "versioning"): "GetBucketVersioning",
    ("PUT", "versioning"): "PutBucketVersioning",
    ("GET", "acl"): "GetBucketAcl",
    ("GET", "tagging"): "GetBucketTagging",
    ("PUT", "tagging"): "PutBucketTagging",
    ("DELETE", "tagging"): "PutBucketTagging",
    ("GET", "encryption"): "GetEncryptionConfiguration",
    ("GET", "publicAccessBlock"): "GetBucketPublicAccessBlock",
    ("GET", "lifecycle"): "GetLifecycleConfiguration",
    ("GET", "cors"): "GetBucketCORS",
    ("GET", "logging"): "GetBucketLogging",
    ("GET", "website"): "GetBucketWebsite",
    ("GET", "object-lock"): "GetBucketObjectLockConfiguration",
    ("GET", "ownershipControls"): "GetBucketOwnershipControls",
}
OBJECT = {
    ("GET", ""): "GetObject",
    ("HEAD", ""): "GetObject",
    ("PUT", ""): "PutObject",
    ("DELETE", ""): "DeleteObject",
    ("GET", "versionId"): "GetObjectVersion",
    ("HEAD", "versionId"): "GetObjectVersion",
    ("DELETE", "versionId"): "DeleteObjectVersion",
    ("POST", "uploads"): "PutObject",
    ("PUT", "uploadId"): "PutObject",
    ("POST", "uploadId"): "PutObject",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("GET", "uploadId"): "ListMultipartUploadParts",
    ("GET", "acl"): "GetObjectAcl",
    ("PUT", "acl"): "PutObjectAcl",
    ("GET", "tagging"): "GetObjectTagging",
    ("PUT", "tagging"): "PutObjectTagging",
    ("DELETE", "tagging"): "DeleteObjectTagging",
    ("GET", "attributes"): "GetObjectAttributes",
}


@dataclass(frozen=True)
class S3Ask:
    action: str  # with the "s3:"
    bucket: str  # "" for the list of all buckets
    key: str

    @property
    def resource(self) -> str:
        if not self.bucket:
            return "*"
        return f"arn:aws:s3:::{self.bucket}" + (f"/{self.key}" if self.key else "")


def asks(request: Request) -> list[S3Ask]:
    """Every permission that this request needs. Raises NotImplemented for what is not in the tables."""
    bucket, _, key = request.path.lstrip("/").partition("/")
    if not bucket:
        return [S3Ask("s3:ListAllMyBuckets", "", "")]
    action = _action(request, OBJECT if key else BUCKET)
    if (request.method, action) == ("POST", "DeleteObject"):
        return [S3Ask("s3:DeleteObject", bucket, name) for name in _deleted(request.body)]
    return [S3Ask(f"s3:{action}", bucket, key), *_copied(request)]


def _action(request: Request, table: dict[tuple[str, str], str]) -> str:
    found = {name for name in request.query if name not in PLAIN and not name.lower().startswith(PREFIXES)}
    subresource = next(iter(found)) if len(found) == 1 else "" if not found else "more than one"
    action = table.get((request.method, subresource))
    if action is None:
        text = "A header or query you provided requests a function that is not implemented."
        raise AwsError("NotImplemented", text, status=501)
    return action


def _deleted(body: bytes) -> list[str]:
    """The keys of a DeleteObjects document; an unreadable one stands for every key."""
    found = re.findall(r"<Key>([^<&]*)</Key>", body.decode("utf-8", "replace"))
    return found if found and body.count(b"<Key>") == len(found) else ["*"]


def _copied(request: Request) -> list[S3Ask]:
    source = unquote(request.headers.get("x-amz-copy-source", "")).lstrip("/").partition("?")[0]
    bucket, _, key = source.partition("/")
    return [S3Ask("s3:GetObject", bucket, key)] if bucket else []


def keys(request: Request) -> Pairs:
    names = {"prefix": "s3:prefix", "delimiter": "s3:delimiter", "max-keys": "s3:max-keys"}
    return {key: request.query[name] for name, key in names.items() if name in request.query}
