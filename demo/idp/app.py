"""The Flask application that serves all providers from one origin."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import flask
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from demo.idp import control, endpoints
from demo.idp.adfs import Adfs
from demo.idp.authorize import RefusedError
from demo.idp.google import Google
from demo.idp.people import Directory
from demo.idp.provider import Provider, Shape, open_provider
from demo.idp.service_account import ServiceAccount
from demo.idp.social import amazon, facebook
from demo.idp.social.provider import Social, open_social
from demo.idp.world import BASE_POLICY, World

SHAPES: tuple[Shape, ...] = (Google(), Adfs())


def create_app(
    *,
    origin: str,
    redirect_uris: Mapping[str, Sequence[str]],
    secret: str,
    state: Path | None = None,
    logout_uri: str = "",
) -> flask.Flask:
    """Build the application. `origin` is where it will be reached; it becomes part of the issuers.

    `logout_uri` is the portal's, for ADFS's front-channel logout.
    """
    app = flask.Flask("demo.idp", root_path=str(Path(__file__).parent))
    # Only its own address: another name for this machine (DNS rebinding) reaches nothing.
    app.config["TRUSTED_HOSTS"] = [urlsplit(origin).hostname]
    directory = Directory()
    world = World(directory, ServiceAccount(f"{origin}/{Google.slug}{Google.token[0]}", directory))
    providers = {
        shape.slug: open_provider(
            shape,
            origin=origin,
            redirect_uris=redirect_uris.get(shape.slug, ()),
            secret=secret,
            directory=directory,
            state=state,
            logout_uri=logout_uri if shape.slug == Adfs.slug else "",
        )
        for shape in SHAPES
    }
    social = _social(redirect_uris, secret, directory, state)
    _wire(app, providers, social, world)
    return app


def _social(
    redirect_uris: Mapping[str, Sequence[str]], secret: str, directory: Directory, state: Path | None
) -> list[Social]:
    """Open the stand-ins for Facebook Login and Login with Amazon."""
    return [
        open_social(
            kind.SHAPE,
            redirect_uris=redirect_uris.get(kind.SHAPE.slug, ()),
            secret=secret,
            directory=directory,
            state=state,
        )
        for kind in (facebook, amazon)
    ]


def _wire(app: flask.Flask, providers: dict[str, Provider], social: list[Social], world: World) -> None:
    for provider in providers.values():
        app.register_blueprint(endpoints.blueprint(provider, world))
    for kind, one in zip((facebook, amazon), social, strict=True):
        app.register_blueprint(kind.blueprint(one, world))
    for slug in [*providers, *(one.shape.slug for one in social)]:
        app.after_request_funcs.setdefault(slug, []).append(world.calls.record)
    app.register_blueprint(control.blueprint(providers, social, world))
    app.after_request(_headers)
    app.register_error_handler(RefusedError, _refused)
    app.register_error_handler(HTTPException, _plain_error)
    app.add_url_rule("/", view_func=lambda: _home(providers), endpoint="home")
    # Browsers ask for it unasked; a 404 would stand in their console.
    app.add_url_rule("/favicon.ico", view_func=lambda: ("", 204), endpoint="favicon")


def _home(providers: dict[str, Provider]) -> dict[str, Any]:
    return {"issuers": {slug: provider.issuer for slug, provider in providers.items()}}


def _refused(error: RefusedError) -> Response:
    page = flask.render_template("refused.html", problem=str(error))
    return Response(page, 400, content_type="text/html; charset=utf-8")


def _plain_error(error: HTTPException) -> Response:
    response = flask.jsonify(error=error.name, message=error.description)
    response.status_code = error.code or 500
    return response


def _headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", f"{BASE_POLICY}; form-action 'none'")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
