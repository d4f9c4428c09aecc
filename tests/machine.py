"""The whole agent on a virtual clock, and a service manager that listens to it."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from simulation.life import Life, Lives
from simulation.world import Timing, World

from agent.service.notify import Notify
from agent.service.systemd import Service

WATCHDOG = 30.0  # seconds, as in the unit


class Watched(Life):
    """A life whose service manager listens at `address`."""

    address = ""

    async def _live(self) -> None:
        telling = asyncio.create_task(self._tell())
        try:
            await super()._live()
        finally:
            telling.cancel()
            await asyncio.wait([telling])

    async def _tell(self) -> None:
        while self.gateway is None:  # noqa: ASYNC110 - virtual, and once a life
            await asyncio.sleep(0.1)
        await Service(self.gateway, Notify(self.address, WATCHDOG)).run()


class Machine(logging.Handler):
    """A rack, and an agent of which systemd wants signs of life: `fed` are their moments, `said` is the log with its moments."""

    def __init__(self, world: World, lives: Lives, ear: socket.socket) -> None:
        super().__init__(logging.INFO)
        self.world, self.lives, self._ear = world, lives, ear
        self.fed: list[float] = []
        self.late: set[str] = set()
        self.said: list[tuple[float, str]] = []
        self._listen()

    def emit(self, record: logging.LogRecord) -> None:
        """A line of the log."""
        self.said.append((self.world.agenda.now, f"{record.levelname} {record.getMessage()}"))

    def _listen(self) -> None:
        self.at(self.world.agenda.now + 0.5, self._listen)
        while True:
            try:
                said = self._ear.recv(4096)
            except BlockingIOError:
                break
            if b"WATCHDOG=1" in said:
                self.fed.append(self.world.agenda.now)
        life = self.lives.life
        if life is not None and life.gateway is not None:
            self.late |= {late.name for late in life.gateway.progress.late()}

    def at(self, moment: float, call: Callable[[], Any]) -> None:
        """Something happens then, virtual seconds from the start."""
        self.world.agenda.at(moment, call)

    def run(self, seconds: float) -> float:
        """Live so long; the longest time without a sign of life."""
        self.lives.run(seconds)
        return max(after - before for before, after in zip([0.0, *self.fed], [*self.fed, seconds], strict=True))

    @property
    def life(self) -> Life:
        """The one that is."""
        assert self.lives.life is not None
        return self.lives.life


@contextmanager
def machine(directory: Path, patch: pytest.MonkeyPatch, timing: Timing | None = None) -> Iterator[Machine]:
    """Three slots whose SIMs are sold; the second has no line."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.setblocking(False)
        ear.bind(str(directory / "notify"))
        patch.setattr(Watched, "address", str(directory / "notify"))
        patch.setattr(Lives, "kind", Watched)
        patch.setattr(logging, "disable", lambda _level: None)
        world = World.drawn(11, 3, timing or Timing(poll=30.0, lease=100.0))
        for place, line in zip(world.places, (True, False, True), strict=True):
            place.line = line
        made = Machine(world, Lives(world), ear)
        log = logging.getLogger("agent.service")
        log.addHandler(made)
        log.setLevel(logging.INFO)
        try:
            yield made
        finally:
            log.removeHandler(made)
            log.setLevel(logging.NOTSET)
            world.close()
