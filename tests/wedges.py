"""A rack on a virtual clock whose modems get into trouble when the test says so, and what the agent says of it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from simulation.life import Lives
from simulation.place import Place
from simulation.world import Timing, World

from agent.gateway import Gateway
from agent.ports import Cut
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh

TIMING = Timing(settle=0.5, startup=60.0, poll=8.0, lease=30.0)


class Scene:
    """A rack on a virtual clock, and what its journal said: (seconds, text)."""

    def __init__(self, world: World) -> None:
        self.world, self.lives = world, Lives(world)
        self.said: list[tuple[float, str]] = []

    @property
    def place(self) -> Place:
        return self.world.places[0]

    def at(self, moment: float, do: Callable[[], object]) -> None:
        def call() -> None:
            do()

        self.world.agenda.at(moment, call)

    def run(self, until: float) -> None:
        logger = logging.getLogger("agent.keeping.voice.recovery")
        scribe = Scribe(lambda text: self.said.append((self.world.agenda.now, text)))
        logger.addHandler(scribe)
        self.lives.began = lambda _life: logging.disable(logging.NOTSET)
        logger.setLevel(logging.INFO)
        try:
            self.lives.run(until)
        finally:
            logger.setLevel(logging.NOTSET)
            logger.removeHandler(scribe)

    @property
    def gateway(self) -> Gateway:
        assert self.lives.life is not None
        assert self.lives.life.gateway is not None
        return self.lives.life.gateway

    def recovery(self, place: Place | None = None) -> dict[str, Any] | None:
        return self.gateway.keepers[(place or self.place).name].mender.report()

    def on_sale(self) -> bool:
        return self.place.name not in self.gateway.roster.why


class Scribe(logging.Handler):
    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(record.getMessage())


@contextmanager
def scene(
    family: str = "quectel-ec25", slots: int = 1, cuts: frozenset[Cut] = frozenset(), timing: Timing = TIMING, pin: str | None = None
) -> Iterator[Scene]:
    world = World.drawn(1, slots, timing)
    try:
        world.pins.clear()
        for turn, place in enumerate(world.places, 1):
            sim = replace(fresh(700 + turn), pin=pin)
            world.pins |= {sim.iccid: pin} if pin else {}
            place.modem = SimulatedModem(family, sim, serial=turn, boot_for=3.0)
            place.modem.on_command = place._asked
            place.modem.power_on(0.0)
            place.cuts, place.line, place.level = cuts, False, True
        yield Scene(world)
    finally:
        world.close()
