"""The living picture: asks once a second, draws what has changed, does what keys say; an agent that goes away may come back."""

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from agent.errors import SimgateError
from agent.watch.canvas import Grid, Pen, change, grid
from agent.watch.keys import decode
from agent.watch.screen import Moment, screen
from agent.watch.terminal import Terminal
from agent.watch.view import Anew, Blink, Quit, View, Wish, press

EVERY = 1.0  # seconds between two questions
ESCAPE = 0.2  # seconds after which an ESC is the key, and not the beginning of another one


class Source(Protocol):
    """Whom the picture is of. Both answer within seconds, or raise SimgateError."""

    async def status(self) -> Mapping[str, Any]:
        """The document of `simgate status --json`."""

    async def blink(self, slot: str, seconds: float) -> None:
        """Let its LED blink; 0 ends it."""

    def tail(self) -> Sequence[str]:
        """Lines that stand at the bottom."""


class Show:
    """run() shows it until `q`, or until end(); `wall`: the wall clock."""

    def __init__(self, terminal: Terminal, source: Source, wall: Callable[[], float], pen: Pen) -> None:
        self._terminal, self._source, self._wall, self._pen = terminal, source, wall, pen
        self._moment: Moment | None = None
        self._view = View()
        self._drawn: Grid | None = None
        self._size = (0, 0)
        self._typed = b""
        self._escape: asyncio.TimerHandle | None = None
        self._over = False
        self._news = asyncio.Event()

    def end(self) -> None:
        """Come to the end."""
        self._over = True
        self._news.set()

    async def run(self) -> None:
        """Until the end; the terminal is as it was before, whatever happens."""
        loop = asyncio.get_running_loop()
        with self._terminal as terminal:
            terminal.watch(self._news.set, self._news.set)
            loop.add_signal_handler(signal.SIGWINCH, self._news.set)
            try:
                async with asyncio.TaskGroup() as group:
                    asking = group.create_task(self._ask(), name="asking")
                    await self._live(group)
                    asking.cancel()
            finally:
                loop.remove_signal_handler(signal.SIGWINCH)
                if self._escape is not None:
                    self._escape.cancel()

    async def _ask(self) -> None:
        while True:
            try:
                status = await self._source.status()
            except SimgateError as error:
                if self._moment is not None:
                    self._moment = replace(self._moment, away=str(error), tail=self._source.tail())
            else:
                self._moment = Moment(status, self._wall(), tail=self._source.tail())
            self._news.set()
            await asyncio.sleep(EVERY)

    async def _live(self, group: asyncio.TaskGroup) -> None:
        while not self._over:
            await self._news.wait()
            self._news.clear()
            self._hear(group)
            if not self._over and not self._terminal.busy:
                self._draw()

    def _draw(self) -> None:
        if self._moment is None:
            return
        if self._terminal.size != self._size:
            self._size, self._drawn = self._terminal.size, None
        drawn = grid(screen(self._moment, self._view, *self._size), self._size[0], self._pen)
        if said := change(self._drawn, drawn, self._pen):
            self._terminal.write(said.encode())
        self._drawn = drawn

    def _hear(self, group: asyncio.TaskGroup) -> None:
        """The keys that were pressed meanwhile."""
        if (octets := self._terminal.read()) is None:
            self._over = True
            return
        silent = not octets and self._escape is not None and self._escape.when() <= asyncio.get_running_loop().time()
        keys, self._typed = decode(self._typed + octets, last=silent)
        if self._escape is not None and (octets or silent):
            self._escape.cancel()
            self._escape = None
        if self._typed and self._escape is None:
            self._escape = asyncio.get_running_loop().call_later(ESCAPE, self._news.set)
        for key in keys:
            self._press(key, group)

    def _press(self, key: str, group: asyncio.TaskGroup) -> None:
        slots, columns = (self._moment.slots, self._moment.columns) if self._moment else ((), 1)
        self._view, wish = press(self._view, key, slots, columns)
        self._do(wish, group)

    def _do(self, wish: Wish | None, group: asyncio.TaskGroup) -> None:
        match wish:
            case Quit():
                self._over = True
            case Anew():
                self._drawn = None
            case Blink():
                group.create_task(self._blink(wish), name=f"blink {wish.slot}")

    async def _blink(self, wish: Blink) -> None:
        try:
            await self._source.blink(wish.slot, wish.seconds)
        except SimgateError as error:
            said = str(error)
        else:
            said = (
                f"the LED of {wish.slot} blinks for {wish.seconds:.0f} s; b again ends it"
                if wish.seconds
                else f"{wish.slot}: blinks no more"
            )
        self._view = replace(self._view, said=said)
        self._news.set()
