"""An uplink between a real outbox and an endpoint on the loopback interface, with a clock that moves."""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from owed import Time, number, snapshot

from agent.sync.request import Endpoint, Secret
from agent.sync.store import Store
from agent.sync.uplink import Uplink
from agent.sync.wire import Wire
from hw.simulated.endpoint import Request, SimulatedEndpoint

KEY = "k3y-nobody-may-see"


@dataclass
class Link:
    """One gateway's way to the endpoint; `changes` counts the calls of `changed`."""

    endpoint: SimulatedEndpoint
    store: Store
    time: Time
    uplink: Uplink
    path: Path
    running: asyncio.Task[None]
    changes: list[str] = field(default_factory=list)

    async def sell(self, *numbers: int) -> None:
        """These SIMs, and no others, are in the rack."""
        wall = self.time.wall() if self.uplink.clock_ok else None
        change = await self.store.record(snapshot(*numbers), wall, self.time.monotonic(), present=set(map(number, numbers)))
        assert change is not None
        self.uplink.offer(change)

    def state(self) -> object:
        """As `simgate status` has it."""
        return self.uplink.report()["state"]

    def error(self) -> str:
        """As `simgate status` has it."""
        return str(self.uplink.report()["last_error"])

    async def fail(self, times: int) -> float:
        """Let so many tries pass; the seconds of the pause after the last."""
        for _ in range(times):
            seconds = await self.time.asked()
            self.time.over()
        return seconds

    @property
    def posted(self) -> list[Request]:
        """What came to the endpoint."""
        return list(self.endpoint.requests)

    def lists(self) -> list[set[str]]:
        """The lists that came to the endpoint, tests apart."""
        return [set(request.numbers) for request in self.posted if request.test is None]


def on_sale(*numbers: int) -> set[str]:
    """These SIMs' numbers."""
    return set(map(number, numbers))


@asynccontextmanager
async def linked(
    tmp_path: Path,
    *,
    time: Time | None = None,
    key: str = KEY,
    interval: float = 300.0,
    patience: float = 30.0,
    settings: Callable[[str], Endpoint] | None = None,
    served: ssl.SSLContext | None = None,
    trusted: ssl.SSLContext | None = None,
) -> AsyncIterator[Link]:
    """A link that runs; a run() that ends by itself makes asked() time out."""
    time = time or Time()
    async with AsyncExitStack() as stack:
        endpoint = SimulatedEndpoint(KEY)
        endpoint.date = time.wall()
        await endpoint.start(tls=served)
        stack.push_async_callback(endpoint.close)
        path = tmp_path / "simgate.db"
        store = await Store.open(path)
        stack.push_async_callback(store.close)
        changes: list[str] = []
        where = settings(endpoint.url) if settings else Endpoint(endpoint.url, Secret(key), "rack1", interval=interval)
        uplink = Uplink(
            where,
            store,
            time,
            rng=random.Random(5),
            pause=time.pause,
            changed=lambda: changes.append("changed"),
            wire=Wire(where, patience, trusted),
        )
        running = asyncio.create_task(uplink.run())
        stack.push_async_callback(_ended, running)
        yield Link(endpoint, store, time, uplink, path, running, changes)


async def _ended(running: asyncio.Task[None]) -> None:
    running.cancel()
    await asyncio.wait([running])
