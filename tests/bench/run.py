"""The budgets, measured and printed as a table: `python tests/bench/run.py [--idle SECONDS] [--edges N]`. Nothing here is asserted."""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from stage import AGENT, LIMIT, Agent, agent, cpu

sys.path.insert(0, str(Path(__file__).parents[1]))
from starting import ALONE, REPORTING, TO_THE_SECOND_WORD

from agent.modems.attach import attached
from agent.modems.identify import identify
from agent.modems.library import shipped
from agent.ports import Wiring
from hw.board import build
from hw.simulated.endpoint import SimulatedEndpoint
from hw.simulated.rack import Rack

ROOT = Path(__file__).parents[2]
SETTLE = 0.05
Row = tuple[str, str, str]


def complete(endpoint: SimulatedEndpoint, count: int) -> bool:
    """True once the endpoint has a list of so many numbers."""
    return len(endpoint.on_sale) == count


async def cold_start(place: Path) -> list[Row]:
    """From exec to the first complete list, and the floor: the bare dialogue of one modem."""
    found = []
    for run in range(5):
        async with agent(place / f"cold{run}", 32) as one:
            await one.endpoint.wait_for(lambda endpoint: complete(endpoint, 32), LIMIT)
            first = next(request for request in one.endpoint.requests if len(request.numbers) == 32)
            found.append(first.at - one.began)
    return [
        ("cold start, 32 modems at 20 ms, exec to complete list (median of 5)", f"{statistics.median(found):.2f} s", "< 1.5 s"),
        ("  of it the floor: the bare dialogue of one such modem", f"{await floor(place / 'floor'):.2f} s", ""),
    ]


async def floor(directory: Path) -> float:
    """One modem, opened, greeted, identified."""
    with Rack.of(1, directory, family="quectel-ec25") as rack:
        wiring = Wiring("floor", tty=str(rack.slot(1).path))
        board, notes, began = build("mock", [wiring]), shipped(), time.monotonic()
        async with attached(board.socket(wiring), notes, lambda _line: None) as modem:
            assert modem.profile is not None
            await modem.converse(identify(modem.profile, lambda _iccid: None))
        board.close()
        return time.monotonic() - began


async def edges(place: Path, count: int) -> list[Row]:
    """From the edge of a SIM line to the arrival of the POST, and what one change writes."""
    slots, late, marks = 14, [], list[int]()
    async with agent(place / "edges", slots, lines=True, timing=f"settle = {SETTLE}\nstartup = 5") as one:
        await _listening(one)
        for number in range(1, slots + 1):
            await one.ask("fake", move="insert", slot=f"rack1-{number:02}")
        await one.endpoint.wait_for(lambda endpoint: complete(endpoint, slots), LIMIT)
        for turn in range(count):
            late.append(await _pulled(one, f"rack1-{turn % slots + 1:02}", slots, marks))
        marks.append(one.written())
    late.sort()
    written = [after - before for before, after in pairwise(marks)]
    return [
        (f"edge of a SIM line to POST, less settle, {count} edges: median", f"{1000 * statistics.median(late):.1f} ms", ""),
        ("  p99", f"{1000 * late[min(len(late) - 1, int(0.99 * len(late)))]:.1f} ms", "< 50 ms"),
        (
            f"written to disk per change, {len(written)} changes, with the file system's own: mean",
            f"{statistics.fmean(written) / 1000:.1f} kB",
            "",
        ),
        ("  most", f"{max(written) / 1000:.1f} kB", "<= 16 kB"),
    ]


async def _listening(one: Agent) -> None:
    while not (one.directory / "control.sock").exists():  # noqa: ASYNC110 - another process makes it
        await asyncio.sleep(0.01)


