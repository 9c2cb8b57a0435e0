from datetime import timedelta

from django.utils import timezone

from accounts.models import SignIn, User
from accounts.stale import end_stale_sign_ins
from accounts.tasks import end_stale
from audit.models import Event
from tests.conftest import Signed


def aged(sign_in: SignIn, **ages: timedelta) -> None:
    SignIn.objects.filter(pk=sign_in.pk).update(**{name: timezone.now() - age for name, age in ages.items()})


def test_what_is_live_stays(alice: SignIn) -> None:
    assert end_stale_sign_ins() == 0
    alice.refresh_from_db()
    assert alice.ended_at is None


def test_what_is_over_ends_once_and_loses_its_tokens(signed_in: Signed) -> None:
    idle, old, gone = signed_in("alice"), signed_in("bob"), signed_in("charlie")
    SignIn.objects.update(web_identity_token="t1.x", refresh_token="t1.y")
    aged(idle, last_seen_at=timedelta(hours=1))
    aged(old, expires_at=timedelta(seconds=1))
    User.objects.filter(pk=gone.user_id).update(is_active=False)
    assert [end_stale_sign_ins(), end_stale_sign_ins()] == [3, 0]
    reasons = dict(SignIn.objects.values_list("subject", "end_reason"))
    assert reasons == {"alice": "idle", "bob": "too_old", "charlie": "by_administrator"}
    assert set(SignIn.objects.values_list("web_identity_token", "refresh_token")) == {("", "")}
    assert Event.objects.filter(tag="accounts:sign_in:end").count() == 3


def test_the_task_does_it(alice: SignIn) -> None:
    aged(alice, expires_at=timedelta(seconds=1))
    end_stale()
    alice.refresh_from_db()
    assert alice.end_reason == "too_old"
