"""SCIM over HTTP: which path and method does what, and which error becomes which answer (RFC 7644, section 3)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from pydantic import ValidationError
from scim2_models import Error, NotFoundException, NotImplementedException, SCIMException

from accounts.providers import Provider
from accounts.scim import discovery, groups, users
from accounts.scim.answers import failed
from accounts.scim.call import Call
from accounts.scim.schema import TOLERANT
from audit.record import Actor

Act = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Endpoint:
    """What the methods do to a collection and to one of its resources, and what searches it."""

    many: dict[str, Act]
    one: dict[str, Act]
    search: Act


ENDPOINTS = {
    "Users": Endpoint(
        many={"GET": users.listed, "POST": users.create},
        one={"GET": users.shown, "PUT": users.replace, "PATCH": users.patch, "DELETE": users.delete},
        search=users.searched,
    ),
    "Groups": Endpoint(
        many={"GET": groups.listed, "POST": groups.create},
        one={"GET": groups.shown, "PUT": groups.replace, "PATCH": groups.patch, "DELETE": groups.delete},
        search=groups.searched,
    ),
}


def respond(*, request: HttpRequest, provider: Provider, path: str, actor: Actor) -> HttpResponse:
    """Return what SCIM answers; whatever a directory may send wrongly ends on SCIM's own error."""
    base = f"{settings.DAYPASS_BASE_URL}/scim/v2/{provider.slug}"
    call = Call(request=request, provider=provider, actor=actor, base=base)
    try:
        with TOLERANT:
            return _respond(call, [part for part in path.split("/") if part])
    except ValidationError as error:
        return _error(Error.from_validation_errors(error)[0])
    except SCIMException as error:
        return _error(error.to_error())
    except IntegrityError:  # the database's own constraints, which are on names alone
        return failed(409, "There is one of this name already.", "uniqueness")


def _error(error: Error) -> HttpResponse:
    return failed(error.status or 400, error.detail or "", error.scim_type or "")


def _respond(call: Call, parts: list[str]) -> HttpResponse:
    acts = {verb: partial(act, call) for verb, act in _acts(parts).items()}
    method = "GET" if call.request.method == "HEAD" else call.request.method or ""
    act = acts.get(method)
    return act() if act else failed(405, "This address does not take that method.", Allow=", ".join(acts))


def _acts(parts: list[str]) -> dict[str, Act]:
    """Return what each method does at this path; raise NotFoundException where there is nothing."""
    match parts:
        case ["ServiceProviderConfig"]:
            return {"GET": discovery.configuration}
        case ["ResourceTypes" | "Schemas" as kind]:
            return {"GET": _on(discovery.listed, kind)}
        case ["ResourceTypes" | "Schemas" as kind, key]:
            return {"GET": _on(discovery.shown, kind, key)}
        case [name] if name in ENDPOINTS:
            return ENDPOINTS[name].many
        case [name, ".search"] if name in ENDPOINTS:
            return {"POST": ENDPOINTS[name].search}
        case [name, key] if name in ENDPOINTS:
            return {verb: _on(act, key) for verb, act in ENDPOINTS[name].one.items()}
        case ["Me" | "Bulk" | ".search"]:
            raise NotImplementedException(detail="This is not supported; see ServiceProviderConfig.")
    raise NotFoundException(detail="There is no such resource.")


def _on(act: Act, *arguments: str) -> Act:
    return lambda call: act(call, *arguments)