async def _pulled(one: Agent, slot: str, slots: int, marks: list[int]) -> float:
    """One SIM out and in; what was written before each goes into `marks`."""
    marks.append(one.written())
    heard = len(one.endpoint.requests)
    began = time.monotonic()
    await one.ask("fake", move="eject", slot=slot)
    await one.endpoint.wait_for(lambda endpoint: complete(endpoint, slots - 1), LIMIT)
    at = next(request.at for request in list(one.endpoint.requests)[heard:] if len(request.numbers) == slots - 1)
    marks.append(one.written())
    await one.ask("fake", move="insert", slot=slot)
    await one.endpoint.wait_for(lambda endpoint: complete(endpoint, slots), LIMIT)
    return at - began - SETTLE


async def memory(place: Path) -> list[Row]:
    """Resident memory with 64 modems, all on sale."""
    async with agent(place / "memory", 64) as one:
        await one.endpoint.wait_for(lambda endpoint: complete(endpoint, 64), LIMIT)
        await one.ask("status")
        return [("resident memory, 64 modems", f"{one.memory():.1f} MB", "<= 40 MB")]


async def idle(place: Path, span: float) -> list[Row]:
    """32 modems on sale, nothing happens: CPU and octets to the disk."""
    async with agent(place / "idle", 32) as one:
        await one.endpoint.wait_for(lambda endpoint: complete(endpoint, 32), LIMIT)
        await asyncio.sleep(5)
        cpu, written, heard = one.cpu(), one.written(), len(one.endpoint.requests)
        await asyncio.sleep(span)
        return [
            (f"idle CPU, 32 modems, {span:.0f} s", f"{100 * (one.cpu() - cpu) / span:.2f} % of a core", "< 1 %"),
            (
                f"written to disk in {span:.0f} idle s ({len(one.endpoint.requests) - heard} heartbeats)",
                f"{one.written() - written} B",
                "0 B",
            ),
        ]


async def day() -> list[Row]:
    """24 hours of virtual time without trouble, and what the process gives to write(2)."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.simulation.day", "--slots", "3", "--changes", "50", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    found = json.loads((await process.communicate())[0])
    return [
        (f"written in an idle day of virtual time ({found['lists']} heartbeats)", f"{found['idle']} B", "0 B"),
        (f"  and by each of {len(found['changes'])} changes after it: most", f"{max(found['changes']) / 1000:.1f} kB", "<= 16 kB"),
    ]


async def starts(place: Path) -> list[Row]:
    """Every reporting verb beside the import of click alone: CPU time, the least of 20 runs."""
    async with agent(place / "starts", 4) as one:
        await one.endpoint.wait_for(lambda endpoint: complete(endpoint, 4), LIMIT)
        bare = await asyncio.to_thread(cpu, [sys.executable, "-c", "import click"], 20)
        rows = [("python -c 'import click'", f"{1000 * bare:.0f} ms", "")]
        for words in REPORTING:
            rest = [] if words.endswith(ALONE) else ["--config", str(one.directory / "simgate.toml")]
            asked = await asyncio.to_thread(cpu, [*AGENT, *words.split(), *rest], 20)
            # That of the doctor is a whole visit here, of which the start is a part: tests/test_start_up.py.
            goal = "" if words in TO_THE_SECOND_WORD else "<= 2.5 x"
            rows.append((f"simgate {words}", f"{1000 * asked:.0f} ms = {asked / bare:.2f} x import click", goal))
    return rows


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Columns as wide as their widest cell."""
    every = [("measured", "is", "goal"), *rows]
    widths = [max(len(row[column]) for row in every) for column in range(3)]
    for row in every:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


async def main() -> None:
    """Every measurement, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle", type=float, default=60, help="seconds of idling (the budget speaks of 600)")
    parser.add_argument("--edges", type=int, default=200, help="edges of a line")
    parser.add_argument("--place", type=Path, help="where racks and databases go: a real disk, for octets to count")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.place) as directory:
        place = Path(directory)
        rows = [*await cold_start(place), *await edges(place, options.edges), *await memory(place)]
        rows += [*await starts(place), *await idle(place, options.idle), *await day()]
    print("\n".join(table(rows)))


if __name__ == "__main__":
    asyncio.run(main())
