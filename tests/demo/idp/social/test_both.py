"""What Facebook's and Amazon's stand-ins have in common: the page, the client, the code."""

import pytest
import requests

from demo.idp.testing import CALLBACKS, LocalIdps, LocalSocial, cancel, sign_in_as
from tests.demo.idp.social.flow import access_token, answer_of, asked, code_for, dialog, token

PROFILE = {"facebook": "me", "amazon": "user/profile"}


@pytest.fixture(params=["facebook", "amazon"])
def social(request: pytest.FixtureRequest, idps: LocalIdps) -> LocalSocial:
    chosen: LocalSocial = getattr(idps, request.param)
    return chosen


def test_a_person_comes_back_with_a_code_and_the_state(social: LocalSocial) -> None:
    back = sign_in_as(requests.Session(), dialog(social), "alice")
    assert back.startswith(CALLBACKS[social.slug])
    assert set(answer_of(back)) == {"code", "state"}
    assert answer_of(back)["state"] == "state-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": "http://testserver/elsewhere/"},
        {"redirect_uri": None},
        {"response_type": "token"},
        {"response_type": None},
        {"code_challenge": "x" * 43, "code_challenge_method": "plain"},
    ],
)
def test_a_wrong_request_stays_on_the_page(social: LocalSocial, changes: dict[str, str | None]) -> None:
    answer = requests.get(dialog(social, **changes), allow_redirects=False, timeout=10)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


def test_whoever_cancels_says_so_in_the_providers_words(social: LocalSocial) -> None:
    answer = answer_of(cancel(requests.Session(), dialog(social)))
    assert (answer["error"], answer["state"], "code" in answer) == ("access_denied", "state-1", False)


def test_a_disabled_account_gets_no_further(idps: LocalIdps, social: LocalSocial) -> None:
    idps.person("alice", disabled=True)
    answer = requests.post(dialog(social), data={"person": "alice"}, allow_redirects=False, timeout=10)
    assert answer.status_code == 403


@pytest.mark.parametrize("changes", [{"client_secret": "wrong"}, {"client_id": "nobody"}, {"code": "made-up"}])
def test_a_wrong_token_request_is_refused(social: LocalSocial, changes: dict[str, str]) -> None:
    assert token(social, **{"code": code_for(social), **changes}).status_code in {400, 401}


def test_a_code_is_good_once_and_for_its_redirect_uri(social: LocalSocial) -> None:
    code = code_for(social)
    assert token(social, code=code, redirect_uri="http://testserver/elsewhere/").status_code == 400
    assert token(social, code=code).status_code == 400


def test_a_second_use_revokes_what_the_first_brought(social: LocalSocial) -> None:
    code = code_for(social)
    held = token(social, code=code).json()["access_token"]
    assert asked(social, PROFILE[social.slug], held)[0] == 200
    token(social, code=code)
    assert asked(social, PROFILE[social.slug], held)[0] == 400


def test_a_token_of_somebody_who_removed_the_application_is_void(social: LocalSocial) -> None:
    alices, bobs = access_token(social, "alice"), access_token(social, "bob")
    social.revoke("alice")
    assert [asked(social, PROFILE[social.slug], held)[0] for held in (alices, bobs)] == [400, 200]


def test_a_subject_is_another_one_for_each_application(social: LocalSocial) -> None:
    mine = asked(social, PROFILE[social.slug], access_token(social))[1]
    other = {"facebook": "998877665544332", "amazon": "amzn1.application-oa2-client.somebody-else"}[social.slug]
    assert social.subject("alice") in mine.values()
    assert social.subject("bob") not in mine.values()
    assert answer_of(sign_in_as(requests.Session(), dialog(social, client_id=other), "alice"))["code"]


def test_no_address_is_sent_where_there_is_none(idps: LocalIdps, social: LocalSocial) -> None:
    idps.person("alice", email="")
    said = asked(social, PROFILE[social.slug], access_token(social), fields="id,name,email")[1]
    assert ("email" in said, said["name"]) == (False, "Alice Example")
