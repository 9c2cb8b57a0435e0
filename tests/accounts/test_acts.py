"""What changes somebody, their sign-ins or their factors: with its event or not at all, and under which locks.

Each act is done beside bystanders with rows of the same kind, which never change. Where an event of it cannot be
written, nothing of it is: the ledger fails here at the first event, at the second and so on.
"""

import ast
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib import admin
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from accounts import admin as accounts_admin
from accounts import renewal
from accounts.break_glass import admit as admit_break_glass
from accounts.identity import Identity
from accounts.linking.link import link
from accounts.linking.models import UnlinkedIdentity
from accounts.linking.offer import Offer
from accounts.linking.unlink import unlink
from accounts.management.commands import break_glass_password
from accounts.models import SignIn, User
from accounts.refusals import Reason, SignInRefused
from accounts.second_factor import adding, change, views
from accounts.second_factor.codes import use_recovery_code, use_totp
from accounts.second_factor.recovery import new_codes
from accounts.second_factor.reset import reset
from accounts.sessions import end_sign_in
from accounts.start import start_sign_in
from accounts.step_up import arrive as step_up
from accounts.step_up.confirm import confirm
from audit.models import Event
from audit.record import DAYPASS
from audit.tags import Tag
from tests.accounts.conftest import LedgerAwayError
from tests.accounts.linking.actors import sign_in_with
from tests.accounts.second_factor.conftest import code_at, give_app, give_key, row
from tests.rows import all_rows, changed

Act = Callable[[], Any]
ROOM = Path(accounts_admin.__file__).parent
SECOND = Offer(mark="m", provider="adfs", subject="second", email="", name="", sign_in="", until=0)
PASSWORD = "a-long-pass-phrase-of-words"


@dataclass
class World:
    """Alice and Bob, each with two identities, an app, a passkey, codes and a live sign-in by each identity."""

    alice: SignIn
    bob: SignIn
    secret: str
    codes: list[str]
    patch: pytest.MonkeyPatch

    @property
    def request(self) -> HttpRequest:
        """A request of Alice's browser, after she used a factor."""
        request = RequestFactory().post("/", REMOTE_ADDR="192.0.2.7")
        request.sign_in = SignIn.objects.select_related("user").get(pk=self.alice.pk)  # type: ignore[attr-defined]  # as our middleware
        request.user, request.session = request.sign_in.user, SessionStore()  # type: ignore[attr-defined]  # as Django does
        request._messages = CookieStorage(request)  # type: ignore[attr-defined]  # where Django's own keeps it
        return request

    @property
    def sign_in(self) -> SignIn:
        return SignIn.objects.select_related("user").get(pk=self.alice.pk)

    def identity(self, **said: Any) -> Identity:
        """What a provider says of Alice: by another address and group than before."""
        told: dict[str, Any] = {"provider": "google", "subject": "alice", "email": "other@example.com", "name": "Alice"}
        told |= {"principals": ["group:google:new"], "claims": {}, "authenticated_at": timezone.now()}
        return Identity(**{**told, "refresh_token": "new", "authentication_asserted": True, **said})

    def typed(self, *words: str) -> None:
        answers = iter(words)
        self.patch.setattr(break_glass_password, "getpass", lambda _: next(answers))


@pytest.fixture
def world(alice: SignIn, bob: SignIn, monkeypatch: pytest.MonkeyPatch) -> World:
    glass = User.objects.create(username="break-glass:administrator")
    sign_ins = [alice, bob, SignIn(**{**values_of(alice), "user": glass, "provider": "break-glass"})]
    sign_ins[2].save()
    for sign_in in (alice, bob):
        give_key(sign_in)
        SocialAccount.objects.create(user=sign_in.user, provider="google", uid=sign_in.subject)
        SocialAccount.objects.create(user=sign_in.user, provider="adfs", uid=f"{sign_in.subject}-2")
        SignIn.objects.create(**{**values_of(sign_in), "provider": "adfs", "subject": f"{sign_in.subject}-2"})
    secrets, codes = [give_app(each.user) for each in (alice, bob)], [new_codes(each.user) for each in (alice, bob)]
    SignIn.objects.update(second_factor="totp", second_factor_at=timezone.now(), refresh_token="t1.x")
    return World(alice, bob, secrets[0], codes[0], monkeypatch)


def values_of(sign_in: SignIn) -> dict[str, Any]:
    names = ("user", "provider", "subject", "email", "principals", "authenticated_at", "expires_at")
    return {name: getattr(sign_in, name) for name in names}


