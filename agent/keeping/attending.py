"""Attends to one slot's modem: attaches what is plugged in, greets it again once it has restarted, has it mended while none answers."""

import asyncio
import logging
from collections.abc import Callable
from typing import NoReturn

from agent.errors import PortError
from agent.keeping.mending import Mender
from agent.keeping.plugged import LOOK, NOTHING, Plugged
from agent.keeping.voice import NOT_YET, Voice
from agent.modems.attach import Notes, attached, greet
from agent.modems.modem import Modem
from agent.ports import Clock, ModemSocket, WatchedSocket
from agent.service.progress import CONVERSATION, Promise
from agent.slots.diary import About
from agent.slots.events import ModemGone, ModemUp

CALM = 60.0  # seconds without a restart after which a modem is greeted again without much pause
LONGEST = 15.0  # seconds at most between two tries with a modem that is there and does not answer


class Attendant:
    """`modem` while one answers, `gone` says why none does; `heard` is called with each unsolicited line, `tell` when one comes or goes."""

    def __init__(
        self,
        voice: Voice,
        clock: Clock,
        socket: WatchedSocket,
        overheard: ModemSocket,
        notes: Notes,
        mender: Mender,
        promise: Promise,
        *,
        heard: Callable[[str], None],
        tell: Callable[[ModemUp | ModemGone], None],
    ) -> None:
        self.modem: Modem | None = None
        self.gone = ModemGone(NOT_YET)
        self._voice, self._socket, self._overheard, self._notes = voice, socket, overheard, notes
        self._clock, self._mender, self._promise = clock, mender, promise
        self._heard, self._tell = heard, tell
        self._plugged: Plugged | None = None

    @property
    def plugged(self) -> bool:
        """Whether anything is in the modem's place, be it silent."""
        return self._plugged is not None and self._plugged.there

    async def run(self) -> None:
        """Until cancelled."""
        plugged, pause = Plugged(self._socket, self._notes, self._clock, self._promise.within), LOOK
        self._plugged = plugged
        await plugged.settled()
        while True:
            try:
                async with attached(self._overheard, self._notes, self._heard, self._promise.within, self._mender.tally) as modem:
                    self.modem = modem
                    pause = LOOK
                    await self._mender.answers(modem)
                    self._tell(ModemUp())
                    with plugged.minding(modem):
                        await self._greet_again(modem)
            except PortError as error:
                self.modem = None
                self.gone = ModemGone(str(error))
                self._mender.fails(error, plugged=plugged.look() != NOTHING)
            self._tell(self.gone)
            self._promise.within(CONVERSATION)
            if await self._mender.climb():
                pause = LOOK
            pause = LOOK if await plugged.worth_trying(pause, self._mender.due) else min(2 * pause, LONGEST)

    async def _greet_again(self, modem: Modem) -> NoReturn:
        """Whenever the modem has restarted by itself: it has forgotten echo, error numbers and reports. PortError once it is gone."""
        pause, greeted = LOOK / 2, self._clock.monotonic()
        while True:
            self._promise.waits()
            await modem.restarted()
            self._promise.within(LONGEST + CONVERSATION)
            pause = LOOK if self._clock.monotonic() - greeted > CALM else min(2 * pause, LONGEST)
            self._voice.say(logging.INFO, About.MODEM, "the modem has restarted")
            await asyncio.sleep(pause)
            await greet(modem, self._notes)
            await self._mender.answers(modem)
            greeted = self._clock.monotonic()
            self._tell(ModemUp())
