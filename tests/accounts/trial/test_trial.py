"""A trial runs a whole sign-in, shows everything, and signs nobody in."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.models import SignIn, User
from audit.models import Event
from demo.idp.testing import LocalIdps
from roles.models import PortalRoleMapping
from tests.accounts.conftest import SignInAs
from tests.accounts.trial.conftest import PROVIDERS, TRIED, Trying
from tests.conftest import MakeRole


def rows() -> tuple[int, int, int]:
    return User.objects.count(), SocialAccount.objects.count(), SignIn.objects.count()


def test_it_shows_claims_principals_and_what_they_match(trying: Trying, make_role: MakeRole) -> None:
    make_role("Admin", "group:adfs:AWS-Prod-Admin")
    make_role("NotHers", "user:bob@example.com")
    PortalRoleMapping.objects.create(principal="user:alice@example.com", portal_role="auditor")
    trying.sign_in()
    page = trying.come_back("adfs", "alice")
    outcome, matched = page.context["outcome"], page.context["matched"]
    assert ("group:adfs:AWS-Prod-Admin" in outcome.principals, "user:alice@example.com" in outcome.principals) == (
        True,
        True,
    )
    assert [grant.role.name for grant in matched.grants] == ["Admin"]
    assert matched.portal_roles == [("Auditor", "user:alice@example.com")]
    assert dict(outcome.claims)["email"] == "alice@example.com"
    assert set(outcome.groups) == {"AWS-Prod-Admin", "AWS-Dev-Read"}
    assert outcome.person == "Nobody yet: the first sign-in makes a new person."
    assert page.content.decode().count("step-note") == len(outcome.notes) + 1  # the last is the portal role


def test_nobody_is_signed_in_and_nothing_is_made(trying: Trying) -> None:
    mine = trying.sign_in()
    key, before = trying.walk.client.session.session_key, rows()
    trying.come_back("adfs", "alice")
    assert (rows(), trying.walk.client.session.session_key) == (before, key)
    here = SignIn.objects.get()
    assert (here.pk, here.principals, here.ended_at) == (mine.pk, mine.principals, None)
    assert trying.walk.client.get("/sign-ins/").context["sign_in"].pk == mine.pk


def test_no_token_is_shown_or_kept(trying: Trying) -> None:
    trying.sign_in()
    page = trying.come_back("adfs", "alice").content.decode()
    kept = str(dict(trying.walk.client.session.items()))
    assert ("eyJ" in page, "eyJ" in kept, "eyJ" in str([event.details for event in Event.objects.all()])) == (
        False,
        False,
        False,
    )
    assert "good for 59 minutes" in page


def test_a_claim_that_may_open_something_is_masked(trying: Trying, idps: LocalIdps) -> None:
    trying.sign_in()
    address = trying.callback("adfs", "alice")
    opening = {
        "access_token": "opaque-0123",
        "Client_Secret": "s3cr3t-0123",
        "nested": {"t": "eyJhbGciOiJSUzI1.eyJzdWIiOiIx.c2ln"},
    }
    idps.adfs.fault(claims={"set": opening})
    trying.walk.client.get(address)
    claims = dict(trying.walk.client.get(TRIED).context["outcome"].claims)
    assert [claims[name] for name in opening] == ["[masked]", "[masked]", '{"t": "[masked]"}']


def test_each_check_is_told(trying: Trying) -> None:
    trying.sign_in()
    checks = trying.come_back("google", "alice").context["checks"]
    assert len(checks) == 14
    assert {str(verdict) for _check, verdict in checks} == {"passed"}


@pytest.mark.parametrize(
    ("fault", "reason", "detail", "passed"),
    [
        ({"sign_with": "other"}, "signature", "InvalidSignatureError", 4),
        ({"name": "wrong-nonce"}, "nonce", "nonce is missing or another", 8),
        ({"claims": {"set": {"aud": "somebody-else"}}}, "audience", "InvalidAudienceError", 5),
        ({"claims": {"drop": ["email"]}}, "email_missing", "no email claim", 11),
        ({"token_response": {"status": 400, "body": '{"error": "invalid_client"}'}}, "client", "invalid_client", 2),
        ({"token_response": {"status": 400, "body": '{"error": "slow_down"}'}}, "provider_error", "slow_down", 2),
        ({"token_response": {"status": 503}}, "provider_unavailable", "answered 503", 0),
    ],
)
def test_a_failed_trial_says_exactly_why(
    trying: Trying, idps: LocalIdps, fault: dict[str, object], reason: str, detail: str, passed: int
) -> None:
    trying.sign_in()
    before = rows()
    address = trying.callback("adfs", "alice")
    idps.adfs.fault(**fault)  # type: ignore[arg-type]  # a description with or without a name
    assert trying.walk.client.get(address).headers["Location"] == TRIED
    page = trying.walk.client.get(TRIED)
    event = Event.objects.get(tag="accounts:provider:try")
    assert (event.details["reason"], detail in event.details["detail"]) == (reason, True)
    text = page.content.decode()
    assert (reason in text, detail in text, event.reference in text, rows()) == (True, True, True, before)
    assert [str(verdict) for _check, verdict in page.context["checks"]].count("passed") == passed


def test_it_is_on_the_ledger(trying: Trying) -> None:
    mine = trying.sign_in()
    trying.come_back("adfs", "alice")
    event = Event.objects.get(tag="accounts:provider:try")
    assert (event.sign_in_id, event.subject_id, event.details["outcome"]) == (mine.pk, "adfs", "passed")
    assert not Event.objects.filter(tag="accounts:sign_in:refuse").exists()


def test_somebody_switched_off_is_told(trying: Trying, real_sign_in: SignInAs) -> None:
    gone = real_sign_in("adfs", "alice")
    User.objects.filter(pk=gone.user_id).update(is_active=False)
    trying.sign_in()
    assert trying.come_back("adfs", "alice").context["outcome"].reason == "inactive"


def test_somebody_known_is_named(trying: Trying, real_sign_in: SignInAs) -> None:
    real_sign_in("adfs", "alice")
    trying.sign_in()
    assert trying.come_back("adfs", "alice").context["outcome"].person.startswith("alice@example.com, known since")


def test_markup_in_a_claim_is_text(trying: Trying, idps: LocalIdps) -> None:
    trying.sign_in()
    address = trying.callback("adfs", "alice")
    idps.adfs.fault(
        claims={"set": {"<b>odd</b>": "<script>alert(1)</script>", "long": "x" * 9000, "given_name": "<i>"}}
    )
    trying.walk.client.get(address)
    page = trying.walk.client.get(TRIED).content.decode()
    assert ("<script>alert" in page, "<b>odd" in page, "<i>" in page) == (False, False, False)
    assert ("&lt;script&gt;alert(1)&lt;/script&gt;" in page, "(9000 characters)" in page) == (True, True)


def test_groups_that_give_no_rights_are_explained(trying: Trying, idps: LocalIdps) -> None:
    trying.sign_in()
    address = trying.callback("adfs", "alice")
    idps.adfs.fault(claims={"set": {"group": {"not": "a list"}}})
    trying.walk.client.get(address)
    page = trying.walk.client.get(TRIED)
    assert page.context["outcome"].groups_problem == "malformed"
    assert "group is an object" in page.content.decode()


@pytest.mark.parametrize("changed", [{"sign_in": "another"}, {"until": 0}])
def test_the_page_is_its_own_sign_ins_and_for_a_while(trying: Trying, changed: dict[str, object]) -> None:
    trying.sign_in()
    trying.come_back()
    session = trying.walk.client.session
    session["provider_trial"] = {**session["provider_trial"], **changed}
    session.save()
    assert trying.walk.client.get(TRIED).headers["Location"] == PROVIDERS


@pytest.mark.parametrize(("person", "status"), [("charlie", 404), ("audrey", 403)])
def test_only_administrators_try(trying: Trying, asked: list[str], person: str, status: int) -> None:
    PortalRoleMapping.objects.create(principal="user:audrey@example.com", portal_role="auditor")
    trying.sign_in(person)
    asked.clear()
    assert [trying.set_out().status_code, trying.walk.client.get(TRIED).status_code] == [status, status]
    assert (asked, Client().post(f"{PROVIDERS}adfs/try/").status_code) == ([], 302)


def test_only_a_form_of_ours_starts_it(trying: Trying) -> None:
    trying.sign_in()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = trying.walk.client.cookies
    assert strict.post(f"{PROVIDERS}adfs/try/").status_code == 403
    assert trying.walk.client.get(f"{PROVIDERS}adfs/try/").status_code == 405
    assert trying.walk.client.post(f"{PROVIDERS}nowhere/try/").status_code == 404


def test_who_is_no_administrator_any_more_sees_nothing(trying: Trying) -> None:
    PortalRoleMapping.objects.create(principal="user:bob@example.com", portal_role="administrator")
    trying.sign_in("bob")
    address = trying.callback("adfs", "alice")
    PortalRoleMapping.objects.all().delete()
    answer = trying.walk.client.get(address)
    assert (answer.status_code, "provider_trial" in trying.walk.client.session) == (403, False)
    assert "alice" not in answer.content.decode()


def test_a_trial_of_another_sign_in_ends_nowhere(trying: Trying) -> None:
    trying.sign_in()
    address = trying.callback("adfs", "alice")
    trying.sign_in("bob")
    answer = trying.walk.client.get(address)
    assert (answer.status_code, "provider_trial" in trying.walk.client.session) == (403, False)


def test_a_provider_that_does_not_answer_is_a_failed_trial(trying: Trying, idps: LocalIdps) -> None:
    trying.sign_in()
    idps.adfs.fault(discovery={"status": 503})
    assert trying.set_out().headers["Location"] == TRIED
    page = trying.walk.client.get(TRIED)
    assert (page.context["outcome"].reason, page.context["checks"]) == ("provider_unavailable", [])