def second_of(name: str) -> None:
    """Somebody who is signed in by the identity that Alice is about to link."""
    user = User.objects.create(username=f"adfs:{name}")
    SocialAccount.objects.create(user=user, provider="adfs", uid=name)
    until = timezone.now() + timedelta(hours=1)
    SignIn.objects.create(user=user, provider="adfs", subject=name, authenticated_at=until, expires_at=until)


def end(world: World) -> Act:
    return lambda: end_sign_in(sign_in=world.sign_in, reason=SignIn.Ended.BY_PERSON)


def end_all(world: World) -> Act:
    return lambda: accounts_admin.end_all(world.request, SignIn.objects.filter(user=world.alice.user))


def start(world: World) -> Act:
    return lambda: start_sign_in(request=world.request, user=world.alice.user, identity=world.identity())


def start_by_an_address_that_changed_hands(world: World) -> Act:
    identity = world.identity(subject="third", email=world.bob.email)
    return lambda: start_sign_in(request=world.request, user=world.alice.user, identity=identity)


def start_by_break_glass(world: World) -> Act:
    return lambda: admit_break_glass(world.request, User.objects.get(username="break-glass:administrator"))


def come_in_for_the_first_time(world: World) -> Act:
    return lambda: sign_in_with(("google", "charlie"))


def come_in_again(world: World) -> Act:
    return lambda: sign_in_with(("google", "alice"))


def link_one_that_is_new(world: World) -> Act:
    return lambda: link(sign_in=world.sign_in, offer=SECOND, actor=DAYPASS)


def link_one_of_somebody_else(world: World) -> Act:
    second_of("second")
    return link_one_that_is_new(world)


def unlink_one(world: World) -> Act:
    account = SocialAccount.objects.get(user=world.alice.user, provider="adfs")
    return lambda: unlink(sign_in=world.sign_in, account=account, actor=DAYPASS)


def renewed(world: World) -> Act:
    return lambda: renewal._store(world.sign_in, world.identity())


def refused(world: World) -> Act:
    return lambda: renewal._refused(world.sign_in, SignInRefused(Reason.CODE))


def renewal_failed(world: World) -> Act:
    return lambda: renewal._refused(world.sign_in, SignInRefused(Reason.UNAVAILABLE))


def confirmed_by_a_factor(world: World) -> Act:
    app = row(world.alice.user, "totp")
    return lambda: confirm(request=world.request, sign_in=world.sign_in, authenticator=app)


def confirmed_by_the_provider(world: World) -> Act:
    return lambda: step_up._renew(world.request, world.sign_in, world.identity())


def add_a_factor(world: World) -> Act:
    request = world.request
    Authenticator.objects.filter(user=world.alice.user).exclude(type="webauthn").delete()

    def make() -> Authenticator:
        give_app(world.alice.user)
        return row(world.alice.user, "totp")

    return lambda: adding._add(request, world.alice.user, make)


def rename_a_factor(world: World) -> Act:
    app = row(world.alice.user, "totp")
    return lambda: change.rename(request=world.request, authenticator=app, name="Old phone")


def remove_a_factor(world: World) -> Act:
    return lambda: views.remove(world.request, factor_id=row(world.alice.user, "totp").pk)


def remove_the_last_factor(world: World) -> Act:
    row(world.alice.user, "webauthn").delete()
    UnlinkedIdentity.objects.create(provider="adfs", subject="gone", person=world.alice.user)
    return remove_a_factor(world)


def renew_codes(world: World) -> Act:
    return lambda: views.renew_codes(world.request)


def reset_factors(world: World) -> Act:
    UnlinkedIdentity.objects.create(provider="google", subject="alice", person=world.bob.user)
    return lambda: reset(request=world.request, user=world.alice.user)


def switch_off(world: World) -> Act:
    person = User.objects.get(pk=world.alice.user_id)
    person.is_active = False
    save = admin.site._registry[User].save_model
    return lambda: save(world.request, person, accounts_admin.UserForm(), change=True)


def set_the_break_glass_password(world: World) -> Act:
    world.typed(PASSWORD, PASSWORD)
    return lambda: call_command("break_glass_password", stdout=io.StringIO())


