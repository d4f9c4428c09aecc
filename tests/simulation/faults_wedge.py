"""A modem or a card that hangs until one certain rung of the recovery ladder is taken."""

import random
from collections.abc import Mapping

from .faults import Fault
from .place import Place
from .world import World


def wedged(world: World, place: Place, chance: random.Random) -> None:
    """Until that is done about it, or for a long time."""
    if place.troubles & {"hang", "busy"}:
        return
    until = chance.choice(("reopen", "restart", "power", "cfun", "nothing", *sorted(cut.name for cut in place.cuts)))
    number = place.busied(until) if until in ("power", "cfun", "reopen") else place.wedged(until)
    world.agenda.after(chance.choice((900.0, 3000.0)) * chance.uniform(0.7, 1.3), lambda: place.free(number))


WEDGES: Mapping[Fault, int] = {wedged: 2}
