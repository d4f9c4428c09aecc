"""The start of every reporting verb stays within 2.5 x `import click`, counted in calls, which no load of the machine changes.

The calls leave out the interpreter's own start, 0.29 of what `import click` takes with it: 2.5 x with it is 2.9 x without. Those of rich,
which draws the picture, are many and short: 3.7 x in calls was 2.41 x in instructions (valgrind). tests/bench/run.py has the CPU time.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from child import ROOT
from gate import LIMIT, Gate, racked

from hw.simulated.modem import SimulatedModem

Found = dict[str, tuple[int, list[str]]]
# A comprehension is no call since Python 3.12 (PEP 709), and `import click` has most of them: 57,157 calls in 3.13, 67,811 in 3.11, where
# all else makes as many as before. In instructions (valgrind) the picture is 2.32 x there, `config init --list-boards`, the next, 2.09 x.
CHEAPER = 1.19 if sys.version_info >= (3, 12) else 1.0
MOST = 2.9 * CHEAPER
PICTURE = 3.9 * CHEAPER
DRAWING = "watch --once"
# What none of them needs: each costs as much as click itself, or nearly.
HEAVY = {
    *("asyncio", "ssl", "subprocess", "sqlite3", "logging", "concurrent.futures", "email", "http", "importlib.metadata", "multiprocessing"),
    *("aiohttp", "sqlite_utils", "gpiozero", "lgpio", "serial", "serial_asyncio", "rich.console", "prometheus_client"),
    *("agent.gateway", "agent.slots.slot", "agent.modems.notes", "agent.doctor.visit"),
}
FILE = {"sqlite3"}  # but where nobody else reads the database
CHECKS = {"agent.doctor.visit"}  # but for the doctor, who is measured in the middle of one


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Of a rack with one modem: while its agent runs, and of what can do without one, while none does."""
    return asyncio.run(_found(tmp_path_factory.mktemp("rack")))


async def _found(place: Path) -> Found:
    async with racked(place, [SimulatedModem("quectel-ec25", delay=0.0)], lines=True) as rack, asyncio.timeout(LIMIT):
        async with rack.running():
            found = await _counted(rack)
        return found | {f"{words}, no agent": cost for words, cost in (await _counted(rack, "without-agent")).items()}


async def _counted(rack: Gate, *more: str) -> Found:
    # Without site, for what its .pth files load would not be counted.
    paths = ":".join((str(ROOT), *(path for path in sys.path if path)))
    words = ("-S", str(ROOT / "tests/starting.py"), str(rack.file), *more)
    child = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdout=PIPE, stderr=PIPE, env={"PYTHONPATH": paths, "PYTHONHASHSEED": "0", "TERM": "xterm"}
    )
    out, err = await child.communicate()
    assert child.returncode == 0, err.decode()
    return {words: (calls, modules) for words, (calls, modules) in json.loads(out).items()}


def test_no_reporting_verb_calls_more_than_its_share(found: Found) -> None:
    measure = found["import click"][0]
    cost = {words: calls / measure for words, (calls, _) in found.items()}
    assert {words: share for words, share in cost.items() if share > (PICTURE if words == DRAWING else MOST)} == {}, cost


def test_none_of_them_loads_what_is_heavy(found: Found) -> None:
    loaded = {
        words: sorted((HEAVY - (FILE if words.endswith("no agent") else CHECKS if words == "doctor" else set())) & set(modules))
        for words, (_, modules) in found.items()
    }
    assert {words: heavy for words, heavy in loaded.items() if heavy} == {}
    assert {words for words, (_, modules) in found.items() if "rich" in modules} == {DRAWING}
