"""What each rung of the ladder does to one modem: the commands, the cuts, and whether it was left switched off."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from agent.at.codes import Kind
from agent.at.dialog import Answer, Command
from agent.errors import LineError, PortError, PowerError
from agent.modems.attach import Notes
from agent.modems.modem import Modem
from agent.modems.notes import ModemReset, Profile, SimReset
from agent.modems.recovery import Rung
from agent.ports import Cut, ModemPower, ModemSocket

CYCLE = SimReset(("AT+CFUN=0", "AT+CFUN=1"), 2.0, ())  # TS 27.007 8.2
RESTART = ModemReset(("AT+CFUN=1,1",), 30.0)  # TS 27.007 8.2
PATIENCE = 20.0  # seconds for a command that switches something
TRIES = 3  # of the command that switches on again what was switched off
BETWEEN = 2.0  # seconds between two commands to a modem that does not answer
CUTS = {Rung.USB_RESET: Cut.USB, Rung.PORT_POWER: Cut.PORT, Rung.POWER_LINE: Cut.LINE}

_ESC = b"\x1b"  # as in Modem.rouse

Say = Callable[[int, str], None]  # level, sentence


class Acts:
    """One modem's; `modem` while it answers, `profile` as it was last known, `off` = switched off, and it did not say that it is on."""

    def __init__(self, say: Say, socket: ModemSocket, notes: Notes, power: ModemPower | None) -> None:
        self.modem: Modem | None = None
        self.profile: Profile | None = None
        self.off = False
        self._say, self._socket, self._notes, self._power = say, socket, notes, power
        self._up = asyncio.Event()

    def greeted(self, modem: Modem) -> None:
        """It has said who it is."""
        self.modem, self.profile = modem, modem.profile
        self._up.set()

    async def switch_on(self, modem: Modem) -> None:
        """It was found switched off. PortError."""
        self._say(logging.WARNING, f"the modem is switched off (AT+CFUN? = {modem.functionality}): switching it on")
        self.off = not await self._on(modem, CYCLE.commands[-1])

    def able(self) -> frozenset[Rung]:
        """The rungs that can be taken with what there is."""
        cuts = self._power.cuts() if self._power is not None else ()
        able = {Rung.ASK, Rung.REOPEN, *(rung for rung, cut in CUTS.items() if cut in cuts)}
        if self.modem is not None and self.profile is not None:
            able.add(Rung.MODEM_RESET)
            sim_reset = self.profile.sim_reset
            able |= {Rung.SIM_RESET} if sim_reset is not None else set()
            able |= {Rung.CFUN} if sim_reset is None or sim_reset.commands != CYCLE.commands else set()
        elif self._at_port() is not None:
            able.add(Rung.MODEM_RESET)
        return frozenset(able)

    def start(self, rung: Rung) -> float:
        """Seconds that the modem needs to start after that rung, besides its cool-down."""
        return self._reset().boot if rung is Rung.MODEM_RESET else 0.0

    async def restore(self) -> None:
        """Give back what an agent that was killed has left taken; what cannot be is told."""
        try:
            if self._power is not None:
                await self._power.restore()
        except (PowerError, LineError) as error:
            self._say(logging.WARNING, str(error))

    async def do(self, rung: Rung) -> None:
        """SimgateError when it had no effect at all."""
        modem = self.modem
        if rung in CUTS:
            assert self._power is not None
            await self._power.cut(CUTS[rung])
            if modem is not None:
                # A tty behind a hub that dies with it may never say that it has ended.
                modem.give_up("it was cut off and given back")
        elif rung is Rung.MODEM_RESET and modem is None:
            await self._restart_blindly()
        elif modem is None:
            return
        elif rung is Rung.REOPEN:
            modem.give_up("to be opened anew")
        elif rung is Rung.MODEM_RESET:
            await self._restart(modem)
        elif rung in (Rung.SIM_RESET, Rung.CFUN):
            found = self.profile.sim_reset if self.profile is not None and rung is Rung.SIM_RESET else None
            await self._darken(modem, found or CYCLE)

    def _at_port(self) -> str | None:
        """The tty on which a modem that does not answer may be told to restart: one of which it is known that it is an AT port."""
        there = self._notes.at_ports(self._socket.candidates())
        return there[0].tty if there and (self.profile is not None or len(there) == 1) else None

    def _reset(self) -> ModemReset:
        return (self.profile.modem_reset if self.profile is not None else None) or RESTART

    async def _darken(self, modem: Modem, reset: SimReset) -> None:
        """All of its commands; the last one switches on, and is not left out. PowerError when the first is refused."""
        off, on = reset.commands[:-1], reset.commands[-1]
        try:
            for turn, text in enumerate(off):
                answer = await self._ask(modem, text)
                if turn == 0 and not answer.ok and answer.final.kind is not Kind.TIMEOUT:
                    raise PowerError(f"the modem refuses {text}: {answer.final}")
                self.off = True
                await asyncio.sleep(reset.pause)
            self.off = not await self._on(modem, on)
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
        return await modem.ask(self.profile.timed(command) if self.profile is not None else command)


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
