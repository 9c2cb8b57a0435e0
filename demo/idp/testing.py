"""For tests: start both providers in their own process, and walk their pages without a browser.

with start_local_idps(redirect_uris={"google": callback}) as idps:
    callback_url = sign_in_as(requests.Session(), authorize_url, "alice")
    idps.google.fault("wrong-nonce")
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

from demo.idp.adfs import Adfs
from demo.idp.google import Google
from demo.idp.people import PEOPLE
from demo.idp.social import amazon, facebook
from demo.idp.social.provider import SocialShape

SECRET = "local-client-secret-that-is-no-secret"  # noqa: S105  # for loopback providers in tests
SCOPES = {"google": "openid email profile", "adfs": "openid allatclaims"}
CALLBACKS = {slug: f"http://testserver/accounts/oidc/{slug}/login/callback/" for slug in SCOPES}
CALLBACKS |= {slug: f"http://testserver/accounts/social/{slug}/login/callback/" for slug in ("facebook", "amazon")}
SECONDS = 10
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class LocalIdp:
    """One provider, as its client and its tests know it. `resource` is empty at Google."""

    slug: str
    origin: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    resource: str

    @property
    def issuer(self) -> str:
        return f"{self.origin}/{self.slug}"

    def discovery(self) -> dict[str, Any]:
        return _get(f"{self.issuer}/.well-known/openid-configuration")

    def fault(self, name: str = "", **description: Any) -> None:
        """Misbehave: a preset by name (demo/idp/presets.py), a description of one's own, or both together."""
        named = {"name": name} if name else {}
        _post(f"{self.origin}/_demo/faults", {"provider": self.slug, **named, **description})

    def logout_token(self, person: str = "alice", session: str = "", **forgery: Any) -> str:
        """A logout token for the portal's client; forged by a preset's name, claims, tamper, header, sign_with."""
        path = f"{self.origin}/_demo/logout-token/{self.slug}/{person}"
        return str(_post(path, {"session": session, **forgery})["logout_token"])

    def rotate(self, *, retire: bool = False) -> str:
        """Sign with a new key from now on; `retire` unpublishes the old ones. Returns the new kid."""
        return str(_post(f"{self.origin}/_demo/keys/{self.slug}/rotate", {"retire": retire})["kid"])

    def settings(self, **changes: Any) -> None:
        """code_seconds, access_token_seconds, id_token_seconds, remember."""
        _post(f"{self.origin}/_demo/settings/{self.slug}", changes)

    def calls(self, path: str = "") -> list[dict[str, Any]]:
        """What was asked of this provider since the last reset; `path` is below the issuer."""
        mine = [call for call in _get(f"{self.origin}/_demo/calls")["calls"] if call["provider"] == self.slug]
        return [call for call in mine if path in {"", call["path"]}]


@dataclass(frozen=True)
class LocalSocial:
    """Facebook's or Amazon's stand-in, as its client and its tests know it."""

    shape: SocialShape
    origin: str
    client_secret: str = field(repr=False)

    @property
    def slug(self) -> str:
        return self.shape.slug

    @property
    def base(self) -> str:
        """Where it is: the address that takes the place of its hosts."""
        return f"{self.origin}/{self.slug}"

    @property
    def client_id(self) -> str:
        return self.shape.client_id

    @property
    def app_id(self) -> str:
        return self.shape.app_ids[self.client_id]

    def subject(self, person_id: str) -> str:
        person = next(person for person in PEOPLE if person.id == person_id)
        made = person.facebook_id if self.slug == "facebook" else person.amazon_id
        return made(self.client_id)

    def fault(self, **description: Any) -> None:
        _post(f"{self.origin}/_demo/faults", {"provider": self.slug, **description})

    def settings(self, **changes: Any) -> None:
        """code_seconds, access_token_seconds, require_app_secret."""
        _post(f"{self.origin}/_demo/settings/{self.slug}", changes)

    def revoke(self, person_id: str) -> None:
        """Let a person remove the application from their account."""
        _post(f"{self.origin}/_demo/revoke/{self.slug}/{person_id}", {})

    def calls(self, path: str = "") -> list[dict[str, Any]]:
        """What was asked since the last reset; `path` is below `base`."""
        mine = [call for call in _get(f"{self.origin}/_demo/calls")["calls"] if call["provider"] == self.slug]
        return [call for call in mine if path in {"", call["path"]}]


