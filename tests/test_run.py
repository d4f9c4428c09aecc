"""`simgate run` as a process of its own, on real ptys and real HTTP: the main job, outages, kill -9, signals, broken disks."""

import asyncio
import resource
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from child import MODULE, Agent, agent, begin, simgate
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
    async with racked(tmp_path, modems(32, delay=0.02), timing={"lease": 8}) as rack, agent(rack.file, way=MODULE) as running:
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
async def test_a_kill_in_the_middle_of_an_outage_loses_nothing_and_tells_nothing_false(kind: str, tmp_path: Path) -> None:
    async with racked(tmp_path, modems(4)) as rack, AsyncExitStack() as trouble:
        numbers = [rack.number(slot) for slot in (1, 2, 3, 4)]
        async with agent(rack.file) as first:
            await on_sale(rack, first, 1, 2, 3, 4)
            bad = await trouble.enter_async_context(outage(rack, kind))
            for slot in (1, 2):
                rack.port(slot).eject()
                await seen(first, slot, there=False)
            rack.port(1).insert()
            await seen(first, 1, there=True)
            await waits(first, 3)
            assert await first.ended(signal.SIGKILL) == -signal.SIGKILL
        rack.port(3).eject()  # while nobody looks
        async with agent(rack.file) as second:
            waiting = (await simgate("queue", "--json", "--config", str(rack.file))).document
            assert [(change["added"], change["removed"]) for change in waiting][:3] == [
                ([], numbers[:1]),
                ([], numbers[1:2]),
                (numbers[:1], []),
            ]
            await seen(second, 4, there=True)
            if kind != "refused":
                await bad.wait_for(lambda bad: sorted(bad.requests[-1].numbers) == sorted((numbers[0], numbers[3])))
            told = len(rack.endpoint.requests)
            await trouble.aclose()
            await on_sale(rack, second, 1, 4)
            assert sorted(rack.endpoint.requests[told].numbers) == sorted((numbers[0], numbers[3]))
            await rack_at_rest(second)
            assert (await simgate("queue", "--config", str(rack.file))).out == "nothing waits\n"


async def waits(running: Agent, changes: int) -> None:
    """Wait until so many changes are on the disk and not delivered: what a slot shows may be seen before it is written."""
    async with asyncio.timeout(LIMIT):
        while len(await running.asked("queue")) < changes:
            await next_look()


async def rack_at_rest(running: Agent) -> None:
    """Wait until nothing is owed."""
    async with asyncio.timeout(LIMIT):
        while await running.asked("queue"):
            await next_look()


# -- signals --


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_cleanly_whoever_waits_for_it(number: signal.Signals, tmp_path: Path) -> None:
    async with racked(tmp_path, modems(2)) as rack:
        rack.endpoint.script(*[Canned(hold=True)] * 10)
        async with agent(rack.file) as running:
            await rack.endpoint.wait_for(lambda endpoint: endpoint.requests, LIMIT)
            waits = await begin("sync", "--config", str(rack.file))
            _, silent = await asyncio.open_unix_connection(running.socket)
            await running.asked("status")
            began = asyncio.get_running_loop().time()
            assert await running.ended(number) == 0, running.log
            assert asyncio.get_running_loop().time() - began < 5
            assert not running.socket.exists()
            assert "Traceback" not in running.log
            silent.close()
            _, said = await waits.communicate()
            assert (waits.returncode, said.count(b"\n")) == (3, 1)


async def test_hang_up_reads_the_configuration_again_and_a_bad_one_changes_nothing(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(3)) as rack:
        whole = rack.file.read_text()
        two = whole[: whole.rindex("[[slot]]")]
        rack.file.write_text(two)
        async with agent(rack.file) as running:
            await on_sale(rack, running, 1, 2)
            rack.file.write_text(whole)
            running.child.send_signal(signal.SIGHUP)
            await on_sale(rack, running, 1, 2, 3)
            for turn, bad in enumerate(("nonsense", whole + "[nonsense]\n", whole + 'led = "GPIO99"\n'), 1):
                rack.file.write_text(bad)
                running.child.send_signal(signal.SIGHUP)
                await running.says("the old configuration stays in force", turn)
                await running.up()
                rack.port(1).eject()
                await on_sale(rack, running, 2, 3)
                rack.port(1).insert()
                await on_sale(rack, running, 1, 2, 3)
            assert await running.ended(signal.SIGTERM) == 0


