"""What an administrator is told about a failed session: the likely causes in order, and the exact fix.

AWS names the caller, the action and sometimes the kind of policy in an AccessDenied message (IAM user guide,
"Troubleshoot access denied error messages"); the action is the only hint a machine can rely on. A wrong external ID, a
missing trust entry and a role that does not exist all look alike.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from credentials import trust
from credentials.models import IssuedSession
from roles.durations import in_words
from roles.models import Role

DENIED: Final = re.compile(r"perform:? (sts:[A-Za-z]+)")
KIND: Final = re.compile(
    r"(service control|resource control|identity-based|permissions boundary|session|VPC endpoint) polic"
    r"|(permissions boundary)"
)
ISSUER: Final = re.compile(r"for (https?://[^\s,]+?)\.?(?:[\s,]|$)")


@dataclass(frozen=True)
class Diagnosis:
    """The likely cause, what to do, and the JSON to paste (empty where there is none)."""

    cause: str
    fix: str
    policy_json: str = ""


def diagnose(session: IssuedSession) -> Diagnosis | None:
    """Return what is known about a failed session, from its row alone; None for one that did not fail."""
    if session.state != IssuedSession.State.FAILED:
        return None
    for code, text, explain in BY_TEXT:
        if session.error_code == code and text in session.error_message:
            return explain(session)
    return BY_CODE.get(session.error_code, _unknown)(session)


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
    return Diagnosis(
        cause="The role's trust policy does not accept this person's ID token, or the role does not exist.",
        fix="Check in this order: the ARN; that Principal names the identity provider; that the aud condition is the "
        "client ID of Daypass there (azp, where the token has one); that a sub condition names this person; that no "
        "resource control policy forbids the provider. The statement below shows the shape.",
        policy_json=trust.web_trust(session),
    )


# Other refusals


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


def _told(cause: str, fix: str) -> Callable[[IssuedSession], Diagnosis]:
    """Return an explanation that is the same for every session."""
    return lambda session: Diagnosis(cause, fix)


_lost = _told(
    "AWS does not know Daypass's own credentials, or Daypass has none.",
    "Look at the credentials of the Daypass process: AWS_PROFILE, AWS_ACCESS_KEY_ID, or the role of its instance or "
    "container. They are read at start: restart it after a change.",
)
_clock = _told(
    "Daypass's signature was refused: its secret key is wrong, or its clock is.",
    "Compare the machine's clock with NTP, then check AWS_SECRET_ACCESS_KEY.",
)
_busy = _told(
    "STS refused for too many requests: 600 a second for the calling account and region.",
    "If this happens often, spread the load over regions with DAYPASS_AWS_REGIONS, or use web identity.",
)
_trouble = _told(
    "STS did not answer in time, or answered with an error of its own.",
    "Look at the AWS Health Dashboard and at this machine's way to the STS endpoint. A second region in "
    "DAYPASS_AWS_REGIONS is asked where the first fails.",
)
_policy = _told(
    "The session policy of this role in Daypass is not a policy that IAM takes.",
    "Correct it on the role's page; aws accessanalyzer validate-policy says where it is wrong.",
)
_too_large = _told(
    "Session policies and tags together are too large for a session token.",
    "Shorten the session policy, use fewer managed session policies, or remove tags.",
)
_old_token = _told(
    "The person's ID token was too old, and could not be renewed.",
    "Nothing to repair if it is rare. If it is not, let the provider give refresh tokens, and check the clocks.",
)
_own_expired = _told(
    "The temporary credentials of Daypass itself have expired.",
    "Use a source that renews itself (instance or container role), not pasted session credentials.",
)
_provider_down = _told(
    "The identity provider could not be reached.",
    "AWS fetches its discovery document and keys over the internet: both must be public and answer within 5 seconds.",
)
_no_token = _told(
    "The sign-in had ended, or its ID token was too old and was not renewed.",
    "Look at the ledger's refresh events of this sign-in: they say whether the provider gives refresh tokens at all, "
    "and why it refused.",
)
_provider_silent = _told(
    "The identity provider did not answer when the person's ID token was to be renewed.",
    "Look at this machine's way to the provider.",
)
_not_granted = _told(
    "While the person's ID token was renewed, the provider took away what the mapping asks for.",
    "Nothing to repair: compare the person's groups at the provider with the mappings of this role.",
)
_withdrawn = _told(
    "The identity provider told AWS that it no longer stands by this token.",
    "The person signs in again; if that does not help, look at the provider's own log.",
)
_audience = _told(
    "The token's audience is not among the client IDs of the account's OpenID Connect provider.",
    "Add Daypass's client ID: aws iam add-client-id-to-open-id-connect-provider. Where the token has azp, that counts.",
)
_roles_claim = _told(
    "The token lists the roles it is good for, and this one is not among them.",
    "Let the provider put the role's ARN into the claim https://aws.amazon.com/roles, or leave the claim out.",
)
_token_refused = _told(
    "AWS does not accept the person's ID token.",
    "Compare the OpenID Connect provider in IAM with the token's issuer, exactly, and its client IDs with the token's "
    "audience. "
    "AWS takes RS256 to RS512 and ES256 to ES512. CloudTrail often does not show this refusal.",
)
_chained = _told(
    "Daypass itself holds a role, and AWS caps what one role opens for another at one hour.",
    "Choose one hour at most for this role in Daypass, use web identity, or give Daypass a user's long-lived key.",
)
_identity_set = _told(
    "Daypass's own session already carries a source identity, which cannot be replaced.",
    "Let Daypass start from a session without one, or stop sending a source identity for this role.",
)

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
BY_TEXT: Final[tuple[tuple[str, str, Explain], ...]] = (
    ("InvalidIdentityToken", "No OpenIDConnect provider", _no_provider),
    ("InvalidIdentityToken", "audience", _audience),
    ("InvalidIdentityToken", "retrieve verification key", _provider_down),
    ("InvalidIdentityToken", "roles claim", _roles_claim),
    ("ValidationError", "1 hour session limit", _chained),
    ("ValidationError", "MaxSessionDuration", _too_long),
    ("ValidationError", "source identity is already set", _identity_set),
)
BY_CODE: Final[dict[str, Explain]] = {
    "AccessDenied": _access_denied,
    "AccessDeniedException": _access_denied,
    "ExpiredTokenException": _old_token,
    "SignInOver": _no_token,
    "ProviderUnreachable": _provider_silent,
    "NotGranted": _not_granted,
    "ExpiredToken": _own_expired,
    "InvalidIdentityToken": _token_refused,
    "IDPRejectedClaim": _withdrawn,
    "IDPCommunicationError": _provider_down,
    "MalformedPolicyDocument": _policy,
    "PackedPolicyTooLarge": _too_large,
    "RegionDisabledException": _region_off,
    "Throttling": _busy,
    "ThrottlingException": _busy,
    "RequestLimitExceeded": _busy,
    "SlowDown": _busy,
    "InvalidClientTokenId": _lost,
    "NoCredentials": _lost,
    "SignatureDoesNotMatch": _clock,
    "IncompleteSignature": _clock,
    "RequestExpired": _clock,
    "ServiceUnavailable": _trouble,
    "InternalFailure": _trouble,
    "Unreachable": _trouble,
}
