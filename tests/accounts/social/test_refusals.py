"""Everything that can be wrong with an answer of Facebook or Amazon: no session, no account, a page, a ledger event."""

import json
import time
from typing import Any

import pytest
from django.test import Client

from accounts import wire
from accounts.refusals import Reason
from audit.models import Event
from demo.idp.testing import LocalIdps, LocalSocial, sign_in_as
from tests.accounts.conftest import Answer, query, refused
from tests.accounts.social.conftest import SocialWalk, portals

pytestmark = pytest.mark.django_db
FOREIGN = {"facebook": "998877665544332", "amazon": "amzn1.application-oa2-client.somebody-else"}
CHECK = {"facebook": "debug_token", "amazon": "tokeninfo"}
PROFILE = {"facebook": "me", "amazon": "profile"}


def reason(answer: Answer) -> str:
    event = refused(answer)
    assert not any(token in str(event.details) for token in ("EAA", "Atza", "Atzr"))
    return str(event.details["reason"])


def after(social: LocalSocial, walk: SocialWalk, **fault: Any) -> str:
    """Return why a sign-in is refused that meets this fault on its way."""
    address = walk.come_back(social.slug, "alice")
    social.fault(**fault)
    return reason(walk.client.get(address))


# Whose token


def test_a_token_of_another_application_is_refused(social: LocalSocial, walk: SocialWalk) -> None:
    changed = {"facebook": {"app_id": FOREIGN["facebook"]}, "amazon": {"aud": FOREIGN["amazon"]}}[social.slug]
    assert after(social, walk, **{CHECK[social.slug]: {"set": changed}}) == Reason.AUDIENCE


def test_facebook_itself_tells_no_application_of_anothers_token(socials: LocalIdps, walk: SocialWalk) -> None:
    """Somebody's own application got a token for Alice; its holder offers it here in place of ours."""
    stolen = "EAAof-another-application"
    address = walk.come_back("facebook", "alice")
    socials.facebook.fault(token_response={"set": {"access_token": stolen}})
    socials.facebook.fault(debug_token={"status": 400, "body": '{"error":{"code":100,"message":"(#100) The App_id"}}'})
    assert reason(walk.client.get(address)) == Reason.AUDIENCE


@pytest.mark.parametrize("kind", ["APP", "PAGE", "SYSTEM_USER", None, 7])
def test_a_token_of_no_person_is_refused(socials: LocalIdps, walk: SocialWalk, kind: object) -> None:
    assert after(socials.facebook, walk, debug_token={"set": {"type": kind}}) == Reason.AUDIENCE


@pytest.mark.parametrize("valid", [False, "true", 1, None])
def test_a_token_that_facebook_does_not_stand_by_is_refused(
    socials: LocalIdps, walk: SocialWalk, valid: object
) -> None:
    assert after(socials.facebook, walk, debug_token={"set": {"is_valid": valid}}) == Reason.WITHDRAWN


def test_a_profile_of_another_person_is_refused(social: LocalSocial, walk: SocialWalk) -> None:
    name = {"facebook": "id", "amazon": "user_id"}[social.slug]
    other = {PROFILE[social.slug]: {"set": {name: social.subject("erin")}}}
    assert after(social, walk, **other) == Reason.SUBJECT


def test_a_token_of_another_amazon_is_refused(socials: LocalIdps, walk: SocialWalk) -> None:
    assert after(socials.amazon, walk, tokeninfo={"set": {"iss": "https://www.amazon.example"}}) == Reason.ISSUER


@pytest.mark.parametrize("subject", [None, "", 7.5, True, ["1"], {"id": 1}, "../../x", "a" * 300, "1\n", "12 34"])
def test_a_subject_of_another_shape_is_refused(social: LocalSocial, walk: SocialWalk, subject: object) -> None:
    changed = {"set": {"user_id": subject}}
    assert after(social, walk, **{CHECK[social.slug]: changed}) == Reason.CLAIM


def test_facebooks_older_numbers_are_the_same_subject(socials: LocalIdps, walk: SocialWalk) -> None:
    facebook = socials.facebook
    address = walk.come_back("facebook", "alice")
    facebook.fault(debug_token={"set": {"user_id": int(facebook.subject("alice")), "app_id": int(facebook.app_id)}})
    assert walk.client.get(address).status_code == 302


# How long it lasts


@pytest.mark.parametrize(
    ("slug", "changed", "why"),
    [
        ("facebook", {"expires_at": int(time.time()) - 5}, Reason.EXPIRED),
        ("facebook", {"expires_at": "never"}, Reason.CLAIM),
        ("facebook", {"expires_at": -1}, Reason.CLAIM),
        ("facebook", {"expires_at": True}, Reason.CLAIM),
        ("facebook", {"expires_at": 10**15}, Reason.CLAIM),
        ("facebook", {"is_valid": False, "error": {"code": 190, "subcode": 463}}, Reason.EXPIRED),
        ("facebook", {"is_valid": False, "error": {"code": 190, "subcode": 460}}, Reason.WITHDRAWN),
        ("amazon", {"exp": 0}, Reason.EXPIRED),
        ("amazon", {"exp": -600}, Reason.EXPIRED),
        ("amazon", {"exp": "3600"}, Reason.CLAIM),
        ("amazon", {"exp": None}, Reason.CLAIM),
        ("amazon", {"exp": 10**15}, Reason.CLAIM),
    ],
)
def test_an_end_that_is_none_or_over_is_refused(
    socials: LocalIdps, walk: SocialWalk, slug: str, changed: dict[str, Any], why: Reason
) -> None:
    social: LocalSocial = getattr(socials, slug)
    assert after(social, walk, **{CHECK[slug]: {"set": changed}}) == why


