"""What is kept answers at once, old or not; one asks, and a failure is cooled down like a success."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from accounts import fetched
from accounts.fetched import Fetched, Memory
from accounts.refusals import Reason, SignInRefused

KEEP, LONGEST, AGAIN = 100.0, 1000.0, 10.0
DOWN, WRONG = SignInRefused(Reason.UNAVAILABLE, "answered 500"), SignInRefused(Reason.DISCOVERY, "another issuer")


@dataclass
class Clock:
    now: float = 5000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Provider:
    """Answers "1", "2", …; or refuses; or keeps everybody waiting until it is let go."""

    asked: int = 0
    refusal: SignInRefused | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    reached: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __post_init__(self) -> None:
        self.gate.set()

    def ask(self) -> str:
        self.asked += 1
        answer = str(self.asked)
        self.reached.release()
        assert self.gate.wait(10)
        if self.refusal:
            raise self.refusal
        return answer


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(fetched, "monotonic", made)
    return made


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.gate.set()


@pytest.fixture
def thing(provider: Provider, clock: Clock) -> Fetched[str]:
    kept: Memory[str] = Memory(keep=KEEP, longest=LONGEST, again=AGAIN, outlasted={Reason.UNAVAILABLE})
    return Fetched(kept, lambda: kept.put(provider.ask()))


def told(get: Callable[[], str]) -> str:
    try:
        return get()
    except SignInRefused as refusal:
        return str(refusal)


@pytest.mark.parametrize(("later", "expected"), [(KEEP - 1, "1"), (KEEP, "2")])
def test_it_is_fresh_so_long(thing: Fetched[str], clock: Clock, later: float, expected: str) -> None:
    thing.current()
    clock.now += later
    assert thing.current() == expected


@pytest.mark.parametrize(("later", "expected"), [(AGAIN - 1, 1), (AGAIN, 2)])
def test_a_failure_is_cooled_down(
    thing: Fetched[str], provider: Provider, clock: Clock, later: float, expected: int
) -> None:
    provider.refusal = DOWN
    assert [told(thing.current), told(thing.renewed)] == [str(DOWN)] * 2
    clock.now += later
    assert (told(thing.current), provider.asked) == (str(DOWN), expected)


def test_what_is_old_serves_while_the_provider_is_down(thing: Fetched[str], provider: Provider, clock: Clock) -> None:
    thing.current()
    clock.now += KEEP
    provider.refusal = DOWN
    assert [thing.current() for _ in range(20)] == ["1"] * 20
    assert provider.asked == 2


@pytest.mark.parametrize(("later", "expected"), [(LONGEST - 1, "1"), (LONGEST, str(DOWN))])
def test_but_not_for_ever(thing: Fetched[str], provider: Provider, clock: Clock, later: float, expected: str) -> None:
    thing.current()
    clock.now += later
    provider.refusal = DOWN
    assert told(thing.current) == expected


def test_what_is_wrong_by_now_serves_no_more(thing: Fetched[str], provider: Provider, clock: Clock) -> None:
    thing.current()
    clock.now += KEEP
    provider.refusal = WRONG
    assert [told(thing.current) for _ in range(3)] == [str(WRONG)] * 3
    assert provider.asked == 2


def test_an_urgent_need_follows_a_success_at_once_and_then_has_its_own_pause(
    thing: Fetched[str], provider: Provider, clock: Clock
) -> None:
    thing.current()
    assert [thing.renewed() for _ in range(3)] == ["2"] * 3
    clock.now += AGAIN - 1
    assert thing.renewed() == "2"
    clock.now += 1
    assert thing.renewed() == "3"


def test_an_urgent_need_that_fails_is_told_and_harms_nobody(thing: Fetched[str], provider: Provider) -> None:
    thing.current()
    provider.refusal = DOWN
    assert [told(thing.renewed) for _ in range(20)] == [str(DOWN)] * 20
    assert (thing.current(), provider.asked) == ("1", 2)


def test_a_success_takes_the_failure_back(thing: Fetched[str], provider: Provider, clock: Clock) -> None:
    provider.refusal = DOWN
    told(thing.current)
    provider.refusal = None
    clock.now += AGAIN
    assert (thing.current(), thing.store.problem()) == ("2", None)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as made:
        yield made


def hanging(provider: Provider, pool: ThreadPoolExecutor, get: Callable[[], str]) -> Future[str]:
    """Let one ask and hang."""
    provider.gate.clear()
    future = pool.submit(get)
    assert provider.reached.acquire(timeout=10)
    return future


def test_strangers_keep_nobody_waiting_who_has_what_is_kept(
    thing: Fetched[str], provider: Provider, pool: ThreadPoolExecutor
) -> None:
    thing.current()
    provider.reached.acquire()
    hangs = hanging(provider, pool, thing.renewed)
    assert pool.submit(thing.current).result(timeout=5) == "1"
    assert not hangs.done()
    provider.gate.set()
    assert (hangs.result(timeout=5), provider.asked) == ("2", 2)


def test_what_is_old_answers_while_one_asks(
    thing: Fetched[str], provider: Provider, clock: Clock, pool: ThreadPoolExecutor
) -> None:
    thing.current()
    provider.reached.acquire()
    clock.now += KEEP
    hangs = hanging(provider, pool, thing.current)
    assert [pool.submit(thing.current).result(timeout=5) for _ in range(9)] == ["1"] * 9
    provider.gate.set()
    assert (hangs.result(timeout=5), provider.asked) == ("2", 2)


def test_who_has_nothing_yet_waits_for_the_one_who_asks_and_only_a_few_do(
    thing: Fetched[str], provider: Provider, pool: ThreadPoolExecutor
) -> None:
    first = hanging(provider, pool, thing.current)
    others = [pool.submit(told, thing.current) for _ in range(fetched.WAITING + 3)]
    turned_away = [str(SignInRefused(Reason.UNAVAILABLE, "asked a moment ago"))] * 3
    wait_for(others, 3)
    provider.gate.set()
    assert sorted(each.result(timeout=5) for each in [first, *others]) == ["1"] * 9 + turned_away
    assert provider.asked == 1
    assert [thing.places.acquire(blocking=False) for _ in range(9)] == [True] * 8 + [False]  # each gave its own back


@pytest.mark.parametrize(("refusal", "expected"), [(None, "2"), (DOWN, str(DOWN))])
def test_who_needs_a_new_answer_waits_for_the_one_who_asks(
    thing: Fetched[str],
    provider: Provider,
    pool: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
    refusal: SignInRefused | None,
    expected: str,
) -> None:
    thing.current()
    provider.reached.acquire()
    provider.refusal = refusal
    hangs, waits = hanging(provider, pool, lambda: told(thing.renewed)), threading.Semaphore(0)
    flight = thing.flight
    assert flight is not None
    awaited = flight.wait

    def seen(seconds: float) -> bool:
        waits.release()
        return awaited(seconds)

    monkeypatch.setattr(flight, "wait", seen)
    other = pool.submit(told, thing.renewed)
    assert waits.acquire(timeout=10)
    provider.gate.set()
    assert [each.result(timeout=5) for each in (hangs, other)] == [expected] * 2


def test_nobody_asks_beside_one_who_hangs_longer_than_the_pause(
    thing: Fetched[str], provider: Provider, clock: Clock, pool: ThreadPoolExecutor
) -> None:
    thing.current()
    provider.reached.acquire()
    clock.now += KEEP
    hangs = hanging(provider, pool, thing.current)
    clock.now += AGAIN
    assert pool.submit(thing.current).result(timeout=5) == "1"
    provider.gate.set()
    assert (hangs.result(timeout=5), provider.asked) == ("2", 2)


def wait_for(futures: list[Future[str]], count: int) -> None:
    finished = threading.Semaphore(0)
    for future in futures:
        future.add_done_callback(lambda _: finished.release())
    for _ in range(count):
        assert finished.acquire(timeout=10)


def test_an_error_that_nobody_foresaw_ends_the_asking_too(thing: Fetched[str], provider: Provider) -> None:
    thing.ask = lambda: str(1 / 0)
    with pytest.raises(ZeroDivisionError):
        thing.current()
    assert thing.flight is None
    assert told(thing.current) == str(SignInRefused(Reason.UNAVAILABLE, "asked a moment ago"))
