"""Mends a modem in trouble, rung by rung of its ladder, never two of one hub at once: carries out what modems/recovery decides."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from agent.at.codes import Kind
from agent.at.dialog import Answer, Command
from agent.errors import LineError, NotAtPortError, PortError, PowerError, SimgateError, TakenError
from agent.keeping.voice import Voice
from agent.modems import recovery
from agent.modems.attach import Notes
from agent.modems.modem import Modem
from agent.modems.notes import ModemReset, Profile, SimReset
from agent.modems.recovery import Ailment, Ladder, Rack, Rung
from agent.ports import Clock, Cut, ModemPower, ModemSocket
from agent.slots.diary import About
from agent.slots.events import Event

CYCLE = SimReset(("AT+CFUN=0", "AT+CFUN=1"), 2.0, ())  # TS 27.007 8.2
RESTART = ModemReset(("AT+CFUN=1,1",), 30.0)  # TS 27.007 8.2
PATIENCE = 20.0  # seconds for a command that switches something
TRIES = 3  # of the command that switches on again what was switched off
BETWEEN = 2.0  # seconds between two commands to a modem that does not answer
CUTS = {Rung.USB_RESET: Cut.USB, Rung.PORT_POWER: Cut.PORT, Rung.POWER_LINE: Cut.LINE}
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

_ESC = b"\x1b"  # as in Modem.rouse


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
        voice: Voice | None = None,
    ) -> None:
        self.ladder = Ladder()
        self._voice = voice or Voice(name, clock)
        self._name, self._socket, self._notes, self._clock = name, socket, notes, clock
        self._yard, self._power, self._hub = yard, power, recovery.hub(usb)
        self._modem: Modem | None = None
        self._profile: Profile | None = None
        self._off = False  # the modem was switched off, and did not say that it is on again
        self._wanted: asyncio.Queue[Rung] = asyncio.Queue()
        self._idle = asyncio.Event()
        self._idle.set()
        self._up = asyncio.Event()

    # What it is told -------------------------------------------------------------------------------------------------

    async def answers(self, modem: Modem) -> None:
        """The modem was greeted. One that was left switched off, by a reset that had no second half, is switched on. PortError."""
        self._modem, self._profile = modem, modem.profile
        self._up.set()
        if self.ladder.ailment in (Ailment.SILENT, Ailment.GONE):
            self._well()
        if modem.functionality in (0, 4) and (self._idle.is_set() or not self._off):
            self._say(logging.WARNING, f"the modem is switched off (AT+CFUN? = {modem.functionality}): switching it on")
            self._off = not await self._on(modem, CYCLE.commands[-1])

    def fails(self, error: PortError, *, plugged: bool) -> None:
        """No modem can be asked, and why; `plugged`: something is there."""
        self._modem = None
        if self.ladder.ailment in CARDS and self._clock.monotonic() < self.ladder.rest:
            return  # a restart takes it away for a while, and that it is back does not mean that its card can be read
        if not plugged:
            self._ails(Ailment.GONE, error)
        elif isinstance(error, TakenError) or (isinstance(error, NotAtPortError) and self._profile is None):
            self.ladder = recovery.recovered(self.ladder, self._clock.monotonic())
        else:
            self._ails(Ailment.SILENT, error)

    def hears(self, event: Event, line: bool | None, why: str | None) -> None:
        """What has just happened to the slot; `line` and `why` as it has them now."""
        said = recovery.diagnosis(event, line, self._off)
        if isinstance(said, Ailment):
            self._ails(said, why or said.value)
        elif said or (recovery.ends_with_card(event) and self.ladder.ailment in CARDS):
            self._off = self._off and not said
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
        try:
            if self._power is not None:
                await self._power.restore()
        except (PowerError, LineError) as error:
            self._say(logging.WARNING, str(error))
        while True:
            rung = await self._wanted.get()
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
        if self.due():
            rung = recovery.due(self.ladder, self._able(), self._clock.monotonic())
            assert rung is not None
            self._claim(rung)
            self._idle.clear()
            self._wanted.put_nowait(rung)
            await self.over()
            return True
        return False

    async def over(self) -> None:
        """Wait until nothing is being done to the modem: before that, what it says of its card is not true."""
        await self._idle.wait()

    def _next_at(self) -> float | None:
        if self.ladder.ailment is None:
            return None
        now, able = self._clock.monotonic(), self._able()
        moment = recovery.next_at(self.ladder, able, now)
        # Never asked of the past: an hour ago there were other resets within the hour.
        rung = recovery.due(self.ladder, able, max(moment, now)) if moment is not None else None
        if moment is None or rung is None:
            return None
        return max(moment, recovery.free_at(self._yard.rack, self._name, self._hub, rung, now))

    def _able(self) -> frozenset[Rung]:
        cuts = self._power.cuts() if self._power is not None else ()
        able = {Rung.ASK, Rung.REOPEN, *(rung for rung, cut in CUTS.items() if cut in cuts)}
        if self._modem is not None and self._profile is not None:
            able.add(Rung.MODEM_RESET)
            sim_reset = self._profile.sim_reset
            able |= {Rung.SIM_RESET} if sim_reset is not None else set()
            able |= {Rung.CFUN} if sim_reset is None or sim_reset.commands != CYCLE.commands else set()
        elif self._at_port() is not None:
            able.add(Rung.MODEM_RESET)
        return frozenset(able)

    def _at_port(self) -> str | None:
        """The tty on which a modem that does not answer may be told to restart: one of which it is known that it is an AT port."""
        there = self._notes.at_ports(self._socket.candidates())
        return there[0].tty if there and (self._profile is not None or len(there) == 1) else None

    def _claim(self, rung: Rung) -> None:
        """At once: a neighbour that fell with the same hub is due in the same instant."""
        now, yard = self._clock.monotonic(), self._yard
        start = self._reset().boot if rung is Rung.MODEM_RESET else 0.0
        self.ladder = recovery.taken(self.ladder, rung, now, start)
        yard.rack = recovery.begun(yard.rack, self._name, self._hub, rung, now, start)

    async def _take(self, rung: Rung) -> None:
        yard = self._yard
        level = logging.INFO if rung is Rung.REOPEN else logging.WARNING
        self._say(level, f"recovery {SAYS[rung]}, because {self.ladder.why} (try {self.ladder.attempts})")
        try:
            await self._do(rung, self._modem)
        except SimgateError as error:
            self._say(logging.WARNING, f"recovery could not do that: {error}")
            self.ladder = recovery.refused(self.ladder, rung, self._clock.monotonic())
            yard.rack = recovery.ended(yard.rack, self._name)
        if self._off:
            self.ladder = recovery.hurried(self.ladder, self._clock.monotonic())

    async def _do(self, rung: Rung, modem: Modem | None) -> None:
        """SimgateError when it had no effect at all."""
        if rung in CUTS:
            assert self._power is not None
            await self._power.cut(CUTS[rung])
        elif rung is Rung.MODEM_RESET and modem is None:
            await self._restart_blindly()
        elif modem is None:
            return
        elif rung is Rung.REOPEN:
            modem.give_up("to be opened anew")
        elif rung is Rung.MODEM_RESET:
            await self._restart(modem)
        elif rung in (Rung.SIM_RESET, Rung.CFUN):
            found = self._profile.sim_reset if self._profile is not None and rung is Rung.SIM_RESET else None
            await self._darken(modem, found or CYCLE)

    def _reset(self) -> ModemReset:
        return (self._profile.modem_reset if self._profile is not None else None) or RESTART

    async def _darken(self, modem: Modem, reset: SimReset) -> None:
        """All of its commands; the last one switches on, and is not left out. PowerError when the first is refused."""
        off, on = reset.commands[:-1], reset.commands[-1]
        try:
            for turn, text in enumerate(off):
                answer = await self._ask(modem, text)
                if turn == 0 and not answer.ok and answer.final.kind is not Kind.TIMEOUT:
                    raise PowerError(f"the modem refuses {text}: {answer.final}")
                self._off = True
                await asyncio.sleep(reset.pause)
            self._off = not await self._on(modem, on)
        except PortError as error:
            self._say(logging.DEBUG, f"the modem went away while it was switched off and on: {error}")
        except asyncio.CancelledError:
            modem.port.write(_ESC + on.encode("ascii") + b"\r")
            raise

    async def _on(self, modem: Modem, text: str) -> bool:
        for _ in range(TRIES):
            if (await self._ask(modem, text)).ok:
                return True
        self._say(logging.WARNING, f"the modem does not take {text}")
        return False

    async def _restart(self, modem: Modem) -> None:
        """PowerError when it refuses every way."""
        reset, answer = self._reset(), None
        self._up.clear()
        try:
            for text in reset.commands:
                answer = await self._ask(modem, text)
                if answer.ok or answer.final.kind is Kind.TIMEOUT:
                    break
            else:
                raise PowerError(f"the modem refuses to restart: {answer.final if answer else 'no command for it is known'}")
        except PortError:
            return  # it is restarting
        if not await _first(self._up.wait(), modem.gone(), reset.boot):
            modem.give_up("it was restarted")

    async def _restart_blindly(self) -> None:
        """Its answers do not come, which does not mean that it does not hear. PortError when there is no port to say it to."""
        tty = self._at_port()
        if tty is None:
            raise PortError("there is no AT port on which it could be told to restart")
        port = await self._socket.open(tty)
        try:
            for text in self._reset().commands:
                port.write(_ESC + text.encode("ascii") + b"\r")
                await asyncio.sleep(BETWEEN)
        finally:
            await port.close()

    async def _ask(self, modem: Modem, text: str) -> Answer:
        command = Command(text, timeout=PATIENCE)
        return await modem.ask(self._profile.timed(command) if self._profile is not None else command)

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


async def _first(one: Coroutine[Any, Any, object], other: Coroutine[Any, Any, object], limit: float) -> bool:
    """Whether one of two things has come within `limit` seconds."""
    waiting = [asyncio.create_task(each) for each in (one, other)]
    try:
        done, _ = await asyncio.wait(waiting, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
    return bool(done)


def _words(rung: Rung | None) -> str:
    return rung.name.lower().replace("_", " ") if rung is not None else ""