# Answers that are none


@pytest.mark.parametrize(
    "answer",
    [
        {"body": "<html>oops</html>"},
        {"body": ""},
        {"body": "[]"},
        {"body": '{"access_token": '},
        {"body": "[" * 50_000},
        {"status": 200, "body": "null"},
    ],
)
@pytest.mark.parametrize("endpoint", ["token_response", "check", "profile"])
def test_an_answer_that_makes_no_sense_is_refused(
    social: LocalSocial, walk: SocialWalk, endpoint: str, answer: dict[str, Any]
) -> None:
    named = {"token_response": "token_response", "check": CHECK[social.slug], "profile": PROFILE[social.slug]}
    assert after(social, walk, **{named[endpoint]: answer}) == Reason.ANSWER


@pytest.mark.parametrize("body", ['{"data": null}', '{"data": []}', '{"data": "x"}', '{"data": 7}', "{}"])
def test_facebooks_answer_has_its_data_inside(socials: LocalIdps, walk: SocialWalk, body: str) -> None:
    assert after(socials.facebook, walk, debug_token={"body": body}) == Reason.ANSWER


@pytest.mark.parametrize("token", [None, 42, "", "a\nb", "\u00e4", "x" * 5000, ["EAA"]])
def test_an_access_token_of_another_shape_is_refused(social: LocalSocial, walk: SocialWalk, token: object) -> None:
    assert after(social, walk, token_response={"set": {"access_token": token}}) == Reason.TOKEN


@pytest.mark.parametrize("status", [500, 503, 302, 429])
@pytest.mark.parametrize("endpoint", ["token_response", "check", "profile"])
def test_a_provider_in_trouble_is_said_to_be(social: LocalSocial, walk: SocialWalk, endpoint: str, status: int) -> None:
    named = {"token_response": "token_response", "check": CHECK[social.slug], "profile": PROFILE[social.slug]}
    assert (
        after(social, walk, **{named[endpoint]: {"status": status, "body": '{"error": "invalid_grant"}'}})
        == Reason.UNAVAILABLE
    )


def test_a_provider_that_is_too_slow_is_not_waited_for(social: LocalSocial, walk: SocialWalk, settings: Any) -> None:
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.3
    assert after(social, walk, **{CHECK[social.slug]: {"delay": 1.0}}) == Reason.UNAVAILABLE


def test_an_answer_that_is_too_large_is_not_read(
    social: LocalSocial, walk: SocialWalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LARGEST", 20_000)
    assert after(social, walk, **{PROFILE[social.slug]: {"set": {"name": "x" * 30_000}}}) == Reason.ANSWER


@pytest.mark.parametrize(
    ("slug", "endpoint", "error", "why"),
    [
        ("facebook", "token_response", {"code": 100, "error_subcode": 36009}, Reason.CODE),
        ("facebook", "token_response", {"code": 1, "message": "Error validating client secret."}, Reason.CLIENT),
        ("facebook", "token_response", {"code": 101, "message": "Error validating application."}, Reason.CLIENT),
        ("facebook", "token_response", {"code": 1, "message": "An unknown error"}, Reason.UNAVAILABLE),
        ("facebook", "token_response", {"code": 999}, Reason.PROVIDER_ERROR),
        ("facebook", "token_response", "text", Reason.PROVIDER_ERROR),
        ("facebook", "debug_token", {"code": 190}, Reason.CLIENT),
        ("facebook", "debug_token", {"code": 4}, Reason.UNAVAILABLE),
        ("facebook", "me", {"code": 100, "type": "GraphMethodException"}, Reason.PROVIDER_ERROR),
        ("facebook", "me", {"code": 190, "error_subcode": 460}, Reason.WITHDRAWN),
        ("facebook", "me", {"code": True}, Reason.PROVIDER_ERROR),
        ("amazon", "token_response", "invalid_grant", Reason.CODE),
        ("amazon", "token_response", "invalid_client", Reason.CLIENT),
        ("amazon", "token_response", {"code": 1}, Reason.PROVIDER_ERROR),
        ("amazon", "tokeninfo", "invalid_token", Reason.WITHDRAWN),
        ("amazon", "tokeninfo", "server_error", Reason.PROVIDER_ERROR),
        ("amazon", "profile", "invalid_token", Reason.WITHDRAWN),
        ("amazon", "profile", "insufficient_scope", Reason.PROVIDER_ERROR),
    ],
)
def test_each_error_is_told_by_what_it_means(
    socials: LocalIdps, walk: SocialWalk, slug: str, endpoint: str, error: object, why: Reason
) -> None:
    body = json.dumps({"error": error})
    assert after(getattr(socials, slug), walk, **{endpoint: {"status": 400, "body": body}}) == why


# The browser's way


def test_whoever_cancels_is_told_so(social: LocalSocial, walk: SocialWalk) -> None:
    answer = walk.client.get(walk.cancelled(social.slug))
    assert reason(answer) == Reason.CANCELLED
    said = {"facebook": "dialog: user_denied", "amazon": "authorization endpoint: access_denied"}
    assert Event.objects.get().details["detail"] == said[social.slug]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("error=server_error", Reason.PROVIDER_ERROR),
        ("error=access_denied&error_reason=<script>", Reason.CANCELLED),
        ("error_code=1349048&error_message=Can%27t+load+URL", Reason.PROVIDER_ERROR),
        ("", Reason.NO_CODE),
        ("code=", Reason.NO_CODE),
        ("code=" + "x" * 5000, Reason.NO_CODE),
        ("code=made-up", Reason.CODE),
    ],
)
def test_what_else_the_browser_may_bring(social: LocalSocial, walk: SocialWalk, said: str, why: Reason) -> None:
    state = query(walk.start(social.slug))["state"]
    assert reason(walk.client.get(f"/accounts/social/{social.slug}/login/callback/?state={state}&{said}")) == why
    assert "<script>" not in str(Event.objects.get().details)


