"""Keeps one slot: carries out what the slot machine wants, and tells it what happens. Decides nothing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from agent.errors import PortError
from agent.keeping.attending import Attendant
from agent.keeping.hints import Hints
from agent.keeping.line import Line
from agent.keeping.lore import Lore
from agent.keeping.mending import Mender, Yard
from agent.keeping.seeker import Seeker
from agent.keeping.voice import Voice
from agent.modems.attach import Notes
from agent.modems.dialogue import Dialogue
from agent.modems.identify import OwnerNumber, Reading, glance, identify
from agent.modems.modem import Modem
from agent.modems.notes import Profile
from agent.modems.overheard import Overheard
from agent.ports import Clock, PresenceLine, WatchedSocket
from agent.service.progress import CONVERSATION, PROMPT, Progress
from agent.slots.diary import About
from agent.slots.events import CardLocked, CardRead, CardSeen, Effect, Event, Hint, LineMoved, LineUnreadable, Retry
from agent.slots.slot import Slot, State, first, step

RETRY = 2.0  # seconds between two readings of a card that cannot be read (TS 27.007 9.2: SIM busy passes)
IMSI_EVERY = 180.0  # seconds between two looks whether a card with several IMSIs has changed to another

_BUSY = (State.READING, State.FAILED, State.SETTLING)


class Keeper:
    """One slot of the rack, alive while run() runs; `changed` is called whenever the roster may look different."""

    def __init__(
        self,
        name: str,
        socket: WatchedSocket,
        line: PresenceLine | None,
        notes: Notes,
        owner_number: OwnerNumber,
        clock: Clock,
        *,
        settle: float,
        poll: float,
        changed: Callable[[], None],
        lore: Lore | None = None,
        hold: float = 0.0,
        mender: Mender | None = None,
        progress: Progress | None = None,
        voice: Voice | None = None,
    ) -> None:
        self.name = name
        self.voice = voice or Voice(name, clock)
        self.slot: Slot = first(has_line=line is not None)
        self.dialogue = Dialogue()
        self.line = Line(self.voice, line, self._edge) if line is not None else None
        self._owner_number, self._clock = owner_number, clock
        self._settle, self._poll, self._changed = settle, poll, changed
        self._lore, self._hold = lore or Lore(), hold
        progress = progress or Progress(clock.monotonic)
        self._living, self._working = progress.of(f"slot {name}"), progress.of(f"work of slot {name}")
        attending = progress.of(f"modem of slot {name}")
        self.seeker = Seeker(self.voice, self._lore, clock, self.look_again)
        self.mender = mender or Mender(name, socket, notes, clock, Yard(), voice=self.voice)
        heard = Overheard(socket, self.dialogue, clock.monotonic)
        self._attendant = Attendant(
            self.voice, clock, socket, heard, notes, self.mender, attending, heard=self._heard, tell=lambda event: self._post(None, event)
        )
        self._locked: CardLocked | None = None
        self._outdated = False
        self._inbox: asyncio.Queue[tuple[int | None, Event]] = asyncio.Queue()
        self._edge_waits = False
        self._hinted = asyncio.Event()
        self._asking: asyncio.TimerHandle | None = None
        self._hints = Hints(self._hint)
        self._imsi_at = float("-inf")
        self._work: asyncio.Task[None] | None = None
        self._serial = 0
        self._iccid_by: str | None = None

    async def run(self) -> None:
        """Keep the slot until cancelled; an error that is nobody's to expect ends it."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            group.create_task(self._attendant.run(), name=f"modem of {self.name}")
            group.create_task(self._live(), name=f"slot {self.name}")
            group.create_task(self.mender.run(), name=f"mender of {self.name}")

    @property
    def told(self) -> bool:
        """Whether the slot has spoken, and is not about to say more: a card that is busy at first, or read anew, is still unknown."""
        return self.slot.spoken and not self._outdated and self.slot.state not in _BUSY

    @property
    def plugged(self) -> bool:
        """Whether anything is in the modem's place, be it silent."""
        return self._attendant.plugged

    @property
    def modem(self) -> Modem | None:
        """The slot's modem while it answers."""
        return self._attendant.modem

    def look_again(self) -> None:
        """Read the card anew, as after a hint of the modem: what is known of it besides has changed."""
        self._outdated = True
        self._post(None, Hint())

    # The machine -----------------------------------------------------------------------------------------------------

    async def _live(self) -> None:
        self._watch_line()
        while True:
            if self._inbox.empty():
                self._living.waits()
            serial, event = await self._inbox.get()
            self._living.within(PROMPT)
            if serial is not None and serial != self._serial:
                continue  # the last word of work that has been cancelled since
            if isinstance(event, LineMoved):
                self._edge_waits = False
            await self._take(event)

    async def _take(self, event: Event) -> None:
        before = self.slot
        self.slot, effect = step(before, event, self._clock.monotonic(), self._hold)
        self.voice.card = self.slot.card or before.card
        self.mender.hears(event, self.slot.line, self.slot.why)
        self._ask_in_time()
        self.voice.stands(self.slot.state, self.slot.why)
        await self.seeker.only_for(self.slot.card)
        if effect is not None:
            await self._begin(effect)
        self._changed()

    def _ask_in_time(self) -> None:
        """A rung is taken on a fresh answer only: a modem in trouble is asked as soon as one is due."""
        if self._asking is not None:
            self._asking.cancel()
        soon = max(RETRY, self.mender.due_in())
        self._asking = asyncio.get_running_loop().call_later(soon, self._hinted.set) if soon < self._poll else None

    async def _begin(self, effect: Effect) -> None:
        self._serial += 1
        if self._work is not None and not self._work.done():
            self._work.cancel()
            await asyncio.wait([self._work])
        work = {
            Effect.REST: self._rest,
            Effect.SETTLE: self._settled,
            Effect.READ: self._read,
            Effect.WATCH: self._watch,
            Effect.WAIT: self._wait,
        }
        self._work = self._group.create_task(self._carry_out(work[effect], self._serial), name=f"{effect.name} {self.name}")

    async def _carry_out(self, work: Callable[[int], Awaitable[None]], serial: int) -> None:
        self._working.within(CONVERSATION)
        await work(serial)
        self._working.waits()

    async def _pause(self, seconds: float) -> None:
        self._working.within(seconds + PROMPT)
        await asyncio.sleep(seconds)

    def _post(self, serial: int | None, event: Event) -> None:
        self._inbox.put_nowait((serial, event))
        self._living.stirred()

    # The line --------------------------------------------------------------------------------------------------------

    def _watch_line(self) -> None:
        if self.line is None:
            return
        self.line.watch()
        self._post(None, self.line.first())

    def _edge(self) -> None:
        if not self._edge_waits:
            self._edge_waits = True
            self._post(None, LineMoved())

    def _check_line(self, serial: int) -> None:
        if self.line is not None and (news := self.line.news(self.slot.line)) is not None:
            self._post(serial, news)

    async def _settled(self, serial: int) -> None:
        assert self.line is not None
        await self._pause(self._settle)
        while isinstance(level := self.line.level(), LineUnreadable):
            self._post(serial, level)
            await self._pause(self._poll)
        self._post(serial, level)

    async def _rest(self, serial: int) -> None:
        while self.line is not None:
            await self._pause(self._poll)
            self._check_line(serial)

    # The modem -------------------------------------------------------------------------------------------------------

    def _heard(self, line: str) -> None:
        self.seeker.heard(line)
        modem = self.modem
        if modem is not None and modem.profile is not None and modem.profile.hints_at_card(line):
            self._hints.hint()

    def _hint(self) -> None:
        self._hinted.set()
        self._post(None, Hint())

    async def _read(self, serial: int) -> None:
        await self.mender.over()
        self._working.within(CONVERSATION)
        self._hinted.clear()
        modem = self.modem
        if modem is None or modem.profile is None:
            self._post(serial, self._attendant.gone)
            return
        try:
            reading = await self._identified(modem, modem.profile)
            while self._outdated:
                self._working.within(CONVERSATION)
                reading = await self._identified(modem, modem.profile)
        except PortError:
            self.voice.say(logging.DEBUG, About.MODEM, "the modem went away during a reading")  # the attendant says so
            return
        self._locked = reading if isinstance(reading, CardLocked) and reading.wants_pin else None
        self.seeker.has_read(reading)
        self._iccid_by = reading.iccid_by if isinstance(reading, CardRead) else None
        self._imsi_at = self._clock.monotonic()
        self._post(serial, reading)

    async def _identified(self, modem: Modem, profile: Profile) -> Reading:
        self._outdated = False
        reading = await modem.converse(identify(profile, self._owner_number))
        if isinstance(reading, CardLocked) and reading.wants_pin:
            if (locked := await self._lore.unlock(self.voice, modem, reading)) is not None:
                return locked
            reading = await modem.converse(identify(profile, self._owner_number))
        return await self._lore.complete(reading) if isinstance(reading, CardRead) else reading

    async def _watch(self, serial: int) -> None:
        while True:
            self._working.within(self._poll + CONVERSATION)
            await self._poll_time()
            self._working.within(CONVERSATION)
            await self.mender.over()
            self._working.within(CONVERSATION)
            self._hinted.clear()
            self._check_line(serial)
            modem = self.modem
            if modem is None or modem.profile is None:
                return  # the attendant has said so
            slot, imsi_too = self.slot, self._imsi_is_due()
            look = glance(modem.profile, slot.card, self.seeker.read_in_service, self._iccid_by, imsi_too=imsi_too)
            try:
                event = await modem.converse(look)
            except PortError:
                return
            if isinstance(event, CardLocked) and event.wants_pin:
                if self._locked is None:
                    self.look_again()  # the card was restarted: a reading gives it its PIN
                    return
                event = replace(event, why=self._locked.why)  # what became of the PIN is still the matter
            self._post(serial, event)
            if isinstance(event, CardSeen) and slot.card is not None:
                self.seeker.seek(self._group, modem, slot.card, event.registration)

    def _imsi_is_due(self) -> bool:
        now = self._clock.monotonic()
        due = now - self._imsi_at >= IMSI_EVERY
        self._imsi_at = now if due else self._imsi_at
        return due

    async def _poll_time(self) -> None:
        try:
            async with asyncio.timeout(self._poll):
                await self._hinted.wait()
        except TimeoutError:
            return

    async def _wait(self, serial: int) -> None:
        await self._pause(RETRY)
        self._post(serial, Retry())
