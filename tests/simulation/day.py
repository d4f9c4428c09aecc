"""A day without trouble, and what it writes: `python -m tests.simulation.day` tells it as JSON.

Counted are the octets that this process gives to write(2) and its kin, whatever the file and wherever it lies (proc(5), wchar); the
agent, its database and the rack are all of this process, and the virtual clock needs no file.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from .life import Lives
from .plan import DAY
from .world import Timing, World

IO = Path("/proc/self/io")
BEGUN = 1800.0  # seconds until the rack is sold, its clock right, and what there was to write has been written
EVERY = 600.0  # seconds between two changes: a heartbeat comes in between


@dataclass(frozen=True, slots=True)
class Written:
    """In octets: `idle` of the whole day, `changes` of each change after it; `lists` that went out in the idle day."""

    lists: int
    idle: int
    changes: list[int]


def written() -> int:
    """Octets that this process has written so far."""
    counts = dict(line.split(": ") for line in IO.read_text().splitlines())
    return int(counts["wchar"])


def day(slots: int, changes: int, timing: Timing, seed: int = 4) -> Written:
    """24 hours in which nothing happens, and then so many SIMs that go out or in, one every ten minutes."""
    world = World.drawn(seed, slots, timing)
    marks: list[int] = []
    lists: list[int] = []

    def mark() -> None:
        marks.append(written())
        lists.append(0)

    def posted(_body: object) -> None:
        if lists:
            lists[-1] += 1

    def move(number: int) -> None:
        mark()
        place = sold[number // 2 % len(sold)]
        if place.sim is None:
            place.insert(world.spare.pop())
        else:
            world.spare.append(place.eject(silent=False))

    try:
        sold = [place for place in world.places if place.sells()]
        lives, ends = Lives(world), BEGUN + DAY
        world.far.posted = posted
        world.agenda.at(BEGUN, mark)
        for number in range(changes):
            world.agenda.at(ends + number * EVERY, lambda number=number: move(number))  # type: ignore[misc]
        world.agenda.at(ends + changes * EVERY - 1.0, mark)
        lives.run(ends + changes * EVERY)
    finally:
        world.close()
    spent = [after - before for before, after in pairwise(marks)]
    return Written(lists[0], spent[0], spent[1:])


def main(arguments: Sequence[str]) -> int:
    """Print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.day", description=__doc__)
    parser.add_argument("--slots", type=int, default=8)
    parser.add_argument("--changes", type=int, default=100)
    chosen = parser.parse_args(arguments)
    print(json.dumps(asdict(day(chosen.slots, chosen.changes, Timing()))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
