"""Hints of a modem that its card has moved, thinned out: a storm of them must not read without end."""

import asyncio
from collections.abc import Callable

HINT_EVERY = 1.0  # seconds at least between two readings because of hints


class Hints:
    """Hands a hint on at once, and then at most one in HINT_EVERY; the last one is never lost."""

    def __init__(self, hand_on: Callable[[], None]) -> None:
        self._hand_on = hand_on
        self._waits: asyncio.TimerHandle | None = None
        self._handed_at = float("-inf")

    def hint(self) -> None:
        """One has come; inside the running loop."""
        if self._waits is not None:
            return
        loop = asyncio.get_running_loop()
        if loop.time() - self._handed_at < HINT_EVERY:
            self._waits = loop.call_at(self._handed_at + HINT_EVERY, self._now)
        else:
            self._now()

    def _now(self) -> None:
        self._waits = None
        self._handed_at = asyncio.get_running_loop().time()
        self._hand_on()
