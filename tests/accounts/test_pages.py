"""Every page of this room, found by its address: no cache keeps an answer, no report of an error a secret."""

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django import forms
from django.urls import URLPattern, reverse
from pytest_django import Settings

from accounts.models import SignIn
from accounts.second_factor.forms import DigitsField
from accounts.urls import pages
from demo.idp.testing import LocalIdps
from tests.accounts.second_factor.conftest import give_app, row
from tests.accounts.step_up.conftest import RECENT, ask_of
from tests.conftest import Browser, Signed

Answer = Any  # django-stubs gives the test client's answer a name that cannot be imported
# By the name of the address: what Django's reports of errors leave out of what was posted there.
SECRETS = {
    "break_glass": ("password",),
    "add_app": ("code",),
    "step_up_code": ("code",),
    "step_up_recovery": ("recovery_code",),
}


@pytest.fixture(params=pages, ids=lambda page: page.name)
def answers(
    request: pytest.FixtureRequest, idps: LocalIdps, signed_in: Signed, browser: Browser, settings: Settings
) -> tuple[str, list[Answer]]:
    """The name of an address, and what GET and POST are answered there."""
    settings.DAYPASS_BREAK_GLASS = True
    alice = signed_in("alice", provider="adfs")
    give_app(alice.user)
    SocialAccount.objects.create(user=alice.user, provider="google", uid="alice")
    page: URLPattern = request.param
    given = [opened(page, alice, browser, method) for method in ("POST", "GET")]
    return str(page.name), [answer for answer in given if answer.status_code != 405]


def opened(page: URLPattern, alice: SignIn, browser: Browser, method: str) -> Answer:
    SignIn.objects.update(ended_at=None)
    client = browser(alice)
    known = {"sign_in_id": alice.pk, "factor_id": row(alice.user, "totp").pk, "provider_id": "google"}
    known |= {"account_id": SocialAccount.objects.get().pk, "ask_id": ask_of(client, RECENT, own_factors=True).id}
    gaps = {name: known[name] for name in page.pattern.converters}
    return client.generic(method, reverse(f"accounts:{page.name}", kwargs=gaps))


def test_no_cache_keeps_an_answer(answers: tuple[str, list[Answer]]) -> None:
    name, given = answers
    assert not {404, 500} & {answer.status_code for answer in given}
    kept = {answer.headers.get("Cache-Control") for answer in given}
    assert kept == ({None} if name == "end_sign_in" else {"no-store"})  # that one leads back to the list, and no more


def test_reports_of_errors_leave_the_secrets_of_a_form_out(answers: tuple[str, list[Answer]]) -> None:
    name, [posted, *_] = answers
    assert getattr(posted.wsgi_request, "sensitive_post_parameters", ()) == SECRETS.get(name, ())


def test_all_secrets_of_forms_are_left_out() -> None:
    fields = {name: field for form in every(forms.Form) for name, field in form.base_fields.items()}
    typed = {name for name, field in fields.items() if is_secret(field)}
    assert typed == {name for names in SECRETS.values() for name in names}


def every(form: type[forms.Form]) -> list[type[forms.Form]]:
    """Return this room's forms of that kind."""
    below = [each for child in form.__subclasses__() for each in (child, *every(child))]
    return [each for each in below if each.__module__.startswith("accounts.")]


def is_secret(field: forms.Field) -> bool:
    return isinstance(field, DigitsField) or isinstance(field.widget, forms.PasswordInput)