async def test_many_hang_ups_at_once_do_not_end_it(tmp_path: Path) -> None:
    async with sold(tmp_path, 1) as (rack, running):
        for _ in range(20):
            running.child.send_signal(signal.SIGHUP)
            await next_look()
        await running.up()
        rack.port(1).eject()
        await on_sale(rack, running)
        assert await running.ended(signal.SIGTERM) == 0


async def test_a_second_agent_on_the_same_files_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    async with sold(tmp_path, 1) as (rack, running):
        second = await simgate("run", "--config", str(rack.file))
        assert (second.code, second.err.count("\n")) == (1, 1), second.err
        assert "another agent is running" in second.err
        rack.port(1).eject()
        await on_sale(rack, running)


# -- secrets --


def begun(pid: int) -> str:
    """What can be read of how that process was started."""
    return "".join(Path(f"/proc/{pid}/{part}").read_text() for part in ("cmdline", "environ"))


async def test_neither_key_nor_identities_are_said_anywhere(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(3)) as rack:
        rack.endpoint.script(Canned(401, {"response": "ERROR_WRONG_KEY"}))
        async with agent(rack.file, "--verbose", way=MODULE) as running:
            await running.says("ERROR_WRONG_KEY")
            answered = [
                await simgate(verb, *more, "--config", str(rack.file)) for verb in ("status", "queue") for more in ((), ("--json",))
            ]
            ran = begun(running.child.pid)
            assert await running.ended(signal.SIGTERM) == 0
            said = running.log + ran + "".join(done.out + done.err for done in answered)
            assert KEY not in said
            for at in range(3):
                assert fresh(at).iccid not in running.log
                assert fresh(at).imsi not in said


# -- the disk --


def no_room() -> None:
    """As on a full disk, no file may grow."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


async def test_a_full_disk_keeps_no_pulled_sim_on_sale_and_is_complained_of_once(tmp_path: Path) -> None:
    async with sold(tmp_path, 2) as (rack, running):
        resource.prlimit(running.child.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        rack.port(1).eject()
        await on_sale(rack, running, 2)
        rack.port(1).insert()
        await on_sale(rack, running, 1, 2)
        rack.port(2).eject()
        await on_sale(rack, running, 1)
        assert len(rack.endpoint.requests) == 4  # one for each change, and no storm
        complaints = running.log.count(" ERROR ")
        for _ in range(5):
            await rack.port(1).expect("AT+CPIN?")  # a poll
        assert (await running.slot(1))["on_sale"]
        assert 1 <= running.log.count(" ERROR ") == complaints, running.log
        resource.prlimit(running.child.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        rack.port(2).insert()
        await running.says("the database works again")
        await on_sale(rack, running, 1, 2)
        await rack_at_rest(running)
        assert await running.ended(signal.SIGTERM) == 0


async def test_it_ends_cleanly_on_a_full_disk(tmp_path: Path) -> None:
    async with sold(tmp_path, 1) as (_, running):
        resource.prlimit(running.child.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        assert await running.ended(signal.SIGTERM) == 0
        assert "Traceback" not in running.log


async def test_a_corrupt_database_is_set_aside_and_the_rack_is_sold(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(1)) as rack:
        (tmp_path / "simgate.db").write_bytes(b"no database at all" * 1000)
        async with agent(rack.file) as running:
            await on_sale(rack, running, 1)
            assert "new one is begun" in running.log


@pytest.mark.parametrize("where", ["full", "no such directory", "not ours"])
async def test_without_a_database_it_starts_and_sells_what_the_configuration_knows(where: str, tmp_path: Path) -> None:
    known = f'\n[[card]]\niccid = "{fresh(0).iccid}"\nnumber = "{fresh(0).number}"\n'
    async with racked(tmp_path, modems(2), more=known, timing={"startup": 1.0}) as rack:
        if where == "not ours":
            with sqlite3.connect(tmp_path / "simgate.db") as other:
                other.execute("CREATE TABLE precious (a)")
            other.close()
        if where == "no such directory":
            rack.file.write_text(rack.file.read_text().replace("simgate.db", "absent/simgate.db"))
        async with agent(rack.file, before=no_room if where == "full" else None) as running:
            await on_sale(rack, running, 1)
            why = (await running.slot(2))["why"]
            assert "cannot be read" in why
            assert "simgate.db" in why
            assert "simgate.db" in running.log
            assert await running.ended(signal.SIGTERM) == 0
            assert "Traceback" not in running.log
