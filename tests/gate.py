"""A whole gateway for tests: simulated modems, a real HTTP endpoint, the agent's own database; in this process."""

import asyncio
import json
import os
import random
import tty
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from agent.gateway import Gateway, World
from agent.modems.library import shipped
from agent.requests import Served
from agent.settings.file import load
from agent.sync.store import Store
from hw.board import build
from hw.clock import SystemClock
from hw.simulated.endpoint import SimulatedEndpoint
from hw.simulated.modem import SimulatedModem
from hw.simulated.rack import Rack, SimulatedPort
from hw.simulated.sim import SimulatedSim

KEY = "5ecret-k3y"
LIMIT = 40.0  # seconds until a test gives up, on a board that has much else to do
NOTES = shipped()
TIMING = {"settle": 0.01, "startup": 20, "lease": 20, "poll": 0.1}

Answer = Callable[[bytes], bytes]


class Gate:
    """One running gateway and everything around it; slots are counted from 1."""

    def __init__(self, rack: Rack, endpoint: SimulatedEndpoint, file: Path) -> None:
        self.rack, self.endpoint, self.file = rack, endpoint, file
        self.gateway: Gateway

    def port(self, number: int) -> SimulatedPort:
        """The simulated modem of that slot."""
        return self.rack.slot(number)

    def sim(self, number: int) -> SimulatedSim:
        """The SIM that is in it."""
        found = self.port(number).modem.sim
        assert found is not None
        return found

    def number(self, number: int) -> str:
        """The number of the SIM in it."""
        found = self.sim(number).number
        assert found is not None
        return found

    async def on_sale(self, *numbers: str | None) -> None:
        """Wait until exactly these are on sale at the endpoint."""
        try:
            await self.endpoint.wait_for(lambda endpoint: set(endpoint.on_sale) == set(numbers), LIMIT)
        except TimeoutError:
            raise AssertionError(f"on sale {sorted(self.endpoint.on_sale)}; {self.gateway.roster.why}") from None

    async def asked(self, verb: str, **words: object) -> Any:
        """The answer of the running gateway."""
        answer = await ask(self.gateway.settings.control, verb, **words)
        assert answer["ok"], answer
        return answer["answer"]

    async def refused(self, verb: str, **words: object) -> str:
        """What it says when it says no."""
        answer = await ask(self.gateway.settings.control, verb, **words)
        assert not answer["ok"], answer
        return str(answer["error"])

    async def slot(self, number: int) -> dict[str, Any]:
        """What `simgate status` says of it."""
        found: dict[str, Any] = (await self.asked("status"))["slots"][number - 1]
        return found

    async def why(self, number: int, words: str) -> str:
        """Wait until the slot says so."""
        async with asyncio.timeout(LIMIT):
            while words not in (said := (await self.slot(number))["why"] or ""):
                await next_look()
        return said

    async def stands(self, number: int, state: str) -> None:
        """Wait until the slot is in that state."""
        async with asyncio.timeout(LIMIT):
            while (await self.slot(number))["state"] != state:
                await next_look()

    async def answers(self, number: int) -> None:
        """Wait until its modem has said what it is."""
        async with asyncio.timeout(LIMIT):
            while (await self.slot(number))["modem"] is None:
                await next_look()

    async def warned(self) -> str:
        """Wait until the whole rack has something to say."""
        async with asyncio.timeout(LIMIT):
            while (said := (await self.asked("status"))["warning"]) is None:
                await next_look()
        return str(said)

    async def sold_here(self, number: int) -> None:
        """Wait until the agent would sell the slot's number, whatever the endpoint knows."""
        async with asyncio.timeout(LIMIT):
            while not (await self.slot(number))["on_sale"]:
                await next_look()

    async def waits(self, *changes: tuple[list[str], list[str]]) -> None:
        """Wait until these changes, (added, removed), are the ones that wait for the endpoint."""
        async with asyncio.timeout(LIMIT):
            while [(change["added"], change["removed"]) for change in await self.asked("queue")] != list(changes):
                await next_look()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Gateway]:
        """The agent at work; its errors come out here."""
        settings = load(self.file, {})
        board = build(settings.board, settings.wirings)
        store = await Store.open(settings.store)
        self.gateway = Gateway(settings, World(board, NOTES, SystemClock(), random.Random(1)), store)
        running = asyncio.create_task(Served(self.gateway).run())
        try:
            await answers(settings.control, running)
            yield self.gateway
        finally:
            running.cancel()
            await asyncio.wait([running])
            await store.close()
            board.close()
        if not running.cancelled():
            running.result()


