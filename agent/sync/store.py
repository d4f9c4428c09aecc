"""The outbox for the event loop: every call on one thread of its own, so that no fsync holds up the loop."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, Self, TypeVar

from agent.modems.pin import Outcome, Try
from agent.sim.identity import Card, Iccid, Msisdn
from agent.slots.listing import Snapshot
from agent.sync.outbox import Change, Outbox, Quarantined

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """The methods of Outbox, awaited; calls are done in the order in which they are made, also when the asker is cancelled."""

    def __init__(self, outbox: Outbox, thread: ThreadPoolExecutor) -> None:
        self._outbox = outbox
        self._thread = thread

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open or make the file. StoreError when in use, foreign or out of reach."""
        thread = ThreadPoolExecutor(1, "store")
        try:
            outbox = await asyncio.get_running_loop().run_in_executor(thread, Outbox.open, path)
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return cls(outbox, thread)

    async def record(self, snapshot: Snapshot, wall: float | None, monotonic: float, *, present: Collection[str]) -> Change | None:
        """As Outbox.record."""
        return await self._do(self._outbox.record, snapshot, wall, monotonic, present=present)

    async def settle(self, wall: float, monotonic: float) -> None:
        """As Outbox.settle."""
        await self._do(self._outbox.settle, wall, monotonic)

    async def starts(self) -> dict[tuple[str, str], int]:
        """As Outbox.starts."""
        return await self._do(self._outbox.starts)

    async def newest(self) -> Change | None:
        """As Outbox.newest."""
        return await self._do(self._outbox.newest)

    async def pending(self) -> list[Change]:
        """As Outbox.pending."""
        return await self._do(self._outbox.pending)

    async def last_delivered(self) -> Snapshot | None:
        """As Outbox.last_delivered."""
        return await self._do(self._outbox.last_delivered)

    async def delivered(self, change_id: int, ids: Mapping[str, int | None]) -> None:
        """As Outbox.delivered."""
        await self._do(self._outbox.delivered, change_id, ids)

    async def quarantine(self, number: str, reason: str, wall: float | None, form: str) -> None:
        """As Outbox.quarantine."""
        await self._do(self._outbox.quarantine, number, reason, wall, form)

    async def release(self, number: str) -> bool:
        """As Outbox.release."""
        return await self._do(self._outbox.release, number)

    async def reform(self, form: str) -> None:
        """As Outbox.reform."""
        await self._do(self._outbox.reform, form)

    async def quarantined(self) -> list[Quarantined]:
        """As Outbox.quarantined."""
        return await self._do(self._outbox.quarantined)

    async def remember(self, card: Card) -> None:
        """As Outbox.remember."""
        await self._do(self._outbox.remember, card)

    async def recall(self, iccid: Iccid) -> Card | None:
        """As Outbox.recall."""
        return await self._do(self._outbox.recall, iccid)

    async def owned(self) -> dict[Iccid, Msisdn]:
        """As Ledger.owned."""
        return await self._do(self._outbox.ledger.owned)

    async def own(self, owned: Mapping[Iccid, Msisdn]) -> None:
        """As Ledger.own."""
        await self._do(self._outbox.ledger.own, owned)

    async def disown(self, iccid: Iccid) -> bool:
        """As Ledger.disown."""
        return await self._do(self._outbox.ledger.disown, iccid)

    async def pin_tries(self, iccid: Iccid, pin: str) -> list[Try]:
        """As Ledger.pin_tries."""
        return await self._do(self._outbox.ledger.pin_tries, iccid, pin)

    async def pin_goes_out(self, iccid: Iccid, pin: str, left: int | None) -> int:
        """As Ledger.pin_goes_out."""
        return await self._do(self._outbox.ledger.pin_goes_out, iccid, pin, left)

    async def pin_came_back(self, line: int, outcome: Outcome) -> None:
        """As Ledger.pin_came_back."""
        await self._do(self._outbox.ledger.pin_came_back, line, outcome)

    async def enquire(self, iccid: Iccid, wall: float, pause: float) -> bool:
        """As Ledger.enquire."""
        return await self._do(self._outbox.ledger.enquire, iccid, wall, pause)

    async def close(self) -> None:
        """As Outbox.close; the thread ends too."""
        try:
            await self._do(self._outbox.close)
        finally:
            self._thread.shutdown(wait=False)

    async def _do(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: call(*args, **kwargs))
