"""When a number that was set aside is tried again; on the monotonic clock, and kept in memory only."""

import random
from collections.abc import Collection, Mapping

FIRST, LONGEST = 3600.0, 86400.0  # seconds
JITTER = 1.1  # the most by which a wait is drawn out, so that many gateways do not ask together


class Retrials:
    """After an hour, after two more, four, ... a day at most; a restart begins with the hour again."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        # By number: tried in vain so often, and not again before this moment.
        self._next: dict[str, tuple[int, float]] = {}

    def keep(self, held: Collection[str], now: float) -> None:
        """These numbers, and no others, are set aside at `now`, monotonic seconds."""
        self._next = {number: self._next.get(number) or self._first(now) for number in held}

    def due(self, changed: Mapping[str, bool], now: float) -> list[str]:
        """Of the numbers that can be tried, all whose facts have changed; where none has, the one that is overdue longest, if any."""
        at_once = [number for number, has in changed.items() if has]
        late = sorted((self._next[number][1], number) for number in changed if self._next[number][1] <= now)
        return at_once or [number for _, number in late[:1]]

    def failed(self, number: str, now: float) -> None:
        """It was refused once more."""
        tries = self._next.get(number, (0, now))[0] + 1
        self._next[number] = tries, now + self._wait(tries)

    def _first(self, now: float) -> tuple[int, float]:
        return 0, now + self._wait(0)

    def _wait(self, tries: int) -> float:
        return min(FIRST * 2.0 ** min(tries, 8), LONGEST / JITTER) * self._rng.uniform(1.0, JITTER)
