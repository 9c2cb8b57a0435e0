"""AssumeRoleWithWebIdentity: a token of an OpenID provider, of Facebook or Amazon becomes a role; the call is unsigned.

Source: AWS STS API reference; IAM user guide, "Available keys for AWS web identity federation" and "Pass
session tags using AssumeRoleWithWebIdentity"; the roles claim of July 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from demo.aws import context, oauth, openid
from demo.aws.conditions import Context
from demo.aws.errors import AwsError, access_denied
from demo.aws.grants import Grant, grant_for_provider
from demo.aws.sts import parameters
from demo.aws.sts.assume_role import checked_duration
from demo.aws.sts.call import Call
from demo.aws.sts.mint import Order, assumed, mint, session_policies
from demo.aws.world import Identity, account_of

ROLES_CLAIM = "https://aws.amazon.com/roles"
SOURCE_CLAIM = "https://aws.amazon.com/source_identity"
TAGS_CLAIM = "https://aws.amazon.com/tags"
GOOGLE = "accounts.google.com"  # built into AWS: no provider needs to be registered for it


NOBODY = oauth.OAuthProviders()


@dataclass(frozen=True)
class WebIdentity:
    """A verified token, in the terms of a trust policy."""

    claims: dict[str, Any]
    audience: str  # azp when the token has one
    providers: tuple[str, ...]  # the names under which a trust policy may know the issuer
    prefixes: tuple[str, ...]  # and the prefixes of its condition keys

    def keys(self, role_arn: str) -> context.Pairs:
        found: dict[str, Any] = {}
        for prefix in self.prefixes:
            found |= {f"{prefix}:aud": self.audience, f"{prefix}:sub": self.claims["sub"]}
            found |= {
                f"{prefix}:oaud": _listed(self.claims["aud"]),
                f"{prefix}:amr": _listed(self.claims.get("amr")),
            }
        if GOOGLE in self.prefixes:
            found[f"{GOOGLE}:email"] = _listed(self.claims.get("email"))
        listed = role_arn in _listed(self.claims.get(ROLES_CLAIM))
        return found | {
            "sts:RoleAuthorizedByIdp": str(listed).lower(),
            "aws:FederatedProvider": self.providers[0],
        }

    def lasting_keys(self) -> dict[str, str]:
        """The keys that policies of the session can still ask about."""
        return {f"{p}:{name}": value for p in self.prefixes for name, value in self._lasting().items()}

    def _lasting(self) -> dict[str, str]:
        return {"aud": self.audience, "sub": str(self.claims["sub"])}


@dataclass(frozen=True)
class AccessIdentity:
    """An access token that its provider vouched for, in the terms of a trust policy. It asks for nothing itself."""

    told: oauth.Told

    @property
    def claims(self) -> dict[str, Any]:
        return {"sub": self.told.subject, "iss": self.told.provider}

    @property
    def audience(self) -> str:
        return self.told.audience

    @property
    def providers(self) -> tuple[str, ...]:
        return (self.told.provider,)

    def keys(self, _role_arn: str) -> context.Pairs:
        return {**self.told.keys(), "sts:RoleAuthorizedByIdp": "false", "aws:FederatedProvider": self.told.provider}

    def lasting_keys(self) -> dict[str, str]:
        return self.told.keys()


@dataclass(frozen=True)
class Claimed:
    """What the token itself asks for."""

    tags: dict[str, str]
    transitive_keys: tuple[str, ...]
    source_identity: str


Shown = WebIdentity | AccessIdentity


def assume_role_with_web_identity(
    call: Call, *, google_issuer: str = "", oauth_providers: oauth.OAuthProviders = NOBODY
) -> dict[str, Any]:
    """The answer's content. Raises AwsError; the checks stand in AWS's order."""
    parameters.validate(call.form, required=("RoleArn", "RoleSessionName", "WebIdentityToken"))
    role_arn = call.form["RoleArn"]
    identity = _identified(call, google_issuer, oauth_providers)
    _check_roles_claim(identity.claims, role_arn)
    claimed = _claimed(identity.claims)
    role = _authorized(call, identity, claimed)
    session = mint(
        Order(
            kind="role",
            owner=role,
            name=call.form["RoleSessionName"],
            duration=checked_duration(call, role),
            policies=session_policies(call.form, call.world, role.account),
            tags=claimed.tags,
            transitive_keys=claimed.transitive_keys,
            source_identity=claimed.source_identity,
            provider=identity.providers[0],
            web_keys=identity.lasting_keys(),
            least_token=call.number("MinimumSessionTokenSize", 0),
        )
    )
    call.sessions.add(session)
    return assumed(session) | {
        "SubjectFromWebIdentityToken": identity.claims["sub"],
        "Provider": identity.claims["iss"],
        "Audience": identity.audience,
    }


def _identified(call: Call, google_issuer: str, oauth_providers: oauth.OAuthProviders) -> Shown:
    """ProviderId says which kind of token this is: with it an access token, without it an ID token."""
    if "ProviderId" not in call.form:
        return _verified(call, account_of(call.form["RoleArn"]), google_issuer)
    return AccessIdentity(oauth.told(call.form["ProviderId"], call.form["WebIdentityToken"], oauth_providers))


def _verified(call: Call, account: str, google_issuer: str) -> WebIdentity:
    """The token, when this account knows its issuer; an issuer that nobody registered is never asked."""
    token = call.form["WebIdentityToken"]
    issuer = str(openid.unverified(token)["iss"])
    built_in = issuer.removeprefix("https://") == GOOGLE or (bool(google_issuer) and issuer == google_issuer)
    registered = call.world.provider(account, issuer) if account else None
    if not built_in and registered is None:
        raise openid.invalid_token(f"No OpenIDConnect provider found in your account for {issuer}")
    claims = openid.verify(token, issuer=issuer, keys=call.keys)
    audience = _audience(claims, registered.client_ids if registered else ())
    if registered and audience not in registered.client_ids:
        raise openid.invalid_token("Incorrect token audience")
    provider = registered.arn if registered else ""
    return _identity(claims, audience, issuer, provider=provider, built_in=built_in)


def _identity(claims: dict[str, Any], audience: str, issuer: str, *, provider: str, built_in: bool) -> WebIdentity:
    parts = urlsplit(issuer)
    names = {provider: f"{parts.netloc}{parts.path}"} if provider else {}
    names |= {GOOGLE: GOOGLE} if built_in else {}
    return WebIdentity(claims, audience, tuple(names), tuple(names.values()))


def _audience(claims: Mapping[str, Any], client_ids: tuple[str, ...]) -> str:
    """``azp`` stands for the audience when it is there; else the audience that the account knows."""
    if isinstance(claims.get("azp"), str):
        return str(claims["azp"])
    audiences = _listed(claims["aud"])
    return next((item for item in audiences if item in client_ids), audiences[0] if audiences else "")


def _listed(value: Any) -> list[str]:
    found = value if isinstance(value, list) else [] if value is None else [value]
    return [str(item) for item in found]


def _check_roles_claim(claims: Mapping[str, Any], role_arn: str) -> None:
    if ROLES_CLAIM in claims and role_arn not in _listed(claims[ROLES_CLAIM]):
        raise openid.invalid_token("The target role ARN is not present in the roles claim of the identity token")


def _claimed(claims: Mapping[str, Any]) -> Claimed:
    source = claims.get(SOURCE_CLAIM, "")
    if not isinstance(source, str):
        raise openid.invalid_token("The source identity claim must be a string")
    if source:
        parameters.validate({"SourceIdentity": source}, required=())
    tags, transitive = _tags(claims.get(TAGS_CLAIM, {}))
    return Claimed(tags, transitive, parameters.source_identity(source))


def _tags(claim: Any) -> tuple[dict[str, str], tuple[str, ...]]:
    """Each tag's value is an array of exactly one string."""
    try:
        given = claim.get("principal_tags", {}).items()
        pairs = [(str(key), value) for key, (value,) in ((k, list(v)) for k, v in given if isinstance(v, list))]
        transitive = tuple(str(key) for key in claim.get("transitive_tag_keys", []))
    except (AttributeError, TypeError, ValueError):
        raise openid.invalid_token("The tags claim is not of the documented form") from None
    if len(pairs) != len(given) or not all(isinstance(value, str) for _, value in pairs):
        raise openid.invalid_token("The tags claim is not of the documented form")
    return parameters.check_tags(pairs), transitive


