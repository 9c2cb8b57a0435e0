"""What somebody was about to do survives that they sign in again, and reaches nobody else."""

import pytest

from accounts.kept import keep, kept
from accounts.models import SignIn
from demo.idp.testing import LocalIdps
from tests.accounts.conftest import Walk

pytestmark = pytest.mark.django_db


def about_to(walk: Walk) -> None:
    session = walk.client.session
    keep(session, "wishes", ["take it"])
    session["other"] = "thing"
    session.save()


def test_the_same_person_finds_it_again(idps: LocalIdps, walk: Walk) -> None:
    walk.sign_in("google")
    about_to(walk)
    before = walk.client.session.session_key
    walk.sign_in("google")
    session = walk.client.session
    assert (kept(session, "wishes"), "other" in session) == (["take it"], False)
    assert (session.session_key == before, SignIn.objects.count()) == (False, 2)


@pytest.mark.parametrize(("slug", "person"), [("google", "bob"), ("adfs", "alice")])
def test_anybody_else_finds_nothing(idps: LocalIdps, walk: Walk, slug: str, person: str) -> None:
    walk.sign_in("google")
    about_to(walk)
    walk.outside.cookies.clear()
    walk.sign_in(slug, person)
    assert kept(walk.client.session, "wishes") is None


def test_after_signing_out_nothing_is_left(idps: LocalIdps, walk: Walk) -> None:
    walk.sign_in("google")
    about_to(walk)
    walk.client.post("/sign-out/")
    walk.sign_in("google")
    assert kept(walk.client.session, "wishes") is None
