"""Every address with somebody who is let in there, and what they do undone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.test import Client
from django.urls import resolve

from sdk.models import Authorization
from tests.addresses import Address, addresses
from tests.conftest import SANDBOX
from tests.portal import administered
from tests.portal.administered import World, model_of
from tests.providers import provider_of


@contextmanager
def undone() -> Iterator[None]:
    """Roll back what happens inside, as the test's own transaction does, so that views may ask for a durable one."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]  # as Django's TestCase marks its own
    with block:
        yield
        transaction.set_rollback(True)


def path_of(place: Address, found: World) -> str:
    if model_of(place):
        return administered.path_of(place, found)
    known = {"account_id": SANDBOX, "role_name": "Mine", "slug": "google", "path": "/Users", "0": "events", "1": "csv"}
    known |= {"factor_id": str(Authenticator.objects.get(type="totp").pk), "app_label": "roles", "url": "nothing/"}
    known |= {"provider_id": provider_of(place), "ask_id": "nothing"}
    known |= {"session_id": str(found.one["issuedsession"].pk), "sign_in_id": str(found.people["erin"].pk)}
    known |= {"authorization_id": str(Authorization.objects.get(sign_in=found.people["erin"]).pk)}
    identity = SocialAccount.objects.get(provider="adfs", uid="erin")
    return place.filled(lambda gap: str(identity.pk) if place.name == "accounts:unlink" else known[gap])


def walk(found: World, erin: Client) -> Iterator[tuple[Address, str, Any, Client]]:
    """Give each address with its path, its view, and whoever is let in there."""
    stranger = Client(raise_request_exception=False)
    for place in addresses():
        path = path_of(place, found)
        view = resolve(path).func
        yield place, path, view, erin if getattr(view, "login_required", True) else stranger
