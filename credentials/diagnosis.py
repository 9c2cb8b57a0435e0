"""What an administrator is told about a failed session: the likely causes in order, and the exact fix.

AWS names the caller, the action and sometimes the kind of policy in an AccessDenied message (IAM user guide,
"Troubleshoot access denied error messages"); the action is the only hint a machine can rely on. A wrong external ID, a
missing trust entry and a role that does not exist all look alike.
"""

import re
from collections.abc import Callable
from typing import Final

from credentials import causes, trust
from credentials.causes import Diagnosis
from credentials.models import IssuedSession
from roles.durations import in_words
from roles.models import Role

UNSUCCESSFUL: Final = (IssuedSession.State.FAILED, IssuedSession.State.ABANDONED)
DENIED: Final = re.compile(r"perform:? (sts:[A-Za-z]+)")
KIND: Final = re.compile(
    r"(service control|resource control|identity-based|permissions boundary|session|VPC endpoint) polic"
    r"|(permissions boundary)"
)
ISSUER: Final = re.compile(r"for (https?://[^\s,]+?)\.?(?:[\s,]|$)")


def diagnose(session: IssuedSession) -> Diagnosis | None:
    """Return what is known about a session that came to nothing, from its row alone; None for any other."""
    if session.state not in UNSUCCESSFUL or not session.error_code:
        return None
    by_text = (found for code, text, found in BY_TEXT if session.error_code == code and text in session.error_message)
    found = next(by_text, None) or BY_CODE.get(session.error_code, _unknown)
    return found if isinstance(found, Diagnosis) else found(session)


# Access denied


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return next((group for group in match.groups() if group), "") if match else ""


def _access_denied(session: IssuedSession) -> Diagnosis:
    """Narrow an AccessDenied by the kind of policy it names, then by the method, then by the denied action."""
    if explain := BY_KIND.get(_found(KIND, session.error_message)):
        return explain(session)
    if session.method == Role.Method.WEB_IDENTITY:
        return _web_identity_not_trusted(session)
    return BY_ACTION.get(_found(DENIED, session.error_message), _not_trusted)(session)


def _not_trusted(session: IssuedSession) -> Diagnosis:
    external_id = "asks for the external ID of this role in Daypass" if session.role.external_id else "asks for none"
    return Diagnosis(
        cause="The role does not trust Daypass for this request, or does not exist: AWS does not tell which.",
        fix=f"Check in this order: the role {session.role_arn} exists, path and capitals included; its trust policy "
        f"names {trust.caller(session)}; as to an external ID it {external_id}; no other condition (source identity, "
        "session name, MFA, address, date) fails; Daypass's own policy allows sts:AssumeRole on it. The trust policy "
        "needs the statement below.",
        policy_json=trust.trust(session),
    )


def _tags_denied(session: IssuedSession) -> Diagnosis:
    return Diagnosis(
        cause="sts:TagSession is not allowed: by the role's trust policy, for these tags, or by Daypass's own policy.",
        fix="Add the statement below to the trust policy and sts:TagSession to Daypass's own, or remove the session "
        "tags from the role in Daypass.",
        policy_json=trust.document(trust.tagging(session)),
    )


def _source_identity_denied(session: IssuedSession) -> Diagnosis:
    return Diagnosis(
        cause="sts:SetSourceIdentity is not allowed: by the role's trust policy, for this value, or by Daypass's own "
        "policy. Across accounts both must allow it.",
        fix="Add the statement below to the trust policy and sts:SetSourceIdentity to Daypass's own, or stop sending a "
        "source identity for the role in Daypass.",
        policy_json=trust.document(trust.naming(session)),
    )


def _own_policy(session: IssuedSession) -> Diagnosis:
    return Diagnosis(
        cause="The policy of Daypass's own AWS identity does not allow this.",
        fix=f"Add the statement below to the policy of {trust.caller(session)}.",
        policy_json=trust.own_policy(session),
    )


def _guardrail(session: IssuedSession) -> Diagnosis:
    return Diagnosis(
        cause="A guardrail of the AWS organisation (a service or resource control policy) denies this.",
        fix=f"Ask whoever runs the organisation to allow {' and '.join(trust.actions(session))} on {session.role_arn} "
        f"for {trust.caller(session)}.",
    )


def _boundary(session: IssuedSession) -> Diagnosis:
    return Diagnosis(
        cause="A permissions boundary, or a session policy, of Daypass's own AWS identity does not allow this.",
        fix=f"Allow there what the statement below allows for {trust.caller(session)}.",
        policy_json=trust.own_policy(session),
    )


def _endpoint(session: IssuedSession) -> Diagnosis:
    return Diagnosis(
        cause="The policy of the VPC endpoint through which Daypass reaches STS does not allow this.",
        fix="Allow in the endpoint's policy what the statement below allows.",
        policy_json=trust.own_policy(session),
    )


def _web_identity_not_trusted(session: IssuedSession) -> Diagnosis:
    if name := trust.by_access_token(session):
        return _access_token_not_trusted(session, name)
    return Diagnosis(
        cause="The role's trust policy does not accept this person's ID token, or the role does not exist.",
        fix="Check in this order: the ARN; that Principal names the identity provider; that the aud condition is the "
        "client ID of Daypass there (azp, where the token has one); that a sub condition names this person; that no "
        "resource control policy forbids the provider. The statement below opens the role to this person alone; name "
        "others beside them under sub.",
        policy_json=trust.web_trust(session),
    )


