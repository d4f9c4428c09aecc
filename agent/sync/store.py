"""The outbox for the event loop: every call on one thread of its own, so that no fsync holds up the loop."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from agent.errors import StoreError
from agent.modems.pin import Outcome, Try
from agent.sim.identity import Card, Iccid, Msisdn
from agent.slots.listing import Snapshot
from agent.sync.history import Entry, Wish
from agent.sync.outbox import Change, Outbox, Quarantined

AGAIN = 30.0  # seconds at least between two tries to open a file that could not be opened

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """The methods of Outbox, awaited; calls are done in the order in which they are made, also when the asker is cancelled.

    While the file cannot be opened every call raises StoreError, and now and then one tries again. `back` is called, on the
    loop, when a try succeeds.
    """

    def __init__(self, path: Path, wall: Callable[[], float | None]) -> None:
        """Store.open() is the way."""
        self.back: Callable[[], None] = lambda: None
        self._path, self._wall = path, wall
        self._thread = ThreadPoolExecutor(1, "store")
        # Of the thread alone, from here on.
        self._outbox: Outbox | None = None
        self._trouble: StoreError | None = None
        self._again = float("-inf")

    @classmethod
    async def open(cls, path: Path, *, wall: Callable[[], float | None] = lambda: None) -> Self:
        """Open or make the file; where that cannot be done, go on without it. `wall`: UNIX seconds, None while the clock is not right."""
        store = cls(path, wall)
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(store._thread, store._try, loop.time())
        except BaseException:
            store._thread.shutdown(wait=False)
            raise
        return store

    async def record(self, snapshot: Snapshot, wall: float | None, monotonic: float, *, present: Collection[str]) -> Change | None:
        """As Outbox.record."""
        return await self._do(Outbox.record, snapshot, wall, monotonic, present=present)

    async def settle(self, wall: float, monotonic: float) -> None:
        """As Outbox.settle."""
        await self._do(Outbox.settle, wall, monotonic)

    async def starts(self) -> dict[tuple[str, str], int]:
        """As Outbox.starts."""
        return await self._do(Outbox.starts)

    async def newest(self) -> Change | None:
        """As Outbox.newest."""
        return await self._do(Outbox.newest)

    async def pending(self) -> list[Change]:
        """As Outbox.pending."""
        return await self._do(Outbox.pending)

    async def last_delivered(self) -> Snapshot | None:
        """As Outbox.last_delivered."""
        return await self._do(Outbox.last_delivered)

    async def delivered(self, change_id: int, ids: Mapping[str, int | None], wall: float | None = None) -> None:
        """As Outbox.delivered."""
        await self._do(Outbox.delivered, change_id, ids, wall)

    async def history(self, wish: Wish) -> list[Entry]:
        """As Outbox.history."""
        return await self._do(Outbox.history, wish)

    async def quarantine(self, number: str, reason: str, wall: float | None, form: str) -> None:
        """As Outbox.quarantine."""
        await self._do(Outbox.quarantine, number, reason, wall, form)

    async def release(self, number: str) -> bool:
        """As Outbox.release."""
        return await self._do(Outbox.release, number)

    async def quarantined(self) -> list[Quarantined]:
        """As Outbox.quarantined."""
        return await self._do(Outbox.quarantined)

    async def remember(self, card: Card, wall: float | None = None) -> None:
        """As Cards.remember."""
        await self._do(lambda outbox: outbox.cards.remember(card, wall))

    async def recall(self, iccid: Iccid, wall: float | None = None) -> Card | None:
        """As Cards.recall."""
        return await self._do(lambda outbox: outbox.cards.recall(iccid, wall))

    async def owned(self) -> dict[Iccid, Msisdn]:
        """As Ledger.owned."""
        return await self._do(lambda outbox: outbox.ledger.owned())

    async def own(self, owned: Mapping[Iccid, Msisdn]) -> None:
        """As Ledger.own."""
        await self._do(lambda outbox: outbox.ledger.own(owned))

    async def disown(self, iccid: Iccid) -> bool:
        """As Ledger.disown."""
        return await self._do(lambda outbox: outbox.ledger.disown(iccid))

    async def pin_tries(self, iccid: Iccid, pin: str) -> list[Try]:
        """As Ledger.pin_tries."""
        return await self._do(lambda outbox: outbox.ledger.pin_tries(iccid, pin))

    async def pin_doubt(self, iccid: Iccid) -> bool:
        """As Ledger.pin_doubt."""
        return await self._do(lambda outbox: outbox.ledger.pin_doubt(iccid))

    async def pin_goes_out(self, iccid: Iccid, pin: str, left: int | None) -> int:
        """As Ledger.pin_goes_out."""
        return await self._do(lambda outbox: outbox.ledger.pin_goes_out(iccid, pin, left))

    async def pin_came_back(self, line: int, outcome: Outcome) -> None:
        """As Ledger.pin_came_back."""
        await self._do(lambda outbox: outbox.ledger.pin_came_back(line, outcome))

    async def enquire(self, iccid: Iccid, wall: float, pause: float) -> bool:
        """As Ledger.enquire."""
        return await self._do(lambda outbox: outbox.ledger.enquire(iccid, wall, pause))

    async def close(self) -> None:
        """As Outbox.close; the thread ends too."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        finally:
            self._thread.shutdown(wait=False)

    async def _do(self, call: Callable[Concatenate[Outbox, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        now = loop.time()

        def job() -> T:
            return call(self._opened(now, loop), *args, **kwargs)

        work = loop.run_in_executor(self._thread, job)
        # Shielded, for what still waits for the thread would be dropped: the outcome of a PIN, say.
        work.add_done_callback(_heard)
        return await asyncio.shield(work)

    # On the thread ---------------------------------------------------------------------------------------------------

    def _opened(self, now: float, loop: asyncio.AbstractEventLoop) -> Outbox:
        if self._outbox is None and now >= self._again and self._try(now):
            loop.call_soon_threadsafe(self.back)
        if self._outbox is None:
            assert self._trouble is not None
            # One of its own for every asker: a raised one grows by its way.
            raise StoreError(self._trouble.what, self._trouble.mend)
        return self._outbox

    def _try(self, now: float) -> bool:
        try:
            self._outbox = Outbox.open(self._path, self._wall())
        except StoreError as error:
            self._trouble, self._again = error, now + AGAIN
        return self._outbox is not None

    def _close(self) -> None:
        self._again = float("inf")
        if self._outbox is not None:
            self._outbox.close()


def _heard(work: "asyncio.Future[Any]") -> None:
    """An error that comes after its asker has been cancelled is nobody's any more."""
    if not work.cancelled():
        work.exception()
