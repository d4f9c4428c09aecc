"""Mends a modem in trouble, rung by rung of its ladder, never two of one hub at once: carries out what modems/recovery decides."""

import asyncio
import logging
import math
from typing import Any

from agent.errors import NotAtPortError, PortError, SimgateError, TakenError
from agent.keeping.acts import Acts
from agent.keeping.voice import Voice
from agent.modems import recovery
from agent.modems.attach import Notes
from agent.modems.modem import Modem
from agent.modems.recovery import Ailment, Ladder, Rack, Rung
from agent.modems.tally import Tally
from agent.ports import Clock, ModemPower, ModemSocket
from agent.service.progress import CONVERSATION, Progress, Promise
from agent.slots.diary import About
from agent.slots.events import Event

CARDS = (Ailment.UNREADABLE, Ailment.BLIND)
SAYS = {
    Rung.ASK: "asks again",
    Rung.REOPEN: "opens its port anew",
    Rung.SIM_RESET: "restarts the SIM",
    Rung.CFUN: "switches the modem off and on (AT+CFUN)",
    Rung.MODEM_RESET: "restarts the modem",
    Rung.USB_RESET: "takes the modem off the USB and back",
    Rung.PORT_POWER: "cuts the power of the modem's USB port",
    Rung.POWER_LINE: "cuts the modem's power",
    Rung.QUARANTINE: "has tried everything that it may, and goes on slowly",
}


class Yard:
    """What the menders of one rack have in common: who is being reset, and how many were within the hour."""

    def __init__(self, per_hour: int = 20) -> None:
        self.rack = Rack(per_hour)


