"""An event loop without waiting: when nothing is ready, the clock jumps to what comes next, in the agent or in the world."""

import asyncio
import selectors
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextvars import Context
from heapq import heappop, heappush
from itertools import count
from typing import Any

from .story import Violation

SPINS = 100_000  # turns of the loop in no time: an agent in a rack of eight takes a few dozen
EPSILON = 2e-9  # seconds: a month of virtual time leaves a double no less


class Agenda:
    """What the world has ahead of it: the only true time, and calls in its order; the same for every life of the agent."""

    def __init__(self) -> None:
        self.now = 0.0
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._turn = count()

    def at(self, moment: float, call: Callable[[], None]) -> None:
        """Call it then, or at once when that is over; there is no taking back: let `call` look whether it still matters."""
        heappush(self._heap, (max(moment, self.now), next(self._turn), call))

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call it so many seconds from now."""
        self.at(self.now + seconds, call)

    def advance(self, limit: float) -> None:
        """Go on to the next call, or to `limit`, whichever comes first, and make all calls that are due."""
        heap = self._heap
        if limit <= self.now and (not heap or heap[0][0] > self.now):
            return
        self.now = max(self.now, min(heap[0][0], limit) if heap else limit)
        while heap and heap[0][0] <= self.now:
            heappop(heap)[2]()


class _Skips(selectors.BaseSelector):
    """Nothing is ever ready but what the agenda brings."""

    def __init__(self, advance: Callable[[float | None], None]) -> None:
        self._advance = advance
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = self._keys[fileobj] = selectors.SelectorKey(fileobj, 0, events, data)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._advance(timeout)
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys


class VirtualLoop(asyncio.SelectorEventLoop):
    """One life of a process. `time()` is the kernel's monotonic clock, 0 at `booted`; a call to an executor is made at once, in place.

    `disk` makes such a call and returns its result, or raises what it raised, with the seconds that it took.
    """

    def __init__(self, agenda: Agenda, booted: float, disk: Callable[[Callable[[], Any]], tuple[Callable[[], Any], float]]) -> None:
        self._agenda, self._booted, self._disk = agenda, booted, disk
        self._at, self._turns, self._buried = 0.0, 0, False
        super().__init__(_Skips(self._skip))
        self._clock_resolution = EPSILON

    def time(self) -> float:
        """Seconds since the machine was switched on."""
        return self._agenda.now - self._booted

    def bury(self, agenda: Agenda) -> None:
        """From here on time is this one's: the process is dead, and the world goes on without it."""
        agenda.now = self._agenda.now
        self._agenda, self._buried = agenda, True

    def _skip(self, timeout: float | None) -> None:
        agenda = self._agenda
        if self._buried:
            agenda.now += 0.001  # also for one that spins
        agenda.advance(agenda.now + (3600.0 if timeout is None else timeout + EPSILON if timeout else 0.0))
        self._turns = self._turns + 1 if agenda.now == self._at else 0
        self._at = agenda.now
        if self._turns > SPINS:
            raise Violation("the agent does not spin", f"{SPINS} turns of its loop, and no time goes by")

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """There is one thread."""
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(  # type: ignore[override]
        self, _executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Done now, heard of when the disk is ready: in between the process may die."""
        future = self.create_future()
        outcome, seconds = self._disk(lambda: func(*args))

        def tell() -> None:
            if future.cancelled():
                return
            try:
                result = outcome()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the asker's
                future.set_exception(error)
            else:
                future.set_result(result)

        self.call_later(seconds, tell)
        return future
