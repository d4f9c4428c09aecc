"""What goes wrong in a slot: SIMs and contacts, lines, modems and their ttys. Each fault begins now and ends by itself."""

import random
from collections.abc import Callable, Mapping

from agent.errors import PortError
from hw.simulated.sim import SimulatedSim

from .place import Place
from .world import World

Fault = Callable[[World, Place, random.Random], None]


def _later(world: World, seconds: float, call: Callable[[], None]) -> None:
    world.agenda.after(seconds, call)


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
        _later(world, chance.choice((0.05, 1.0, 20.0, 200.0, 1500.0)) * chance.uniform(0.5, 1.5), lambda: _put(world, place, sim))


def swapped(world: World, place: Place, chance: random.Random) -> None:
    """Another SIM takes its place, in a moment."""
    sim = _take(place, chance)
    if sim is None or not world.spare:
        return
    world.spare.append(sim)
    other = world.spare.pop(0)
    _later(world, chance.choice((0.01, 0.1, 0.6, 3.0, 60.0)), lambda: _put(world, place, other))


def moved(world: World, place: Place, chance: random.Random) -> None:
    """A SIM goes from one slot to another, and that one's to this."""
    other = chance.choice(world.places)
    if other is place:
        return
    here, there = _take(place, chance), _take(other, chance)
    for goal, sim in ((other, here), (place, there)):
        if sim is not None:
            _later(world, chance.uniform(0.1, 5.0), lambda goal=goal, sim=sim: _put(world, goal, sim))  # type: ignore[misc]


def bounced(world: World, place: Place, chance: random.Random) -> None:
    """The contact of the line bounces; the card stays."""
    if not place.line or not place.level or place.stuck:
        return
    at = 0.0
    for level in (False, True) * chance.randint(1, 12):
        _later(world, at, lambda level=level: place.set_level(level) if not place.stuck else None)  # type: ignore[misc]
        at += chance.uniform(0.001, 0.08)
    _later(world, at + 0.01, lambda: place.set_level(place.sim is not None) if not place.stuck else None)


def contact_lost(world: World, place: Place, chance: random.Random) -> None:
    """The line says for a while that no card is in, though one is."""
    if not place.line or place.stuck:
        return
    place.set_level(False)
    _later(world, chance.uniform(1.0, 120.0), lambda: place.set_level(place.sim is not None) if not place.stuck else None)


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

    _later(world, chance.uniform(1.0, 400.0), back)


def edge_lost(world: World, place: Place, chance: random.Random) -> None:
    """A SIM is pulled, and the edge of its line does not reach the agent."""
    if not place.line or place.stuck:
        return
    place.deaf_edges = True
    pulled(world, place, chance)

    def over() -> None:
        place.deaf_edges = False
        place.stir()

    _later(world, chance.uniform(1.0, 30.0), over)


def entry_lost(world: World, place: Place, chance: random.Random) -> None:
    """A SIM is pulled, and the edge of the next one's coming in does not reach the agent."""
    if not place.line or place.stuck or place.deaf_edges or place.sim is None:
        return
    sim = place.eject(silent=chance.random() < 0.4)

    def back() -> None:
        place.deaf_edges = True
        _put(world, place, sim)
        place.deaf_edges = False

    _later(world, chance.uniform(3.0, 60.0), back)


def _while(world: World, place: Place, kind: str, seconds: float, end: Callable[[], None]) -> None:
    """A trouble that lasts; one of a kind at a time."""
    place.trouble(kind)

    def over() -> None:
        end()
        place.over(kind)

    _later(world, seconds, over)


def hung(world: World, place: Place, chance: random.Random) -> None:
    """The modem does not answer, and afterwards may answer all that it was asked meanwhile."""
    if "hang" in place.troubles:
        return
    place.modem.hang(late=chance.random() < 0.5)

    def resume() -> None:
        place.modem.resume(world.agenda.now)
        place.speak()

    _while(world, place, "hang", chance.choice((2.0, 8.0, 25.0, 100.0, 900.0)) * chance.uniform(0.7, 1.3), resume)


def restarted(_world: World, place: Place, _chance: random.Random) -> None:
    """The modem restarts by itself."""
    if "hang" not in place.troubles:
        place.restart()


def renumbered(world: World, place: Place, chance: random.Random) -> None:
    """The modem leaves the bus and comes back as another tty."""
    if place.tty is not None:
        place.unplug()
        _later(world, chance.uniform(0.3, 20.0), lambda: place.plug(world.tty()))