class Mender:
    """One slot's; run() carries out what climb() finds due, whoever stops waiting for it. `usb`: its topology path."""

    def __init__(
        self,
        name: str,
        socket: ModemSocket,
        notes: Notes,
        clock: Clock,
        yard: Yard,
        power: ModemPower | None = None,
        usb: str | None = None,
        promise: Promise | None = None,
        voice: Voice | None = None,
    ) -> None:
        self.ladder, self.tally = Ladder(), Tally()
        self._name, self._clock = name, clock
        self._yard, self._hub = yard, recovery.hub(usb)
        self._voice = voice or Voice(name, clock)
        self._acts = Acts(self._say, socket, notes, power)
        self._promise = promise or Progress(clock.monotonic).of(name)
        self._wanted: asyncio.Queue[Rung] = asyncio.Queue()
        self._idle = asyncio.Event()
        self._idle.set()

    # What it is told -------------------------------------------------------------------------------------------------

    async def answers(self, modem: Modem) -> None:
        """The modem was greeted. One that was left switched off, by a reset that had no second half, is switched on. PortError."""
        self._acts.greeted(modem)
        if self.ladder.ailment in (Ailment.SILENT, Ailment.GONE):
            self._well()
        if modem.functionality in (0, 4) and (self._idle.is_set() or not self._acts.off):
            await self._acts.switch_on(modem)

    def fails(self, error: PortError, *, plugged: bool) -> None:
        """No modem can be asked, and why; `plugged`: something is there."""
        self._acts.modem = None
        if self.ladder.ailment in CARDS and self._clock.monotonic() < self.ladder.rest:
            return  # a restart takes it away for a while, and that it is back does not mean that its card can be read
        if not plugged:
            self._ails(Ailment.GONE, error)
        elif isinstance(error, TakenError) or (isinstance(error, NotAtPortError) and self._acts.profile is None):
            self.ladder = recovery.recovered(self.ladder, self._clock.monotonic())
        else:
            self._ails(Ailment.SILENT, error)

    def hears(self, event: Event, line: bool | None, why: str | None) -> None:
        """What has just happened to the slot; `line` and `why` as it has them now. Only fresh trouble takes the next rung."""
        said = recovery.diagnosis(event, line, self._acts.off)
        if isinstance(said, Ailment):
            self._ails(said, why or said.value)
            self._start()
        elif said or (recovery.ends_with_card(event) and self.ladder.ailment in CARDS):
            self._acts.off = self._acts.off and not said
            self._well()

    def _ails(self, ailment: Ailment, why: object) -> None:
        self.ladder = recovery.ails(self.ladder, ailment, str(why), self._clock.monotonic())

    def _well(self) -> None:
        now, before = self._clock.monotonic(), self.ladder
        self._yard.rack = recovery.ended(self._yard.rack, self._name)
        self.ladder = recovery.recovered(before, now)
        if before.ailment is not None and before.rung not in (None, Rung.ASK):
            self._say(logging.INFO, f"the modem works again after {now - before.since:.0f} s; the last try: {_words(before.rung)}")

    # What it does ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Carry out one rung after the other, as they are due, until cancelled."""
        self._promise.within(CONVERSATION)
        await self._acts.restore()
        while True:
            self._promise.waits()
            rung = await self._wanted.get()
            self._promise.within(CONVERSATION)
            try:
                await self._take(rung)
            finally:
                self._idle.set()

    def due(self) -> bool:
        """Whether climb() would do something now."""
        now = self._clock.monotonic()
        if not self._idle.is_set() or now < self.ladder.rest:
            return False
        moment = self._next_at()
        return moment is not None and moment <= now

    async def climb(self) -> bool:
        """Take the rung that is due, if one is; whether one was. Whoever stops waiting for it does not stop it."""
        began = self._start()
        if began:
            await self.over()
        return began

    def _start(self) -> bool:
        if not self.due():
            return False
        rung = recovery.due(self.ladder, self._acts.able(), self._clock.monotonic())
        assert rung is not None
        self._claim(rung)
        self._idle.clear()
        self._wanted.put_nowait(rung)
        self._promise.stirred()
        return True

    def due_in(self) -> float:
        """Seconds until a rung may be taken, if the trouble lasts; inf = none ever."""
        moment = self._next_at()
        return math.inf if moment is None else max(0.0, moment - self._clock.monotonic())

    async def over(self) -> None:
        """Wait until nothing is being done to the modem: before that, what it says of its card is not true."""
        await self._idle.wait()

    def _next_at(self) -> float | None:
        if self.ladder.ailment is None:
            return None
        now, able = self._clock.monotonic(), self._acts.able()
        moment = recovery.next_at(self.ladder, able, now)
        # Never asked of the past: an hour ago there were other resets within the hour.
        rung = recovery.due(self.ladder, able, max(moment, now)) if moment is not None else None
        if moment is None or rung is None:
            return None
        return max(moment, recovery.free_at(self._yard.rack, self._name, self._hub, rung, now))

    def _claim(self, rung: Rung) -> None:
        """At once: a neighbour that fell with the same hub is due in the same instant."""
        now, yard = self._clock.monotonic(), self._yard
        start = self._acts.start(rung)
        self.ladder = recovery.taken(self.ladder, rung, now, start)
        yard.rack = recovery.begun(yard.rack, self._name, self._hub, rung, now, start)

    async def _take(self, rung: Rung) -> None:
        yard = self._yard
        level = logging.INFO if rung is Rung.REOPEN else logging.WARNING
        self._say(level, f"recovery {SAYS[rung]}, because {self.ladder.why} (try {self.ladder.attempts})")
        try:
            await self._acts.do(rung)
            self.tally.done[rung] += 1
        except SimgateError as error:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise asyncio.CancelledError from error  # it ends, and what it was about could not be given back
            self._say(logging.WARNING, f"recovery could not do that: {error}")
            self.ladder = recovery.refused(self.ladder, rung, self._clock.monotonic())
            yard.rack = recovery.ended(yard.rack, self._name)
        if self._acts.off:
            self.ladder = recovery.hurried(self.ladder, self._clock.monotonic())

    # What it says ----------------------------------------------------------------------------------------------------

    def _say(self, level: int, text: str) -> None:
        self._voice.say(level, About.RECOVERY, text)

    def report(self) -> dict[str, Any] | None:
        """The `recovery` of `simgate status --json`: rung, attempts, when, why, next (UNIX seconds); None while there is no climb."""
        now = self._clock.monotonic()
        ladder = recovery.forgotten(self.ladder, now)
        moment = self._next_at()
        if ladder.rung is None or (ladder.ailment is not None and moment is None):
            return None
        wall = self._clock.wall() - now
        soon = None if moment is None or moment == float("inf") else int(wall + max(moment, now))
        return {
            "rung": ladder.rung.name.lower(),
            "attempts": ladder.attempts,
            "when": int(wall + ladder.when),
            "why": ladder.why,
            "next": soon,
        }


def _words(rung: Rung | None) -> str:
    return rung.name.lower().replace("_", " ") if rung is not None else ""
