"""A gateway that is killed in the middle of an outage owes the same when it comes back."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from linked import KEY, linked, on_sale
from owed import number, snapshot

from agent.sync.outbox import Outbox
from hw.simulated.endpoint import Canned, SimulatedEndpoint

GATEWAY = """
import asyncio, pathlib, random, sys
path, url, key, *roads = sys.argv[1:]
sys.path[:0] = roads
from agent.sync.request import Endpoint, Secret
from agent.sync.store import Store
from agent.sync.uplink import Uplink
from hw.clock import SystemClock
from owed import number, snapshot

async def main():
    store = await Store.open(pathlib.Path(path))
    uplink = Uplink(Endpoint(url, Secret(key), "rack1"), store, SystemClock(), rng=random.Random(), base=0.01, cap=0.05)
    async with asyncio.TaskGroup() as group:
        group.create_task(uplink.run())
        while line := await asyncio.to_thread(sys.stdin.readline):
            numbers = [int(n) for n in line.split()]
            change = await store.record(snapshot(*numbers), 1e9, 0.0, present=set(map(number, numbers)))
            uplink.offer(change)
            print(change.id, flush=True)

asyncio.run(main())
"""


class Child:
    """A gateway of its own process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def sell(self, *numbers: int) -> None:
        """These SIMs are in its rack; back when it has recorded that."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(*numbers, file=self.process.stdin, flush=True)
        assert int(self.process.stdout.readline())


@asynccontextmanager
async def gateway(path: Path, endpoint: SimulatedEndpoint) -> AsyncIterator[Child]:
    """Runs until it is killed."""
    tests = Path(__file__).parent
    command = [sys.executable, "-c", GATEWAY, str(path), endpoint.url, KEY, str(tests), str(tests.parent)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220
        try:
            yield Child(process)
        finally:
            process.kill()


@pytest.mark.parametrize("answer", [Canned(503), Canned(hold=True), Canned(drop=True)], ids=["refusing", "silent", "cutting"])
async def test_nothing_owed_is_lost_by_kill_9_in_an_outage(tmp_path: Path, answer: Canned) -> None:
    path = tmp_path / "simgate.db"
    endpoint = SimulatedEndpoint(KEY)
    await endpoint.start()
    async with gateway(path, endpoint) as child:
        child.sell(1, 2)
        await endpoint.wait_for(lambda endpoint: set(endpoint.on_sale) == on_sale(1, 2))
        endpoint.script(*[answer] * 5000)
        for numbers in ([1, 2, 3], [2, 3], [2, 3, 4]):
            child.sell(*numbers)
        await endpoint.wait_for(lambda endpoint: len(endpoint.requests) > 1)
    await endpoint.close()
    assert child.process.returncode == -9

    outbox = Outbox.open(path)
    waiting = [({str(one.msisdn) for one in change.added}, {str(one.msisdn) for one in change.removed}) for change in outbox.pending()]
    outbox.close()
    owed = [(on_sale(3), set[str]()), (set[str](), {number(1)}), ({number(4)}, set[str]())]
    # The mark of the first delivery goes to the disk with the change after it, at the latest.
    assert waiting[-3:] == owed
    assert waiting[:-3] in ([], [(on_sale(1, 2), set())])

    async with linked(tmp_path) as link:
        newest = await link.store.newest()
        assert newest is not None
        assert set(newest.snapshot.listings) == set(snapshot(2, 3, 4).listings)
        link.uplink.offer(newest)
        await link.time.asked()
        assert await link.store.pending() == []
        assert link.lists() == [on_sale(2, 3, 4)]
        assert {element["date_start"] for element in link.endpoint.on_sale.values()} == {10**9}, "the beginnings are kept"
