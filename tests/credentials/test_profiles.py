"""What keys are called in ~/.aws/credentials: whoever keeps two roles' keys there has two profiles."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import SignIn
from credentials.formats import PROFILE
from credentials.profiles import apart, profile_for, usual
from roles.models import AwsAccount
from tests.conftest import PRODUCTION, SANDBOX, Browser, MakeRole
from tests.credentials.stub import Stub, assumed

pytestmark = pytest.mark.django_db
ALICE, BOB = "user:alice@example.com", "user:bob@example.com"


@pytest.mark.parametrize(
    ("account", "role", "profile"),
    [
        ("Example Sandbox", "S3ReadOnly", "example-sandbox-S3ReadOnly"),
        ("Ünïted Kingdom & Co", "a+b=c,d", "united-kingdom-co-a-b-c-d"),
        ("日本", "Reader", "111122223333-Reader"),
        ("A" * 100, "Reader", "a" * 57 + "-Reader"),
        ("Example", "R" * 63, "R" * 63),
        ("Example", "R" * 64, "R" * 64),
        ("Example", "-" * 64, "111122223333"),
    ],
)
def test_a_profile_is_called_by_account_and_role(account: str, role: str, profile: str) -> None:
    assert usual(account, SANDBOX, role) == profile


ROLES = st.from_regex(r"[A-Za-z0-9_+=,.@-]{1,64}", fullmatch=True)
ACCOUNTS = st.from_regex(r"[0-9]{12}", fullmatch=True)


@given(st.dictionaries(st.tuples(ACCOUNTS, ROLES), st.text(max_size=100), max_size=6))
def test_names_can_always_be_written_and_no_two_are_alike(catalog: dict[tuple[str, str], str]) -> None:
    wanted = [(usual(name, account, role), account) for (account, role), name in catalog.items()]
    names = apart(wanted, longest=64)
    assert (len(set(names)), [name for name in names if not PROFILE.fullmatch(name)]) == (len(catalog), [])


@pytest.mark.parametrize(
    "names",
    [
        ("生产环境", "开发环境"),
        ("Продакшн", "Тест"),
        ("🚀", "🧪"),
        ("Example Shop", "Example Shop"),
        ("Shop (EU)", "Shop [EU]"),
        ("Shop " * 20, "Shop " * 19),
    ],
)
def test_two_accounts_are_two_profiles(
    stub: Stub, browser: Browser, alice: SignIn, make_role: MakeRole, names: tuple[str, str]
) -> None:
    """On the page that one chooses on, and in the file that is saved without it."""
    client, shown, saved = browser(alice), [], []
    stub.body = assumed()
    for account, name in zip((SANDBOX, PRODUCTION), names, strict=True):
        make_role("S3ReadOnly", ALICE, account=account)
        AwsAccount.objects.filter(account_id=account).update(name=name.strip())
    for account in (SANDBOX, PRODUCTION):
        page = f"/roles/{account}/S3ReadOnly/"
        shown.append(client.get(page).context["form"]["profile"].value())
        answer = client.post(f"{page}credentials/", {"request_key": uuid4(), "download": "credentials-file"})
        saved.append(answer.content.decode().splitlines()[0].strip("[]"))
    assert (len(set(shown)), shown) == (2, saved)


def test_what_is_cut_and_what_is_left_out_keeps_roles_of_one_account_apart(alice: SignIn, make_role: MakeRole) -> None:
    roles = [make_role(name, ALICE) for name in ("a+b", "a=b", "a-b", "Reader", "Writer")]
    AwsAccount.objects.update(name="Example " * 12)
    names = [profile_for(sign_in=alice, role=role) for role in roles]
    assert (len(set(names)), names[3].endswith("-Reader"), names[4].endswith("-Writer")) == (5, True, True)


def test_only_the_persons_own_roles_count(alice: SignIn, make_role: MakeRole) -> None:
    mine = make_role("Reader", ALICE)
    theirs = make_role("Reader", BOB, account=PRODUCTION)
    AwsAccount.objects.update(name="Shop")
    assert profile_for(sign_in=alice, role=mine) == "shop-Reader"
    theirs.mappings.create(principal=ALICE)
    assert profile_for(sign_in=alice, role=mine) == f"shop-Reader-{SANDBOX}"


def test_a_role_whose_mapping_went_meanwhile_has_a_name_too(alice: SignIn, make_role: MakeRole) -> None:
    role = make_role("Reader", BOB)
    assert profile_for(sign_in=alice, role=role) == "example-sandbox-Reader"