def unplugged(world: World, place: Place, chance: random.Random) -> None:
    """The modem is out for a while."""
    if place.tty is not None:
        place.unplug()
        _later(world, chance.uniform(20.0, 900.0), lambda: place.plug(world.tty()))


def hub_gone(world: World, place: Place, chance: random.Random) -> None:
    """The hub of several modems resets."""
    at = world.places.index(place)
    back = chance.uniform(0.5, 60.0)
    for one in world.places[at : at + chance.randint(2, 8)]:
        if one.tty is not None:
            one.unplug()
            _later(world, back + chance.uniform(0.0, 3.0), lambda one=one: one.plug(world.tty()))  # type: ignore[misc]


def noisy(world: World, place: Place, chance: random.Random) -> None:
    """Random octets between the answers, and answers cut anywhere."""
    quirks = place.modem.quirks
    if "noise" in place.troubles:
        return
    before, quirks.noise, quirks.chunks = quirks.chunks, True, True
    _while(world, place, "noise", chance.uniform(5.0, 200.0), lambda: _set(place, noise=False, chunks=before))


def _set(place: Place, **values: object) -> None:
    for name, value in values.items():
        setattr(place.modem.quirks, name, value)


def slow(world: World, place: Place, chance: random.Random) -> None:
    """Every answer takes its time; some take too long."""
    if "slow" in place.troubles:
        return
    seconds = chance.choice((0.5, 2.0, 4.5, 6.0, 12.0))
    command = chance.choice(("", "AT+CRSM", "AT+CREG", "AT+CPIN", "AT+CIMI"))
    _set(place, slow={command: seconds})
    place.trouble("slow")

    def over() -> None:
        _set(place, slow={})
        if place.modem.busy_until > world.agenda.now:
            world.agenda.at(place.modem.busy_until, over)  # all that it was asked meanwhile waits in its queue
        else:
            place.over("slow")

    _later(world, chance.uniform(10.0, 300.0), over)


def broken(world: World, place: Place, chance: random.Random) -> None:
    """ERROR to everything."""
    if "errors" not in place.troubles:
        _set(place, errors=True)
        _while(world, place, "errors", chance.uniform(5.0, 200.0), lambda: _set(place, errors=False))


def storm(world: World, place: Place, chance: random.Random) -> None:
    """Unsolicited lines without end, for some seconds, after a restart."""
    if "storm" in place.troubles or "hang" in place.troubles:
        return
    _set(place, storm=("+CREG: 1", "RING"))
    place.restart()

    def calm() -> None:
        _set(place, storm=())
        place.restart()

    _while(world, place, "storm", chance.uniform(0.5, 3.0), calm)


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

    _while(world, place, "service", chance.uniform(5.0, 400.0), back)


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
        _later(world, at, lambda: turn(2))
        at += chance.uniform(10.0, 60.0)
        _later(world, at, lambda: turn(before))
    _while(world, place, "service", at + 1.0, lambda: None)


def taken(world: World, place: Place, chance: random.Random) -> None:
    """Another process holds the tty, after the modem has come back as another one."""
    if place.tty is None or "taken" in place.troubles:
        return
    place.unplug()
    place.plug(world.tty())
    place.refusing = PortError(f"{place.tty}: taken by another process", "stop it")

    def free() -> None:
        place.refusing = None

    _while(world, place, "taken", chance.uniform(5.0, 300.0), free)


def opens_slowly(world: World, place: Place, chance: random.Random) -> None:
    """The tty takes seconds to open."""
    if "opening" in place.troubles:
        return
    place.opens_in = chance.uniform(0.5, 4.9)

    def quick() -> None:
        place.opens_in = 0.0

    _while(world, place, "opening", chance.uniform(60.0, 600.0), quick)
    if place.tty is not None:
        place.unplug()
        _later(world, 0.5, lambda: place.plug(world.tty()))


SLOT_FAULTS: Mapping[Fault, int] = {
    pulled: 10,
    swapped: 8,
    moved: 3,
    bounced: 4,
    contact_lost: 3,
    line_stuck: 2,
    edge_lost: 3,
    entry_lost: 2,
    hung: 6,
    restarted: 4,
    renumbered: 4,
    unplugged: 2,
    hub_gone: 2,
    noisy: 3,
    slow: 3,
    broken: 2,
    storm: 1,
    out_of_service: 4,
    flapping: 1,
    taken: 1,
    opens_slowly: 1,
}
