"""Where no token is: after real sign-ins, a renewal and a refusal, in the database, the session, the log and pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.custody import Custody
from accounts.models import SignIn
from accounts.sessions import end_sign_in
from accounts.tokens import web_identity_token_for
from demo.idp.testing import LocalIdp
from tests.accounts.conftest import Walk

pytestmark = pytest.mark.django_db


def everything() -> str:
    """Return all that stands in the database, as text."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # the database's own names
            rows += cursor.fetchall()
    return repr(rows)


def walked(idp: LocalIdp) -> tuple[Walk, set[str]]:
    """Sign in, renew and be refused; return the browser and every secret that was seen on the way."""
    walk = Walk()
    pages = [walk.sign_in(idp.slug, "alice").content]
    secrets = {idp.client_secret, *opened(SignIn.objects.get())}
    SignIn.objects.update(web_identity_token_expires_at=timezone.now() + timedelta(seconds=30))
    secrets |= {web_identity_token_for(sign_in=SignIn.objects.get()), *opened(SignIn.objects.get())}
    address = walk.come_back(idp.slug, "alice")
    idp.fault("wrong-nonce")
    pages += [walk.client.get(address).content, walk.client.get("/sign-ins/").content]
    assert not [secret for secret in secrets if secret.encode() in b"".join(pages)]
    return walk, secrets


def opened(sign_in: SignIn) -> set[str]:
    custody = Custody.from_settings()
    names = ("web_identity_token", "refresh_token")
    return {custody.open(getattr(sign_in, name), context=sign_in.context(name)) for name in names}


def test_no_token_stands_anywhere_in_plain_text(idp: LocalIdp, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    walk, secrets = walked(idp)
    kept = everything() + repr(dict(walk.client.session.items())) + caplog.text
    assert len(secrets) >= 4
    assert "alice@example.com" in kept
    assert [secret for secret in secrets if secret in kept] == []


def test_nothing_of_them_is_left_when_the_sign_in_ends(idp: LocalIdp) -> None:
    walked(idp)
    sealed = list(SignIn.objects.values_list("web_identity_token", "refresh_token").get())
    end_sign_in(sign_in=SignIn.objects.get(), reason=SignIn.Ended.SIGNED_OUT)
    assert [text for text in sealed if text in everything()] == []
