"""What goes wrong around the slots: the way to the endpoint and the endpoint itself, the process, the machine's power, clock and disk."""

import json
import random
from collections.abc import Callable, Mapping, Sequence

from .far import Answer, Weather
from .life import Lives
from .place import Place
from .promises import REOPENED, Promises
from .world import World

Fault = Callable[[World, Lives, Promises, random.Random], None]
Sky = Callable[[random.Random], Weather]

SHORT = (3.0, 20.0, 90.0, 400.0, 1500.0)


def _weather(sky: Sky, spans: Sequence[float] = SHORT) -> Fault:
    """That weather for a while; one at a time."""

    def begin(world: World, _lives: Lives, _promises: Promises, chance: random.Random) -> None:
        if world.far.rough:
            return
        world.far.storm(sky)
        world.agenda.after(chance.choice(spans) * chance.uniform(0.5, 1.5), world.far.calm)

    return begin


def _says(status: int, body: object, **headers: str) -> Sky:
    """The endpoint answers so, and does nothing."""
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer: Answer = (status, octets, {name.replace("_", "-"): value for name, value in headers.items()})
    return lambda chance: Weather(latency=chance.uniform(0.01, 0.5), answer=lambda _: answer)


def _one_of(*skies: Sky) -> Sky:
    return lambda chance: chance.choice(skies)(chance)


refused = _weather(lambda _: Weather(latency=0.01, error="ClientConnectorError: Connect call failed"))
no_name = _weather(lambda chance: Weather(latency=chance.uniform(0.1, 10.0), error="ClientConnectorDNSError: no such name"))
sluggish = _weather(lambda chance: Weather(latency=chance.uniform(3.0, 29.0)))
silent = _weather(lambda _: Weather(latency=40.0, lost="before"))
cut_off = _weather(lambda chance: Weather(latency=chance.uniform(0.05, 5.0), lost=chance.choice(("before", "after"))))
answer_lost = _weather(lambda chance: Weather(latency=chance.uniform(0.05, 35.0), lost="after"))
too_late = _weather(lambda chance: Weather(latency=40.0, late=chance.uniform(0.1, 20.0)), (20.0, 90.0))
overloaded = _weather(
    _one_of(_says(503, {}), _says(500, b"<html>"), _says(429, {}, Retry_After="7"), _says(503, {}, Retry_After="90"), _says(408, {}))
)
lying = _weather(
    _one_of(
        _says(200, {"response": 0}),
        _says(200, {"response": "OK"}),
        _says(200, b'{"response": 1'),
        _says(200, b""),
        _says(200, b"[1]"),
        _says(200, {"response": True}),
        _says(204, b""),
        _says(302, b"", Location="http://elsewhere.example/"),
        _says(418, {"response": "TEAPOT"}),
    ),
    (3.0, 60.0, 300.0),
)
key_refused = _weather(_one_of(_says(401, {"response": "ERROR_WRONG_KEY"}), _says(403, {"response": "ACCOUNT_BLOCKED"})), (60.0, 900.0))
date_refused = _weather(
    lambda chance: Weather(
        latency=chance.uniform(0.01, 0.5), answer=lambda body: _bad_date if any("date_start" in one for one in body["numbers"]) else None
    )
)
_bad_date: Answer = (400, b'{"response": "ERROR_DATE"}', {})


def _calls_malformed(chance: random.Random) -> Weather:
    told: Answer = (400, b'{"response": "NUMBER_FORMAT_ERROR"}', {})
    return Weather(latency=chance.uniform(0.01, 0.5), answer=lambda _: told if chance.random() < 0.5 else None)


calls_malformed = _weather(_calls_malformed, (5.0, 60.0))


def poison(world: World, _lives: Lives, _promises: Promises, chance: random.Random) -> None:
    """The endpoint takes offence at one number, for an hour or three."""
    place = chance.choice(world.places)
    if place.sim is None or place.sim.number is None:
        return
    number = place.sim.number
    world.far.endpoint.poison.add(number)

    def well() -> None:
        world.far.endpoint.poison.discard(number)
        world.far.refused[number] = world.agenda.now

    world.agenda.after(chance.uniform(600.0, 10_000.0), well)


def no_dates(world: World, _lives: Lives, _promises: Promises, chance: random.Random) -> None:
    """The endpoint's answers have no Date for a while."""
    world.far.dates = False
    world.agenda.after(chance.uniform(60.0, 4000.0), lambda: setattr(world.far, "dates", True))


# The process and its machine -----------------------------------------------------------------------------------------


def killed(world: World, lives: Lives, _promises: Promises, chance: random.Random) -> None:
    """kill -9, at once or around one of the next calls of the disk."""
    lives.down_for = chance.choice((0.1, 5.0, 60.0))
    _end_around_a_call(world, lives, chance, "kill")


def killed_at_pin(world: World, lives: Lives) -> None:
    """kill -9 as soon as the first PIN has gone out to each modem: what was not written before it is not known."""
    for place in world.places:
        _kill_at_pin(world, lives, place)


