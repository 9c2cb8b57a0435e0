"""The policy statements that a role needs so that Daypass can take it, as JSON to paste into IAM. Pure."""

import json
import re
from typing import Any, Final

from accounts.providers import Provider, configured, openid
from credentials.models import IssuedSession
from roles.models import Role

Statement = dict[str, Any]

CALLER: Final = re.compile(r"User: (arn:\S+) is not authorized")
SESSION_ARN: Final = re.compile(r"arn:([a-z-]+):sts::([0-9]{12}):assumed-role/([\w+=,.@-]+)/.+", re.ASCII)
GOOGLE: Final = "accounts.google.com"
SUBJECT_KEYS: Final = {"graph.facebook.com": "id", "www.amazon.com": "user_id"}
SOMEBODY: Final = "<ARN of Daypass's own user or role>"


def document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def caller(session: IssuedSession) -> str:
    """Return who Daypass was to AWS, as a trust policy names it: a role, not one of its sessions.

    A session's ARN leaves out the role's path, so for a role with a path the ARN must be completed by hand.
    """
    found = CALLER.search(session.error_message)
    if not found:
        return SOMEBODY
    return SESSION_ARN.sub(r"arn:\1:iam::\2:role/\3", found.group(1))


def trust(session: IssuedSession) -> str:
    """Return the whole trust that this request needs. One statement per action, since each knows other conditions."""
    role = session.role
    statements = [_allow(session, "sts:AssumeRole", **_external_id(role))]
    if role.session_tags:
        statements.append(tagging(session))
    if session.source_identity:
        statements.append(naming(session))
    return document(*statements)


def tagging(session: IssuedSession) -> Statement:
    keys = sorted(session.role.session_tags)
    return _allow(session, "sts:TagSession", **{"ForAllValues:StringEquals": {"aws:TagKeys": keys}} if keys else {})


def naming(session: IssuedSession) -> Statement:
    """Allow what people of the same provider are named by: their domain, or the provider's own mark."""
    _, at, domain = session.source_identity.rpartition("@")
    pattern = f"*@{domain}" if at else session.source_identity.partition("=")[0] + "=*"
    return _allow(session, "sts:SetSourceIdentity", StringLike={"sts:SourceIdentity": pattern})


def web_trust(session: IssuedSession) -> str:
    """Return the trust for this person at their provider; blanks to fill where that is not configured any more."""
    if by_access_token(session):
        return _access_token_trust(session, configured()[session.sign_in.provider])
    provider = openid().get(session.sign_in.provider)
    issuer = provider.issuer.partition("://")[2] if provider else "<issuer without https://>"
    client_id = provider.client_id if provider else "<Daypass's client ID>"
    asked = {f"{issuer}:aud": client_id, f"{issuer}:sub": [session.sign_in.subject]}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": _federated(session, issuer)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": asked | ({f"{issuer}:oaud": client_id} if issuer == GOOGLE else {})},
    }
    return document(statement)


def by_access_token(session: IssuedSession) -> str:
    """Return the name by which AWS knows who gave an access token; "" where the token is an ID token."""
    provider = configured().get(session.sign_in.provider)
    return provider.web_identity_provider if provider else ""


def _access_token_trust(session: IssuedSession, provider: Provider) -> str:
    """Return the trust in Facebook or Amazon, which IAM knows by name (IAM user guide, keys for web identity).

    Amazon's app_id is not the client ID: the provider says it of each token, and the sign-in keeps it.
    """
    name, subject = provider.web_identity_provider, SUBJECT_KEYS[provider.web_identity_provider]
    app_id = session.sign_in.claims.get("app_id", "<the application's app_id>")
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": name},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{name}:app_id": app_id, f"{name}:{subject}": [session.sign_in.subject]}},
    }
    return document(statement)


def _federated(session: IssuedSession, issuer: str) -> str:
    """Return the provider as a principal; IAM knows Google by its bare name (IAM user guide, OIDC federation)."""
    if issuer == GOOGLE:
        return GOOGLE
    _, partition, _, _, account, _ = session.role_arn.split(":", 5)
    return f"arn:{partition}:iam::{account}:oidc-provider/{issuer}"


def own_policy(session: IssuedSession) -> str:
    """Return what Daypass's own AWS identity must be allowed."""
    return document({"Effect": "Allow", "Action": actions(session), "Resource": session.role_arn})


def actions(session: IssuedSession) -> list[str]:
    """Return what the request needed to be allowed."""
    if session.method == Role.Method.WEB_IDENTITY:
        return ["sts:AssumeRoleWithWebIdentity"]
    tagged, named = bool(session.role.session_tags), bool(session.source_identity)
    return ["sts:AssumeRole", *["sts:TagSession"] * tagged, *["sts:SetSourceIdentity"] * named]


def _allow(session: IssuedSession, action: str, **condition: Any) -> Statement:
    statement: Statement = {"Effect": "Allow", "Principal": {"AWS": caller(session)}, "Action": action}
    return statement | ({"Condition": condition} if condition else {})


def _external_id(role: Role) -> dict[str, Any]:
    return {"StringEquals": {"sts:ExternalId": role.external_id}} if role.external_id else {}
