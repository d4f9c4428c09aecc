"""One slot's SIM-presence line as its keeper reads it: a line in trouble is told once, and what it says then is not believed."""

import asyncio
import logging
from collections.abc import Callable

from agent.errors import LineError
from agent.keeping.voice import Voice
from agent.ports import PresenceLine
from agent.slots.diary import About
from agent.slots.events import LineIn, LineMoved, LineOut, LineUnreadable


class Line:
    """`edge` is called in the loop on every edge, once watch() has been called there; `read_at`: when it could be read last."""

    def __init__(self, voice: Voice, pin: PresenceLine, edge: Callable[[], None]) -> None:
        self._voice, self._pin, self._edge = voice, pin, edge
        self.read_at: float | None = None
        self._in_trouble = False

    def watch(self) -> None:
        """Ask for edges; where there are none, the level is still looked at with every poll."""
        loop = asyncio.get_running_loop()

        def edge() -> None:
            loop.call_soon_threadsafe(self._edge)

        try:
            self._pin.on_edge(edge)
        except LineError as error:
            self._voice.say(logging.ERROR, About.LINE, f"its presence line tells of no edges, so that a card is noticed late: {error}")

    def level(self) -> LineIn | LineOut | LineUnreadable:
        """What the line says now; ERROR once when it cannot be read, INFO when it can again."""
        try:
            present = self._pin.present()
        except LineError as error:
            level = logging.DEBUG if self._in_trouble else logging.ERROR
            self._voice.say(level, About.LINE, f"its presence line cannot be read: {error}")
            self._in_trouble = True
            return LineUnreadable(f"the presence line cannot be read: {error}")
        if self._in_trouble:
            self._in_trouble = False
            self._voice.say(logging.INFO, About.LINE, "its presence line can be read again")
        self.read_at = self._voice.now()
        return LineIn() if present else LineOut()

    def first(self) -> LineIn | LineMoved:
        """No edge tells of a card that was in at the start. That none is in counts only once it has held."""
        level = self.level()
        return level if isinstance(level, LineIn) else LineMoved()

    def news(self, believed: bool | None) -> LineMoved | LineUnreadable | None:
        """The level is the truth, and an edge may have been lost: what is new to one who believes in a card, or in none."""
        if believed is None:
            return None
        level = self.level()
        if isinstance(level, LineUnreadable):
            return level
        return LineMoved() if isinstance(level, LineIn) != believed else None
