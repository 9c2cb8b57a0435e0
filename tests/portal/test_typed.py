"""What somebody typed into a form survives that their sign-in ended meanwhile, on every page that has a form.

The pages come from the URL table. Each is filled with what nobody would choose, sent too late, and opened again after
signing in: every field that one types into holds it.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialApp
from django.conf import settings as django_settings
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from accounts.admit import admit
from accounts.journey import Journey
from accounts.models import SignIn
from accounts.oidc.flow import DaypassProvider
from tests.accounts.linking.actors import identity, sign_in_of
from tests.accounts.second_factor.conftest import give_app
from tests.addresses import Address, addresses
from tests.conftest import SANDBOX, Browser, MakeRole, Signed
from tests.forms import Form, forms_of
from tests.portal.administered import World, confirm, model_of, path_of, world
from tests.portal.test_admin import PROVIDER

# A code that is good once, a passkey's name that needs its ceremony anew, a password that nobody is signed in with.
ASKED_ANEW = {"accounts:break_glass", "accounts:add_passkey", "accounts:add_app"}


@pytest.fixture
def found(
    signed_in: Signed,
    make_role: MakeRole,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    monkeypatch.setenv("TEST_CLIENT_SECRET", "only-for-tests")
    (tmp_path / "daypass.toml").write_text(PROVIDER)
    settings.DAYPASS_PROVIDERS = str(tmp_path / "daypass.toml")
    make_role("Mine", "user:erin@example.com", requires_reason=True)
    make_role("Plain", "user:erin@example.com")
    return world(signed_in, make_role)


def pages(client: Client, found: World, factor: int) -> Iterator[tuple[Address, str, Form]]:
    """Give every form that erin finds and that one types into, with its address and path."""
    known = {"factor_id": str(factor), "account_id": SANDBOX, "slug": "google"}
    for place in addresses():
        for role_name in ("Mine", "Plain"):
            values = {**known, "role_name": role_name}
            path = path_of(place, found) if model_of(place) else place.filled(lambda name: values.get(name, "1"))  # noqa: B023  # called at once
            for form in [] if place.name in ASKED_ANEW else forms_on(client, path):
                yield place, path, form
            if "role_name" not in place.parameters:
                break


def forms_on(client: Client, path: str) -> list[Form]:
    answer = client.get(path)
    is_page = answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    return [form for form in forms_of(answer.content.decode()) if form.typed] if is_page else []


def again(client: Client, name: str) -> None:
    """Let this person come in by this browser, from the sign-in page on."""
    request = RequestFactory().get("/")
    request.session, request.user = client.session, AnonymousUser()
    app = SocialApp(provider="openid_connect", provider_id="google", name="Google", client_id="x")
    with request_context(request):
        admit(
            request=request,
            social=DaypassProvider(request, app=app),
            identity=identity(("google", name)),
            journey=Journey(),
        )
    SignIn.objects.filter(pk=sign_in_of(request).pk).update(
        principals=[f"user:{name}@example.com", "group:adfs:Daypass-Admins"]
    )
    request.session.save()
    client.cookies[django_settings.SESSION_COOKIE_NAME] = request.session.session_key or ""


def end_all() -> None:
    SignIn.objects.filter(ended_at=None).update(last_seen_at=timezone.now() - timedelta(days=1))


def send_too_late(client: Client, path: str, form: Form, **headers: str) -> tuple[dict[str, str], Any]:
    typed = {name: f"9{number}" for number, name in enumerate(sorted(form.typed))}
    end_all()
    referer = {"Referer": f"http://testserver{path}", **headers}
    return typed, client.post(form.action or path, {**form.data, **typed}, headers=referer)


def shown(client: Client, path: str, form: Form) -> dict[str, str]:
    same = [each for each in forms_on(client, path) if each.action == form.action and each.typed >= form.typed]
    return {name: value.strip() for name, value in same[0].data.items() if name in form.typed} if same else {}


def test_what_was_typed_is_there_again_on_every_page(found: World, browser: Browser) -> None:
    erin = found.people["erin"]
    client, _ = browser(erin), give_app(erin.user)
    confirm(erin)
    walked = list(pages(client, found, Authenticator.objects.get(type="totp").pk))
    lost = {}
    for place, path, form in walked:
        typed, answer = send_too_late(client, path, form)
        assert (answer.status_code, unquote(answer.headers["Location"])) == (302, f"/sign-in/?next={path}")
        assert "What you typed is kept" in client.get(answer.headers["Location"]).content.decode()
        again(client, "erin")
        confirm(erin)
        if (now := shown(client, path, form)) != typed:
            lost[place.name] = {name: (typed[name], now.get(name)) for name in typed if typed[name] != now.get(name)}
    assert lost == {}
    assert {place.name for place, *_ in walked} >= {
        *("credentials:role", "sdk:token", "accounts:rename_factor"),
        *("admin:roles_role_add", "admin:roles_role_change", "admin:roles_awsaccount_change"),
    }