@dataclass(frozen=True)
class LocalIdps:
    origin: str
    google: LocalIdp
    adfs: LocalIdp
    facebook: LocalSocial
    amazon: LocalSocial
    process: "subprocess.Popen[str]"

    def person(self, person_id: str, **changes: Any) -> None:
        """Change a person: disabled=True, groups=[...], email=..., and so on (people.CHANGEABLE)."""
        _post(f"{self.origin}/_demo/people/{person_id}", changes)

    def google_groups(self, **members: list[str]) -> None:
        """Replace members of Google groups of example.com: google_groups(aws_dev=["bob@example.com"])."""
        named = {f"{name.replace('_', '-')}@example.com": addresses for name, addresses in members.items()}
        _post(f"{self.origin}/_demo/google/groups", named)

    def service_account_key(self) -> dict[str, str]:
        """The key file of Google's service account, as its console would hand it out."""
        return _get(f"{self.origin}/_demo/google/service-account")

    def service_account(self, **changes: Any) -> None:
        """Change what administrators gave it: enabled, groups_reader, delegated_scopes."""
        _post(f"{self.origin}/_demo/google/service-account", changes)

    def rotate_service_account(self, *, retire: bool = False) -> None:
        _post(f"{self.origin}/_demo/google/service-account/rotate", {"retire": retire})

    def reset(self) -> None:
        _post(f"{self.origin}/_demo/reset", {})


@contextmanager
def start_local_idps(
    *,
    redirect_uris: Mapping[str, str | Sequence[str]] | None = None,
    client_secret: str = SECRET,
    state: Path | None = None,
    port: int = 0,
) -> Iterator[LocalIdps]:
    """Run both providers on a free port of 127.0.0.1 while the block runs.

    Raises RuntimeError if they do not start.
    """
    command = [sys.executable, "-m", "demo.idp", "--port", str(port), *_callbacks(redirect_uris or CALLBACKS)]
    command += ["--state", str(state)] if state else []
    environment = {**os.environ, "DEMO_CLIENT_SECRET": client_secret}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        try:
            yield _describe(process, client_secret)
        finally:
            process.terminate()
            process.wait(SECONDS)


def _callbacks(redirect_uris: Mapping[str, str | Sequence[str]]) -> list[str]:
    flags = []
    for slug, uris in redirect_uris.items():
        for uri in [uris] if isinstance(uris, str) else uris:
            flags += [f"--redirect-uri-{slug}", uri]
    return flags


def _describe(process: "subprocess.Popen[str]", secret: str) -> LocalIdps:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError("The local identity providers did not start; their message stands above.")
    origin = f"http://127.0.0.1:{json.loads(line)['port']}"
    google = LocalIdp("google", origin, Google.client_id, secret, SCOPES["google"], "")
    adfs = LocalIdp("adfs", origin, Adfs.client_id, secret, SCOPES["adfs"], Adfs.web_api)
    one, two = (LocalSocial(kind.SHAPE, origin, secret) for kind in (facebook, amazon))
    return LocalIdps(origin, google, adfs, one, two, process)


def sign_in_as(session: requests.Session, authorize_url: str, person: str) -> str:
    """Open the provider's page, press the person's button (id or name), return the callback URL it sends to.

    Raises AssertionError with the page's text if the provider shows no such button or does not redirect.
    """
    return _press(session, authorize_url, person)


def cancel(session: requests.Session, authorize_url: str) -> str:
    """Open the provider's page, press Cancel, return the callback URL with the error."""
    return _press(session, authorize_url, "cancel")


def _press(session: requests.Session, authorize_url: str, value: str) -> str:
    page = session.get(authorize_url, allow_redirects=False, timeout=SECONDS)
    if page.is_redirect:
        return str(page.headers["Location"])
    button = _button(page.text, value)
    answer = session.post(
        urljoin(page.url, button["action"]),
        data={button["name"]: button["value"]},
        allow_redirects=False,
        timeout=SECONDS,
    )
    if not answer.is_redirect:
        raise AssertionError(f"The provider answered {answer.status_code}:\n{answer.text}")
    return str(answer.headers["Location"])


class _Buttons(HTMLParser):
    """Every named button of a page, with the address its form posts to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self._action = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._action = given.get("action", "")
        if tag == "button" and "name" in given and "disabled" not in given:
            self.found.append({"aria-label": "", **given, "action": self._action})


def _button(page: str, wanted: str) -> dict[str, str]:
    parser = _Buttons()
    parser.feed(page)
    for button in parser.found:
        if wanted in {button["value"], button["aria-label"]}:
            return button
    raise AssertionError(f"The page has no button {wanted}:\n{page}")


def _post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    return _checked(requests.post(url, json=body, timeout=SECONDS))


def _get(url: str) -> dict[str, Any]:
    return _checked(requests.get(url, timeout=SECONDS))


def _checked(response: requests.Response) -> dict[str, Any]:
    if response.status_code != 200:
        raise AssertionError(f"{response.request.url} answered {response.status_code}: {response.text}")
    content: dict[str, Any] = response.json()
    return content
