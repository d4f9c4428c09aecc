"""Which fault happens when: drawn before anything runs, so that any of them can be left out and the others stay as they are."""

import random
from dataclasses import dataclass

from .faults_rack import RACK_FAULTS
from .faults_slot import SLOT_FAULTS
from .faults_wedge import WEDGES

DAY = 86400.0
TAIL = 1800.0  # seconds at the end of all in which nothing begins any more
SHARE = 0.75  # of the faults happen in a slot

SLOT = {fault.__name__: (fault, weight) for fault, weight in {**SLOT_FAULTS, **WEDGES}.items()}


@dataclass(frozen=True, slots=True)
class Planned:
    """Fault `number` of its plan: at that second, of that kind, in that slot (counted from 0; a fault of the rack has one for nothing)."""

    number: int
    at: float
    kind: str
    slot: int


def plan(seed: int, days: float, slots: int, every: float) -> list[Planned]:
    """A fault every `every` seconds on average, in bursts and pauses."""
    chance = random.Random(f"{seed} plan")
    kinds = list(SLOT), list(RACK_FAULTS)
    weights = [SLOT[kind][1] for kind in kinds[0]], [RACK_FAULTS[kind][1] for kind in kinds[1]]
    found: list[Planned] = []
    at = chance.uniform(0.0, 2 * every)
    while at < days * DAY - TAIL:
        rack = chance.random() >= SHARE
        kind = chance.choices(kinds[rack], weights[rack])[0]
        found.append(Planned(len(found), at, kind, chance.randrange(slots)))
        # Four in ten follow hard on another: it is the second fault in the middle of the first that finds something.
        at += chance.expovariate(1 / 3.0) if chance.random() < 0.4 else chance.expovariate(0.6 / every)
    return found
