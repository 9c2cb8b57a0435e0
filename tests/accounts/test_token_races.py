"""Renewing a token while others do the same, or end the sign-in, on committed rows."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from accounts import wire
from accounts.confirm import confirm
from accounts.models import SignIn
from accounts.oidc import grants
from accounts.sessions import end_sign_in
from accounts.tokens import SignInEnded, web_identity_token_for
from audit.models import Event
from demo.idp.testing import LocalIdp
from tests.accounts.conftest import SignInAs
from tests.accounts.oidc.logout.test_back import post
from tests.accounts.test_confirm import near_limit
from tests.accounts.test_tokens import REFRESH, kept, left, refreshes


@pytest.mark.lane("postgresql")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seconds", [0, 90])
def test_many_who_ask_at_once_renew_once(idp: LocalIdp, real_sign_in: SignInAs, seconds: int) -> None:
    sign_in = real_sign_in(idp.slug)
    old = kept(sign_in)
    left(sign_in, seconds)
    idp.fault(token_response={"delay": 0.3}, grant=REFRESH, times=8)
    start = threading.Barrier(8)

    def ask(_number: int) -> str:
        start.wait()
        try:
            return web_identity_token_for(sign_in=SignIn.objects.get())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(ask, range(8)))
    new = kept(SignIn.objects.get())
    assert refreshes(idp) == 1
    assert tokens == ({new} if seconds == 0 else {new, old})


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_provider_is_asked(
    idp: LocalIdp, real_sign_in: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    ask: Callable[..., object] = wire.post_form

    def watched(*args: object, **options: object) -> object:
        seen.append(connection.in_atomic_block)
        return ask(*args, **options)

    monkeypatch.setattr(grants, "post_form", watched)
    left(real_sign_in(idp.slug), 0)
    web_identity_token_for(sign_in=SignIn.objects.get())
    assert seen == [False, False]


@pytest.mark.django_db(transaction=True)
def test_a_sign_in_that_ends_during_its_renewal_gets_nothing_back(
    idp: LocalIdp, real_sign_in: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in = real_sign_in(idp.slug)
    left(sign_in, 0)
    ask: Callable[..., object] = wire.post_form

    def ended_meanwhile(*args: object, **options: object) -> object:
        end_sign_in(sign_in=SignIn.objects.get(), reason=SignIn.Ended.BY_PERSON)
        return ask(*args, **options)

    monkeypatch.setattr(grants, "post_form", ended_meanwhile)
    with pytest.raises(SignInEnded):
        web_identity_token_for(sign_in=sign_in)
    sign_in.refresh_from_db()
    assert (sign_in.web_identity_token, sign_in.refresh_token, sign_in.end_reason) == ("", "", "by_person")


@pytest.mark.lane("postgresql")
@pytest.mark.django_db(transaction=True)
def test_workers_who_confirm_the_same_sign_in_ask_once(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = near_limit(real_sign_in(idp.slug))
    idp.fault(token_response={"delay": 0.3}, grant=REFRESH, times=4)
    start = threading.Barrier(4)

    def work(_number: int) -> None:
        start.wait()
        try:
            confirm(sign_in.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert refreshes(idp) == 1
    assert Event.objects.filter(tag="accounts:sign_in:refresh").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_logout_at_the_provider_during_a_confirmation_wins(
    idp: LocalIdp, real_sign_in: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in = near_limit(real_sign_in(idp.slug))
    ask: Callable[..., object] = wire.post_form

    def told_meanwhile(*args: object, **options: object) -> object:
        assert post(idp, idp.logout_token()).status_code == 200
        return ask(*args, **options)

    monkeypatch.setattr(grants, "post_form", told_meanwhile)
    confirm(sign_in.pk)
    sign_in.refresh_from_db()
    assert (sign_in.web_identity_token, sign_in.refresh_token, sign_in.end_reason) == ("", "", "provider_logout")
    assert not Event.objects.filter(tag="accounts:sign_in:refresh").exists()