def _authorized(call: Call, identity: Shown, claimed: Claimed) -> Identity:
    role_arn = call.form["RoleArn"]
    role = call.world.role(role_arn)
    keys = _keys(call, identity, claimed, role)
    for action in _actions(claimed):
        grant = Grant.NONE
        if role:
            grant = grant_for_provider(role.trust, identity.providers, action=action, resource=role_arn, context=keys)
        if grant is not Grant.DIRECT:
            raise access_denied(f"Not authorized to perform {action}")
    if role is None:
        raise AwsError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", status=403)
    return role


def _actions(claimed: Claimed) -> list[str]:
    found = ["sts:AssumeRoleWithWebIdentity"]
    found += ["sts:TagSession"] if claimed.tags else []
    return found + (["sts:SetSourceIdentity"] if claimed.source_identity else [])


def _keys(call: Call, identity: Shown, claimed: Claimed, role: Identity | None) -> Context:
    return context.build(
        call.surroundings,
        identity.keys(call.form["RoleArn"]),
        context.of_role(role.tags if role else {}),
        {
            "sts:RoleSessionName": call.form["RoleSessionName"],
            "sts:SourceIdentity": claimed.source_identity or (),
            "aws:TagKeys": tuple(claimed.tags),
            "sts:TransitiveTagKeys": claimed.transitive_keys,
            **{f"aws:RequestTag/{key}": value for key, value in claimed.tags.items()},
        },
    )