def _access_token_not_trusted(session: IssuedSession, name: str) -> Diagnosis:
    return Diagnosis(
        cause="The role's trust policy does not accept this person's access token, or the role does not exist.",
        fix=f"Check in this order: the ARN; that Principal is {name}; that {name}:app_id is the application's id (at "
        "Amazon another one than the client ID); that a condition on the person's id names this one; that no resource "
        "control policy forbids the provider. The statement below opens the role to this person alone.",
        policy_json=trust.web_trust(session),
    )


# Other refusals


def _withdrawn(session: IssuedSession) -> Diagnosis:
    """AWS asks Facebook with the token alone, and cannot prove that it knows the application's secret."""
    return causes.APP_SECRET if trust.by_access_token(session) == "graph.facebook.com" else causes.WITHDRAWN


def _no_provider(session: IssuedSession) -> Diagnosis:
    issuer, account = _found(ISSUER, session.error_message) or "the provider's issuer", _account(session)
    return Diagnosis(
        cause=f"AWS account {account} has no OpenID Connect provider for {issuer}.",
        fix=f"Create it in IAM of account {account}, where the role is: aws iam create-open-id-connect-provider --url "
        f"{issuer} --client-id-list <Daypass's client ID there>. For Google none is needed: the trust policy names "
        "accounts.google.com.",
    )


def _too_long(session: IssuedSession) -> Diagnosis:
    return Diagnosis(
        cause=f"Daypass asked for {in_words(session.duration)}, more than the role's MaxSessionDuration in IAM.",
        fix="Lower the longest session of this role in Daypass, or raise it in IAM: aws iam update-role --role-name "
        f"{session.role_arn.rpartition('/')[2]} --max-session-duration {max(session.duration, 3600)}",
    )


def _region_off(session: IssuedSession) -> Diagnosis:
    return Diagnosis(
        cause=f"STS is switched off in {session.region} for AWS account {_account(session)}.",
        fix="Switch it on in IAM, Account settings, or put another region into DAYPASS_AWS_REGIONS.",
    )


def _unknown(session: IssuedSession) -> Diagnosis:
    return Diagnosis(
        cause=f"AWS answered {session.error_code}: {session.error_message or 'no more than that.'}",
        fix=f"AWS support knows this request as {session.sts_request_id or 'unknown'}.",
    )


def _account(session: IssuedSession) -> str:
    return session.role_arn.split(":")[4]


Explain = Callable[[IssuedSession], Diagnosis]
BY_KIND: Final[dict[str, Explain]] = {
    "service control": _guardrail,
    "resource control": _guardrail,
    "identity-based": _own_policy,
    "permissions boundary": _boundary,
    "session": _boundary,
    "VPC endpoint": _endpoint,
}
BY_ACTION: Final[dict[str, Explain]] = {
    "sts:TagSession": _tags_denied,
    "sts:SetSourceIdentity": _source_identity_denied,
}
BY_TEXT: Final[tuple[tuple[str, str, Explain | Diagnosis], ...]] = (
    ("InvalidIdentityToken", "No OpenIDConnect provider", _no_provider),
    ("InvalidIdentityToken", "audience", causes.AUDIENCE),
    ("InvalidIdentityToken", "retrieve verification key", causes.PROVIDER_DOWN),
    ("InvalidIdentityToken", "roles claim", causes.ROLES_CLAIM),
    ("ValidationError", "1 hour session limit", causes.CHAINED),
    ("ValidationError", "MaxSessionDuration", _too_long),
    ("ValidationError", "source identity is already set", causes.IDENTITY_SET),
)
BY_CODE: Final[dict[str, Explain | Diagnosis]] = {
    "AccessDenied": _access_denied,
    "AccessDeniedException": _access_denied,
    "ExpiredTokenException": causes.OLD_TOKEN,
    "SignInOver": causes.NO_TOKEN,
    "ProviderUnreachable": causes.PROVIDER_SILENT,
    "NotGranted": causes.NOT_GRANTED,
    "RightsChanged": causes.RIGHTS_CHANGED,
    "ExpiredToken": causes.OWN_EXPIRED,
    "InvalidIdentityToken": causes.TOKEN_REFUSED,
    "IDPRejectedClaim": _withdrawn,
    "IDPCommunicationError": causes.PROVIDER_DOWN,
    "MalformedPolicyDocument": causes.POLICY,
    "PackedPolicyTooLarge": causes.TOO_LARGE,
    "RegionDisabledException": _region_off,
    "Throttling": causes.BUSY,
    "ThrottlingException": causes.BUSY,
    "RequestLimitExceeded": causes.BUSY,
    "SlowDown": causes.BUSY,
    "InvalidClientTokenId": causes.LOST,
    "NoCredentials": causes.LOST,
    "SignatureDoesNotMatch": causes.CLOCK,
    "IncompleteSignature": causes.CLOCK,
    "RequestExpired": causes.CLOCK,
    "ServiceUnavailable": causes.TROUBLE,
    "InternalFailure": causes.TROUBLE,
    "Unreachable": causes.TROUBLE,
}
