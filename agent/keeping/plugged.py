"""What is plugged into one slot's modem socket: when all of it is there, when it is worth another try, when it has gone."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf

from agent.modems.at_ports import more_to_come
from agent.modems.attach import Notes
from agent.modems.modem import Modem
from agent.ports import Candidate, Clock, WatchedSocket
from agent.service.progress import PROMPT

LOOK = 0.5  # seconds between two looks at a socket of which nothing is told
LOST = 10.0  # seconds between two looks where hints come: for those that are lost
QUIET = 1.0  # seconds after which no further tty of a modem is waited for
SETTLE = 5.0  # seconds at most that a modem's ttys are waited for

Seen = tuple[tuple[Candidate, ...], str | None]
NOTHING: Seen = ((), None)


class Plugged:
    """One socket as it was when it was tried last, and as it is. Begun inside a running loop.

    `word` is called with the seconds within which a wait is over.
    """

    def __init__(self, socket: WatchedSocket, notes: Notes, clock: Clock, word: Callable[[float], None] = lambda _: None) -> None:
        self._socket, self._notes, self._clock, self._word = socket, notes, clock, word
        self._tried = NOTHING
        self.there = False  # whether anything was, at the last look
        self._hinted = asyncio.Event()
        self._modem: Modem | None = None
        socket.on_change(self._hint)

    async def settled(self) -> None:
        """Wait for the best AT port of what is newly plugged in: the ttys of one modem come one after another, in any order."""
        now = self._clock.monotonic()
        seen, end, quiet = self.look(), now + SETTLE, now + QUIET
        while seen != self._tried and more_to_come(*seen, self._notes.profiles, self._notes.roles):
            limit = min(end, quiet)
            if (now := self._clock.monotonic()) >= limit:
                break
            await self._moved(limit - now)
            if (later := self.look()) != seen:
                seen, quiet = later, self._clock.monotonic() + QUIET
        self._tried = seen

    async def worth_trying(self, pause: float, due: Callable[[], bool] = lambda: False) -> bool:
        """Wait until something else is plugged in (True), or `pause` seconds for what is there, or until it is `due` (False)."""
        end = self._clock.monotonic() + pause
        while True:
            seen, left = self.look(), end - self._clock.monotonic()
            if seen == NOTHING:
                self._tried = NOTHING
            elif seen != self._tried:
                await self.settled()
                if self._tried != NOTHING:
                    return True
            elif seen[0] and left <= 0:
                return False
            if due():
                return False
            await self._moved(left if seen[0] else inf)

    @contextmanager
    def minding(self, modem: Modem) -> Iterator[None]:
        """While it is attached: gone with its tty, for a read behind a dead hub may never end."""
        self._modem = modem
        try:
            self._mind(modem)
            yield
        finally:
            self._modem = None

    def _hint(self) -> None:
        self._hinted.set()
        if self._modem is not None:
            self._mind(self._modem)

    def _mind(self, modem: Modem) -> None:
        if modem.port.tty not in (candidate.tty for candidate in self._socket.candidates()):
            modem.unplugged()

    def look(self) -> Seen:
        """What is plugged in now."""
        seen = tuple(self._socket.candidates()), self._socket.usb_id()
        self.there = seen != NOTHING
        return seen

    async def _moved(self, seconds: float) -> None:
        """Until a hint comes; so long at most, and never longer than until the next look of its own."""
        seconds = min(seconds, LOST if self._socket.watched else LOOK)
        self._word(seconds + PROMPT)
        try:
            async with asyncio.timeout(seconds):
                await self._hinted.wait()
        except TimeoutError:
            return
        finally:
            self._hinted.clear()
