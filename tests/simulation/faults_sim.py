"""What goes wrong with SIMs: they are pulled, swapped and moved, their contacts and lines lie, the network does not serve them."""

import random

from hw.simulated.sim import SimulatedSim

from .faults import lasting, later
from .place import Place
from .world import World


def _put(world: World, place: Place, sim: SimulatedSim) -> None:
    """In, or beside the rack when somebody has been faster."""
    if place.sim is None:
        place.insert(sim)
    else:
        world.spare.append(sim)


def _take(place: Place, chance: random.Random) -> SimulatedSim | None:
    return place.eject(silent=chance.random() < 0.4) if place.sim is not None else None


def pulled(world: World, place: Place, chance: random.Random) -> None:
    """A SIM comes out, and the same one goes in again."""
    sim = _take(place, chance)
    if sim is not None:
        later(world, chance.choice((0.05, 1.0, 20.0, 200.0, 1500.0)) * chance.uniform(0.5, 1.5), lambda: _put(world, place, sim))


def swapped(world: World, place: Place, chance: random.Random) -> None:
    """Another SIM takes its place, in a moment."""
    sim = _take(place, chance)
    if sim is None or not world.spare:
        return
    world.spare.append(sim)
    other = world.spare.pop(0)
    later(world, chance.choice((0.01, 0.1, 0.6, 3.0, 60.0)), lambda: _put(world, place, other))


def moved(world: World, place: Place, chance: random.Random) -> None:
    """A SIM goes from one slot to another, and that one's to this."""
    other = chance.choice(world.places)
    if other is place:
        return
    here, there = _take(place, chance), _take(other, chance)
    for goal, sim in ((other, here), (place, there)):
        if sim is not None:
            later(world, chance.uniform(0.1, 5.0), lambda goal=goal, sim=sim: _put(world, goal, sim))  # type: ignore[misc]


def bounced(world: World, place: Place, chance: random.Random) -> None:
    """The contact of the line bounces; the card stays."""
    if not place.line or not place.level or place.stuck:
        return
    at = 0.0
    for level in (False, True) * chance.randint(1, 12):
        later(world, at, lambda level=level: place.set_level(level) if not place.stuck else None)  # type: ignore[misc]
        at += chance.uniform(0.001, 0.08)
    later(world, at + 0.01, lambda: place.set_level(place.sim is not None) if not place.stuck else None)


def contact_lost(world: World, place: Place, chance: random.Random) -> None:
    """The line says for a while that no card is in, though one is."""
    if not place.line or place.stuck:
        return
    place.set_level(False)
    later(world, chance.uniform(1.0, 120.0), lambda: place.set_level(place.sim is not None) if not place.stuck else None)


def line_stuck(world: World, place: Place, chance: random.Random) -> None:
    """The line says "in" whatever happens; now the card is pulled."""
    if not place.line or place.sim is None or place.stuck or not place.level:
        return
    place.stuck = True
    sim = place.eject(silent=True)

    def back() -> None:
        _put(world, place, sim)
        place.stuck = False
        place.set_level(place.sim is not None)

    later(world, chance.uniform(1.0, 400.0), back)


def edge_lost(world: World, place: Place, chance: random.Random) -> None:
    """A SIM is pulled, and the edge of its line does not reach the agent."""
    if not place.line or place.stuck:
        return
    place.deaf_edges = True
    pulled(world, place, chance)

    def over() -> None:
        place.deaf_edges = False
        place.stir()

    later(world, chance.uniform(1.0, 30.0), over)


def entry_lost(world: World, place: Place, chance: random.Random) -> None:
    """A SIM is pulled, and the edge of the next one's coming in does not reach the agent."""
    if not place.line or place.stuck or place.deaf_edges or place.sim is None:
        return
    sim = place.eject(silent=chance.random() < 0.4)

    def back() -> None:
        place.deaf_edges = True
        _put(world, place, sim)
        place.deaf_edges = False

    later(world, chance.uniform(3.0, 60.0), back)


def _stir(world: World, sim: SimulatedSim) -> None:
    """Wherever it is by now."""
    for one in world.places:
        if one.sim is sim:
            one.stir()


def out_of_service(world: World, place: Place, chance: random.Random) -> None:
    """The network does not serve the SIM for a while."""
    sim = place.sim
    if sim is None or "service" in place.troubles:
        return
    before, sim.registration = sim.registration, chance.choice((0, 2, 3, 4, 8))

    def back() -> None:
        sim.registration = before
        _stir(world, sim)

    lasting(world, place, "service", chance.uniform(5.0, 400.0), back)


def flapping(world: World, place: Place, chance: random.Random) -> None:
    """Service comes and goes."""
    sim = place.sim
    if sim is None or "service" in place.troubles:
        return
    at, before = 0.0, sim.registration

    def turn(stat: int) -> None:
        sim.registration = stat
        _stir(world, sim)

    for _ in range(chance.randint(3, 8)):
        at += chance.uniform(10.0, 60.0)
        later(world, at, lambda: turn(2))
        at += chance.uniform(10.0, 60.0)
        later(world, at, lambda: turn(before))
    lasting(world, place, "service", at + 1.0, lambda: None)
