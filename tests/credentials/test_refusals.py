"""Every row of the error catalogue: what the person reads, and what the administrator is to do."""

import pytest

from accounts.models import SignIn
from credentials import refusals
from credentials.causes import Diagnosis
from credentials.diagnosis import BY_CODE as DIAGNOSED
from credentials.diagnosis import diagnose
from credentials.models import IssuedSession
from credentials.refusals import BY_CODE, BY_TEXT, Refusal, refusal_for
from roles.models import AwsAccount, Role

EVERY = [value for value in vars(refusals).values() if isinstance(value, Refusal)]
ARN = "arn:aws:iam::444455556666:role/ops/Auditor"
PORTAL = "arn:aws:iam::111122223333:user/daypass-portal"
AGAIN = {"taken", "running", "answer-lost", "rights-changed", "too-late", "duration", "one-hour"}
LATER = {"not-recorded", "console", "keys", "provider", "provider-silent", "renewing", "busy", "trouble", "silent"}
DENIED = f"User: {PORTAL} is not authorized to perform: {{}} on resource: {ARN}{{}}"

CATALOGUE = [
    ("AccessDenied", 403, DENIED, "not-trusted"),
    ("ExpiredTokenException", 400, "Token expired", "too-old"),
    ("ExpiredToken", 403, "The security token included in the request is expired", "renewing"),
    (
        "InvalidIdentityToken",
        400,
        "No OpenIDConnect provider found in your account for https://i.example",
        "not-connected",
    ),
    ("InvalidIdentityToken", 400, "Incorrect token audience", "not-connected"),
    ("InvalidIdentityToken", 400, "Couldn't retrieve verification key from your identity provider", "keys"),
    ("IDPRejectedClaim", 403, "", "withdrawn"),
    ("IDPCommunicationError", 400, "", "provider"),
    ("MalformedPolicyDocument", 400, "Syntax errors in policy.", "policy"),
    ("PackedPolicyTooLarge", 400, "Packed policy consumes 120% of allotted space", "too-large"),
    ("RegionDisabledException", 403, "STS is not activated in this region", "region"),
    (
        "ValidationError",
        400,
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        "duration",
    ),
    (
        "ValidationError",
        400,
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        "one-hour",
    ),
    ("ValidationError", 400, "The source identity is already set for this assume role session", "identity-set"),
    ("ValidationError", 400, "1 validation error detected", "invalid"),
    ("Throttling", 400, "Rate exceeded", "busy"),
    ("ThrottlingException", 400, "Rate exceeded", "busy"),
    ("RequestLimitExceeded", 400, "", "busy"),
    ("SlowDown", 503, "", "busy"),
    ("SomethingNew", 429, "", "busy"),
    ("InvalidClientTokenId", 403, "The security token included in the request is invalid.", "lost"),
    ("SignatureDoesNotMatch", 403, "", "lost"),
    ("RequestExpired", 400, "", "lost"),
    ("NoCredentials", 0, "NoCredentialsError: Unable to locate credentials", "lost"),
    ("ServiceUnavailable", 503, "", "trouble"),
    ("InternalFailure", 500, "", "trouble"),
    ("SomethingNew", 502, "", "trouble"),
    ("Unreachable", 0, "ReadTimeoutError", "silent"),
    ("SomethingNew", 400, "retrieve verification key", "unknown"),
]


@pytest.mark.parametrize(("code", "status", "message", "slug"), CATALOGUE)
def test_every_error_has_its_sentence(code: str, status: int, message: str, slug: str) -> None:
    assert refusal_for(code, status, message).slug == slug


def test_the_catalogue_is_tested_whole() -> None:
    tried = {code for code, *_ in CATALOGUE} | {"AccessDeniedException", "IncompleteSignature"}
    assert set(BY_CODE) - tried == {"SignInOver", "ProviderUnreachable", "NotGranted", "RightsChanged"}
    assert {refusal.slug for *_, refusal in BY_TEXT} <= {slug for *_, slug in CATALOGUE}


@pytest.mark.parametrize("refusal", EVERY, ids=lambda refusal: refusal.slug)
def test_a_refusal_speaks_plainly_and_says_what_next(refusal: Refusal) -> None:
    assert refusal.sentence.endswith(".")
    assert refusal.next_step.endswith(".")
    assert refusal.status in {403, 404, 409, 503}
    technical = ("arn:", "sts:", "Exception", "DurationSeconds", "{")
    assert not [word for word in technical if word in refusal.sentence + refusal.next_step]


def test_what_each_refusal_is_to_a_program() -> None:
    again = {refusal.slug for refusal in EVERY if refusal.retryable}
    by_status = {status: {each.slug for each in EVERY if each.status == status} for status in (403, 404, 409, 503)}
    assert by_status == {
        403: {"sign-in-ended", "step-up", "not-trusted", "too-old", "withdrawn", "not-connected", "region", "unknown"},
        404: {"not-yours"},
        409: {*AGAIN, "policy", "too-large", "identity-set", "invalid"},
        503: {*LATER, "unwritable", "lost"},
    }
    assert again == AGAIN | LATER
    assert {each.slug for each in EVERY if each.sign_in_again} == {"sign-in-ended", "too-old", "withdrawn"}
    assert [(each.retryable, each.retry_after) for each in (refusals.too_often(7), refusals.unacceptable("", ""))] == [
        (True, 7),
        (True, 0),
    ]


@pytest.mark.parametrize("refusal", EVERY, ids=lambda refusal: refusal.slug)
def test_trying_again_is_offered_where_it_can_help(refusal: Refusal) -> None:
    assert refusal.retryable or refusal.status != 503 or refusal.next_step == refusals.STAFF


def failed(code: str, message: str, method: str = "assume_role", **fields: object) -> IssuedSession:
    account = AwsAccount(account_id="444455556666", name="Production")
    role = Role(account=account, arn=ARN, name="Auditor", method=method, **fields)
    identity = "alice@example.com" if role.send_source_identity else ""
    return IssuedSession(
        state="failed",
        role=role,
        sign_in=SignIn(provider="google", subject="107691503500061507154"),
        method=method,
        role_arn=ARN,
        duration=7200,
        region="eu-west-1",
        source_identity=identity,
        error_code=code,
        error_message=message,
    )


def diagnosis(code: str, message: str, method: str = "assume_role", **fields: object) -> Diagnosis:
    found = diagnose(failed(code, message, method, **fields))
    assert found
    return found


@pytest.mark.parametrize(("code", "status", "message", "slug"), CATALOGUE)
def test_every_error_has_a_cause_and_a_fix(code: str, status: int, message: str, slug: str) -> None:
    found = diagnosis(code, message)
    assert len(found.cause) > 20
    assert found.fix.endswith((".", "7200"))


def test_a_session_that_did_not_fail_has_none() -> None:
    session = failed("", "")
    session.state = IssuedSession.State.ISSUED
    assert diagnose(session) is None


def test_whatever_a_person_can_meet_is_diagnosed_by_its_code() -> None:
    assert set(BY_CODE) - set(DIAGNOSED) == {"ValidationError"}
