"""Front-channel logout: an address in a frame of the provider's page ends what its secret name means, and no more."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import refusal_log
from accounts.limits import Limit
from accounts.models import SignIn
from audit.models import Event
from demo.idp.testing import LocalIdp, LocalIdps
from tests.accounts.conftest import Answer, SignInAs
from tests.accounts.oidc.logout.test_back import named
from tests.accounts.test_middleware import is_turned_away
from tests.conftest import Browser

pytestmark = pytest.mark.django_db
SECRET, WINDOWS = "8f2c1d3e-9a", "S-1-5-21-1111111111-2222222222-333333333-1601"


def load(idp: LocalIdp, client: Client | None = None, slug: str = "", **query: Any) -> Answer:
    path = reverse("openid_connect_front_logout", args=[slug or idp.slug])
    return (client or Client(REMOTE_ADDR="198.51.100.7")).get(path, {"iss": idp.issuer, "sid": SECRET, **query})


def reasons() -> set[str]:
    return set(SignIn.objects.values_list("end_reason", flat=True))


def test_the_sessions_name_ends_it(idp: LocalIdp, real_sign_in: SignInAs, browser: Browser) -> None:
    mine, other = named(real_sign_in(idp.slug), SECRET), named(real_sign_in(idp.slug), "another")
    client = browser(mine)
    answers = [load(idp), load(idp)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 2
    assert dict(SignIn.objects.values_list("pk", "end_reason")) == {mine.pk: "provider_logout", other.pk: ""}
    assert Event.objects.get(tag="accounts:sign_in:end").address == "198.51.100.7"
    assert is_turned_away(client)


def test_only_the_provider_may_frame_it_and_nobody_keeps_it(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    for answer in (load(idp), load(idp, sid="")):
        assert "X-Frame-Options" not in answer.headers
        assert f"frame-ancestors {idp.origin};" in answer.headers["Content-Security-Policy"] + ";"
        assert (answer.headers["Cache-Control"], answer.cookies) == ("no-store", {})


def test_every_other_page_may_be_framed_by_nobody(idp: LocalIdp) -> None:
    answer = Client().get("/sign-in/")
    assert (answer.headers["X-Frame-Options"], "frame-ancestors 'none'" in answer["Content-Security-Policy"]) == (
        "DENY",
        True,
    )


def test_an_unknown_name_is_answered_like_a_known_one(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    named(real_sign_in(idp.slug), SECRET)
    unknown, known = load(idp, sid="unknown"), load(idp)
    assert (unknown.status_code, unknown.content) == (known.status_code, known.content)
    assert sorted(unknown.headers.items()) == sorted(known.headers.items())


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"iss": "https://issuer.elsewhere.example"}, "issuer"),
    ({"iss": ""}, "issuer"),
    ({"iss": ["http://one.example", "http://two.example"]}, "issuer"),
    ({"sid": ""}, "claim"),
    ({"sid": [SECRET, SECRET]}, "claim"),
    ({"sid": "x" * 256}, "claim"),
    ({"sid": "a\nb"}, "claim"),
    ({"sid": "\x00"}, "malformed_message"),
]


@pytest.mark.parametrize(("query", "reason"), REFUSED)
def test_what_this_provider_never_says_ends_nothing(
    idp: LocalIdp, real_sign_in: SignInAs, query: dict[str, Any], reason: str
) -> None:
    named(real_sign_in(idp.slug), SECRET)
    assert load(idp, **query).status_code == 400
    event = Event.objects.get(tag="accounts:sign_in:logout_refuse")
    assert (event.details["reason"], event.details["channel"], reasons()) == (reason, "front", {""})


def test_a_sign_in_of_another_provider_stays(idps: LocalIdps, real_sign_in: SignInAs) -> None:
    named(real_sign_in("google"), SECRET)
    assert (load(idps.adfs).status_code, load(idps.google, slug="adfs").status_code) == (200, 400)
    assert (load(idps.google, slug="elsewhere").status_code, reasons()) == (404, {""})


def test_a_sign_in_without_a_name_is_nobodys_to_end(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    named(real_sign_in(idp.slug), "")
    load(idp, sid="")
    assert reasons() == {""}


def test_the_providers_name_may_be_left_out_as_ad_fs_and_entra_do(idps: LocalIdps, real_sign_in: SignInAs) -> None:
    for slug in ("google", "adfs"):
        named(real_sign_in(slug), SECRET)
    Client().get(reverse("openid_connect_front_logout", args=["google"]), {"sid": SECRET})
    assert dict(SignIn.objects.values_list("provider", "end_reason")) == {"google": "provider_logout", "adfs": ""}


@pytest.mark.parametrize(
    ("address", "agent", "ended"),
    [("192.0.2.7", "Alices", True), ("192.0.2.7", "Mallorys", False), ("198.51.100.7", "Alices", False)],
)
def test_a_windows_identifier_is_no_secret_so_it_must_come_from_the_same_browser(
    idps: LocalIdps,
    real_sign_in: SignInAs,
    address: str,
    agent: str,
    ended: bool,  # noqa: FBT001  # a column of the table above
) -> None:
    sign_in = named(real_sign_in("adfs"), WINDOWS)
    SignIn.objects.filter(pk=sign_in.pk).update(address="192.0.2.7", user_agent="Alices")
    client = Client(REMOTE_ADDR=address, headers={"user-agent": agent})
    assert load(idps.adfs, client, sid=WINDOWS).status_code == 200
    assert reasons() == {"provider_logout" if ended else ""}


def test_a_cookie_that_comes_along_is_as_good(idps: LocalIdps, real_sign_in: SignInAs, browser: Browser) -> None:
    """Provider and portal may be of one site."""
    mine, other = named(real_sign_in("adfs"), WINDOWS), named(real_sign_in("adfs"), WINDOWS)
    SignIn.objects.update(address="192.0.2.7")
    load(idps.adfs, browser(mine), sid=WINDOWS)
    assert dict(SignIn.objects.values_list("pk", "end_reason")) == {mine.pk: "provider_logout", other.pk: ""}


def test_guessing_has_an_end(idp: LocalIdp) -> None:
    answers = [load(idp, sid=f"guess-{number}").status_code for number in range(302)]
    assert (answers[:300], answers[300:]) == ([200] * 300, [429] * 2)


def test_what_cannot_be_read_counts_as_guessing(idp: LocalIdp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.oidc.logout.front.PROVIDER_LOGOUT", Limit("provider_logout", 2, 60))
    answers = [load(idp, sid="\0").status_code for _ in range(4)]
    assert (answers, load(idp).status_code) == ([400, 400, 429, 429], 429)
    assert load(idp, Client(REMOTE_ADDR="198.51.100.8")).status_code == 200


def missed() -> list[tuple[str, str]]:
    """Return provider and channel of each logout that the ledger says to have meant nobody."""
    told = Event.objects.filter(tag="accounts:sign_in:logout_refuse", details__reason="unknown_session")
    return [(event.details["provider"], event.details["channel"]) for event in told]


def test_a_logout_that_means_nobody_is_told(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    named(real_sign_in(idp.slug), "as the token names it")
    assert (load(idp).status_code, missed(), reasons()) == (200, [(idp.slug, "front")], {""})


def test_a_logout_of_what_has_ended_already_is_nothing_to_tell(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    named(real_sign_in(idp.slug), SECRET)
    for _ in range(2):
        load(idp)
    assert (missed(), reasons()) == ([], {"provider_logout"})


def test_of_logouts_that_mean_nobody_the_ledger_takes_so_many(idp: LocalIdp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal_log, "REFUSAL", Limit("refusal", 2, 600))
    for number in range(9):
        assert load(idp, sid=f"guess-{number}").status_code == 200
    assert (len(missed()), Event.objects.filter(tag="accounts:limit:exceed").count()) == (2, 1)


def test_of_refused_logouts_the_ledger_takes_so_many_and_counts_the_rest(idp: LocalIdp) -> None:
    neighbour = Client(REMOTE_ADDR="198.51.100.8")
    answers = {load(idp, sid="\0").status_code for _ in range(32)} | {load(idp, neighbour, sid="\0").status_code}
    refused = Event.objects.filter(tag="accounts:sign_in:logout_refuse").values_list("address", flat=True)
    counted = Event.objects.filter(tag="accounts:limit:exceed").values_list("address", "details__refused")
    assert answers == {400}
    assert sorted(refused) == ["198.51.100.7"] * 30 + ["198.51.100.8"]
    assert list(counted) == [("198.51.100.7", "accounts:sign_in:logout_refuse")]
