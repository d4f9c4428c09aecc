"""Everything outside the agent, drawn from one seed: places, SIMs, the endpoint, the clock, the disk."""

import hashlib
import random
import sqlite3
from dataclasses import dataclass, field

from agent.ports import Cut
from hw.simulated.family import families
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import SimulatedSim, fresh
from hw.simulated.state import Quirks

from .disk import Disk
from .far import Far
from .loop import Agenda
from .place import Place
from .story import Story
from .wall import Wall

RACK = "rack1"
PIN = "2580"
WRONG = "9999"
_SCRYPT = hashlib.scrypt
# Seconds (poll, lease) and how often they are drawn: a day of a rack that is asked every eight seconds costs six times as much as most.
TIMINGS = {(8.0, 30.0): 1, (20.0, 50.0): 2, (60.0, 150.0): 6, (60.0, 130.0): 6, (90.0, 200.0): 6, (90.0, 240.0): 5, (120.0, 300.0): 6}


@dataclass(frozen=True, slots=True)
class Timing:
    """Of the configuration, in seconds."""

    settle: float = 0.5
    startup: float = 60.0
    poll: float = 8.0
    lease: float = 30.0


@dataclass(slots=True)
class World:
    """`spare`: SIMs that lie beside the rack; `pins`: what the configuration says of them, by ICCID; `owned`: numbers it gives."""

    seed: int
    chance: random.Random
    agenda: Agenda
    story: Story
    wall: Wall
    far: Far
    disk: Disk
    timing: Timing
    places: list[Place]
    spare: list[SimulatedSim]
    pins: dict[str, str] = field(default_factory=dict)
    owned: dict[str, str] = field(default_factory=dict)
    ttys: int = 100

    @classmethod
    def drawn(cls, seed: int, slots: int, timing: Timing | None = None) -> "World":
        """The world of that seed; `slots` 0: two to eight of them."""
        chance = random.Random(f"{seed} world")
        agenda, (poll_lease,) = Agenda(), chance.choices(tuple(TIMINGS), tuple(TIMINGS.values()))
        drawn = Timing(chance.choice((0.2, 0.5, 1.5)), chance.choice((45.0, 60.0, 90.0)), *poll_lease)
        wall = Wall(agenda, random.Random(f"{seed} wall"))
        far = Far(agenda, wall, random.Random(f"{seed} far"))
        disk = Disk(random.Random(f"{seed} disk"), lambda: agenda.now)
        world = cls(seed, chance, agenda, Story(), wall, far, disk, timing or drawn, [], [])
        world._deal(slots or chance.randint(2, 8))
        sqlite3.connect = disk.connect  # type: ignore[assignment]
        hashlib.scrypt = _cheap  # type: ignore[assignment]
        return world

    def _deal(self, slots: int) -> None:
        chance = self.chance
        powers = random.Random(f"{self.seed} powers")
        names = sorted(families())
        # Every other rack is from among the first SIMs, whose MNCs have three digits as often as two.
        first = chance.randrange(0, chance.choice((580, 90_000)))
        for slot in range(1, slots + 1):
            sim = self._sim(first + slot)
            family = chance.choice(names)
            quirks = Quirks(cached_cpin=chance.random() < 0.15, silent=chance.random() < 0.2, chunks=chance.random() < 0.1)
            modem = SimulatedModem(
                family,
                sim,
                delay=chance.uniform(0.005, 0.05),
                boot_for=chance.choice((0.0, 0.5, 3.0, 8.0)),
                serial=slot,
                seed=chance.randrange(1 << 30),
                quirks=quirks,
            )
            hints = random.Random(f"{self.seed} hints {slot}")
            place = Place(self.agenda, f"{RACK}-{slot:02}", modem, hints, line=chance.random() < 0.6)
            # Of a chance of its own: the worlds that there were before stay as they are.
            place.cuts |= powers.choice((frozenset(), {Cut.PORT}, {Cut.LINE}, {Cut.PORT, Cut.LINE}))
            self.places.append(place)
        self.spare += [self._sim(first + slots + extra) for extra in range(1, slots // 2 + 3)]

    def _sim(self, index: int) -> SimulatedSim:
        """A SIM: most tell their number, some want a PIN, some have a number of their owner's only, some have none."""
        sim, drawn = fresh(index), self.chance.random()
        sim.busy_for = self.chance.choice((0.0, 0.0, 0.5, 3.0))
        if drawn < 0.10:
            sim.pin = PIN
            self.pins[sim.iccid] = PIN
        elif drawn < 0.16:
            sim.pin, sim.number = PIN, None  # sold never: the configuration has the wrong PIN
            self.pins[sim.iccid] = WRONG
        elif drawn < 0.24 and sim.number is not None:
            self.owned[sim.iccid] = sim.number
            sim.written = None
        elif drawn < 0.28:
            sim.number = sim.written = None
        return sim

    def tty(self) -> str:
        """A name that no modem has had yet."""
        self.ttys += 1
        return f"/dev/ttyUSB{self.ttys}"

    def tell(self, what: str) -> None:
        """A line of the story."""
        self.story.tell(self.agenda.now, what)

    def toml(self) -> str:
        """The configuration."""
        timing = self.timing
        parts = [
            f'[gateway]\nid = "{RACK}"\n[endpoint]\nurl = "http://127.0.0.1:9"\n[store]\npath = "simgate.db"\n[control]\nsocket = "s"',
            f"[timing]\nsettle = {timing.settle}\nstartup = {timing.startup}\npoll = {timing.poll}\nlease = {timing.lease}",
        ]
        for place in self.places:
            line = f'presence = "GPIO{int(place.name[-2:])}"\n' if place.line else ""
            parts.append(f'[[slot]]\nname = "{place.name}"\nusb = "{place.usb}"\n{line}')
        for iccid in {**self.pins, **self.owned}:
            number = f'number = "{self.owned[iccid]}"\n' if iccid in self.owned else ""
            pin = f'pin = "{self.pins[iccid]}"\n' if iccid in self.pins else ""
            parts.append(f'[[card]]\niccid = "{iccid}"\n{number}{pin}')
        return "\n".join(parts) + "\n"

    def close(self) -> None:
        """Give back what was borrowed."""
        self.disk.close()
        sqlite3.connect, hashlib.scrypt = sqlite3.dbapi2.connect, _SCRYPT


def _cheap(password: bytes, *, salt: bytes, **_cost: int) -> bytes:
    """What the ledger keeps of a PIN costs 50 ms each time; a day of PINs would cost a minute."""
    return hashlib.sha256(salt + password).digest()
