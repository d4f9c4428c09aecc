"""Listings and a clock that moves, for the tests of what is owed to the endpoint."""

import asyncio
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from agent.sim.identity import Iccid, Imsi, Msisdn, Plmn
from agent.slots.listing import Listing, Snapshot
from agent.sync.outbox import Change, Outbox
from agent.sync.seal import seal

NOON = 1763985600.0  # 2025-11-24 12:00:00 UTC


def listing(n: int, *, slot: int | None = None, rent: int = 0, price: float | None = None) -> Listing:
    """SIM number n, in slot n unless told otherwise."""
    return Listing(
        f"rack1-{n if slot is None else slot:02}",
        Iccid(f"8944200053671{n:06}"),
        Msisdn(f"447700900{n:03}", 44),
        Plmn("234", "15"),
        Imsi(f"2341500000{n:05}"),
        rent,
        price,
    )


def snapshot(*numbers: int) -> Snapshot:
    """Those SIMs, each in its own slot."""
    return Snapshot(tuple(listing(n) for n in numbers))


def number(n: int) -> str:
    """The number of SIM n."""
    return f"+447700900{n:03}"


def record(outbox: Outbox, *numbers: int, wall: float | None = NOON, monotonic: float = 0.0) -> Change | None:
    """These SIMs are in the rack and on sale."""
    return outbox.record(snapshot(*numbers), wall, monotonic, present={number(n) for n in numbers})


@contextmanager
def opened(path: Path) -> Iterator[Outbox]:
    """The outbox in that file, closed at the end."""
    with closing(Outbox.open(path)) as outbox:
        yield outbox


def by_hand(path: Path, *statements: str) -> None:
    """Written into the file while no agent has it, each row with its seal."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.create_function("seal", -1, seal)
        for statement in statements:
            conn.execute(statement)


def numbers(found: Snapshot | None) -> set[str]:
    """The numbers on a list that there is."""
    assert found is not None
    return {str(one.msisdn) for one in found.listings}


def told(changes: list[Change]) -> list[tuple[set[str], set[str]]]:
    """What came and what went, change by change."""
    return [(numbers(Snapshot(change.added)), numbers(Snapshot(change.removed))) for change in changes]


def written() -> int:
    """Octets that this process has given to write(2) and its kin, wherever the file lies (proc(5), wchar)."""
    lines = Path("/proc/self/io").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))


def files(directory: Path) -> list[tuple[str, int, int]]:
    """Name, size and time of every file."""
    return [(one.name, (stat := one.stat()).st_size, stat.st_mtime_ns) for one in sorted(directory.iterdir())]


@contextmanager
def full_disk(journal: Path) -> Iterator[None]:
    """No file of this process may grow past what the journal has now."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal.stat().st_size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


class Time:
    """A Clock and the pauses of an uplink: a pause ends when the test says so, or by the event that it waits for."""

    def __init__(self, *, synchronised: bool = True) -> None:
        self.now = 1000.0
        self.wall_now = NOON
        self.in_step = synchronised
        self._pauses: asyncio.Queue[tuple[float, asyncio.Future[bool]]] = asyncio.Queue()
        self._ending: asyncio.Future[bool] | None = None

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def wall(self) -> float:
        """UNIX seconds."""
        return self.wall_now

    def synchronised(self) -> bool:
        """As the test says."""
        return self.in_step

    async def pause(self, event: asyncio.Event, seconds: float) -> bool:
        """What Uplink waits with."""
        end: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._pauses.put_nowait((seconds, end))
        knock = asyncio.ensure_future(event.wait())
        knock.add_done_callback(lambda task: None if task.cancelled() or end.done() else end.set_result(True))
        try:
            return await end
        finally:
            knock.cancel()

    async def asked(self) -> float:
        """The seconds of the next pause, as soon as it begins."""
        async with asyncio.timeout(10):
            seconds, self._ending = await self._pauses.get()
        return seconds

    def over(self) -> None:
        """The pause asked for last is over, if no event has ended it before."""
        assert self._ending is not None
        if not self._ending.done():
            self._ending.set_result(False)
