"""The conductor: one keeper per slot, one roster, one uplink, one LED tick, one control socket. Nothing is decided here."""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from agent.errors import StoreError
from agent.keeping.keeper import Keeper
from agent.keeping.lore import Known
from agent.keeping.mending import Mender, Yard
from agent.keeping.voice import Voice
from agent.lights import Lights, lamps
from agent.modems.attach import Notes
from agent.owing import Owing
from agent.ports import Board, Clock
from agent.service.progress import DISK, PROMPT, Progress
from agent.settings.values import Settings
from agent.slots import guard, hold, leds, reasons
from agent.slots.diary import About
from agent.slots.guard import Fading
from agent.slots.listing import Snapshot
from agent.slots.patterns import Pattern
from agent.slots.roster import NUMBERLESS, Offer, Roster, roster
from agent.slots.slot import Slot
from agent.strays import Strays
from agent.sync.request import Endpoint
from agent.sync.store import AGAIN, Store
from agent.sync.timed import Timed
from agent.sync.uplink import Uplink
from agent.sync.wire import Carrier, Wire

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
        self.progress = Progress(world.clock.monotonic)
        self.news: Callable[[], None] = lambda: None  # called when what a person is told may differ
        self._listing, lighting = self.progress.of("roster"), self.progress.of("LEDs")
        self._stirred = asyncio.Event()
        self._offers = [Offer(slot.wiring.slot, slot.rent, slot.price) for slot in settings.slots]
        self._quarantined: dict[str, str] = {}
        self._quarantine_stale = True
        self.held = True
        self._guard = guard.begin(settings.timing.poll, settings.timing.lease)
        store.back = self._store_back
        self.wire = Timed(world.wire(settings.endpoint), world.clock)
        sending, rng = self.progress.of("uplink"), world.chance
        self.uplink = Uplink(settings.endpoint, store, world.clock, rng=rng, changed=self._uplink_changed, wire=self.wire, promise=sending)
        # Now, so that a pin that cannot be had is told before anything runs.
        leds_had = lamps(world.board, settings.wirings)
        self.lights = Lights(leds_had, world.clock, self._pattern, lambda seconds: lighting.within(seconds + PROMPT))
        self._owing = Owing(store, self.uplink, world.clock, self.lights.stir)
        self.lore = Known(settings, store, lambda: world.clock.wall() if self.uplink.clock_ok else None, self._owing.fault)
        self._yard = Yard(settings.resets_per_hour)
        self.strays = Strays(world.board, world.notes)
        self.keepers = {slot.wiring.slot: self._keeper(slot.wiring.slot) for slot in settings.slots}
        self.roster: Roster = self._look()

    async def run(self) -> None:
        """Serve the rack until cancelled."""
        await self.lore.load()
        async with asyncio.TaskGroup() as group:
            for keeper in self.keepers.values():
                group.create_task(keeper.run(), name=f"keeper {keeper.name}")
            group.create_task(self._list(), name="roster")
            group.create_task(self.uplink.run(), name="uplink")
            group.create_task(self.lights.run(), name="leds")
            group.create_task(self.strays.run(), name="strays")

    def _keeper(self, name: str) -> Keeper:
        wiring = next(slot.wiring for slot in self.settings.slots if slot.wiring.slot == name)
        timing, board, world = self.settings.timing, self.world.board, self.world
        mending = self.progress.of(f"recovery of slot {name}")
        voice, socket = Voice(name, world.clock), board.socket(wiring)
        mender = Mender(name, socket, world.notes, world.clock, self._yard, board.power(wiring), wiring.usb, mending, voice)
        return Keeper(
            name,
            board.socket(wiring),
            board.line(wiring),
            self.world.notes,
            self.lore.owner,
            self.world.clock,
            settle=timing.settle,
            poll=timing.poll,
            changed=self._stir,
            lore=self.lore,
            hold=timing.registered,
            mender=mender,
            progress=self.progress,
            voice=voice,
        )

    def _look(self) -> Roster:
        now, settings = self.world.clock.monotonic(), self.settings
        return roster(
            self._offers,
            self.slots(),
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
        last = await self._owing.last()
        while True:
            self._listing.within(DISK)
            self._stirred.clear()
            if self._quarantine_stale:
                await self._look_at_quarantine()
            if await self.lore.load():
                # Every card is read anew, and until then the list is as incomplete as after a start.
                last = (None if self.held else self._owing.offered) or last or await self._owing.last()
                self.held, start_by = True, clock.monotonic() + self.settings.timing.startup
                for keeper in self.keepers.values():
                    keeper.look_again()
            self._take(self._look())
            self._watch()
            self.uplink.withhold(self.roster.refused)
            self.lights.stir()
            was_held = self.held
            self.held = was_held and clock.monotonic() < start_by and not self._all_told()
            if self.held:
                last = await self._owe_what_is_left(last)
            else:
                if was_held and last is not None and (loss := guard.unread(hold.unheard(last, self.slots()), len(last.listings))):
                    log.error("%s", loss)
                await self._owing.owe(self.roster.snapshot, self._numbers())
            ask_again = clock.monotonic() + AGAIN if self.lore.trouble else None
            moments = (self.roster.look_again, self._guard.look_again, start_by if self.held else None, ask_again)
            self.news()
            await self._rest(min((moment for moment in moments if moment is not None), default=None))

    async def _rest(self, moment: float | None) -> None:
        if moment is None:
            self._listing.waits()
        else:
            self._listing.within(max(0.0, moment - self.world.clock.monotonic()) + PROMPT)
        await _until(self._stirred, moment, self.world.clock)

    def _stir(self) -> None:
        self._stirred.set()
        self._listing.stirred()

    def _all_told(self) -> bool:
        """Whether what is known now is all that a first look can tell: without the owner's table it is not."""
        return self.lore.trouble is None and all(keeper.told for keeper in self.keepers.values())

    def _take(self, found: Roster) -> None:
        for name, text in reasons.news(self.roster, found):
            self.keepers[name].voice.say(logging.INFO, About.SALE, text)
        self.roster = found

    def _watch(self) -> None:
        self._guard, said = guard.watch(self._guard, self.roster, self.slots(), self.world.clock.monotonic())
        for level, text in said:
            log.log(level, "%s", text)

    async def difference(self) -> dict[str, list[str]]:
        """`add` and `remove`: the numbers that the next POST changes; none while the first list is held and none has been lost."""
        if self._owing.offered is None:
            return {"add": [], "remove": []}
        return await self.uplink.next_difference()

    def fading(self) -> list[Fading]:
        """The numbers that are on sale by their lease alone."""
        return guard.fading(self._guard, self.roster, self.slots(), self.world.clock.monotonic())

    def warning(self) -> str | None:
        """One sentence while many modems are gone or silent together."""
        return guard.warning(self._guard, self.roster, self.slots(), self.world.clock.monotonic())

    async def _look_at_quarantine(self) -> None:
        self._quarantine_stale = False
        try:
            self._quarantined = {held.number: held.reason for held in await self.store.quarantined()}
        except StoreError as error:
            self._quarantine_stale = True
            self._owing.fault(error)

    async def _owe_what_is_left(self, last: Snapshot | None) -> Snapshot | None:
        """Of the list of before, what is not known to be gone; it is owed as soon as it is less."""
        if last is None or self._quarantine_stale:
            return last
        left = hold.kept(last, self.slots(), self._quarantined)
        if left != last or self._owing.from_memory:
            # Slots that have not spoken may hold what is quarantined: none of it is let out yet.
            spared = {str(listing.msisdn) for listing in last.listings} | self._quarantined.keys()
            await self._owing.owe(left, self._numbers() | spared)
        return left

    def _numbers(self) -> frozenset[str]:
        """Those of all cards in the rack, on sale or not."""
        cards = [keeper.slot.card for keeper in self.keepers.values()]
        return frozenset(str(card.msisdn) for card in cards if card and card.msisdn)

    def slots(self) -> dict[str, Slot]:
        """Each slot as it stands."""
        return {name: keeper.slot for name, keeper in self.keepers.items()}

    def _store_back(self) -> None:
        """The database could be opened at last: the list of now goes into it, changed or not."""
        self._owing.back()
        self._stir()

    def _uplink_changed(self) -> None:
        self._quarantine_stale = True
        self._stir()

    def late(self) -> Iterable[str]:
        """The tasks that hang; the name of one that works for a slot ends with `slot NAME`."""
        return [one.name for one in self.progress.late()]

    def pattern(self, name: str) -> Pattern:
        """What the LED of that slot shows; "" is the gateway's own."""
        return self.lights.shown(name)

    def _pattern(self, name: str) -> Pattern:
        late = [_of_slot(task) for task in self.late()]
        endpoint = str(self.uplink.report()["state"])
        if not name:
            taken, warned = not self.uplink.unsent, self.warning() is not None
            return leds.of_gateway(endpoint=endpoint, taken=taken, held=self.held, warned=warned, stuck=bool(late))
        keeper, matter = self.keepers[name], self.roster.matters.get(name)
        stuck = name in late or None in late
        return leds.of_slot(keeper.slot, matter, endpoint=endpoint, taken=self.uplink.has(name), plugged=keeper.plugged, stuck=stuck)


def _of_slot(task: str) -> str | None:
    """The slot that a task works for; None = for all."""
    return task.rpartition("slot ")[2] if "slot " in task else None


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
