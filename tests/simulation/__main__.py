"""`python -m tests.simulation --seed N --days D`: one seed, or many side by side; what is broken is told in its shortest story."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import count, islice

from .plan import DAY
from .run import Outcome, shortened, simulate
from .world import Timing

# Sets of texts go in another order in every process, and the story with them.
HASH_SEED = "0"


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="one seed, told whole")
    parser.add_argument("--seeds", default="0-19", metavar="A-B", help="several seeds")
    parser.add_argument("--minutes", type=float, help="go on with further seeds for so long")
    parser.add_argument("--days", type=float, default=1.0, help="of each")
    parser.add_argument("--slots", type=int, default=0, help="of every rack; 0: two to eight, as the seed has it")
    parser.add_argument("--every", type=float, default=240.0, metavar="SECONDS", help="between two faults on average")
    parser.add_argument("--usual", action="store_true", help="the timing that the configuration has by default, in every seed")
    parser.add_argument("--only", metavar="N,N,...", help="of the plan's faults only these")
    parser.add_argument("--without", default="", metavar="KIND,...", help="faults of these kinds do not happen")
    parser.add_argument("--tries", type=int, default=40, help="runs to find a shorter story")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """0 when every promise was kept."""
    chosen = options(arguments)
    how = {"slots": chosen.slots, "every": chosen.every, "timing": Timing() if chosen.usual else None, "without": chosen.without.split(",")}
    if chosen.seed is not None:
        only = None if chosen.only is None else frozenset(int(one) for one in chosen.only.split(",") if one)
        return _tell_one(simulate(chosen.seed, chosen.days, only=only, **how), chosen, how)
    total, broken, began = Counter[str](), list[Outcome](), time.perf_counter()
    seconds = took = 0.0
    lives = done = 0
    for outcome in _many(chosen, how):
        done += 1
        seconds, took, lives = seconds + outcome.seconds, took + outcome.took, lives + outcome.lives
        total.update(outcome.faults)
        if sys.stderr.isatty() or done % 25 == 0:
            print(f"{done} seeds, {len(broken)} broken, {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        if outcome.broken is not None:
            broken.append(outcome)
            print(f"seed {outcome.seed}: {outcome.broken}", flush=True)
    elapsed, kinds = time.perf_counter() - began, ", ".join(f"{kind} {times}" for kind, times in total.most_common())
    print(f"{done} seeds, {seconds / DAY:.1f} days in {elapsed:.0f} s; {seconds / max(took, 1e-9):.0f} x real time on a core")
    print(f"{lives} lives of the agent; {sum(total.values())} faults: {kinds}")
    for outcome in broken[:1]:
        _tell_one(outcome, chosen, how)
    print(f"{len(broken)} of {done} seeds broke a promise")
    return 1 if broken else 0


def _many(chosen: argparse.Namespace, how: dict[str, object]) -> Iterator[Outcome]:
    first, _, last = chosen.seeds.partition("-")
    seeds = iter(range(int(first), int(last or first) + 1)) if chosen.minutes is None else count(int(first))
    end = time.perf_counter() + 60 * chosen.minutes if chosen.minutes is not None else float("inf")
    with ProcessPoolExecutor(chosen.jobs) as pool:
        running = {pool.submit(simulate, seed, chosen.days, **how) for seed in islice(seeds, chosen.jobs)}  # type: ignore[arg-type]
        while running:
            finished = next(as_completed(running))
            running.remove(finished)
            if time.perf_counter() < end and (seed := next(seeds, None)) is not None:
                running.add(pool.submit(simulate, seed, chosen.days, **how))  # type: ignore[arg-type]
            yield finished.result()


def _tell_one(outcome: Outcome, chosen: argparse.Namespace, how: dict[str, object]) -> int:
    if outcome.broken is None:
        print(outcome.story)
        speed = outcome.seconds / outcome.took
        print(f"seed {outcome.seed}: every promise kept for {outcome.seconds / DAY:.2f} days, {speed:.0f} x real time")
        return 0
    short, made = shortened(outcome, chosen.days, chosen.tries, **how)
    print(f"seed {outcome.seed}, the shortest story of {made} further runs ({len(short.injected)} faults):\n{short.story}")
    faults = ",".join(map(str, short.injected))
    usual = (f" --slots {chosen.slots}" if chosen.slots else "") + (" --usual" if chosen.usual else "")
    print(f"again: python -m tests.simulation --seed {outcome.seed} --days {chosen.days:g} --every {chosen.every:g}{usual} --only {faults}")
    return 1


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != HASH_SEED:
        os.environ["PYTHONHASHSEED"] = HASH_SEED
        os.execv(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]])
    sys.exit(main(sys.argv[1:]))
