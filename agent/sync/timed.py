"""How long the endpoint takes to answer, counted where the POST goes out and comes back."""

from collections.abc import Sequence
from typing import Final

from agent.ports import Clock
from agent.sync.answers import Passing
from agent.sync.wire import Carrier, Reply

BOUNDS: Final[Sequence[float]] = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)  # seconds; 30 is the patience of one POST


class Timed:
    """A carrier that is watched: `counts[i]` answers took `BOUNDS[i]` s at most and more than the bound before; the last, longer still.

    `last` and `total` are seconds, None = no POST has ended yet. `unanswered` of them brought nothing that could be understood.
    """

    def __init__(self, inner: Carrier, clock: Clock) -> None:
        self._inner, self._clock = inner, clock
        self.counts = [0] * (len(BOUNDS) + 1)
        self.unanswered = 0
        self.total = 0.0
        self.last: float | None = None

    async def post(self, body: object) -> Reply | Passing:
        """As the carrier's."""
        began = self._clock.monotonic()
        reply = await self._inner.post(body)
        self.last = self._clock.monotonic() - began
        self.total += self.last
        self.counts[sum(self.last > bound for bound in BOUNDS)] += 1
        self.unanswered += isinstance(reply, Passing)
        return reply

    async def close(self) -> None:
        """As the carrier's."""
        await self._inner.close()
