"""The conductor: one keeper per slot, one roster, one uplink, one LED tick, one control socket. Nothing is decided here."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

from agent.errors import StoreError
from agent.keeper import Keeper
from agent.lore import Known
from agent.modems.attach import Notes
from agent.ports import Board, Clock
from agent.settings import Settings
from agent.slots.leds import Pattern, lit, pattern, steady
from agent.slots.listing import Snapshot
from agent.slots.roster import NUMBERLESS, Offer, Roster, roster
from agent.sync.outbox import Change
from agent.sync.request import Endpoint
from agent.sync.store import Store
from agent.sync.uplink import Uplink
from agent.sync.wire import Carrier, Wire

TICK = 0.25  # seconds between two looks at blinking LEDs

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside the agent that it is given: pins and ttys, notes, time, chance, the way to the endpoint."""

    board: Board
    notes: Notes
    clock: Clock
    chance: random.Random
    wire: Callable[[Endpoint], Carrier] = Wire


class Gateway:
    """One rack. run() serves it until cancelled; what nobody expected ends it, so that it can be started anew."""

    def __init__(self, settings: Settings, world: World, store: Store) -> None:
        self.settings, self.world, self.store = settings, world, store
        self.since = world.clock.wall()
        self._stirred = asyncio.Event()
        self._shown = asyncio.Event()
        self._offers = [Offer(slot.wiring.slot, slot.rent, slot.price) for slot in settings.slots]
        self._quarantined: dict[str, str] = {}
        self._quarantine_stale = True
        self._recorded: tuple[Snapshot, frozenset[str]] | None = None
        self._offered: Snapshot | None = None
        self._store_failed = False
        store.back = self._store_back
        wire = world.wire(settings.endpoint)
        self.uplink = Uplink(settings.endpoint, store, world.clock, rng=world.chance, changed=self._uplink_changed, wire=wire)
        self.lore = Known(settings, store, lambda: world.clock.wall() if self.uplink.clock_ok else None, self._store_fault)
        self.keepers = {slot.wiring.slot: self._keeper(slot.wiring.slot) for slot in settings.slots}
        # Now, so that a pin that cannot be had is told before anything runs.
        lamps = {slot.wiring.slot: world.board.lamp(slot.wiring) for slot in settings.slots}
        self._lamps = {name: lamp for name, lamp in lamps.items() if lamp is not None}
        self.roster: Roster = self._look()

    async def run(self) -> None:
        """Serve the rack until cancelled."""
        await self.lore.load()
        async with asyncio.TaskGroup() as group:
            for keeper in self.keepers.values():
                group.create_task(keeper.run(), name=f"keeper {keeper.name}")
            group.create_task(self._list(), name="roster")
            group.create_task(self.uplink.run(), name="uplink")
            group.create_task(self._light(), name="leds")

    def _keeper(self, name: str) -> Keeper:
        wiring = next(slot.wiring for slot in self.settings.slots if slot.wiring.slot == name)
        timing, board = self.settings.timing, self.world.board
        return Keeper(
            name,
            board.socket(wiring),
            board.line(wiring),
            self.world.notes,
            self.lore.owner,
            self.world.clock,
            settle=timing.settle,
            poll=timing.poll,
            changed=self._stirred.set,
            lore=self.lore,
            hold=timing.registered,
        )

    def _look(self) -> Roster:
        slots = {name: keeper.slot for name, keeper in self.keepers.items()}
        now, settings = self.world.clock.monotonic(), self.settings
        return roster(
            self._offers,
            slots,
            self._quarantined,
            now,
            settings.timing.lease,
            require_registration=settings.require_registration,
            numberless=self.lore.trouble or NUMBERLESS,
        )

    async def _list(self) -> None:
        """The newest list into the outbox and on to the uplink; the first one waits until every slot has spoken."""
        clock = self.world.clock
        start_by = clock.monotonic() + self.settings.timing.startup
        held = True
        while True:
            self._stirred.clear()
            if self._quarantine_stale:
                await self._look_at_quarantine()
            if await self.lore.load():
                for keeper in self.keepers.values():
                    keeper.look_again()
            self.roster = self._look()
            self._shown.set()
            held = held and clock.monotonic() < start_by and not all(keeper.slot.spoken for keeper in self.keepers.values())
            if not held:
                await self._owe()
            moments = [moment for moment in (self.roster.look_again, start_by if held else None) if moment is not None]
            await _until(self._stirred, min(moments, default=None), clock)

    async def _look_at_quarantine(self) -> None:
        self._quarantine_stale = False
        try:
            self._quarantined = {held.number: held.reason for held in await self.store.quarantined()}
        except StoreError as error:
            self._quarantine_stale = True
            self._store_fault(error)

    async def _owe(self) -> None:
        """The list into the outbox, and to the uplink when that has another one."""
        snapshot = self.roster.snapshot
        cards = [keeper.slot.card for keeper in self.keepers.values()]
        present = frozenset(str(card.msisdn) for card in cards if card and card.msisdn)
        if self._recorded == (snapshot, present):
            return
        owed: Change | Snapshot | None
        try:
            owed = await self._record(snapshot, present)
        except StoreError as error:
            # A full disk must not keep a pulled SIM on sale: the list goes out from memory.
            self._recorded = None
            self._store_fault(error)
            owed = snapshot if snapshot != self._offered else None
        if owed is not None:
            self._offered = snapshot
            self.uplink.offer(owed)

    async def _record(self, snapshot: Snapshot, present: frozenset[str]) -> Change | None:
        clock = self.world.clock
        wall = clock.wall() if self.uplink.clock_ok else None
        change = await self.store.record(snapshot, wall, clock.monotonic(), present=present)
        if change is not None and self._store_failed:
            self._store_failed = False
            log.info("the database works again")
        if change is None and snapshot != self._offered:
            # The outbox knows it, the uplink does not: after a start, or after a time without a disk.
            change = await self.store.newest()
        self._recorded = (snapshot, present)
        return change

    def _store_fault(self, error: StoreError) -> None:
        """ERROR once, DEBUG until the database works again."""
        log.log(logging.DEBUG if self._store_failed else logging.ERROR, "%s", error)
        self._store_failed = True

    def _store_back(self) -> None:
        """The database could be opened at last: the list of now goes into it, changed or not."""
        log.info("the database works again")
        self._store_failed = False
        self._stirred.set()

    def _uplink_changed(self) -> None:
        self._quarantine_stale = True
        self._stirred.set()

    async def _light(self) -> None:
        """All LEDs on one beat; while none blinks, nothing ticks."""
        there = self._lamps
        if not there:
            return
        clock = self.world.clock
        while True:
            self._shown.clear()
            shown = {name: self.pattern(name) for name in there}
            moment = clock.monotonic()
            for name, lamp in there.items():
                lamp.show(lit(shown[name], moment))
            blinking = not all(steady(one) for one in shown.values())
            await _until(self._shown, moment - moment % TICK + TICK if blinking else None, clock)

    def pattern(self, name: str) -> Pattern:
        """What the slot's LED shows."""
        return pattern(
            self.keepers[name].slot,
            on_sale=name not in self.roster.why,
            endpoint_ok=self.uplink.report()["state"] in ("ok", "idle", "waiting"),
        )


async def _until(event: asyncio.Event, moment: float | None, clock: Clock) -> None:
    """Wait for the event, at most until `moment` (monotonic seconds)."""
    if moment is None:
        await event.wait()
        return
    try:
        async with asyncio.timeout(max(0.0, moment - clock.monotonic())):
            await event.wait()
    except TimeoutError:
        return
