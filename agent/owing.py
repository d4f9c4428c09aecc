"""What is owed to the endpoint: each list into the outbox and on to the uplink, out of memory while the database is in trouble."""

import logging
from collections.abc import Callable

from agent.errors import StoreError
from agent.ports import Clock
from agent.slots.listing import Snapshot
from agent.sync.outbox import Change
from agent.sync.store import Store
from agent.sync.uplink import Uplink

log = logging.getLogger(__name__)


class Owing:
    """`offered`: the list that the uplink has, None before the first; `news` is called when it has another one."""

    def __init__(self, store: Store, uplink: Uplink, clock: Clock, news: Callable[[], None]) -> None:
        self.offered: Snapshot | None = None
        self._store, self._uplink, self._clock, self._news = store, uplink, clock, news
        self._recorded: tuple[Snapshot, frozenset[str]] | None = None
        self._failed = False

    @property
    def from_memory(self) -> bool:
        """Whether the uplink has a list that the database has not."""
        return self.offered is not None and self._recorded is None

    async def last(self) -> Snapshot | None:
        """The newest list of the database, told or owed to the endpoint; None when there was none, or it cannot be read."""
        try:
            newest = await self._store.newest()
        except StoreError as error:
            self.fault(error)
            return None
        return newest.snapshot if newest is not None else None

    async def owe(self, snapshot: Snapshot, present: frozenset[str]) -> None:
        """The list into the outbox, and to the uplink when that has another one; `present`: as Outbox.record."""
        if self._recorded == (snapshot, present):
            return
        owed: Change | Snapshot | None
        try:
            owed = await self._record(snapshot, present)
        except StoreError as error:
            # A full disk must not keep a pulled SIM on sale: the list goes out from memory.
            self._recorded = None
            self.fault(error)
            owed = snapshot if snapshot != self.offered else None
        if owed is not None:
            self.offered = snapshot
            self._uplink.offer(owed)
            self._news()

    async def _record(self, snapshot: Snapshot, present: frozenset[str]) -> Change | None:
        wall = self._clock.wall() if self._uplink.clock_ok else None
        change = await self._store.record(snapshot, wall, self._clock.monotonic(), present=present)
        if change is not None and self._failed:
            self.back()
        if change is None and snapshot != self.offered:
            # The outbox knows it, the uplink does not: after a start, or after a time without a disk.
            change = await self._store.newest()
        self._recorded = (snapshot, present)
        return change

    def fault(self, error: StoreError) -> None:
        """ERROR once, DEBUG until the database works again."""
        log.log(logging.DEBUG if self._failed else logging.ERROR, "%s", error)
        self._failed = True

    def back(self) -> None:
        """The database works again."""
        log.info("the database works again")
        self._failed = False
