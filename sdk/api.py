"""What AWS's clients call: the operations of sso-oidc and sso by their paths. Each reads, acts and answers in JSON."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.limits import limit_address
from audit.record import Origin
from portal.http import origin
from sdk import clients, container, devices, grants, limits, listing
from sdk.authorizations import log_out
from sdk.bearer import authorization_of, unauthorized
from sdk.body import body_of
from sdk.errors import SdkError
from sdk.header import bearer_token
from sdk.issuing import as_json, role_credentials
from sdk.models import Authorization

Operation = Callable[[HttpRequest], HttpResponse]
PATIENCE = {"AuthorizationPendingException", "SlowDownException"}  # a device that waits asks every two seconds


def register_client(request: HttpRequest) -> HttpResponse:
    limit_address(request, limits.REGISTER)
    return JsonResponse(clients.register(body_of(request), origin=from_sdk(request)))


def start_device_authorization(request: HttpRequest) -> HttpResponse:
    limit_address(request, limits.DEVICE)
    return JsonResponse(devices.start(body_of(request), origin=from_sdk(request)))


def create_token(request: HttpRequest) -> HttpResponse:
    """Answer with tokens. Refusals alone are limited, so that who shares an address with a guesser goes on."""
    if "aws_iam" in request.GET:
        raise SdkError("InvalidRequestException", "CreateTokenWithIAM is not offered here.")
    try:
        return JsonResponse(grants.create_token(body_of(request), origin=from_sdk(request)))
    except SdkError as error:
        if error.kind not in PATIENCE:
            limit_address(request, limits.TOKEN_REFUSAL)
        raise


def list_accounts(request: HttpRequest) -> HttpResponse:
    size, after = request.GET.get("max_result", ""), request.GET.get("next_token", "")
    return JsonResponse(listing.accounts_page(sign_in=bearer(request).sign_in, size=size, after=after))


def list_account_roles(request: HttpRequest) -> HttpResponse:
    size, after = request.GET.get("max_result", ""), request.GET.get("next_token", "")
    sign_in, account_id = bearer(request).sign_in, request.GET.get("account_id", "")
    return JsonResponse(listing.roles_page(sign_in=sign_in, account_id=account_id, size=size, after=after))


def get_role_credentials(request: HttpRequest) -> HttpResponse:
    credentials = role_credentials(
        authorization=bearer(request),
        account_id=request.GET.get("account_id", ""),
        role_name=request.GET.get("role_name", ""),
        origin=from_sdk(request),
    )
    return JsonResponse(as_json(credentials))


def get_container_credentials(request: HttpRequest) -> HttpResponse:
    account_id, _, role_name = request.path_info.removeprefix(container.PATH).partition("/")
    credentials = container.container_credentials(
        header=request.headers.get("authorization", ""),
        account_id=account_id,
        role_name=role_name,
        origin=from_sdk(request),
    )
    return JsonResponse(container.as_json(credentials, account_id))


def logout(request: HttpRequest) -> HttpResponse:
    """End what the tool of this token holds. A token that is not ours is neither looked at again nor written down.

    One that is over by the clock still says whose it is: CLIs do not renew it to sign out.
    """
    log_out(authorization=bearer(request, worn=True), origin=from_sdk(request))
    return HttpResponse(status=200)


def bearer(request: HttpRequest, *, worn: bool = False) -> Authorization:
    """Return whose token this is. One that is narrowed to a role has no business with these operations."""
    authorization = authorization_of(bearer_token(request), worn=worn)
    if authorization.kind == Authorization.Kind.CONTAINER:
        raise unauthorized()
    return authorization


def from_sdk(request: HttpRequest) -> Origin:
    return origin(request, door="sdk")


OPERATIONS: dict[str, dict[str, Operation]] = {
    "/client/register": {"POST": register_client},
    "/device_authorization": {"POST": start_device_authorization},
    "/token": {"POST": create_token},
    "/assignment/accounts": {"GET": list_accounts},
    "/assignment/roles": {"GET": list_account_roles},
    "/federation/credentials": {"GET": get_role_credentials},
    "/logout": {"POST": logout},
}
# Nothing else lives below these, so that a mistyped path is told so in JSON.
PREFIXES = (container.PATH, "/client/", "/device_authorization/", "/token/", "/assignment/", "/federation/", "/logout/")


def operations_at(path: str) -> dict[str, Operation]:
    """Return the operations of a path by their method; none for a path that is unknown."""
    return {"GET": get_container_credentials} if path.startswith(container.PATH) else OPERATIONS.get(path, {})
