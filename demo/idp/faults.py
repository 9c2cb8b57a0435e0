"""Making a provider misbehave for its next N answers: one fault describes what comes out wrong, and where.

A fault is JSON: `provider`; `times` (1); `grant` ("" for any, or the grant_type it waits for); for the ID
token `claims` and `tamper` (`set`, `drop`, `shift` by seconds; before and after signing), `header`,
`sign_with`; and for each answer (`token_response`, `userinfo`, `discovery`, `jwks`; `groups` of Google's APIs; at
Facebook `debug_token` and `me`, at Amazon `tokeninfo` and `profile`) what becomes of it: `set` and `drop` members, or
`status`, `body`, `content_type`, `delay` (seconds), and of `groups` also `drip` (seconds between characters).
`name` takes one of `presets.PRESETS` as the start. Each answer that a fault names counts its own `times`.
"""

import threading
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

SignWith = Literal["own", "other", "none", "hs256-public", "hs256-secret"]
ANSWERS = (
    *("token_response", "userinfo", "discovery", "jwks", "groups"),
    *("debug_token", "me", "tokeninfo", "profile"),
)
PROVIDERS = ("google", "adfs", "facebook", "amazon")
TOKEN_PARTS = frozenset({"claims", "tamper", "header", "sign_with", "token_response"})
KEYS = TOKEN_PARTS | {"provider", "times", "grant", "name", *ANSWERS}


@dataclass(frozen=True)
class Change:
    """Members of a JSON object to set, to drop, or (numbers) to shift by some seconds."""

    set: dict[str, Any] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    shift: dict[str, int] = field(default_factory=dict)

    def apply(self, members: dict[str, Any]) -> dict[str, Any]:
        shifted = {name: members[name] + seconds for name, seconds in self.shift.items() if name in members}
        changed = {**members, **shifted, **self.set}
        return {name: value for name, value in changed.items() if name not in self.drop}


@dataclass(frozen=True)
class Answer:
    """What an endpoint answers: its own JSON changed, or another answer when `status` or `body` is given."""

    change: Change = Change()
    status: int = 200
    body: str | None = None
    content_type: str = "application/json"
    delay: float = 0.0
    drip: float = 0.0

    @property
    def replaces(self) -> bool:
        return self.body is not None or self.status != 200


@dataclass(frozen=True)
class Forgery:
    """How the next ID token is made."""

    claims: Change = Change()
    tamper: Change = Change()
    header: dict[str, Any] = field(default_factory=dict)
    sign_with: SignWith = "own"


@dataclass
class Fault:
    provider: str
    endpoint: str
    answer: Answer
    forgery: Forgery
    grant: str
    times: int


class Faults:
    """The queue. The first fault that fits an answer is used, and is gone after its `times`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: list[Fault] = []

    def add(self, description: dict[str, Any]) -> None:
        """Queue a fault. Raises ValueError for a description that names an unknown thing."""
        parsed = parse(description)
        with self._lock:
            self._queue.extend(parsed)

    def take(self, provider: str, endpoint: str, grant: str = "") -> Fault:
        """The fault for this answer; one that changes nothing if none waits."""
        with self._lock:
            for fault in self._queue:
                if (fault.provider, fault.endpoint) == (provider, endpoint) and fault.grant in {"", grant}:
                    return self._use(fault)
        return Fault(provider, endpoint, Answer(), Forgery(), grant, 1)

    def waiting(self) -> list[dict[str, Any]]:
        with self._lock:
            return [
                {"provider": fault.provider, "endpoint": fault.endpoint, "times": fault.times} for fault in self._queue
            ]

    def clear(self) -> None:
        with self._lock:
            self._queue.clear()

    def _use(self, fault: Fault) -> Fault:
        fault.times -= 1
        if fault.times < 1:
            self._queue.remove(fault)
        return fault


def parse(description: dict[str, Any]) -> list[Fault]:
    """One fault for each answer that the description names. Raises ValueError."""
    if unknown := set(description) - KEYS:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(KEYS))}")
    if description.get("provider") not in PROVIDERS:
        raise ValueError(f"provider must be one of {', '.join(PROVIDERS)}")
    named = [answer for answer in ANSWERS if _touches(description, answer)]
    if not named:
        raise ValueError("the fault changes nothing")
    return [_fault(description, answer) for answer in named]


def _touches(description: dict[str, Any], answer: str) -> bool:
    return bool(set(description) & (TOKEN_PARTS if answer == "token_response" else {answer}))


def _fault(description: dict[str, Any], answer: str) -> Fault:
    times, grant = description.get("times", 1), description.get("grant", "")
    if not isinstance(times, int) or times < 1:
        raise ValueError("times must be a positive number")
    endpoint = "token" if answer == "token_response" else answer
    forgery = _forgery(description) if endpoint == "token" else Forgery()
    change = _answer(description.get(answer, {}))
    return Fault(description["provider"], endpoint, change, forgery, str(grant), times)


def forgery_of(description: dict[str, Any]) -> Forgery:
    """How to make one token, as a fault describes it. Raises ValueError for what is none of a token's."""
    if unknown := set(description) - TOKEN_PARTS | set(description) & {"token_response"}:
        raise ValueError(f"not of a token: {', '.join(sorted(unknown))}")
    return _forgery(description)


def _forgery(description: dict[str, Any]) -> Forgery:
    sign_with = description.get("sign_with", "own")
    if sign_with not in get_args(SignWith):
        raise ValueError(f"sign_with must be one of {', '.join(get_args(SignWith))}")
    claims, tamper = _change(description.get("claims", {})), _change(description.get("tamper", {}))
    return Forgery(claims, tamper, dict(description.get("header", {})), sign_with)


def _change(description: dict[str, Any]) -> Change:
    if unknown := set(description) - {"set", "drop", "shift"}:
        raise ValueError(f"a change has set, drop and shift, not {', '.join(sorted(unknown))}")
    return Change(
        dict(description.get("set", {})),
        tuple(description.get("drop", ())),
        dict(description.get("shift", {})),
    )


def _answer(description: dict[str, Any]) -> Answer:
    plain = {name: value for name, value in description.items() if name in Answer.__dataclass_fields__}
    rest = {name: value for name, value in description.items() if name not in plain}
    if "change" in plain:
        raise ValueError("an answer has set and drop, not change")
    return Answer(change=_change(rest), **plain)