@asynccontextmanager
async def racked(
    directory: Path,
    modems: Sequence[SimulatedModem],
    *,
    lines: bool = False,
    more: str = "",
    endpoint: Mapping[str, object] | None = None,
    timing: Mapping[str, float] | None = None,
) -> AsyncIterator[Gate]:
    """A rack, an endpoint and a configuration; `more` is TOML at its end, `endpoint` more keys of [endpoint]."""
    far = SimulatedEndpoint(key=KEY)
    await far.start()
    try:
        with Rack(modems, directory) as rack:
            (directory / "api.key").write_text(KEY)
            text = rack.toml(far.url, lines=lines, timing={**TIMING, **(timing or {})})
            extra = "".join(f"{key} = {json.dumps(value)}\n" for key, value in (endpoint or {}).items())
            file = directory / "simgate.toml"
            file.write_text(text.replace("[endpoint]\n", f"[endpoint]\n{extra}") + more)
            yield Gate(rack, far, file)
    finally:
        await far.close()


@asynccontextmanager
async def gate(directory: Path, modems: Sequence[SimulatedModem], **what: Any) -> AsyncIterator[Gate]:
    """As `racked`, and the gateway runs."""
    async with racked(directory, modems, **what) as made, made.running():
        yield made


@contextmanager
def odd_tty(path: Path, answer: Answer) -> Iterator[None]:
    """A tty at `path` with something behind it that is no modem: `answer` makes what it says from what it hears."""
    near, far = os.openpty()
    tty.setraw(far)
    os.set_blocking(near, False)
    path.symlink_to(os.ttyname(far))

    def heard() -> None:
        with suppress(BlockingIOError):
            os.write(near, answer(os.read(near, 4096)))

    loop = asyncio.get_running_loop()
    loop.add_reader(near, heard)
    try:
        yield
    finally:
        loop.remove_reader(near)
        path.unlink()
        os.close(near)
        os.close(far)


def noise(heard: bytes) -> bytes:
    """What an `odd_tty` may say: octets without a meaning, always the same for the same words."""
    return random.Random(heard).randbytes(200)


async def ask(socket: Path, verb: str, **words: object) -> dict[str, Any]:
    """One question over the control socket."""
    reader, writer = await asyncio.open_unix_connection(socket)
    try:
        writer.write(json.dumps({"verb": verb, **words}).encode() + b"\n")
        async with asyncio.timeout(LIMIT):
            answer: dict[str, Any] = json.loads(await reader.readline())
        return answer
    finally:
        writer.close()


async def answers(socket: Path, running: asyncio.Task[Any]) -> None:
    """Wait until somebody listens there; `running` is what should bring that about."""
    async with asyncio.timeout(LIMIT):
        while not running.done():
            try:
                _, writer = await asyncio.open_unix_connection(socket)
            except (FileNotFoundError, ConnectionRefusedError):
                await next_look()
            else:
                writer.close()
                return
    running.result()


async def next_look(seconds: float = 0.02) -> None:
    """Let the others go on; no event tells of what happens behind a socket, or in another process."""
    ready = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, ready.set)
    await ready.wait()


def written(directory: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file in it that belongs to the database."""
    return {entry.name: (entry.stat().st_size, entry.stat().st_mtime_ns) for entry in os.scandir(directory) if ".db" in entry.name}
