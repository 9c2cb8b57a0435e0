"""A closed loop: so many callers, each asking again as soon as it is answered, for so long."""

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

WARM_UP = 0.5


@dataclass(frozen=True)
class Measured:
    """One cell of the table. Milliseconds; ``cpu_ms`` is the measured process's CPU for one call."""

    callers: int
    calls: int
    per_second: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float

    def as_dict(self) -> dict[str, float]:
        return {name: round(value, 3) for name, value in asdict(self).items()}


@dataclass
class Loop:
    """Callers in threads; ``prepare()`` runs once in each and returns the call to repeat.

    A call that raises ends the measurement: a portal that refuses is not fast.
    """

    callers: int
    seconds: float
    prepare: Callable[[], Callable[[], None]]

    def __post_init__(self) -> None:
        self.times: list[list[float]] = [[] for _ in range(self.callers)]
        self.errors: list[BaseException] = []
        self.warm = threading.Barrier(self.callers + 1)
        self.go = threading.Event()
        self.ends = 0.0

    def run(self, cpu_seconds: Callable[[], float]) -> Measured:
        threads = [threading.Thread(target=self._caller, args=(mine,)) for mine in self.times]
        for thread in threads:
            thread.start()
        try:
            self.warm.wait()
        except threading.BrokenBarrierError:
            raise self.errors[0] from None
        cpu, began = cpu_seconds(), time.perf_counter()
        self.ends = began + self.seconds
        self.go.set()
        for thread in threads:
            thread.join()
        if self.errors:
            raise self.errors[0]
        return summary(self.callers, self.times, time.perf_counter() - began, cpu_seconds() - cpu)

    def _caller(self, mine: list[float]) -> None:
        try:
            call = self.prepare()
            until = time.perf_counter() + WARM_UP
            while time.perf_counter() < until:
                call()
            self.warm.wait()
            self.go.wait()
            while (began := time.perf_counter()) < self.ends:
                call()
                mine.append(time.perf_counter() - began)
        except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
            self.errors.append(error)
            self.warm.abort()


def summary(callers: int, times: list[list[float]], wall: float, cpu: float) -> Measured:
    every = sorted(value * 1000 for mine in times for value in mine)
    return Measured(
        callers=callers,
        calls=len(every),
        per_second=len(every) / wall,
        p50_ms=statistics.median(every),
        p95_ms=every[int(len(every) * 0.95)],
        cpu_ms=cpu * 1000 / len(every),
    )
