"""A real provider with a directory: at the door, at each renewal, and at a step up, the directory has its say."""

from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import SignIn, User
from accounts.scim.models import DirectoryUser
from accounts.tokens import SignInEnded, web_identity_token_for
from audit.models import Event
from demo.idp.testing import LocalIdps
from tests.accounts.conftest import PROVIDERS, Walk, forget
from tests.accounts.scim.conftest import Pushing
from tests.accounts.step_up.conftest import RECENT, ask_of
from tests.accounts.step_up.test_arrive import come_back
from tests.accounts.test_tokens import left
from tests.accounts.trial.conftest import Trying
from tests.conftest import MakeRole

GROUP = "group:adfs:AWS-By-Directory"


@pytest.fixture
def adfs(idps: LocalIdps, settings: Settings, tmp_path: Path, make_role: MakeRole) -> Pushing:
    """The local AD FS, whose directory pushes people by address and gives them their groups."""
    keys = 'scim_token = "env:TEST_SCIM_TOKEN"\nscim_match = "email"\ngroups_from = "scim"\n'
    path = tmp_path / "daypass.toml"
    path.write_text(PROVIDERS.format(google=idps.google, adfs=idps.adfs) + keys)
    settings.DAYPASS_PROVIDERS = str(path)
    forget()
    make_role("ByDirectory", GROUP)
    return Pushing("adfs")


@pytest.fixture
def alice(adfs: Pushing) -> DirectoryUser:
    user = adfs.user("alice")
    adfs.group("AWS-By-Directory", user)
    return user


def groups_of(sign_in: SignIn) -> list[str]:
    sign_in.refresh_from_db()
    return [name for name in sign_in.principals if name.startswith("group:")]


def test_who_left_is_refused_at_the_door_with_a_reference(adfs: Pushing, alice: DirectoryUser, walk: Walk) -> None:
    adfs.deactivate(alice)
    answer = walk.sign_in("adfs")
    page, event = answer.content.decode(), Event.objects.get(tag="accounts:sign_in:refuse")
    assert (answer.status_code, event.details["reason"], event.reference in page) == (403, "left", True)
    assert "Your directory says that you have left" in page
    assert (SignIn.objects.count(), User.objects.count()) == (0, 0)


def test_who_comes_in_has_the_groups_of_the_directory_alone(alice: DirectoryUser, walk: Walk) -> None:
    walk.sign_in("adfs")
    assert groups_of(SignIn.objects.get()) == [GROUP]


def test_a_renewal_keeps_the_groups_of_the_directory(alice: DirectoryUser, walk: Walk) -> None:
    walk.sign_in("adfs")
    sign_in = SignIn.objects.get()
    left(sign_in, 0)
    web_identity_token_for(sign_in=sign_in)
    assert (groups_of(sign_in), sign_in.refreshed_at is not None) == ([GROUP], True)


def test_a_renewal_ends_the_sign_in_of_who_left_unnoticed(alice: DirectoryUser, walk: Walk) -> None:
    """As when a directory was set up while people were signed in: no push of theirs has ended anything."""
    walk.sign_in("adfs")
    sign_in = SignIn.objects.get()
    DirectoryUser.objects.update(active=False)
    left(sign_in, 0)
    with pytest.raises(SignInEnded):
        web_identity_token_for(sign_in=sign_in)
    sign_in.refresh_from_db()
    assert (sign_in.end_reason, sign_in.refresh_token) == ("left", "")


def test_a_step_up_keeps_the_groups_of_the_directory(alice: DirectoryUser, walk: Walk) -> None:
    walk.sign_in("adfs")
    assert come_back(walk, ask_of(walk.client, RECENT)).status_code == 302
    assert groups_of(SignIn.objects.get()) == [GROUP]


def test_a_step_up_of_who_left_unnoticed_is_refused(alice: DirectoryUser, walk: Walk) -> None:
    walk.sign_in("adfs")
    ask = ask_of(walk.client, RECENT)
    DirectoryUser.objects.update(active=False)
    assert come_back(walk, ask).status_code == 403
    assert Event.objects.get(tag="accounts:sign_in:refuse").details["reason"] == "left"


def test_a_trial_as_somebody_who_left_fails_as_their_sign_in_would(
    adfs: Pushing, alice: DirectoryUser, settings: Settings
) -> None:
    settings.DAYPASS_ADMINISTRATORS = ["user:erin@example.com"]
    trying = Trying()
    erin = trying.sign_in("erin")
    adfs.deactivate(alice)
    outcome = trying.come_back("adfs", "alice").context["outcome"]
    assert (outcome.reason, outcome.detail) == ("left", "the directory's user is not active")
    assert list(SignIn.objects.all()) == [erin]
