"""Whoever holds a victim's password alone never meets a role that asks for a second factor, whatever they link.

A machine of two people and a bystander: the attacker knows the passwords of all the victim's identities. An identity
counts as protected from when its person's factors are all in the victim's hands until the victim removes the last of
them, or an administrator resets the person whose it is then.
"""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.test import RequestFactory
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts.models import RateCount, SignIn, User
from accounts.second_factor.factors import authenticators_of
from accounts.second_factor.reset import reset
from tests.accounts.linking.actors import Browser, Known, Somebody, link, owner, pass_minutes, remove, unlink

VICTIMS: list[Known] = [("google", "victim"), ("adfs", "victim")]
ATTACKERS: list[Known] = [("google", "mallory"), ("adfs", "mallory")]
BYSTANDERS: list[Known] = [("google", "bob"), ("adfs", "bob")]
who, which = st.sampled_from(["victim", "attacker"]), st.integers(0, 7)


class Identities(RuleBasedStateMachine):
    """Each rule is one thing that one of them does in one of their browsers."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.people = {"victim": Somebody(), "attacker": Somebody(), "bystander": Somebody()}
        self.protected: set[Known] = set()
        bob = self.people["bystander"]
        at = bob.sign_in(BYSTANDERS[0])
        link(at, BYSTANDERS[1])
        bob.add(at, "app")
        bob.confirm(at)
        self.bystander, self.bystanders_rows = owner(BYSTANDERS[0]), rows_of(owner(BYSTANDERS[0]))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def at(self, name: str, index: int) -> Browser:
        """Return one of their browsers, the newest at 0."""
        browsers = self.people[name].browsers
        return browsers[-1 - index % len(browsers)]

    def knows(self, name: str, index: int) -> Known:
        known = VICTIMS if name == "victim" else [*VICTIMS, *ATTACKERS]
        return known[index % len(known)]

    @rule(name=who, index=which)
    def sign_in(self, name: str, index: int) -> None:
        self.people[name].sign_in(self.knows(name, index))

    @rule(name=who, browser=which, index=which)
    def link(self, name: str, browser: int, index: int) -> None:
        if self.people[name].browsers:
            link(self.at(name, browser), self.knows(name, index))

    @rule(name=who, browser=which, index=which)
    def unlink(self, name: str, browser: int, index: int) -> None:
        if self.people[name].browsers:
            unlink(self.at(name, browser), self.knows(name, index))

    @rule(name=who, browser=which, kind=st.sampled_from(["app", "passkey"]))
    def add_factor(self, name: str, browser: int, kind: str) -> None:
        if self.people[name].browsers:
            self.people[name].add(self.at(name, browser), kind)

    @rule(name=who, browser=which)
    def confirm(self, name: str, browser: int) -> None:
        if self.people[name].browsers:
            self.people[name].confirm(self.at(name, browser))

    @precondition(lambda self: Authenticator.objects.exclude(user=self.bystander).exists())
    @rule(name=who, browser=which, index=which)
    def remove_factor(self, name: str, browser: int, index: int) -> None:
        if not self.people[name].browsers:
            return
        factors = Authenticator.objects.exclude(type="recovery_codes").order_by("pk")
        factor = factors[index % len(factors)]
        remove(self.at(name, browser), factor.pk)
        if name == "victim" and not authenticators_of(factor.user).exists():
            self.protected -= identities_of(factor.user)

    @rule(index=which)
    def reset_by_an_administrator(self, index: int) -> None:
        known = [*VICTIMS, *ATTACKERS]
        accounts = SocialAccount.objects.exclude(user=self.bystander).order_by("pk")
        if accounts:
            person = accounts[index % len(accounts)].user
            self.protected -= identities_of(person) & set(known)
            reset(request=RequestFactory().get("/"), user=person)

    @rule()
    def time_passes(self) -> None:
        pass_minutes(11)

    @invariant()
    def the_password_alone_opens_nothing(self) -> None:
        RateCount.objects.all().delete()
        self.protect()
        for browser in self.people["attacker"].browsers:
            mine = browser.sign_in
            if mine and (mine.provider, mine.subject) in self.protected:
                assert not browser.opens_a_role_that_asks

    @invariant()
    def nobody_touches_the_bystander(self) -> None:
        assert rows_of(self.bystander) == self.bystanders_rows

    def protect(self) -> None:
        """Count as protected what stands behind factors that are the victim's alone."""
        for user in User.objects.exclude(pk=self.bystander.pk):
            factors = set(authenticators_of(user).values_list("pk", flat=True))
            if factors and factors <= self.people["victim"].devices.keys():
                self.protected |= identities_of(user) & set(VICTIMS)


def identities_of(user: User) -> set[Known]:
    return set(SocialAccount.objects.filter(user=user).values_list("provider", "uid"))


def rows_of(user: User) -> list[Any]:
    """Return what must not change of somebody who takes no part; when their sign-in began may."""
    return [
        list(User.objects.filter(pk=user.pk).values()),
        list(SocialAccount.objects.filter(user=user).order_by("pk").values()),
        list(Authenticator.objects.filter(user=user).order_by("pk").values()),
        list(SignIn.objects.filter(user=user).values_list("pk", "ended_at", "second_factor")),
    ]


@pytest.mark.django_db
def test_the_machine_of_identities_and_factors() -> None:
    run_state_machine_as_test(Identities, settings=settings(max_examples=40, stateful_step_count=25, deadline=None))
