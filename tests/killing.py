"""SIGKILL at random moments of the real process, on real ptys, a real endpoint and one database; everything out of one seed."""

import argparse
import asyncio
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from aiohttp import web
from child import Agent, begin
from gate import KEY, TIMING

from agent.slots.listing import Listing
from agent.sync.outbox import Outbox
from hw.simulated.endpoint import SimulatedEndpoint
from hw.simulated.family import families
from hw.simulated.modem import SimulatedModem
from hw.simulated.rack import Rack, SimulatedPort
from hw.simulated.sim import SimulatedSim, fresh

BOUND = 20.0  # seconds from a start until the endpoint holds the truth: exec, first questions, one try again
STAYS, LOCKED = 1, 2  # the slot whose SIM nobody touches, and the one whose PIN in the configuration is wrong
# Else no date_start would ever be sent by a machine whose clock nobody sets.
FIRST = "import hw.clock as m; m.SystemClock.synchronised = lambda self: True; {}"


async def moment(seconds: float) -> None:
    """Let that much time pass: the moment of a kill is what is tried here."""
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, over.set)
    await over.wait()


class FarEnd(SimulatedEndpoint):
    """The endpoint, which may be slow or lose its answer; it notes what no list may ever say."""

    def __init__(self, stays: str, others: set[str]) -> None:
        super().__init__(KEY)
        self.slow, self.loses = 0.0, False
        self.asking = 0
        self.wrong: list[str] = []
        self.dates: dict[str, list[int]] = {}
        self._stays, self._known = stays, others | {stays}

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asking += 1
        try:
            self._look(await request.json())
            if self.slow:
                await moment(self.slow)
                if request.transport is None:
                    return web.Response()  # killed meanwhile: its list is not to come after its successor's
            response = await super()._answer(request)
            if self.loses and request.transport is not None:
                request.transport.close()
            return response
        except ConnectionError:  # killed in the middle of its question
            return web.Response()
        finally:
            self.asking -= 1

    def _look(self, said: dict[str, Any]) -> None:
        """As it comes, whether or not it is ever taken."""
        numbers = [element["number"] for element in said["numbers"]]
        if self._stays not in numbers:
            self.wrong.append(f"the SIM that never moves is not on the list {numbers}")
        if len(set(numbers)) < len(numbers):
            self.wrong.append(f"a number stands twice on {numbers}")
        if strange := set(numbers) - self._known:
            self.wrong.append(f"{strange} can never be sold")
        for element in said["numbers"]:
            dates = self.dates.setdefault(element["number"], [])
            if "date_start" in element and element["date_start"] not in dates[-1:]:
                dates.append(element["date_start"])


