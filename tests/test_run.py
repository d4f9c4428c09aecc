"""`simgate run` as a process of its own, on real ptys and real HTTP: the main job, outages, kill -9, signals, broken disks."""

import asyncio
import resource
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from child import ROOT, Agent, Done, agent, begin, simgate
from gate import KEY, LIMIT, Gate, next_look, racked

from hw.simulated.endpoint import Canned, SimulatedEndpoint
from hw.simulated.family import families
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh

# Of the operators whose SIMs the rack has: E.164 country code (ITU Operational Bulletin 1114), home PLMN (E.212).
COUNTRY = {"23415": 44, "310260": 1, "20801": 33, "302720": 1, "26201": 49, "24007": 46}


def modems(count: int, *, delay: float = 0.0) -> list[SimulatedModem]:
    mixed = list(families())
    return [SimulatedModem(mixed[at % len(mixed)], fresh(at), delay=delay, serial=at, seed=at) for at in range(count)]


@asynccontextmanager
async def sold(directory: Path, count: int = 3, *, words: tuple[str, ...] = ()) -> AsyncIterator[tuple[Gate, Agent]]:
    """A rack, and an agent that has sold all of it."""
    async with racked(directory, modems(count)) as rack, agent(rack.file, *words) as running:
        await on_sale(rack, running, *range(1, count + 1))
        yield rack, running


async def on_sale(rack: Gate, running: Agent, *slots: int) -> None:
    """Wait until the SIMs of exactly these slots are on sale."""
    wanted = {rack.number(slot) for slot in slots}
    try:
        await rack.endpoint.wait_for(lambda endpoint: set(endpoint.on_sale) == wanted, LIMIT)
    except TimeoutError:
        raise AssertionError(f"{sorted(rack.endpoint.on_sale)} on sale; the agent says:\n{running.log}") from None


async def seen(running: Agent, slot: int, *, there: bool) -> None:
    """Wait until the agent itself knows it."""
    async with asyncio.timeout(LIMIT):
        while (await running.slot(slot))["on_sale"] is not there:
            await next_look()


# -- the main job --


async def test_32_modems_of_all_families_are_sold_in_one_first_list_and_leave_it_one_by_one(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(32, delay=0.02)) as rack, agent(rack.file) as running:
        await on_sale(rack, running, *range(1, 33))
        assert len(rack.endpoint.requests) == 1
        for at in range(32):
            sim = fresh(at)
            element = rack.endpoint.on_sale[sim.number or ""]
            element.pop("date_start", None)
            port = f"rack1-{at + 1:02}"
            country = COUNTRY[sim.plmn]
            assert element == {"number": sim.number, "country_id": country, "operator": int(sim.plmn), "port_id": port, "rent": 0}
        left = set(range(1, 33))
        for slot, silent in ((7, False), (20, True)):
            rack.port(slot).eject(silent=silent)
            left.remove(slot)
            await on_sale(rack, running, *left)
        rack.port(31).unplug()
        await on_sale(rack, running, *left - {31})
        rack.port(31).plug()
        rack.port(7).insert()
        await on_sale(rack, running, *left, 7)
        assert (await running.slot(20))["why"]


# -- outages --


@asynccontextmanager
async def outage(rack: Gate, kind: str) -> AsyncIterator[SimulatedEndpoint]:
    """The endpoint refuses connections, answers 500 or never, in the middle of it."""
    bad = SimulatedEndpoint(key=KEY)
    bad.script(*[Canned(500) if kind == "500" else Canned(hold=True)] * 1000)
    port = rack.endpoint.port
    await rack.endpoint.close()
    if kind != "refused":
        await bad.start(port)
    try:
        yield bad
    finally:
        await bad.close()
        await rack.endpoint.start(port)


@pytest.mark.parametrize("kind", ["refused", "500", "hangs"])
async def test_a_kill_in_the_middle_of_an_outage_loses_nothing_and_lies_about_nothing(kind: str, tmp_path: Path) -> None:
    async with racked(tmp_path, modems(4)) as rack:
        before = [rack.number(slot) for slot in (1, 2, 3, 4)]
        async with agent(rack.file) as first:
            await on_sale(rack, first, 1, 2, 3, 4)
            told = len(rack.endpoint.requests)
            async with outage(rack, kind) as bad:
                for slot in (1, 2):
                    rack.port(slot).eject()
                    await seen(first, slot, there=False)
                rack.port(1).insert()
                await seen(first, 1, there=True)
                assert await first.ended(signal.SIGKILL) == -signal.SIGKILL
                rack.port(3).eject()  # nobody looks
                async with agent(rack.file) as second:
                    waiting = (await simgate("queue", "--json", "--config", str(rack.file))).document
                    changes = [(change["added"], change["removed"]) for change in waiting][-3:]
                    assert changes == [([], [before[0]]), ([], [before[1]]), ([before[0]], [])]
                    await seen(second, 4, there=True)
                    ended_outage = asyncio.create_task(_over(rack, second, told))
                    await seen(second, 3, there=False)
                assert all(set(request.numbers) <= set(before) for request in bad.requests)
            ended_outage.cancel()
