"""What goes wrong with modems and their ttys: they hang, restart, leave the bus, talk rubbish, and are held by somebody else."""

import random

from agent.errors import PortError

from .faults import lasting, later
from .place import Place
from .world import World


def hung(world: World, place: Place, chance: random.Random) -> None:
    """The modem does not answer, and afterwards may answer all that it was asked meanwhile."""
    if "hang" in place.troubles:
        return
    place.modem.hang(late=chance.random() < 0.5)

    def resume() -> None:
        place.modem.resume(world.agenda.now)
        place.speak()

    lasting(world, place, "hang", chance.choice((2.0, 8.0, 25.0, 100.0, 900.0)) * chance.uniform(0.7, 1.3), resume)


def restarted(_world: World, place: Place, _chance: random.Random) -> None:
    """The modem restarts by itself."""
    if "hang" not in place.troubles:
        place.restart()


def renumbered(world: World, place: Place, chance: random.Random) -> None:
    """The modem leaves the bus and comes back as another tty."""
    if place.tty is not None:
        place.unplug()
        later(world, chance.uniform(0.3, 20.0), lambda: place.plug(world.tty()))


def unplugged(world: World, place: Place, chance: random.Random) -> None:
    """The modem is out for a while."""
    if place.tty is not None:
        place.unplug()
        later(world, chance.uniform(20.0, 900.0), lambda: place.plug(world.tty()))


def hub_gone(world: World, place: Place, chance: random.Random) -> None:
    """The hub of several modems resets."""
    at = world.places.index(place)
    back = chance.uniform(0.5, 60.0)
    for one in world.places[at : at + chance.randint(2, 8)]:
        if one.tty is not None:
            one.unplug()
            later(world, back + chance.uniform(0.0, 3.0), lambda one=one: one.plug(world.tty()))  # type: ignore[misc]


def noisy(world: World, place: Place, chance: random.Random) -> None:
    """Random octets between the answers, and answers cut anywhere."""
    quirks = place.modem.quirks
    if "noise" in place.troubles:
        return
    before, quirks.noise, quirks.chunks = quirks.chunks, True, True
    lasting(world, place, "noise", chance.uniform(5.0, 200.0), lambda: _set(place, noise=False, chunks=before))


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

    later(world, chance.uniform(10.0, 300.0), over)


def broken(world: World, place: Place, chance: random.Random) -> None:
    """ERROR to everything."""
    if "errors" not in place.troubles:
        _set(place, errors=True)
        lasting(world, place, "errors", chance.uniform(5.0, 200.0), lambda: _set(place, errors=False))


def storm(world: World, place: Place, chance: random.Random) -> None:
    """Unsolicited lines without end, for some seconds, after a restart."""
    if "storm" in place.troubles or "hang" in place.troubles:
        return
    _set(place, storm=("+CREG: 1", "RING"))
    place.restart()

    def calm() -> None:
        _set(place, storm=())
        place.restart()

    lasting(world, place, "storm", chance.uniform(0.5, 3.0), calm)


def taken(world: World, place: Place, chance: random.Random) -> None:
    """Another process holds the tty, after the modem has come back as another one."""
    if place.tty is None or "taken" in place.troubles:
        return
    place.unplug()
    place.plug(world.tty())
    place.refusing = PortError(f"{place.tty}: taken by another process", "stop it")

    def free() -> None:
        place.refusing = None

    lasting(world, place, "taken", chance.uniform(5.0, 300.0), free)


def opens_slowly(world: World, place: Place, chance: random.Random) -> None:
    """The tty takes seconds to open."""
    if "opening" in place.troubles:
        return
    place.opens_in = chance.uniform(0.5, 4.9)

    def quick() -> None:
        place.opens_in = 0.0

    lasting(world, place, "opening", chance.uniform(60.0, 600.0), quick)
    if place.tty is not None:
        place.unplug()
        later(world, 0.5, lambda: place.plug(world.tty()))
