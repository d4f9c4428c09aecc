"""What a fault of one slot is: it begins now, and ends by itself after a while."""

import random
from collections.abc import Callable

from .place import Place
from .world import World

Fault = Callable[[World, Place, random.Random], None]


def later(world: World, seconds: float, call: Callable[[], None]) -> None:
    """So many seconds from now on."""
    world.agenda.after(seconds, call)


def lasting(world: World, place: Place, kind: str, seconds: float, end: Callable[[], None]) -> None:
    """A trouble that lasts; one of a kind at a time."""
    place.trouble(kind)

    def over() -> None:
        end()
        place.over(kind)

    later(world, seconds, over)