# What each leaves on the ledger, and which tables it locks rows of, in order.
SESSIONS, FACTORS = "accounts:sign_in:", "accounts:second_factor:"
ACTS: dict[Callable[[World], Act], tuple[list[str], list[type[Any]]]] = {
    end: ([f"{SESSIONS}end"], []),
    end_all: ([f"{SESSIONS}end"] * 2, []),
    start: ([f"{SESSIONS}end", f"{SESSIONS}start"], []),
    start_by_an_address_that_changed_hands: (
        [f"{SESSIONS}end", f"{SESSIONS}start", "accounts:identity:reuse"],
        [],
    ),
    start_by_break_glass: ([f"{SESSIONS}end", "accounts:break_glass:use"], []),
    come_in_for_the_first_time: ([f"{SESSIONS}start"], []),
    come_in_again: ([f"{SESSIONS}start"], [User]),
    link_one_that_is_new: (["accounts:identity:link"], [User]),
    link_one_of_somebody_else: ([f"{SESSIONS}end", "accounts:identity:link"], [User]),
    unlink_one: ([f"{SESSIONS}end", "accounts:identity:unlink"], [User, UnlinkedIdentity]),
    renewed: ([f"{SESSIONS}refresh"], []),
    refused: ([f"{SESSIONS}refresh", f"{SESSIONS}end"], []),
    renewal_failed: ([f"{SESSIONS}refresh"], []),
    confirmed_by_a_factor: ([f"{FACTORS}use", f"{SESSIONS}step_up"], [User]),
    confirmed_by_the_provider: ([f"{SESSIONS}step_up"], []),
    add_a_factor: ([f"{FACTORS}add"], [User, User]),
    rename_a_factor: ([f"{FACTORS}rename"], [Authenticator]),
    remove_a_factor: ([f"{FACTORS}remove"], [User]),
    remove_the_last_factor: ([f"{FACTORS}remove"], [User]),
    renew_codes: ([f"{FACTORS}add"], [User, User]),
    reset_factors: ([f"{FACTORS}reset", *[f"{SESSIONS}end"] * 2], [User, Authenticator]),
    switch_off: (["accounts:person:change", *[f"{SESSIONS}end"] * 2], [User]),
    set_the_break_glass_password: ([f"{SESSIONS}end", "accounts:person:change"], []),
}
# Told in tests of their own: a directory's pushes (scim), what is only counted or looked at (limits, health, trial).
ELSEWHERE = {"DIRECTORY_CHANGE", "LIMIT_EXCEED", "REFUSAL_COUNT", "PROVIDER_WARN", "PROVIDER_TRY"}


def recorded() -> Iterator[str]:
    """Yield the tags that this room's code records, as the code has them."""
    for path in ROOM.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in {"record", "change.tell", "tell"}:
                yield from (node.attr for node in ast.walk(call.args[0]) if isinstance(node, ast.Attribute))


def test_every_event_of_this_room_is_one_of_an_act() -> None:
    told = {tag for tags, _ in ACTS.values() for tag in tags} | {"accounts:sign_in:start"}
    assert {str(Tag[name]) for name in {*recorded()} - ELSEWHERE} | {str(Tag.BREAK_GLASS_USE)} == told


@pytest.mark.parametrize("make", ACTS, ids=lambda make: make.__name__)
def test_an_act_leaves_its_events_under_its_locks_and_no_trace_on_a_bystander(
    world: World, held: list[Any], make: Callable[[World], Act]
) -> None:
    act = make(world)
    held.clear()
    before = of_bob(world)
    act()
    assert ([event.tag for event in Event.objects.order_by("pk")], held) == ACTS[make]
    assert of_bob(world) == before


def of_bob(world: World) -> list[Any]:
    user = world.bob.user_id
    theirs: list[Any] = [SignIn.objects, SocialAccount.objects, Authenticator.objects]
    rows = [list(rows.filter(user=user).order_by("pk").values()) for rows in theirs]
    return [User.objects.values().get(pk=user), *rows]


# Sign-ins that are ended in bulk end one by one, each with its event.
FAILURES = [(make, number) for make, (tags, _) in ACTS.items() for number in range(len(tags))]
FAILURES.remove((end_all, 1))


@pytest.mark.parametrize(("make", "event"), FAILURES)
def test_without_one_of_its_events_nothing_of_an_act_is_done(
    world: World, ledger_fails_at: Callable[[int], None], make: Callable[[World], Act], event: int
) -> None:
    act = make(world)
    ledger_fails_at(event)
    before = all_rows()
    with pytest.raises(LedgerAwayError):
        act()
    assert changed(before, all_rows()) == set()


@pytest.mark.parametrize("use", [use_totp, use_recovery_code])
def test_a_code_is_looked_at_under_the_factors_lock(
    world: World, held: list[Any], use: Callable[..., Authenticator]
) -> None:
    code = code_at(world.secret) if use is use_totp else world.codes[0].replace(" ", "")
    held.clear()
    assert (use(world.alice.user, code).user, held) == (world.alice.user, [Authenticator])
