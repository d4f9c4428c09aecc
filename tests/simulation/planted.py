"""Bugs planted on purpose, one at a time into a copy of the agent: `python -m tests.simulation.planted` tells which seed finds each."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .run import simulate

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("planted.toml")
COPIED = ("agent", "hw", "firmware-notes", "tests/simulation")
MISSED = "nothing"


@dataclass(frozen=True, slots=True)
class Slip:
    """In that file of the agent, the text that stands there once, and what somebody wrote instead."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Bug:
    """`why`: one sentence on what it does."""

    name: str
    why: str
    slips: tuple[Slip, ...]


@dataclass(frozen=True, slots=True)
class Catch:
    """The first seed that broke a promise, and which."""

    seed: int
    promise: str


def bugs() -> list[Bug]:
    """All of the table."""
    rows = tomllib.loads(TABLE.read_text("utf-8"))["bug"]
    return [Bug(row["name"], row["why"], tuple(Slip(*slip) for slip in row["slips"])) for row in rows]


def planted(text: str, slip: Slip) -> str:
    """The source with the slip in it. ValueError where the old text does not stand exactly once."""
    if (times := text.count(slip.old)) != 1:
        raise ValueError(f"{slip.file} has this {times} times, not once: {slip.old!r}")
    return text.replace(slip.old, slip.new)


@contextmanager
def copy(bug: Bug | None = None) -> Iterator[Path]:
    """A copy of the product and its simulation, with that bug."""
    with tempfile.TemporaryDirectory(prefix="simgate-planted-") as name:
        home = Path(name)
        for part in COPIED:
            shutil.copytree(ROOT / part, home / part)
        for slip in bug.slips if bug else ():
            file = home / slip.file
            file.write_text(planted(file.read_text("utf-8"), slip), "utf-8")
        yield home


def hunt(home: Path, seeds: range, days: float) -> Catch | None:
    """The first of these seeds that breaks a promise of the copy, in a process of its own."""
    command = [sys.executable, "-m", "tests.simulation.planted", "--hunt", f"{seeds.start}-{seeds.stop - 1}", "--days", str(days)]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=home, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    seed, _, promise = done.stdout.strip().partition(" ")
    return Catch(int(seed), promise) if seed != MISSED else None


def _hunted(seeds: str, days: float) -> int:
    first, _, last = seeds.partition("-")
    for seed in range(int(first), int(last) + 1):
        if (broken := simulate(seed, days).broken) is not None:
            print(seed, broken.promise)
            return 0
    print(MISSED)
    return 0


def main(arguments: Sequence[str]) -> int:
    """0 when every bug was caught by a seed that the agent without it survives."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.planted", description=__doc__)
    parser.add_argument("--bug", action="append", metavar="NAME", help="only this one, or those whose names have this in them")
    parser.add_argument("--runs", type=int, default=100, help="seeds at most for each")
    parser.add_argument("--days", type=float, default=0.25, help="of each seed")
    parser.add_argument("--hunt", metavar="A-B", help="look for a seed that breaks a promise of this very tree, planted with nothing")
    chosen = parser.parse_args(arguments)
    if chosen.hunt:
        return _hunted(chosen.hunt, chosen.days)
    wanted = [bug for bug in bugs() if not chosen.bug or any(part in bug.name for part in chosen.bug)]
    catches: dict[str, Catch | None] = {}
    print(f"{'bug':42} {'seed':>5} {'runs':>5} {'s':>5}  promise")
    for bug in wanted:
        began = time.perf_counter()
        with copy(bug) as home:
            catch = catches[bug.name] = hunt(home, range(chosen.runs), chosen.days)
        seed, runs, promise = (catch.seed, catch.seed + 1, catch.promise) if catch else ("-", chosen.runs, "NOT CAUGHT")
        print(f"{bug.name:42} {seed:>5} {runs:>5} {time.perf_counter() - began:5.0f}  {promise}", flush=True)
    missed = [name for name, catch in catches.items() if catch is None]
    guilty = _broken_anyway({catch.seed for catch in catches.values() if catch}, chosen.days)
    print(f"{len(wanted) - len(missed)} of {len(wanted)} bugs caught; seeds that the agent without a bug breaks too: {guilty or 'none'}")
    return 1 if missed or guilty else 0


def _broken_anyway(seeds: set[int], days: float) -> list[int]:
    """What such a seed finds proves nothing of a bug."""
    with copy() as home:
        return [seed for seed in sorted(seeds) if hunt(home, range(seed, seed + 1), days)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
