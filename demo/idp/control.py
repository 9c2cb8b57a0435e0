"""The tests' handles on the providers, below /_demo: faults, people, groups, keys, settings, calls, reset."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from typing import Any, TypeVar

import flask
from werkzeug.exceptions import BadRequest, NotFound

from demo.idp.faults import forgery_of
from demo.idp.presets import PRESETS, settle
from demo.idp.provider import Provider, Settings
from demo.idp.social.provider import Social
from demo.idp.tokens import mint_logout_token
from demo.idp.world import World

Named = TypeVar("Named")


def blueprint(providers: dict[str, Provider], social: list[Social], world: World) -> flask.Blueprint:
    room = flask.Blueprint("control", __name__, url_prefix="/_demo")
    everybody: dict[str, Provider | Social] = {**providers, **{one.shape.slug: one for one in social}}

    def route(path: str, view: Callable[..., Any], method: str) -> None:
        room.add_url_rule(path, endpoint=f"{method} {path.replace('.', '-')}", view_func=view, methods=[method])

    route("/faults", lambda: {"waiting": world.faults.waiting(), "presets": sorted(PRESETS)}, "GET")
    route("/faults", lambda: _add_fault(world), "POST")
    route("/people", lambda: {"people": [asdict(person) for person in world.directory.everyone()]}, "GET")
    route("/people/<person_id>", lambda person_id: _change_person(world, person_id), "POST")
    route("/keys/<slug>/rotate", lambda slug: _rotate(_named(providers, slug)), "POST")
    route(
        "/logout-token/<slug>/<person_id>",
        lambda slug, person_id: _logout_token(world, providers, slug, person_id),
        "POST",
    )
    route("/settings/<slug>", lambda slug: _change_settings(_named(everybody, slug)), "POST")
    route("/revoke/<slug>/<person_id>", lambda slug, person_id: _revoke(_named(everybody, slug), person_id), "POST")
    route("/google/groups", lambda: _change_groups(world), "POST")
    route("/google/service-account", lambda: world.service_account.key_file(), "GET")
    route("/google/service-account", lambda: _change_account(world), "POST")
    route("/google/service-account/rotate", lambda: _rotate_account(world), "POST")
    route("/calls", lambda: {"calls": world.calls.all()}, "GET")
    route("/reset", lambda: _reset(providers, social, world), "POST")
    return room


def _body() -> dict[str, Any]:
    """The JSON object sent. Every handle asks for it: a foreign page cannot make a browser send one."""
    content = flask.request.get_json(silent=True)
    if not isinstance(content, dict):
        raise BadRequest("Send a JSON object.")
    return content


def _named(providers: Mapping[str, Named], slug: str) -> Named:
    if slug not in providers:
        raise NotFound(f"There is no provider {slug}.")
    return providers[slug]


def _add_fault(world: World) -> dict[str, Any]:
    try:
        world.faults.add(settle(_body()))
    except (TypeError, ValueError) as error:
        raise BadRequest(str(error)) from error
    return {"waiting": world.faults.waiting()}


def _change_person(world: World, person_id: str) -> dict[str, Any]:
    try:
        return asdict(world.directory.change(person_id, _body()))
    except KeyError as error:
        raise NotFound(f"There is no person {person_id}.") from error
    except ValueError as error:
        raise BadRequest(str(error)) from error


def _logout_token(world: World, providers: dict[str, Provider], slug: str, person_id: str) -> dict[str, Any]:
    """{"session": "..."} and how it is forged: a preset's name, or claims, tamper, header, sign_with as in a fault."""
    person, body = world.directory.get(person_id), _body()
    if person is None:
        raise NotFound(f"There is no person {person_id}.")
    session = str(body.pop("session", ""))
    try:
        forgery = forgery_of(
            {key: value for key, value in settle({**body, "provider": slug}).items() if key != "provider"}
        )
    except (TypeError, ValueError) as error:
        raise BadRequest(str(error)) from error
    return {"logout_token": mint_logout_token(_named(providers, slug), person, session=session, forgery=forgery)}


def _rotate(provider: Provider) -> dict[str, Any]:
    """{"retire": true} takes the old keys away at once, as `Update-AdfsCertificate -Urgent` does."""
    key = provider.keys.rotate(retire=_body().get("retire") is True)
    provider.keep()
    return {"kid": key.kid}


def _change_groups(world: World) -> dict[str, Any]:
    """{"aws-dev@example.com": ["bob@example.com"]} replaces the members of Google groups."""
    members = _body()
    if not all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in members.values()):
        raise BadRequest("Send lists of addresses by group.")
    world.groups.change(members)
    return {"changed": sorted(members)}


def _change_account(world: World) -> dict[str, Any]:
    """{"groups_reader": false} takes the administrator role from the service account, and so on."""
    try:
        world.service_account.change(_body())
    except TypeError as error:
        raise BadRequest(str(error)) from error
    return asdict(world.service_account.powers)


def _rotate_account(world: World) -> dict[str, Any]:
    """{"retire": true} deletes the old keys: key files that name them are worth nothing from now on."""
    return {"kid": world.service_account.keys.rotate(retire=_body().get("retire") is True).kid}


def _revoke(provider: Provider | Social, person_id: str) -> dict[str, Any]:
    """Somebody removes the application from their account: every token of theirs is void from now on."""
    _body()
    provider.vault.forget_person(person_id)
    return {}


def _change_settings(provider: Provider | Social) -> dict[str, Any]:
    known = {field.name: type(field.default) for field in fields(Settings)}
    for name, value in _body().items():
        if type(value) is not known.get(name):
            raise BadRequest(f"{name} is not a setting, or not of its type. Settings: {', '.join(known)}.")
    provider.settings = replace(provider.settings, **_body())
    return asdict(provider.settings)


def _reset(providers: dict[str, Provider], social: list[Social], world: World) -> dict[str, Any]:
    """Back to the start: people, settings, faults, calls, browsers, and every code and token. Keys stay."""
    _body()
    world.directory.reset()
    world.groups.reset()
    world.service_account.reset()
    world.faults.clear()
    world.calls.clear()
    for one in social:
        one.reset()
    for provider in providers.values():
        provider.settings = Settings()
        provider.browsers.clear()
        provider.vault.clear()
    return {}
