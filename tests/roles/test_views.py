import pytest
from django.http import Http404, HttpResponse
from django.test import RequestFactory

from accounts.models import SignIn
from roles import views
from roles.models import RolePreference
from tests.conftest import SANDBOX, Browser, MakeRole

ALICE = "user:alice@example.com"


def favourite(sign_in: SignIn | None, role_name: str) -> int:
    request = RequestFactory().post("/")
    request.sign_in = sign_in  # type: ignore[attr-defined]  # as the middleware of accounts does
    return views.favourite(request, account_id=SANDBOX, role_name=role_name).status_code


@pytest.mark.parametrize("role_name", ["S3ReadOnly", "Nowhere", "'; --"])
def test_a_stranger_finds_no_role_to_star(make_role: MakeRole, charlie: SignIn, role_name: str) -> None:
    make_role("S3ReadOnly", ALICE)
    with pytest.raises(Http404):
        favourite(charlie, role_name)
    assert not RolePreference.objects.exists()


def test_without_a_sign_in_there_is_nothing(make_role: MakeRole) -> None:
    make_role("S3ReadOnly", ALICE)
    with pytest.raises(Http404):
        favourite(None, "S3ReadOnly")


def test_starring_twice_takes_the_star_off(make_role: MakeRole, alice: SignIn) -> None:
    make_role("S3ReadOnly", ALICE)
    stars = []
    for _ in range(2):
        assert favourite(alice, "S3ReadOnly") == 302
        stars.append(RolePreference.objects.get(user=alice.user).starred)
    assert stars == [True, False]


def test_a_script_gets_the_shelves_with_the_new_star(make_role: MakeRole, alice: SignIn, browser: Browser) -> None:
    make_role("S3ReadOnly", ALICE)
    make_role("ProductionAdmin", "user:bob@example.com")
    address = f"/roles/{SANDBOX}/S3ReadOnly/favourite/"
    answer = browser(alice).post(address, headers={"HX-Request": "true"})
    assert (answer.status_code, next(t.name for t in answer.templates)) == (200, "roles/_shelves.html")
    assert [entry.role.name for entry in answer.context["favourites"]] == ["S3ReadOnly"]


def listed(sign_in: SignIn, address: str) -> str:
    request = RequestFactory().get(address, headers={"HX-Request": "true"})
    request.sign_in = sign_in  # type: ignore[attr-defined]  # as the middleware of accounts does
    response = views.catalog(request)
    assert isinstance(response, HttpResponse)
    return response.content.decode()


@pytest.mark.parametrize("hostile", ["q=%00", "offset=-1", "offset=1e9", "offset=99999999999999999999", "offset=٣"])
def test_what_is_no_number_or_no_text_is_as_if_not_asked(make_role: MakeRole, alice: SignIn, hostile: str) -> None:
    make_role("S3ReadOnly", ALICE)
    assert listed(alice, f"/?{hostile}") == listed(alice, "/")


def test_the_list_holds_mine_and_no_other(make_role: MakeRole, alice: SignIn) -> None:
    make_role("S3ReadOnly", ALICE)
    make_role("ProductionAdmin", "user:bob@example.com")
    page = listed(alice, "/")
    assert (page.count("S3ReadOnly") > 0, page.count("ProductionAdmin")) == (True, 0)
