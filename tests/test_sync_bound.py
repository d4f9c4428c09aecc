"""Requests in an hour are bounded whatever the endpoint does: years of bad answers, on a clock that jumps from pause to pause.

By hand, for heartbeats every 300 s and waits of 120 s at most. Lists in an hour: one under way, one for each change, a heartbeat each
300 s and one at the edge (13), 90 retries that are drawn by lot, and one every 120 s after those, with one at the edge (31). Each
sends the list twice at most (once without dates), and after those that are taken (14, and one for each change) one number is tried
again. Four searches cost 2 n with the list after them, and twelve times four newcomers are asked about, with a list after them.
"""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from owed import NOON, number, snapshot

from agent.sync.request import Endpoint, Secret
from agent.sync.store import Store
from agent.sync.uplink import Uplink
from hw.simulated.endpoint import Canned, Honest, Request, SimulatedEndpoint

SLOTS = 32
HOURS = 1.2
Whim = Callable[[Request], Canned | Honest | None]


def bound(changes: int) -> int:
    return 2 * (1 + changes + 13 + 90 + 31) + (14 + changes) + 4 * 2 * SLOTS + 12 * (4 + 1)


class Leaps:
    """A Clock and the pauses of an uplink: every pause is over at once, and time has passed. Changes come when they are due."""

    def __init__(self, changes: list[float], offer: Callable[[], None]) -> None:
        self.now = 0.0
        self.over = asyncio.Event()
        self._changes, self._offer = sorted(changes), offer

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def wall(self) -> float:
        """UNIX seconds."""
        return NOON + self.now

    def synchronised(self) -> bool:
        """Always."""
        return True

    async def pause(self, event: asyncio.Event, seconds: float) -> bool:
        """What the uplink waits with."""
        end = self.now + seconds
        if self.now > HOURS * 3600:
            self.over.set()
            await asyncio.Event().wait()
        while not event.is_set() and self._changes and self._changes[0] <= end:
            self.now = max(self.now, self._changes.pop(0))
            self._offer()
        if not event.is_set():
            self.now = end
        return event.is_set()


def busiest_hour(moments: list[float]) -> int:
    return max(sum(start <= moment < start + 3600.0 for moment in moments) for start in moments)


async def endured(path: Path, whim: Whim, changes: list[float], rng: random.Random) -> tuple[int, int]:
    """The most requests in any hour, and the most changes."""
    endpoint = SimulatedEndpoint("k3y")
    await endpoint.start()
    store = await Store.open(path)
    made: list[float] = []

    def change() -> None:
        made.append(leaps.now)
        uplink.offer(snapshot(*rng.sample(range(SLOTS * 2), SLOTS)))

    def count(request: Request) -> Canned | Honest | None:
        moments.append(leaps.now)
        return whim(request)

    moments: list[float] = []
    leaps = Leaps(changes, change)
    uplink = Uplink(Endpoint(endpoint.url, Secret("k3y"), "rack1"), store, leaps, rng=rng, pause=leaps.pause)
    endpoint.whim = count
    uplink.offer(snapshot(*range(SLOTS)))
    running = asyncio.create_task(uplink.run())
    try:
        over = asyncio.create_task(leaps.over.wait())
        await asyncio.wait([running, over], return_when=asyncio.FIRST_COMPLETED, timeout=50)
        assert over.done(), "it does not end before its time"
    finally:
        running.cancel()
        await asyncio.wait([running])
        await store.close()
        await endpoint.close()
    # A number that is let out is a change too, and each may be let out once in an hour.
    return busiest_hour(moments), 2 * SLOTS + (busiest_hour(made) if made else 0)


BAD_NUMBER = Canned(400, {"response": "NUMBER_FORMAT_ERROR"})
BAD_DATE = Canned(400, {"response": "ERROR_DATE"})
ANSWERS: list[Canned | Honest] = [
    Honest(),
    BAD_NUMBER,
    BAD_DATE,
    Canned(401),
    Canned(503),
    Canned(503, b"", {"Retry-After": "0"}),
    Canned(302),
    Canned(drop=True),
    Canned(200, {"response": 0}),
]


@pytest.mark.parametrize(
    "answers",
    [ANSWERS, [Honest(), BAD_NUMBER], [Honest(), BAD_NUMBER, BAD_NUMBER], [Honest(), BAD_DATE, BAD_NUMBER], [BAD_DATE, Canned(503)]],
    ids=["all", "numbers", "mostly numbers", "dates and numbers", "dates and trouble"],
)
@pytest.mark.parametrize("changes", [0, 40])
async def test_an_endpoint_that_answers_at_random_is_not_asked_without_end(
    tmp_path: Path, answers: list[Canned | Honest], changes: int
) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    rng = random.Random(seed)
    moments = [rng.uniform(0, HOURS * 3600) for _ in range(changes)]
    requests, made = await endured(tmp_path / "simgate.db", lambda _: rng.choice(answers), moments, rng)
    print(f"{requests} requests in the busiest hour, of {bound(made)}")
    assert requests <= bound(made)


WHIMS: dict[str, Whim] = {
    "refuses every list, takes every number": lambda request: BAD_NUMBER if request.test is None else None,
    "refuses everything": lambda _: BAD_NUMBER,
    "refuses one number": lambda request: BAD_NUMBER if number(3) in request.numbers else None,
    "refuses every list, and numbers by halves": lambda request: (
        BAD_NUMBER if request.test is None or number(3) in request.numbers else None
    ),
    "refuses lists of two": lambda request: BAD_NUMBER if len(request.numbers) > 1 else None,
    "is down": lambda _: Canned(503),
    "is down and says at once": lambda _: Canned(503, b"", {"Retry-After": "0"}),
}


@pytest.mark.parametrize("whim", WHIMS)
async def test_an_endpoint_with_a_method_is_not_asked_without_end_either(tmp_path: Path, whim: str) -> None:
    rng = random.Random(7)
    # As often as a rack flaps that has lost its antenna.
    moments = [10.0 * n for n in range(200)]
    requests, made = await endured(tmp_path / "simgate.db", WHIMS[whim], moments, rng)
    print(f"{requests} requests in the busiest hour, of {bound(made)}")
    assert 12 <= requests <= bound(made)


async def test_an_endpoint_that_takes_everything_gets_its_heartbeats_and_no_more(tmp_path: Path) -> None:
    requests, _ = await endured(tmp_path / "simgate.db", lambda _: None, [], random.Random(1))
    assert requests == 12


async def test_bad_luck_with_the_jitter_is_bounded_too(tmp_path: Path) -> None:
    class Unlucky(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return min(a, b)

    requests, _ = await endured(tmp_path / "simgate.db", lambda _: Canned(503), [], Unlucky(1))
    assert 90 <= requests <= 1 + 90 + 31
