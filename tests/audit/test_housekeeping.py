"""What is over is cleared; what is still in use stays."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import SignIn
from audit.housekeeping import keep_house
from audit.models import Job

DAY = timedelta(days=1)


def hold_tokens(sign_in: SignIn, **values: object) -> None:
    SignIn.objects.filter(pk=sign_in.pk).update(web_identity_token="sealed", refresh_token="sealed", **values)


def tokens(sign_in: SignIn) -> tuple[str, str]:
    sign_in.refresh_from_db()
    return sign_in.web_identity_token, sign_in.refresh_token


def test_tokens_of_a_live_sign_in_stay(alice: SignIn) -> None:
    hold_tokens(alice)
    assert keep_house()["tokens"] == 0
    assert tokens(alice) == ("sealed", "sealed")


def test_tokens_of_ended_and_outlived_sign_ins_go(alice: SignIn, bob: SignIn) -> None:
    hold_tokens(alice, ended_at=timezone.now())
    hold_tokens(bob, expires_at=timezone.now() - DAY)
    assert (keep_house()["tokens"], keep_house()["tokens"]) == (2, 0)
    assert tokens(alice) == tokens(bob) == ("", "")


def test_expired_browser_sessions_go(db: None) -> None:
    for key, age in (("old", -DAY), ("live", DAY)):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + age)
    keep_house()
    assert Session.objects.get().session_key == "live"


def test_jobs_done_long_ago_go(db: None) -> None:
    Job.objects.create(task="audit_session", key="k", done_at=timezone.now() - 15 * DAY)
    assert keep_house()["jobs"] == 1
