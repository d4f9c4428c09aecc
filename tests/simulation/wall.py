"""The clocks of a Pi without a battery: what it believes, and what is true."""

import random
from collections.abc import Callable

from .loop import Agenda

BEGAN = 1_767_225_600.0  # 2026-01-01 00:00:00 UTC, the true time at agenda second 0


class Wall:
    """`Clock` of the machine, but for monotonic(), which the running life has."""

    def __init__(self, agenda: Agenda, chance: random.Random) -> None:
        self._agenda, self._chance = agenda, chance
        self._offset = 0.0  # seconds that the machine is ahead of the truth
        self._saved = BEGAN
        self._turn = 0
        self.in_step = True
        self.ntp = True

    @property
    def true(self) -> float:
        """UNIX seconds."""
        return BEGAN + self._agenda.now

    def wall(self) -> float:
        """UNIX seconds as the machine believes them."""
        return self.true + self._offset

    def jump(self, seconds: float) -> None:
        """Somebody sets it wrong; the kernel knows that nobody has checked it since (adjtimex(2) after settimeofday(2))."""
        self._offset += seconds
        self.in_step = False
        self._mend_later()

    def boot(self, *, saved: bool) -> None:
        """Power is back: it goes on from where it was saved last, or from 1970."""
        self._offset = (self._saved if saved else 0.0) - self.true
        self.in_step = False
        self._mend_later()

    def save(self) -> None:
        """As fake-hwclock does every hour: the belief, right or wrong."""
        self._saved = self.wall()

    def _mend_later(self) -> None:
        self._turn += 1
        turn = self._turn

        def mend() -> None:
            if turn != self._turn:
                return
            if not self.ntp:
                self._agenda.after(60.0, mend)
                return
            self._offset = self._chance.uniform(-0.2, 0.2)
            self.in_step = True

        self._agenda.after(self._chance.choice((8.0, 40.0, 200.0, 1500.0)), mend)


class LifeClock:
    """`Clock` as one life of the agent sees it."""

    def __init__(self, wall: Wall, monotonic: Callable[[], float]) -> None:
        self._wall = wall
        self.monotonic = monotonic

    def wall(self) -> float:
        """UNIX seconds, right or wrong."""
        return self._wall.wall()

    def synchronised(self) -> bool:
        """Whether a time service has set it."""
        return self._wall.in_step