def _kill_at_pin(world: World, lives: Lives, place: Place) -> None:
    usual = place.modem.on_command

    def hear(text: str) -> None:
        usual(text)
        if text.startswith("AT+CPIN="):
            place.modem.on_command = usual
            world.tell(f"killed_at_pin in {place.name}")
            world.story.faults["killed_at_pin"] += 1
            world.agenda.after(0.001, lambda: lives.end("kill"))

    place.modem.on_command = hear


def power_cut(world: World, lives: Lives, _promises: Promises, chance: random.Random) -> None:
    """The Pi is off, perhaps in the middle of a write, perhaps with its modems; it comes back without a clock."""
    lives.down_for = chance.choice((20.0, 60.0, 600.0, 5000.0))
    saved, modems, torn = chance.random() < 0.7, chance.random() < 0.5, chance.random() < 0.5

    def boot() -> None:
        if torn:
            world.disk.tear()
        world.wall.boot(saved=saved)
        if modems:
            for place in world.places:
                if place.tty is not None and "hang" not in place.troubles:
                    place.restart()

    lives.between.append(boot)
    _end_around_a_call(world, lives, chance, "power")


def restarted(_world: World, lives: Lives, _promises: Promises, chance: random.Random) -> None:
    """SIGTERM, and a start."""
    lives.down_for = chance.choice((0.5, 5.0, 30.0))
    lives.end("restart")


def _end_around_a_call(world: World, lives: Lives, chance: random.Random, how: str) -> None:
    if chance.random() < 0.4:
        lives.end(how)
        return
    disk, moment = world.disk, chance.choice(("before", "after"))
    left = chance.randint(1, 6)

    def around(when: str) -> None:
        nonlocal left
        left -= when == moment
        if left <= 0:
            disk.around_call = lambda _: None
            lives.end(how)

    disk.around_call = around


def clock_jumps(world: World, _lives: Lives, _promises: Promises, chance: random.Random) -> None:
    """Somebody sets the clock wrong."""
    world.wall.jump(chance.choice((-1.0, 1.0)) * chance.choice((0.5, 5.0, 400.0, 90_000.0, 40_000_000.0)))


def no_ntp(world: World, _lives: Lives, _promises: Promises, chance: random.Random) -> None:
    """No time service for a while."""
    world.wall.ntp = False
    world.agenda.after(chance.uniform(600.0, 20_000.0), lambda: setattr(world.wall, "ntp", True))


def disk_full(world: World, _lives: Lives, _promises: Promises, chance: random.Random) -> None:
    """Nothing can be written for a while."""
    disk, seconds = world.disk, chance.choice((5.0, 60.0, 900.0))
    if disk.full:
        return
    disk.full, disk.full_since, disk.full_until = True, world.agenda.now, world.agenda.now + seconds
    if disk.spoilt_at > world.agenda.now - REOPENED:
        disk.locked_until = disk.full_until
    world.agenda.after(seconds, lambda: setattr(disk, "full", False))


def disk_slow(world: World, _lives: Lives, _promises: Promises, chance: random.Random) -> None:
    """Every write takes its time."""
    world.disk.slow = chance.uniform(0.1, 1.0)
    world.agenda.after(chance.uniform(5.0, 300.0), lambda: setattr(world.disk, "slow", 0.0))


def locked(world: World, lives: Lives, promises: Promises, chance: random.Random) -> None:
    """The next start finds the database in use."""
    seconds = chance.choice((1.0, 40.0, 400.0))

    def begin() -> None:
        world.disk.lock()
        world.disk.locked_until = world.agenda.now + lives.down_for + seconds
        world.agenda.at(world.disk.locked_until, world.disk.unlock)

    lives.between.append(begin)
    killed(world, lives, promises, chance)


def spoilt(world: World, lives: Lives, promises: Promises, chance: random.Random) -> None:
    """The next start finds a database with rotten octets."""

    def rot() -> None:
        disk = world.disk
        if disk.spoil():
            promises.forget_dates()
            disk.spoilt_at = world.agenda.now
            if disk.full:
                disk.locked_until = disk.full_until  # no room for another one

    lives.between.append(rot)
    killed(world, lives, promises, chance)


RACK_FAULTS: Mapping[str, tuple[Fault, int]] = {
    "refused": (refused, 4),
    "no_name": (no_name, 2),
    "sluggish": (sluggish, 3),
    "silent": (silent, 3),
    "cut_off": (cut_off, 3),
    "answer_lost": (answer_lost, 3),
    "too_late": (too_late, 1),
    "overloaded": (overloaded, 4),
    "lying": (lying, 3),
    "key_refused": (key_refused, 1),
    "date_refused": (date_refused, 1),
    "calls_malformed": (calls_malformed, 1),
    "poison": (poison, 2),
    "no_dates": (no_dates, 1),
    "killed": (killed, 6),
    "power_cut": (power_cut, 4),
    "agent_restarted": (restarted, 2),
    "clock_jumps": (clock_jumps, 4),
    "no_ntp": (no_ntp, 2),
    "disk_full": (disk_full, 2),
    "disk_slow": (disk_slow, 1),
    "locked": (locked, 1),
    "spoilt": (spoilt, 1),
}
