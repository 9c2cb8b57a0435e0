"""Signature Version 4, checked from the receiving side.

Source: AWS IAM user guide, "Create a signed AWS API request"; the exact canonical form is botocore's
(``botocore.auth.SigV4Auth``, ``S3SigV4Auth``), which signs everything that is tested here.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from demo.aws.errors import AwsError, access_denied
from demo.aws.requests import Request

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
SAFE = "-_.~"
HEADER = re.compile(
    rf"^{ALGORITHM}\s+Credential=(?P<credential>[^,\s]+),\s*SignedHeaders=(?P<headers>[^,\s]+),"
    r"\s*Signature=(?P<signature>[0-9a-f]{64})$"
)
STAMP = "%Y%m%dT%H%M%SZ"
# STS and IAM allow five minutes of clock skew, S3 fifteen.
SKEW = {"s3": timedelta(minutes=15)}
DEFAULT_SKEW = timedelta(minutes=5)
LONGEST_PRESIGNED = 604800
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
OUTDATED = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."


@dataclass(frozen=True)
class Claim:
    """What a signed request says of itself, before anything of it is believed."""

    access_key_id: str
    day: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    stamp: str
    token: str | None
    expires: int | None  # seconds; only a presigned URL has it

    @property
    def scope(self) -> str:
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


def read(request: Request) -> Claim | None:
    """The claim of a signed request, None for an unsigned one; IncompleteSignature when it is no SigV4."""
    if "X-Amz-Signature" in request.query:
        return _from_query(request.query)
    if {"AWSAccessKeyId", "Signature"} <= set(request.query):
        raise AwsError("InvalidRequest", OUTDATED)
    header = request.headers.get("authorization")
    if header is None:
        return None
    found = HEADER.match(header.strip())
    if found is None:
        raise _unreadable("The Authorization header is not a valid AWS4-HMAC-SHA256 header.")
    return _claim(
        credential=found["credential"],
        headers=found["headers"],
        signature=found["signature"],
        stamp=request.headers.get("x-amz-date", ""),
        token=request.headers.get("x-amz-security-token"),
    )


def _from_query(query: dict[str, str]) -> Claim:
    if query.get("X-Amz-Algorithm") != ALGORITHM or not query.get("X-Amz-Expires", "").isdigit():
        raise _unreadable("X-Amz-Algorithm must be AWS4-HMAC-SHA256 and X-Amz-Expires a number.")
    return _claim(
        credential=query.get("X-Amz-Credential", ""),
        headers=query.get("X-Amz-SignedHeaders", ""),
        signature=query["X-Amz-Signature"],
        stamp=query.get("X-Amz-Date", ""),
        token=query.get("X-Amz-Security-Token"),
        expires=min(int(query["X-Amz-Expires"]), LONGEST_PRESIGNED),
    )


def _claim(
    *,
    credential: str,
    headers: str,
    signature: str,
    stamp: str,
    token: str | None,
    expires: int | None = None,
) -> Claim:
    parts = credential.split("/")
    if len(parts) != 5 or parts[4] != "aws4_request":
        raise _unreadable("Credential must have the form KEY/DATE/REGION/SERVICE/aws4_request.")
    key, day, region, service, _ = parts
    return Claim(key, day, region, service, tuple(headers.split(";")), signature, stamp, token, expires)


def verify(request: Request, claim: Claim, *, secret: str, now: datetime | None = None) -> None:
    """Raise unless the request was signed with ``secret``, in full and recently."""
    _check_time(claim, now or datetime.now(UTC))
    _check_coverage(request, claim)
    _check_payload(request, claim)
    expected = sign(string_to_sign(request, claim), claim, secret=secret)
    if not hmac.compare_digest(expected, claim.signature):
        raise AwsError("SignatureDoesNotMatch", MISMATCH, status=403)


def sign(text: str, claim: Claim, *, secret: str) -> str:
    key = b"AWS4" + secret.encode()
    for part in (claim.day, claim.region, claim.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def string_to_sign(request: Request, claim: Claim) -> str:
    canonical = "\n".join(
        (
            request.method,
            _canonical_path(request, claim),
            _canonical_query(request),
            *(f"{name}:{_value(request, name)}" for name in claim.signed_headers),
            "",
            ";".join(claim.signed_headers),
            _payload_hash(request, claim),
        )
    )
    return "\n".join((ALGORITHM, claim.stamp, claim.scope, hashlib.sha256(canonical.encode()).hexdigest()))


def _canonical_path(request: Request, claim: Claim) -> str:
    once = quote(unquote(request.raw_path), safe="/" + SAFE)
    # Every service but S3 encodes the path a second time.
    return once if claim.service == "s3" else quote(once, safe="/" + SAFE)


def _canonical_query(request: Request) -> str:
    pairs = (item.partition("=") for item in request.raw_query.split("&") if item)
    encoded = [(quote(unquote(k), safe=SAFE), quote(unquote(v), safe=SAFE)) for k, _, v in pairs]
    return "&".join(f"{k}={v}" for k, v in sorted(encoded) if k != "X-Amz-Signature")


def _value(request: Request, name: str) -> str:
    return " ".join(request.headers.get(name, "").split())


def _payload_hash(request: Request, claim: Claim) -> str:
    if claim.service == "s3":
        return UNSIGNED if claim.expires is not None else request.headers.get("x-amz-content-sha256", "")
    return hashlib.sha256(request.body).hexdigest()


def _check_time(claim: Claim, now: datetime) -> None:
    try:
        signed_at = datetime.strptime(claim.stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise _unreadable("X-Amz-Date is missing or not of the form YYYYMMDDTHHMMSSZ.") from None
    if claim.day != claim.stamp[:8]:
        raise AwsError("SignatureDoesNotMatch", "Date in Credential scope does not match X-Amz-Date.", status=403)
    skew = SKEW.get(claim.service, DEFAULT_SKEW)
    if claim.expires is not None and now > signed_at + timedelta(seconds=claim.expires):
        raise access_denied("Request has expired")
    if signed_at > now + skew or (claim.expires is None and signed_at < now - skew):
        raise _skewed(claim, now, skew)


def _skewed(claim: Claim, now: datetime, skew: timedelta) -> AwsError:
    if claim.service == "s3":
        text = "The difference between the request time and the current time is too large."
        return AwsError("RequestTimeTooSkewed", text, status=403)
    early = claim.stamp > now.strftime(STAMP)
    edge = (now + skew if early else now - skew).strftime(STAMP)
    state = (
        f"not yet current: {claim.stamp} is still later than"
        if early
        else f"expired: {claim.stamp} is now earlier than"
    )
    minutes = f"{now.strftime(STAMP)} {'+' if early else '-'} {skew.seconds // 60} min."
    return AwsError("SignatureDoesNotMatch", f"Signature {state} {edge} ({minutes})", status=403)


def _check_coverage(request: Request, claim: Claim) -> None:
    needed = {"host"} | {name for name in request.headers if name.startswith("x-amz-")}
    if claim.expires is None and not needed <= set(claim.signed_headers):
        raise AwsError("SignatureDoesNotMatch", "There were headers present which were not signed.", status=403)


def _check_payload(request: Request, claim: Claim) -> None:
    """S3 signs a hash that the client states; a stated hash must be the body's own."""
    if claim.service != "s3" or claim.expires is not None:
        return
    stated = request.headers.get("x-amz-content-sha256", "")
    if stated in (UNSIGNED, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"):
        return
    if stated.startswith("STREAMING-"):
        # Chunk by chunk signatures are not checked here, so they are not taken on trust either.
        raise AwsError("NotImplemented", f"{stated} is not supported by the local AWS.", status=501)
    if stated != hashlib.sha256(request.body).hexdigest():
        text = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise AwsError("XAmzContentSHA256Mismatch", text)


def _unreadable(message: str) -> AwsError:
    return AwsError("IncompleteSignature", message, status=403)
