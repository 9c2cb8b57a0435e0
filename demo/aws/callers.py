"""Who is calling: from a signed request to a principal that is known, current and proven."""

import hmac
from dataclasses import dataclass

from demo.aws import sigv4
from demo.aws.errors import AwsError, access_denied
from demo.aws.requests import Request
from demo.aws.sessions import Session, SessionStore
from demo.aws.world import Identity, World

SERVICES = ("sts", "iam", "s3", "organizations")


@dataclass(frozen=True)
class Caller:
    """An authenticated principal. ``owner`` holds the policies: the user, or the role behind the session."""

    access_key_id: str
    owner: Identity
    session: Session | None = None

    @property
    def account(self) -> str:
        return self.owner.account

    @property
    def arn(self) -> str:
        return self.session.arn if self.session else self.owner.arn

    @property
    def user_id(self) -> str:
        return self.session.user_id if self.session else self.owner.unique_id

    @property
    def tags(self) -> dict[str, str]:
        """The principal's tags; a session tag covers the role's tag of the same name, whatever its case."""
        session = self.session.tags if self.session else {}
        covered = {key.lower() for key in session}
        return {k: v for k, v in self.owner.tags.items() if k.lower() not in covered} | session


def authenticate(request: Request, claim: sigv4.Claim, *, world: World, sessions: SessionStore) -> Caller:
    """The caller of a signed request. Raises AwsError in the words of the service that is called."""
    if claim.service not in SERVICES:
        raise AwsError("UnknownService", f"The local AWS has no service {claim.service!r}.", status=404)
    caller, secret = _known(claim, world, sessions)
    if caller.session and caller.session.expired():
        raise expired_token(claim.service)
    sigv4.verify(request, claim, secret=secret)
    return caller


def _known(claim: sigv4.Claim, world: World, sessions: SessionStore) -> tuple[Caller, str]:
    session = sessions.get(claim.access_key_id)
    if session:
        if claim.token is None or not hmac.compare_digest(claim.token.encode(), session.token.encode()):
            raise invalid_token(claim.service)
        owner = owner_of(session, world)
        if owner is None:
            raise invalid_key(claim.service)
        return Caller(session.access_key_id, owner, session), session.secret
    key = world.long_term_key(claim.access_key_id)
    if key is None or not key.active:
        raise invalid_key(claim.service)
    if claim.token is not None:
        raise invalid_token(claim.service)
    return Caller(key.access_key_id, key.user), key.secret


def owner_of(session: Session, world: World) -> Identity | None:
    """The role or user behind a session, unless it is gone or was made anew under the same name."""
    find = world.user if session.kind == "federated" else world.role
    owner = find(session.owner_arn)
    return owner if owner and owner.unique_id == session.owner_id else None


def invalid_key(service: str) -> AwsError:
    if service == "s3":
        text = "The AWS Access Key Id you provided does not exist in our records."
        return AwsError("InvalidAccessKeyId", text, status=403)
    return AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", status=403)


def invalid_token(service: str) -> AwsError:
    if service == "s3":
        return AwsError("InvalidToken", "The provided token is malformed or otherwise invalid.")
    return invalid_key(service)


def expired_token(service: str) -> AwsError:
    if service == "s3":
        return AwsError("ExpiredToken", "The provided token has expired.")
    return AwsError("ExpiredToken", "The security token included in the request is expired", status=403)


def missing_authentication(service: str) -> AwsError:
    if service == "s3":
        return access_denied("Access Denied")
    return AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", status=403)
