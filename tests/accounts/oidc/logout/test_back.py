"""Back-channel logout: what is no genuine, fresh logout token of this provider for this portal ends nothing."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.limits import Limit
from accounts.models import SignIn, SpentLogoutToken
from accounts.oidc.logout.back import forget_spent_tokens
from audit.models import Event
from demo.idp.testing import LocalIdp, LocalIdps
from tests.accounts.conftest import Answer, SignInAs
from tests.accounts.oidc.test_bad_tokens import named as client_named
from tests.accounts.test_middleware import is_turned_away
from tests.accounts.test_tokens import kept
from tests.conftest import Browser

pytestmark = pytest.mark.django_db


def post(idp: LocalIdp, token: object, slug: str = "") -> Answer:
    path = f"/accounts/oidc/{slug or idp.slug}/logout/back/"
    return Client(enforce_csrf_checks=True).post(path, {"logout_token": token})


def assert_refused(answer: Answer, reason: str) -> None:
    """Assert that nothing ended, the provider was told no more than that, and the ledger was told why."""
    event = Event.objects.get(tag="accounts:sign_in:logout_refuse")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (400, "no-store")
    assert answer.json()["error"] == "invalid_request"
    assert (event.details["reason"], event.details["channel"]) == (reason, "back")
    assert "eyJ" not in str(event.details)
    assert not SignIn.objects.exclude(ended_at=None).exists()
    assert not SpentLogoutToken.objects.exists()


FORGED = {
    "alg-none": "algorithm",
    "alg-none-signed": "algorithm",
    "hs256-public": "algorithm",
    "hs256-secret": "algorithm",
    "foreign-key": "signature",
    "unknown-kid": "unknown_key",
    "jku-elsewhere": "unknown_key",
    "kid-is-a-number": "malformed_token",
    "wrong-iss": "issuer",
    "iss-absent": "claim",
    "wrong-aud": "audience",
    "aud-absent": "claim",
    "azp-foreign": "audience",
    "exp-absent": "claim",
    "iat-absent": "claim",
    "sub-number": "claim",
    "sub-empty": "claim",
    "sub-long": "claim",
    "expired": "expired",
    "exp-string": "malformed_token",
    "iat-future": "clock",
}


@pytest.mark.parametrize(("name", "reason"), FORGED.items())
def test_a_forged_token_ends_nothing(idp: LocalIdp, real_sign_in: SignInAs, name: str, reason: str) -> None:
    real_sign_in(idp.slug)
    assert_refused(post(idp, idp.logout_token(name=name)), reason)


EVENT = "http://schemas.openid.net/event/backchannel-logout"
MISSHAPEN: list[tuple[dict[str, Any], str]] = [
    ({"claims": {"drop": ["events"]}}, "claim"),
    ({"claims": {"set": {"events": {}}}}, "claim"),
    ({"claims": {"set": {"events": EVENT}}}, "claim"),
    ({"claims": {"set": {"events": [EVENT]}}}, "claim"),
    ({"claims": {"set": {"events": {EVENT: "yes"}}}}, "claim"),
    ({"claims": {"set": {"events": {"http://schemas.openid.net/event/else": {}}}}}, "claim"),
    ({"claims": {"set": {"nonce": "n"}}}, "claim"),
    ({"claims": {"set": {"nonce": None}}}, "claim"),
    ({"claims": {"drop": ["jti"]}}, "claim"),
    ({"claims": {"set": {"jti": ""}}}, "claim"),
    ({"claims": {"set": {"jti": 7}}}, "malformed_token"),
    ({"claims": {"drop": ["sub"]}}, "claim"),
    ({"claims": {"drop": ["sub"], "set": {"sid": "s", "azp": "another"}}}, "audience"),
    ({"claims": {"drop": ["sub", "azp"], "set": {"sid": "s", "aud": ["$client_id", "another"]}}}, "audience"),
    ({"claims": {"drop": ["azp"], "set": {"aud": ["$client_id", "another"]}}}, "audience"),
    ({"claims": {"drop": ["sub"], "set": {"sid": ""}}}, "claim"),
    ({"claims": {"set": {"sid": ["s"]}}}, "claim"),
    ({"claims": {"set": {"sid": None}}}, "claim"),
    ({"claims": {"set": {"sid": "\u0000"}}}, "claim"),
    ({"claims": {"set": {"exp": 99999999999}}}, "claim"),
    ({"claims": {"set": {"exp": 10**400}}}, "claim"),
    ({"claims": {"set": {"iat": -(10**400)}}}, "claim"),
    ({"claims": {"set": {"nbf": -(10**400)}}}, "claim"),
    ({"claims": {"set": {"jti": "\ud800"}}}, "claim"),
    ({"claims": {"set": {"sub": "\ud800"}}}, "claim"),
    ({"claims": {"set": {"sub": "\ud800", "azp": "another"}}}, "audience"),
    ({"header": {"typ": "at+jwt"}}, "malformed_token"),
    ({"header": {"typ": ["logout+jwt"]}}, "malformed_token"),
    ({"tamper": {"set": {"sub": "somebody-else"}}}, "signature"),
]


@pytest.mark.parametrize(("forgery", "reason"), MISSHAPEN)
def test_what_is_no_logout_token_ends_nothing(
    idp: LocalIdp, real_sign_in: SignInAs, forgery: dict[str, Any], reason: str
) -> None:
    real_sign_in(idp.slug)
    assert_refused(post(idp, idp.logout_token(**client_named(forgery, idp))), reason)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.b", "\n", "é" * 9, "x" * 100_001])
def test_rubbish_ends_nothing(idp: LocalIdp, real_sign_in: SignInAs, token: str) -> None:
    real_sign_in(idp.slug)
    assert_refused(post(idp, token), "malformed_token")


def test_what_cannot_be_kept_ends_nothing(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    real_sign_in(idp.slug)
    assert_refused(post(idp, "\x00"), "malformed_message")


def test_two_tokens_are_one_too_many(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    real_sign_in(idp.slug)
    assert_refused(post(idp, [idp.logout_token(), idp.logout_token()]), "malformed_token")


def test_an_id_token_is_no_logout_token(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    assert_refused(post(idp, kept(real_sign_in(idp.slug))), "claim")


def test_a_token_for_another_provider_is_refused(idps: LocalIdps, real_sign_in: SignInAs) -> None:
    real_sign_in("google")
    assert_refused(post(idps.google, idps.google.logout_token(), slug="adfs"), "unknown_key")


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_a_post_tells_anything(idp: LocalIdp, method: str) -> None:
    assert getattr(Client(), method)(f"/accounts/oidc/{idp.slug}/logout/back/").status_code == 405


def test_a_provider_that_does_not_exist_has_no_door(idp: LocalIdp) -> None:
    assert post(idp, idp.logout_token(), slug="elsewhere").status_code == 404


def test_a_body_that_cannot_be_read_is_refused(idp: LocalIdp) -> None:
    path = f"/accounts/oidc/{idp.slug}/logout/back/"
    answer = Client().post(path, b"rubbish", content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400


@pytest.mark.parametrize("typ", ["logout+jwt", "application/logout+jwt", "JWT", ""])
def test_a_genuine_token_ends_the_persons_sign_ins_and_nobody_elses(
    idp: LocalIdp, real_sign_in: SignInAs, typ: str
) -> None:
    here, there, bobs = real_sign_in(idp.slug), real_sign_in(idp.slug), real_sign_in(idp.slug, "bob")
    answer = post(idp, idp.logout_token("alice", header={"typ": typ}))
    assert (answer.status_code, answer.content, answer.headers["Cache-Control"]) == (200, b"", "no-store")
    ended = dict(SignIn.objects.values_list("pk", "end_reason"))
    assert ended == {here.pk: "provider_logout", there.pk: "provider_logout", bobs.pk: ""}
    assert set(SignIn.objects.filter(user=here.user).values_list("web_identity_token", "refresh_token")) == {("", "")}
    events = Event.objects.filter(tag="accounts:sign_in:end")
    assert {(event.actor_name, event.details["reason"]) for event in events} == {
        (here.provider_name, "provider_logout")
    }


def test_the_browser_is_out_at_its_next_request(idp: LocalIdp, real_sign_in: SignInAs, browser: Browser) -> None:
    client = browser(real_sign_in(idp.slug))
    assert client.get("/sign-ins/").status_code == 200
    post(idp, idp.logout_token())
    assert is_turned_away(client)


def named(sign_in: SignIn, session: str) -> SignIn:
    SignIn.objects.filter(pk=sign_in.pk).update(provider_session=session)
    return sign_in


@pytest.mark.parametrize(
    ("drop", "ended"), [([], {"this", "unknown"}), (["sub"], {"this"}), (["sid"], {"this", "other", "unknown"})]
)
def test_a_session_is_ended_by_its_name(
    idp: LocalIdp, real_sign_in: SignInAs, drop: list[str], ended: set[str]
) -> None:
    sign_ins = {name: real_sign_in(idp.slug) for name in ("this", "other", "unknown")}
    for name, sign_in in sign_ins.items():
        named(sign_in, "" if name == "unknown" else name)
    assert post(idp, idp.logout_token(session="this", claims={"drop": drop})).status_code == 200
    over = SignIn.objects.exclude(ended_at=None).values_list("pk", flat=True)
    assert {name for name, sign_in in sign_ins.items() if sign_in.pk in over} == ended


def test_somebody_who_is_not_signed_in_is_no_error_and_is_told(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    real_sign_in(idp.slug)
    assert post(idp, idp.logout_token("bob")).status_code == 200
    event = Event.objects.get(tag="accounts:sign_in:logout_refuse")
    assert (event.details["reason"], event.details["channel"]) == ("unknown_session", "back")


def test_somebody_who_signed_out_before_is_nothing_to_tell(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    real_sign_in(idp.slug)
    for _ in range(2):
        assert post(idp, idp.logout_token()).status_code == 200
    assert not Event.objects.filter(tag="accounts:sign_in:logout_refuse").exists()


def test_another_providers_person_of_that_subject_stays(idps: LocalIdps, real_sign_in: SignInAs) -> None:
    subject = real_sign_in("google").subject
    stays = real_sign_in("adfs")
    SignIn.objects.filter(pk=stays.pk).update(subject=subject)
    assert post(idps.google, idps.google.logout_token()).status_code == 200
    stays.refresh_from_db()
    assert stays.ended_at is None


def test_a_token_is_good_once(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    real_sign_in(idp.slug)
    token = idp.logout_token()
    assert post(idp, token).status_code == 200
    again = real_sign_in(idp.slug)
    assert post(idp, token).status_code == 400
    assert Event.objects.get(tag="accounts:sign_in:logout_refuse").details["reason"] == "replay"
    again.refresh_from_db()
    assert again.ended_at is None
    assert post(idp, idp.logout_token()).status_code == 200


def test_a_spent_token_is_remembered_until_its_age_refuses_it(idp: LocalIdp) -> None:
    token = idp.logout_token()
    post(idp, token)
    spent = SpentLogoutToken.objects.get()
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (spent.expires_at.timestamp(), claims["jti"] in spent.jti) == (claims["exp"] + 60, False)
    assert forget_spent_tokens() == 0
    SpentLogoutToken.objects.update(expires_at=timezone.now())
    assert (forget_spent_tokens(), SpentLogoutToken.objects.count()) == (1, 0)


@pytest.mark.lane("postgresql")
@pytest.mark.django_db(transaction=True)
def test_of_many_who_bring_the_same_token_one_is_believed(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    real_sign_in(idp.slug)
    token, start = idp.logout_token(), threading.Barrier(8)

    def bring(_number: int) -> int:
        start.wait()
        try:
            return int(post(idp, token).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(bring, range(8))) == [200, *[400] * 7]
    assert Event.objects.filter(tag="accounts:sign_in:end").count() == 1


def test_refusals_are_answered_alike_and_written_down_only_so_often(idp: LocalIdp) -> None:
    answers = {post(idp, "rubbish").status_code for _ in range(33)}
    assert (answers, Event.objects.filter(tag="accounts:sign_in:logout_refuse").count()) == ({400}, 30)


def test_a_network_that_sends_rubbish_is_shut_out_and_no_other(
    idp: LocalIdp, real_sign_in: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.oidc.logout.back.LOGOUT_TOKEN_REFUSAL", Limit("logout_token_refusal", 2, 60))
    real_sign_in(idp.slug)
    assert [post(idp, "rubbish").status_code for _ in range(4)] == [400, 400, 429, 429]
    good = {"logout_token": idp.logout_token()}
    path = f"/accounts/oidc/{idp.slug}/logout/back/"
    assert Client().post(path, good).status_code == 429
    assert Event.objects.filter(tag="accounts:limit:exceed").count() == 1
    assert Client(REMOTE_ADDR="198.51.100.7").post(path, good).status_code == 200


def test_a_network_that_sends_what_cannot_be_read_is_shut_out_and_no_other(
    idp: LocalIdp, real_sign_in: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.oidc.logout.back.LOGOUT_TOKEN_REFUSAL", Limit("logout_token_refusal", 2, 60))
    real_sign_in(idp.slug)
    path = f"/accounts/oidc/{idp.slug}/logout/back/"
    answers = [Client().post(path, b"x", content_type="multipart/form-data") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [400, 400, 429, 429]
    assert [answer.headers["Cache-Control"] for answer in answers] == ["no-store"] * 4
    assert post(idp, idp.logout_token()).status_code == 429
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert elsewhere.post(path, {"logout_token": idp.logout_token()}).status_code == 200


def test_good_tokens_are_not_counted(idp: LocalIdp, real_sign_in: SignInAs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.oidc.logout.back.LOGOUT_TOKEN_REFUSAL", Limit("logout_token_refusal", 1, 60))
    real_sign_in(idp.slug)
    assert [post(idp, idp.logout_token()).status_code for _ in range(3)] == [200] * 3