class Killer:
    """One rack, one database, one agent after the other."""

    def __init__(self, rack: Rack, endpoint: FarEnd, file: Path, rng: random.Random, broken: str) -> None:
        self.rack, self.endpoint, self.file, self.rng = rack, endpoint, file, rng
        self.counts: Counter[str] = Counter()
        self.slowest = 0.0
        self._first = FIRST.format(broken)
        self._agent: Agent
        self._told = 0  # requests before this agent
        self._start = 0.5  # seconds that a start takes
        self._down = False
        self._out: list[SimulatedSim] = []
        self._ejected: Counter[str] = Counter()

    async def rounds(self, count: int) -> None:
        """AssertionError where a kill has broken something."""
        await self._begin()
        try:
            await self._converge()
            for turn in range(count):
                await self._round(turn)
        except AssertionError as error:
            raise AssertionError(f"{error}; the agent said:\n{self._agent.log}") from None
        finally:
            await self._agent.close()

    async def _round(self, turn: int) -> None:
        where = self.rng.choice(("start", "sync", "idle"))
        if where == "start":
            await self._kill()
            await self._begin()
        await self._trouble(self.rng.choice(("well", "slow", "loses", "down")) if where != "idle" else "well")
        limit = self._start * 1.3 if where == "start" else 0.4
        for _ in range(self.rng.randrange(where == "sync", 4)):
            await moment(self.rng.uniform(0, limit / 4))
            self._move()
        await moment(self.rng.uniform(0, limit))
        await self._kill()
        for _ in range(self.rng.randrange(2)):
            self._move()  # while nobody looks
        await self._begin()
        if self.rng.random() < 0.2:
            await moment(self.rng.uniform(0, self._start))  # its first words go into the trouble
        await self._trouble("well")
        await self._converge()
        assert not self.endpoint.wrong, f"round {turn}: {self.endpoint.wrong[0]}"
        self._dates(turn)
        sim = self._port(LOCKED).modem.sim
        assert sim is not None
        assert sim.attempts >= 2, f"round {turn}: a wrong PIN has reached the SIM more than once"

    # The agent -------------------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        self._told = len(self.endpoint.requests)
        self._agent = Agent(await begin("run", "--config", str(self.file), first=self._first), self.file.parent / "control.sock")

    async def _kill(self) -> None:
        if len(self.endpoint.requests) == self._told:
            phase = "in start"
        elif self.endpoint.asking or set(self.endpoint.on_sale) != self._truth():
            phase = "in sync"
        else:
            phase = "idle"
        assert await self._agent.ended(signal.SIGKILL) == -signal.SIGKILL, "it ended by itself"
        self.counts[f"killed {phase}"] += 1
        self._database()

    async def _converge(self) -> None:
        """The endpoint holds the truth, told by this very agent."""
        began = time.monotonic()
        try:
            await self.endpoint.wait_for(lambda far: len(far.requests) > self._told and set(far.on_sale) == self._truth(), BOUND)
        except TimeoutError:
            raise AssertionError(f"{sorted(self.endpoint.on_sale)} on sale, and not {sorted(self._truth())}") from None
        took = time.monotonic() - began
        self.slowest = max(self.slowest, took)
        self._start = 0.7 * self._start + 0.3 * min(took, 3.0)

    # The world -------------------------------------------------------------------------------------------------------

    def _port(self, number: int) -> SimulatedPort:
        return self.rack.slot(number)

    def _truth(self) -> set[str]:
        sims = [port.modem.sim for number, port in enumerate(self.rack.ports, 1) if number != LOCKED]
        return {sim.number for sim in sims if sim is not None and sim.number is not None}

    def _move(self) -> None:
        """One SIM goes, comes, or changes places with another."""
        ports = self.rack.ports[LOCKED:]
        full = [port for port in ports if port.modem.sim]
        if len(full) > 1 and self.rng.random() < 0.25:
            one, two = self.rng.sample(full, 2)
            sims = self._eject(one), self._eject(two)
            one.insert(sims[1])
            two.insert(sims[0])
            self.counts["swapped"] += 1
            return
        port = self.rng.choice(ports)
        if port.modem.sim:
            self._out.append(self._eject(port))
        elif self._out:
            port.insert(self._out.pop(self.rng.randrange(len(self._out))))
            self.counts["inserted"] += 1

    def _eject(self, port: SimulatedPort) -> SimulatedSim:
        silent = self.rng.random() < 0.5
        self.counts["ejected silently" if silent else "ejected"] += 1
        sim = port.eject(silent=silent)
        self._ejected[sim.number or ""] += 1
        return sim

    async def _trouble(self, kind: str) -> None:
        """The endpoint is well, slow, loses its answers, or is down."""
        self.endpoint.slow = 0.5 if kind == "slow" else 0.0
        self.endpoint.loses = kind == "loses"
        down, port = kind == "down", self.endpoint.port
        if down and not self._down:
            await self.endpoint.close()
        elif self._down and not down:
            await self.endpoint.start(port)
        self._down = down
        self.counts[f"endpoint {kind}"] += 1

    # What a kill must not break --------------------------------------------------------------------------------------

    def _database(self) -> None:
        """On a copy, for the next agent shall find what this one has left."""
        with tempfile.TemporaryDirectory() as made:
            for file in self.file.parent.glob("simgate.db*"):
                shutil.copy(file, made)
            copy = Path(made) / "simgate.db"
            if not copy.exists():
                return
            with closing(Outbox.open(copy)) as outbox:
                last, newest = outbox.last_delivered(), outbox.newest()
                found = {_key(one) for one in (last.listings if last else ())}
                for change in outbox.pending():
                    found = found - {_key(one) for one in change.removed} | {_key(one) for one in change.added}
                wanted = {_key(one) for one in (newest.snapshot.listings if newest else ())}
                assert found == wanted, f"what waits makes {found}, and the newest list is {wanted}"
            with closing(sqlite3.connect(copy)) as bare:
                assert bare.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            names = {file.name for place in (self.file.parent, Path(made)) for file in place.glob("*.broken*")}
            assert not names, f"a database was set aside: {names}"

    def _dates(self, turn: int) -> None:
        for number, dates in self.endpoint.dates.items():
            changes, gone = len(dates) - 1, self._ejected[number]
            assert changes <= gone, f"round {turn}: date_start of {number} has changed {changes} times, and its SIM went {gone} times"
        assert any(self.endpoint.dates.values()), "no date_start was ever sent"


def _key(one: Listing) -> tuple[str, str, str]:
    return one.slot, one.iccid.digits, one.msisdn.digits


@asynccontextmanager
async def killer(directory: Path, seed: int, *, modems: int = 6, broken: str = "pass") -> AsyncIterator[Killer]:
    """Everything set up; `broken` is Python that the agent runs before it starts."""
    names = list(families())
    sims = [fresh(at) for at in range(modems)]
    sims[LOCKED - 1].pin = "1234"
    numbers = [sim.number or "" for sim in sims]
    endpoint = FarEnd(numbers[STAYS - 1], set(numbers) - {numbers[LOCKED - 1]})
    await endpoint.start()
    kinds = [
        SimulatedModem("generic" if at == LOCKED - 1 else names[at % len(names)], sim, delay=0.0, seed=at) for at, sim in enumerate(sims)
    ]
    try:
        with Rack(kinds, directory) as rack:
            (directory / "api.key").write_text(KEY)
            file = directory / "simgate.toml"
            card = f'\n[[card]]\niccid = "{sims[LOCKED - 1].iccid}"\npin = "9999"\n'
            file.write_text(rack.toml(endpoint.url, timing=TIMING) + card)
            yield Killer(rack, endpoint, file, random.Random(seed), broken)
    finally:
        await endpoint.close()


async def _run(rounds: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as made:
        async with killer(Path(made), seed) as found:
            began = time.monotonic()
            await found.rounds(rounds)
            print(f"{rounds} rounds, seed {seed}: {time.monotonic() - began:.0f} s, slowest back to the truth {found.slowest:.2f} s")
            for what, count in sorted(found.counts.items()):
                print(f"{count:>6} {what}")


def main() -> None:
    """A number of rounds, and what was done in them."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="the same moves and moments again")
    wanted = parser.parse_args()
    print(f"seed {wanted.seed}", flush=True)
    try:
        asyncio.run(_run(wanted.rounds, wanted.seed))
    except AssertionError as error:
        sys.exit(f"seed {wanted.seed}: {error}")
