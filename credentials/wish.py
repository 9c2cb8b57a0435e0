"""From what a person wishes for, and what they may have, to what STS is asked. Pure: no database, no network.

botocore checks minimum lengths and nothing else, so every rule of the STS API reference is checked here, the role's
own settings included: they may have been written past the admin's forms.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError

from accounts.models import SignIn
from credentials.partitions import partition_of
from credentials.session_name import (
    Nameless,
    Who,
    address_tag,
    session_name,
    source_identity,
    subject_tag,
)
from roles import durations, validators
from roles.access import Grant
from roles.models import Role


class Unacceptable(ValueError):
    """AWS would refuse this, or the role asks for more, so AWS is not asked. Both sentences are fit for the person."""

    def __init__(self, sentence: str, next_step: str = "Tell your administrator the reference.") -> None:
        super().__init__(sentence)
        self.sentence, self.next_step = sentence, next_step


@dataclass(frozen=True)
class Wish:
    """What the person asks for. ``request_key`` names the form that was sent.

    ``duration`` is in seconds, 0 for the role's usual; ``region`` is where the person will work, "" for no choice.
    """

    request_key: UUID
    delivery: str
    duration: int = 0
    region: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Maximum:
    """The longest session that can be had: seconds, in words, and what sets the limit."""

    seconds: int
    text: str
    why: str


@dataclass(frozen=True)
class Settled:
    """What STS is asked, every value checked. ``tags`` are pairs; none is transitive, so none outlives this role."""

    method: str
    partition: str
    role_arn: str
    session_name: str
    duration: int
    source_identity: str = ""
    external_id: str = ""
    policy: str = ""
    policy_arns: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()


NAMELESS: Final = "This role tells AWS your e-mail address, and your identity provider vouches for none of yours."
NAMELESS_NEXT: Final = "Sign in with an identity that has one, or tell your administrator the reference."
# What may cap a session; the first of equals is the one that is told.
ROLE: Final = "No session of this role may be longer."
MAPPING: Final = "The mapping that lets you take this role allows no longer session."
CHAINED: Final = (
    "Daypass itself holds a role in AWS, and AWS ends sessions that one role opens for another after an hour."
)


def maximum(grant: Grant, *, chained: bool) -> Maximum:
    """Return the honest maximum. ``chained`` tells whether Daypass's own AWS credentials are those of a role."""
    caps = [(min(grant.role.max_duration, durations.LONGEST), ROLE), (grant.max_duration, MAPPING)]
    if chained and grant.role.method == Role.Method.ASSUME_ROLE:
        caps.append((durations.LONGEST_CHAINED, CHAINED))
    seconds, why = min(caps, key=lambda cap: cap[0])
    return Maximum(seconds=seconds, text=durations.in_words(seconds), why=why)


def settle(*, grant: Grant, sign_in: SignIn, wish: Wish, chained: bool) -> Settled:
    """Return what to ask of STS; raise Unacceptable if any value breaks a rule of STS."""
    role, who = grant.role, Who(sign_in.email, sign_in.provider, sign_in.subject)
    _check_role(role)
    _check_wish(role, wish)
    return Settled(
        method=role.method,
        partition=role.account.partition,
        role_arn=role.arn,
        session_name=_told(session_name, who),
        duration=_duration(grant, wish, chained=chained),
        source_identity=_told(source_identity, who) if role.send_source_identity else "",
        external_id=role.external_id,
        policy=role.session_policy,
        policy_arns=tuple(role.policy_arns),
        tags=tuple((key, _filled(value, who)) for key, value in role.session_tags.items()),
    )


def _duration(grant: Grant, wish: Wish, *, chained: bool) -> int:
    asked = wish.duration or grant.role.default_duration
    if asked < durations.SHORTEST:
        raise Unacceptable("AWS gives no session shorter than 15 minutes.", "Choose a longer one.")
    longest = maximum(grant, chained=chained).seconds
    if longest < durations.SHORTEST:
        raise Unacceptable("Your mapping allows less than 15 minutes, and AWS gives no shorter session.")
    return min(asked, longest)


def _filled(value: str, who: Who) -> str:
    """Fill in exactly the three words that are known; nothing inside a longer text is replaced."""
    if value == "{email}":
        return _told(address_tag, who)
    if value == "{subject}":
        return _told(subject_tag, who)
    return who.provider if value == "{provider}" else value


def _told(rule: Callable[[Who], str], who: Who) -> str:
    """Refuse rather than leave out or fill in a substitute: a policy that compares it would decide by nothing."""
    try:
        return rule(who)
    except Nameless:
        raise Unacceptable(NAMELESS, NAMELESS_NEXT) from None


def _check_role(role: Role) -> None:
    """Refuse a role whose settings AWS would refuse, or whose ARN is of another account than people are shown."""
    rules: list[tuple[str, Callable[[Any], None], object]] = [
        ("ARN", validators.role_arn, role.arn),
        ("list of policies", validators.policy_arns, role.policy_arns),
        ("set of tags", validators.session_tags, role.session_tags),
    ]
    if role.external_id:
        rules.append(("external ID", validators.external_id, role.external_id))
    if role.session_policy:
        rules.append(("session policy", validators.session_policy, role.session_policy))
    for what, rule, value in rules:
        _obey(what, rule, value)
    if not role.arn.startswith(f"arn:{role.account.partition}:iam::{role.account.account_id}:role/"):
        raise Unacceptable("This role's ARN is of another AWS account.")
    extras = role.external_id or role.session_tags or role.send_source_identity
    if role.method == Role.Method.WEB_IDENTITY and extras:
        raise Unacceptable(
            "This role asks for an external ID, tags or a source identity, which its method cannot carry."
        )


def _check_wish(role: Role, wish: Wish) -> None:
    if role.requires_reason and not wish.reason:
        raise Unacceptable("This role is given only for a reason.", "Say what you need it for and try again.")
    if wish.region and partition_of(wish.region).name != role.account.partition:
        raise Unacceptable("This AWS account is in a part of AWS that does not have this region.", "Choose another.")


def _obey(what: str, rule: Callable[[Any], None], value: object) -> None:
    try:
        rule(value)
    except (ValidationError, TypeError) as error:
        raise Unacceptable(f"This role's {what} is not one that AWS takes.") from error