def test_a_code_of_somebody_elses_browser_is_refused(social: LocalSocial, walk: SocialWalk) -> None:
    """Login CSRF: a stranger sends a victim the callback of a sign-in of his own."""
    address = walk.come_back(social.slug, "mallory")
    assert reason(Client().get(address)) == Reason.STATE


@pytest.mark.parametrize("state", ["", "made-up"])
def test_a_callback_without_a_state_of_ours_is_refused(social: LocalSocial, walk: SocialWalk, state: str) -> None:
    walk.start(social.slug)
    assert (
        reason(walk.client.get(f"/accounts/social/{social.slug}/login/callback/?code=x&state={state}")) == Reason.STATE
    )


@pytest.mark.parametrize(
    ("slug", "lost"), [("facebook", "journey"), ("amazon", "journey"), ("amazon", "pkce_code_verifier")]
)
def test_what_this_portal_did_not_begin_is_refused(socials: LocalIdps, walk: SocialWalk, slug: str, lost: str) -> None:
    address = walk.come_back(slug, "alice")
    session = walk.client.session
    [(state, _at, _provider)] = session["socialaccount_states"].values()
    del state[lost]
    session.save()
    event = refused(walk.client.get(address))
    assert (event.details["reason"], event.details["detail"]) == ("state", "not begun by this portal")


def test_a_callback_is_good_once(social: LocalSocial, walk: SocialWalk) -> None:
    address = walk.come_back(social.slug, "alice")
    assert walk.client.get(address).status_code == 302
    assert walk.client.get(address).status_code == 403
    assert Event.objects.latest("pk").details["reason"] == Reason.STATE


def test_the_answer_of_one_is_no_answer_of_the_other(socials: LocalIdps, walk: SocialWalk) -> None:
    """Mix-up (RFC 9700, section 4.4): the state is bound to the provider that the browser was sent to."""
    address = walk.come_back("facebook", "alice")
    assert reason(walk.client.get(address.replace("/facebook/", "/amazon/"))) == Reason.STATE
    assert socials.amazon.calls("/auth/o2/token") == []


def test_a_code_cannot_be_put_under_another_sign_in(socials: LocalIdps, walk: SocialWalk) -> None:
    """Amazon holds a code to the browser that asked for it (PKCE); Facebook cannot, so there the state alone does."""
    stolen = query(walk.come_back("amazon", "alice"))["code"]
    state = query(SocialWalk(walk.client, walk.outside).start("amazon"))["state"]
    answer = walk.client.get(f"/accounts/social/amazon/login/callback/?code={stolen}&state={state}")
    assert reason(answer) == Reason.CODE


def test_a_session_from_before_is_not_kept(social: LocalSocial, walk: SocialWalk) -> None:
    address = walk.come_back(social.slug, "alice")
    before = str(walk.client.session.session_key)
    walk.client.get(address)
    assert walk.client.session.session_key != before
    assert not walk.client.session.exists(before)


def test_a_code_for_another_application_is_refused(social: LocalSocial, walk: SocialWalk) -> None:
    asked = walk.start(social.slug)
    foreign = asked.replace(social.client_id, FOREIGN[social.slug])
    assert reason(walk.client.get(portals(sign_in_as(walk.outside, foreign, "alice")))) == Reason.CODE


def test_a_disabled_person_gets_no_further(social: LocalSocial, socials: LocalIdps, walk: SocialWalk) -> None:
    address = walk.come_back(social.slug, "alice")
    socials.person("alice", disabled=True)
    assert reason(walk.client.get(address)) == Reason.WITHDRAWN
