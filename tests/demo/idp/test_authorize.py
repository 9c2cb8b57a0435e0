"""The authorization endpoint: what is refused, where errors go, who is asked to sign in."""

import pytest
import requests

from demo.idp.testing import CALLBACKS, LocalIdp, LocalIdps, cancel, sign_in_as
from tests.demo.idp.flow import answer_of, authorize_url, claims_for, code_for


def refusal(idp: LocalIdp, **changes: str | None) -> dict[str, str]:
    answer = requests.get(authorize_url(idp, **changes), allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(CALLBACKS[idp.slug] + "?")
    return answer_of(answer.headers["Location"])


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "http://testserver/elsewhere/"},
        {"redirect_uri": 'http://testserver/"><script>'},
        {"redirect_uri": CALLBACKS["google"].rstrip("/")},
        {"redirect_uri": CALLBACKS["google"] + "?x=1"},
        {"redirect_uri": CALLBACKS["google"].upper()},
    ],
)
def test_a_stranger_or_an_unregistered_address_gets_a_page_and_no_redirect(
    google: LocalIdp, changes: dict[str, str | None]
) -> None:
    answer = requests.get(authorize_url(google, **changes), allow_redirects=False, timeout=10)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "The request was refused" in answer.text


def test_a_second_redirect_uri_is_refused(idp: LocalIdp) -> None:
    url = authorize_url(idp) + "&redirect_uri=http%3A%2F%2Fevil.example%2F"
    assert requests.get(url, allow_redirects=False, timeout=10).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"scope": "email"}, "invalid_request"),
        ({"scope": "openid offline_access"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_a_wrong_request_goes_back_as_an_error_with_the_state(
    idp: LocalIdp, changes: dict[str, str | None], error: str
) -> None:
    answer = refusal(idp, **changes)
    assert (answer["error"], answer["state"]) == (error, "state-1")
    assert "code" not in answer


def test_adfs_refuses_a_resource_it_does_not_know(adfs: LocalIdp) -> None:
    assert refusal(adfs, resource="urn:unknown")["error"] == "invalid_request"


def test_cancel_is_access_denied_with_the_state(idp: LocalIdp) -> None:
    answer = answer_of(cancel(requests.Session(), authorize_url(idp)))
    assert (answer["error"], answer["state"]) == ("access_denied", "state-1")


def test_signing_in_brings_a_code_and_the_state(idp: LocalIdp) -> None:
    url = sign_in_as(requests.Session(), authorize_url(idp), "Alice Example")
    assert url.startswith(CALLBACKS[idp.slug] + "?")
    assert set(answer_of(url)) == {"code", "state"}
    assert answer_of(url)["state"] == "state-1"


def test_a_typed_address_signs_in_and_an_unknown_one_does_not(idp: LocalIdp) -> None:
    url = authorize_url(idp)
    known = requests.post(url, data={"email": " Bob@example.com"}, allow_redirects=False, timeout=10)
    unknown = requests.post(url, data={"email": "x@example.com"}, allow_redirects=False, timeout=10)
    assert (known.status_code, unknown.status_code) == (302, 400)
    assert "No account here has this address." in unknown.text


def test_a_disabled_person_cannot_sign_in(idps: LocalIdps, idp: LocalIdp) -> None:
    idps.person("alice", disabled=True)
    answer = requests.post(authorize_url(idp), data={"person": "alice"}, allow_redirects=False, timeout=10)
    assert answer.status_code == 403
    assert "The account of Alice Example is disabled." in answer.text


def test_no_cookie_is_left_behind_by_default(idp: LocalIdp) -> None:
    session = requests.Session()
    sign_in_as(session, authorize_url(idp), "alice")
    assert len(session.cookies) == 0
    assert session.get(authorize_url(idp), timeout=10).status_code == 200


def test_a_remembered_browser_is_not_asked_again(idp: LocalIdp) -> None:
    idp.settings(remember=True)
    session = requests.Session()
    sign_in_as(session, authorize_url(idp), "alice")
    assert [cookie.name for cookie in session.cookies] == ["daypass_demo_idp"]
    silent = session.get(authorize_url(idp, prompt="none"), allow_redirects=False, timeout=10)
    assert set(answer_of(silent.headers["Location"])) == {"code", "state"}


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"prompt": "consent"}, {"prompt": "select_account"}])
def test_prompt_asks_a_remembered_browser_again(idp: LocalIdp, changes: dict[str, str]) -> None:
    idp.settings(remember=True)
    session = requests.Session()
    sign_in_as(session, authorize_url(idp), "alice")
    assert session.get(authorize_url(idp, **changes), allow_redirects=False, timeout=10).status_code == 200


def test_max_age_asks_a_browser_that_signed_in_too_long_ago(idp: LocalIdp) -> None:
    idp.settings(remember=True)
    session = requests.Session()
    sign_in_as(session, authorize_url(idp), "alice")
    fresh = session.get(authorize_url(idp, max_age="3600"), allow_redirects=False, timeout=10)
    stale = session.get(authorize_url(idp, max_age="0"), allow_redirects=False, timeout=10)
    assert (fresh.status_code, stale.status_code) == (302, 200)


def test_a_disabled_person_is_not_remembered(idps: LocalIdps, idp: LocalIdp) -> None:
    idp.settings(remember=True)
    session = requests.Session()
    sign_in_as(session, authorize_url(idp), "alice")
    idps.person("alice", disabled=True)
    silent = session.get(authorize_url(idp, prompt="none"), allow_redirects=False, timeout=10)
    assert answer_of(silent.headers["Location"])["error"] == "login_required"


def test_auth_time_is_told(google: LocalIdp, adfs: LocalIdp) -> None:
    """ADFS always says it, Google only to those who asked by max_age (OpenID Connect Core 2)."""
    assert "auth_time" not in claims_for(google)
    asked, always = claims_for(google, max_age="60"), claims_for(adfs)
    assert asked["iat"] - asked["auth_time"] in {0, 1}
    assert always["iat"] - always["auth_time"] in {0, 1}


def test_the_page_names_itself_a_stand_in_and_every_person(idp: LocalIdp) -> None:
    page = requests.get(authorize_url(idp), timeout=10)
    title = {"google": "Google", "adfs": "ADFS"}[idp.slug]
    assert f"This is the local stand-in for {title}." in page.text
    for name in ("Alice", "Bob", "Charlie", "Audrey", "Erin"):
        assert f'aria-label="{name} Example"' in page.text
    assert 'aria-label="Mallory Elsewhere"' in page.text


def test_the_page_lets_the_browser_go_only_to_the_portal(idp: LocalIdp) -> None:
    page = requests.get(authorize_url(idp), timeout=10)
    policy = page.headers["Content-Security-Policy"]
    assert policy.endswith("; form-action 'self' http://testserver")
    assert policy.startswith("default-src 'none'; style-src 'self'; ")
    assert page.headers["Cache-Control"] == "no-store"


def test_hostile_names_are_escaped(idps: LocalIdps, idp: LocalIdp) -> None:
    idps.person("alice", given_name="<script>alert(1)</script>", family_name='"onload="x')
    page = requests.get(authorize_url(idp), timeout=10).text
    assert "<script>" not in page
    assert 'aria-label="&lt;script&gt;' in page


def test_each_code_is_new(idp: LocalIdp) -> None:
    assert code_for(idp) != code_for(idp)
