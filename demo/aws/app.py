"""The front: every request is recorded, authenticated and authorized, then answered by STS or by moto."""

import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from werkzeug import Response

from demo.aws import context, iam_asks, s3_asks, signin, sigv4
from demo.aws.authorize import Ask, check
from demo.aws.callers import Caller, authenticate, missing_authentication
from demo.aws.calls import Call as CallRow
from demo.aws.calls import Record, without_secrets
from demo.aws.control import PREFIX, Control
from demo.aws.errors import AwsError, access_denied, new_request_id, render
from demo.aws.faults import DroppedError, Faults
from demo.aws.grants import grant_for
from demo.aws.oauth import OAuthProviders
from demo.aws.openid import KeyRing
from demo.aws.requests import Request
from demo.aws.sessions import SessionStore
from demo.aws.sts import assume_role, identity, web_identity
from demo.aws.sts.call import Call, answer
from demo.aws.world import World

UNSIGNED = "AssumeRoleWithWebIdentity"
# Paths that moto serves to anybody; no bucket of these names exists here.
MOTO_PATHS = ("/moto-api", "/latest", "/favicon.ico")


@dataclass(frozen=True)
class Settings:
    google_issuer: str = ""
    sts_delay: float = 0.0  # seconds that every STS call takes longer
    oauth_providers: OAuthProviders = field(default_factory=OAuthProviders)


class LocalAws:
    """A WSGI application."""

    def __init__(self, world: World, sessions: SessionStore, settings: Settings) -> None:
        self._world = world
        self._sessions = sessions
        self._settings = settings
        self._keys = KeyRing()
        self._record = Record()
        self._faults = Faults()
        self._control = Control(self._record, self._faults)
        self._signin = signin.SignIn(world, sessions)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request.read(environ)
        if request.path.startswith(PREFIX):
            return self._control(request)(environ, start_response)
        if request.path == signin.PATH:
            return self._federation(request)(environ, start_response)
        return self._api(request)(environ, start_response)

    def _federation(self, request: Request) -> Response:
        action = request.form.get("Action", "")
        row = CallRow("signin", action, without_secrets(request.form), new_request_id())

        def act() -> Response:
            acts = {"getSigninToken": self._signin.get_signin_token, "login": self._signin.login}
            if action not in acts:
                raise signin.bad("Action must be getSigninToken or login.")
            response, session = acts[action](request)
            row.principal = session.arn
            return response

        return self._recorded(request, row, act, signin.render_error)

    def _api(self, request: Request) -> Response:
        service, action, parameters = _what(request)
        row = CallRow(service, action, without_secrets(parameters), new_request_id())

        def fail(error: AwsError) -> Response:
            return render(error, service=service, request_id=row.request_id, resource=request.path)

        return self._recorded(request, row, lambda: self._answer(request, row), fail)

    def _recorded(
        self,
        request: Request,
        row: CallRow,
        act: Callable[[], Response],
        fail: Callable[[AwsError], Response],
    ) -> Response:
        self._record.add(row)
        try:
            self._faults.strike(row.action, request.environ.get("werkzeug.socket"))
            response = act()
        except DroppedError:
            return Response(status=500)
        except AwsError as error:
            row.error = error.code
            response = fail(error)
        except Exception:  # noqa: BLE001  # whatever broke here, the client gets AWS's answer and not a traceback
            traceback.print_exc(file=sys.stderr)
            row.error = "InternalFailure"
            response = fail(AwsError("InternalFailure", "The request processing has failed.", status=500))
        row.status = response.status_code
        return response

    def _answer(self, request: Request, row: CallRow) -> Response:
        claim = sigv4.read(request)
        if row.service == "sts":
            time.sleep(self._settings.sts_delay)
        if claim is None and not (row.service == "sts" and row.action == UNSIGNED):
            raise missing_authentication(row.service)
        caller = None
        if claim is not None:
            caller = authenticate(request, claim, world=self._world, sessions=self._sessions)
            row.principal = caller.arn
        if row.service == "sts":
            return self._sts(request, row, caller, claim.region if claim else "us-east-1")
        if caller is None or claim is None:
            raise missing_authentication(row.service)
        serve = self._s3 if row.service == "s3" else self._management
        return serve(request, row, caller, claim.region)

    def _sts(self, request: Request, row: CallRow, caller: Caller | None, region: str) -> Response:
        actions: dict[str, Callable[[Call], dict[str, Any]]] = {
            "AssumeRole": assume_role.assume_role,
            UNSIGNED: lambda call: web_identity.assume_role_with_web_identity(
                call, google_issuer=self._settings.google_issuer, oauth_providers=self._settings.oauth_providers
            ),
            "GetCallerIdentity": identity.get_caller_identity,
            "GetAccessKeyInfo": identity.get_access_key_info,
            "GetFederationToken": identity.get_federation_token,
        }
        if row.action not in actions:
            raise AwsError("InvalidAction", f"Could not find operation {row.action} for version 2011-06-15")
        _refuse_federated(caller, but="GetCallerIdentity", action=row.action)
        call = Call(request, request.form, caller, region, self._world, self._sessions, self._keys)
        return answer(row.action, actions[row.action](call), row.request_id)

    def _s3(self, request: Request, row: CallRow, caller: Caller, region: str) -> Response:
        if request.path.startswith(MOTO_PATHS):
            raise AwsError("NoSuchBucket", "The specified bucket does not exist", status=404)
        for ask in s3_asks.asks(request):
            keys = context.build(context.of_request(request, region), context.of_caller(caller), s3_asks.keys(request))
            owner, policy = self._world.bucket(ask.bucket) or (caller.account, None)
            grant = grant_for(policy, caller, action=ask.action, resource=ask.resource, context=keys)
            check(caller, Ask(ask.action, ask.resource, keys), grant=grant, owner_account=owner)
        change = request.method not in ("GET", "HEAD")
        return self._world.forward(request.environ, request.body, account=caller.account, change=change)

    def _management(self, request: Request, row: CallRow, caller: Caller, region: str) -> Response:
        """IAM and Organizations."""
        if not row.action:
            raise AwsError("InvalidAction", "The request names no action.")
        if caller.session and caller.session.kind == "federated":
            raise access_denied("Cannot call IAM operations with federated user credentials")
        keys = context.build(context.of_request(request, region), context.of_caller(caller))
        resource = iam_asks.resource(request.form, caller.account) if row.service == "iam" else "*"
        check(caller, Ask(f"{row.service}:{row.action}", resource, keys))
        change = iam_asks.is_change(row.action)
        return self._world.forward(request.environ, request.body, account=caller.account, change=change)


def _refuse_federated(caller: Caller | None, *, but: str, action: str) -> None:
    if caller and caller.session and caller.session.kind == "federated" and action != but:
        raise access_denied(f"Cannot call {action} with federated user credentials")


def _what(request: Request) -> tuple[str, str, dict[str, str]]:
    """Service, action and parameters as the request states them; the signature is checked later."""
    service = _service(request)
    if service == "s3":
        return service, _s3_action(request), {"path": request.path} | dict(request.query)
    return service, iam_asks.operation(request, service), iam_asks.parameters(request, service)


def _service(request: Request) -> str:
    try:
        claim = sigv4.read(request)
    except AwsError:
        claim = None
    if claim is not None:
        return claim.service
    if "x-amz-target" in request.headers:
        return "organizations"
    return "sts" if "Action" in request.form else "s3"


def _s3_action(request: Request) -> str:
    try:
        found = s3_asks.asks(request)
    except AwsError:
        return "Unknown"
    return found[0].action.removeprefix("s3:")
