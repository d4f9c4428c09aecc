"""One seed from its beginning to its end, or to the first broken promise; and the shortest story that breaks it still."""

import random
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from .faults_rack import RACK_FAULTS, killed_at_pin
from .life import Lives
from .plan import DAY, SLOT, Planned, plan
from .promises import Promises
from .story import Violation
from .world import Timing, World

HOUR = 3600.0


@dataclass(slots=True)
class Outcome:
    """What a run came to: the broken promise or None, virtual seconds, faults by kind, and the real seconds that it took."""

    seed: int
    broken: Violation | None
    seconds: float
    faults: dict[str, int] = field(default_factory=dict)
    lives: int = 0
    requests: int = 0
    took: float = 0.0
    story: str = ""
    injected: tuple[int, ...] = ()


def simulate(
    seed: int,
    days: float = 1.0,
    *,
    slots: int = 0,
    every: float = 240.0,
    timing: Timing | None = None,
    only: Collection[int] | None = None,
    without: Collection[str] = (),
    until: float | None = None,
) -> Outcome:
    """The agent in that world for so many days; `only`: the numbers of the faults that happen, None = all; `without`: not of these kinds.

    `until`: seconds after which it ends although the plan goes on.
    """
    world = World.drawn(seed, slots, timing)
    began = time.process_time()
    broken = None
    try:
        lives = Lives(world)
        promises = Promises(world, lives)
        lives.began = promises.born
        faults = [
            one for one in plan(seed, days, len(world.places), every) if (only is None or one.number in only) and one.kind not in without
        ]
        injected = _schedule(world, lives, promises, faults)
        try:
            lives.run(until or days * DAY)
            broken = promises.broken
        except Violation as error:
            broken = promises.broken or error
            world.tell(str(error))
        took = time.process_time() - began
        return Outcome(
            seed,
            broken,
            world.agenda.now,
            dict(world.story.faults),
            lives.count,
            world.far.requests,
            took,
            world.story.last(60),
            tuple(injected),
        )
    finally:
        world.close()


def _schedule(world: World, lives: Lives, promises: Promises, faults: Sequence[Planned]) -> list[int]:
    injected: list[int] = []

    def begin(fault: Planned) -> None:
        chance = random.Random(f"{world.seed} fault {fault.number}")
        injected.append(fault.number)
        world.story.faults[fault.kind] += 1
        if fault.kind in SLOT:
            place = world.places[fault.slot]
            world.tell(f"fault {fault.number}: {fault.kind} in {place.name}")
            SLOT[fault.kind][0](world, place, chance)
        else:
            world.tell(f"fault {fault.number}: {fault.kind}")
            RACK_FAULTS[fault.kind][0](world, lives, promises, chance)

    for fault in faults:
        world.agenda.at(fault.at, lambda fault=fault: begin(fault))  # type: ignore[misc]

    if random.Random(f"{world.seed} pin").random() < 0.4:
        killed_at_pin(world, lives)  # no fault of the plan: it needs the card's first PIN

    def save() -> None:
        world.wall.save()
        world.agenda.after(HOUR, save)

    world.agenda.after(HOUR, save)
    return injected


def shortened(outcome: Outcome, days: float, tries: int, **how: object) -> tuple[Outcome, int]:
    """The same promise broken with as few faults as `tries` further runs can find, and how many runs were made."""
    assert outcome.broken is not None
    best, made, chunk = outcome, 0, max(1, len(outcome.injected) // 2)
    while made < tries:
        for start in range(0, len(best.injected), chunk):
            left = (*best.injected[:start], *best.injected[start + chunk :])
            made += 1
            shorter = simulate(outcome.seed, days, only=left, until=outcome.seconds + 1.0, **how)  # type: ignore[arg-type]
            if shorter.broken is not None and shorter.broken.promise == outcome.broken.promise:
                best = shorter
                break
            if made >= tries:
                break
        else:
            if chunk == 1:
                break
            chunk = max(1, chunk // 2)
    return best, made
