"""What is fetched from a provider and kept: discovery, signing keys, SAML metadata.

One asks at a time, and failures are cooled down like successes: a provider that is slow or down is asked no more often
than one that answers, whoever knocks. What is kept answers at once, without a lock; what is old answers while
somebody asks. Only who needs what is not there yet waits for the one who asks, and only a few do.
"""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from accounts.refusals import Reason, SignInRefused

T = TypeVar("T")
WAITING = 8  # at most so many of a process's threads wait for one answer of one provider
PATIENCE = 15.0  # seconds; longer than any answer is waited for
monotonic = time.monotonic


@dataclass(frozen=True)
class Kept(Generic[T]):
    """An answer that was good when it came."""

    value: T
    fresh: bool


class Store(Protocol[T]):
    """Where an answer is kept, and how asking went."""

    def read(self) -> Kept[T] | None:
        """Return the last good answer, however old, if it may still be used."""

    def claim(self, *, urgent: bool) -> bool:
        """Tell whether the caller may ask now, and note that it does. ``urgent``: what is kept is known not to do."""

    def failed(self, refusal: SignInRefused) -> None:
        """Note that asking brought nothing."""

    def problem(self) -> SignInRefused | None:
        """Return why the last asking brought nothing; None if it brought something."""


class Fetched(Generic[T]):
    """One thing that a provider publishes. ``ask`` fetches it and puts it into the store."""

    def __init__(self, store: Store[T], ask: Callable[[], T]) -> None:
        self.store, self.ask = store, ask
        self.lock, self.places = threading.Lock(), threading.BoundedSemaphore(WAITING)
        self.flight: threading.Event | None = None

    def current(self) -> T:
        """Return what to go by: what is kept, or a new answer where it is old; raise SignInRefused without either."""
        kept = self.store.read()
        if kept and kept.fresh:
            return kept.value
        if flight := self._begin(urgent=False):
            try:
                return self._land(flight)
            except SignInRefused:
                if left := self.store.read():
                    return left.value
                raise
        if kept:
            return kept.value
        return self._theirs()

    def renewed(self) -> T:
        """Return the newest there is, asking if that is due; raise SignInRefused if the last asking failed."""
        if flight := self._begin(urgent=True):
            return self._land(flight)
        self._wait()
        if problem := self.store.problem():
            raise problem
        return self._theirs()

    def _begin(self, *, urgent: bool) -> threading.Event | None:
        with self.lock:
            if self.flight is not None or not self.store.claim(urgent=urgent):
                return None
            self.flight = threading.Event()
            return self.flight

    def _land(self, flight: threading.Event) -> T:
        try:
            return self.ask()
        except SignInRefused as refusal:
            self.store.failed(refusal)
            raise
        finally:
            self.flight = None
            flight.set()

    def _theirs(self) -> T:
        """Return what another thread's asking brings, or brought a moment ago."""
        self._wait()
        if kept := self.store.read():
            return kept.value
        raise self.store.problem() or SignInRefused(Reason.UNAVAILABLE, "asked a moment ago")

    def _wait(self) -> None:
        flight = self.flight
        if flight is not None and self.places.acquire(blocking=False):
            try:
                flight.wait(PATIENCE)
            finally:
                self.places.release()


@dataclass(frozen=True)
class _State(Generic[T]):
    value: T | None = None
    fetched_at: float = float("-inf")
    asked_at: float = float("-inf")
    urgent_at: float = float("-inf")
    refusal: SignInRefused | None = None


class Memory(Generic[T]):
    """Keeps an answer in this process, in seconds: fresh for ``keep``, old for ``longest``, asked for each ``again``.

    ``outlasted`` are the refusals during which an old answer serves on; any other means that it is wrong by now.
    """

    def __init__(self, *, keep: float, longest: float, again: float, outlasted: Collection[Reason]) -> None:
        self.keep, self.longest, self.again, self.outlasted = keep, longest, again, outlasted
        self.state: _State[T] = _State()  # replaced as a whole, so that reading needs no lock

    def read(self) -> Kept[T] | None:
        state, now = self.state, monotonic()
        if state.value is None or now - state.fetched_at >= self.longest:
            return None
        return Kept(state.value, fresh=now - state.fetched_at < self.keep)

    def claim(self, *, urgent: bool) -> bool:
        """An urgent need may follow an ordinary asking that went well, and then has a cooldown of its own."""
        state, now = self.state, monotonic()
        since = state.urgent_at if urgent and state.refusal is None else state.asked_at
        if now - since < self.again:
            return False
        self.state = replace(state, asked_at=now, urgent_at=now if urgent else state.urgent_at)
        return True

    def put(self, value: T) -> T:
        self.state = replace(self.state, value=value, fetched_at=monotonic(), refusal=None)
        return value

    def failed(self, refusal: SignInRefused) -> None:
        value = self.state.value if refusal.reason in self.outlasted else None
        self.state = replace(self.state, value=value, refusal=refusal)

    def problem(self) -> SignInRefused | None:
        refusal = self.state.refusal
        return SignInRefused(refusal.reason, refusal.detail) if refusal else None
