"""Drives all LEDs from one task: it sleeps until the next of them changes, and wakes for nothing else."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping

from agent.errors import LineError, WiringError
from agent.ports import Board, Clock, Colour, Lamp, Wiring
from agent.slots.patterns import Pattern, colour, next_change
from agent.sync.uplink import until

log = logging.getLogger(__name__)


class Lights:
    """The LEDs of one rack by the name of their slot, "" is the gateway's own; `pattern` says what each should show.

    `sleeps` is told the seconds that run() is about to sleep.
    """

    def __init__(
        self,
        lamps: Mapping[str, Lamp],
        clock: Clock,
        pattern: Callable[[str], Pattern],
        sleeps: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self._lamps = dict(lamps)
        self._clock, self._pattern, self._sleeps = clock, pattern, sleeps
        self._news = asyncio.Event()
        self._blinks: dict[str, float] = {}

    def stir(self) -> None:
        """What is true has changed: look again at once."""
        self._news.set()

    def has(self, name: str) -> bool:
        """Whether that place has an LED that works."""
        return name in self._lamps

    def blink(self, name: str, seconds: float) -> None:
        """Show where it is for so long; 0 ends it."""
        self._blinks[name] = self._clock.monotonic() + seconds
        self.stir()

    def shown(self, name: str) -> Pattern:
        """What its LED shows."""
        return Pattern.IDENTIFY if self._blinks.get(name, float("-inf")) > self._clock.monotonic() else self._pattern(name)

    async def run(self) -> None:
        """Until cancelled, or until no LED works any more."""
        while self._lamps:
            self._news.clear()
            now = self._clock.monotonic()
            shown = {name: self.shown(name) for name in self._lamps}
            self._lamps = {name: lamp for name, lamp in self._lamps.items() if _set(name, lamp, colour(shown[name], now))}
            moments = [next_change(shown[name], now) for name in self._lamps]
            seconds = max(0.0, min(moments, default=now) - self._clock.monotonic())
            self._sleeps(seconds)
            await until(self._news, seconds)


def _set(name: str, lamp: Lamp, shown: Colour | None) -> bool:
    """Whether the LED could be set; one that cannot is told once, and left as it is."""
    try:
        lamp.show(shown)
    except LineError as error:
        said = "%s: its LED cannot be set and is left alone from now on: %s"
        log.error(said, name or "gateway", error, extra={"slot": name or None})
        return False
    return True


def lamps(board: Board, wirings: Iterable[Wiring]) -> dict[str, Lamp]:
    """The LEDs by the name of their slot; one that cannot be had is told, and its place goes without until the next start. WiringError."""
    found: dict[str, Lamp] = {}
    for wiring in wirings:
        try:
            lamp = board.lamp(wiring)
        except WiringError:
            raise
        except LineError as error:
            said = "%s: its LED cannot be had and stays dark: %s"
            log.error(said, wiring.slot or "gateway", error, extra={"slot": wiring.slot or None})
        else:
            found |= {wiring.slot: lamp} if lamp is not None else {}
    return found
