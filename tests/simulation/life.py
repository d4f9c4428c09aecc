"""One life of the agent after another, as systemd starts them; each ends by a kill, a power cut, a restart, or with the simulation."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import replace

from agent.errors import StoreError
from agent.gateway import Gateway
from agent.gateway import World as Given
from agent.modems.library import shipped
from agent.settings.file import load
from agent.settings.values import Settings
from agent.sync.store import Store

from .board import PlaceBoard
from .far import KEY
from .loop import Agenda, VirtualLoop
from .story import Violation
from .wall import LifeClock
from .world import World

NOTES = shipped()
STOP = 5.0  # seconds: OUTSIDE of the product promises them for SIGTERM
DYING = 120.0  # seconds of its own that a dead process is run on, so that nothing of it stays behind


class Life:
    """`gateway` is there once the store is open. `end()` it from anywhere."""

    def __init__(self, world: World, settings: Settings, number: int, booted: float) -> None:
        self.world, self.number, self.began = world, number, world.agenda.now
        self.alive = True
        self.gateway: Gateway | None = None
        self._how = ""
        self._settings = replace(settings, store=world.disk.path)
        self._loop = VirtualLoop(world.agenda, booted, world.disk.do)
        self._main: asyncio.Task[None] | None = None

    def run(self, until: float) -> str:
        """Live; how it ended: "kill", "power", "restart", "broken" (a promise) or "end" then. Violation when it ends by itself."""
        loop, agenda = self._loop, self.world.agenda
        asyncio.set_event_loop(loop)
        agenda.at(until, lambda: self.end("end"))
        main = self._main = loop.create_task(self._live())

        def over(_: object) -> None:
            loop.stop()

        main.add_done_callback(over)
        try:
            loop.run_forever()
        except Violation:
            main.remove_done_callback(over)
            self._leave(power=False)
            self._close()
            raise
        main.remove_done_callback(over)
        if not self._how:
            error = main.exception() if main.done() and not main.cancelled() else None
            self._close()
            raise Violation("the agent lives", f"life {self.number} has ended by itself: {error!r}") from error
        if self._how == "restart":
            self._leave(power=False)
        self._close()
        return self._how

    def end(self, how: str) -> None:
        """End it so; a life that has ended, or is ending, stays as it is."""
        if self._how or not self.alive:
            return
        self._how = how
        if how == "restart":
            assert self._main is not None
            self._main.cancel()
            self.world.agenda.after(STOP, self._must_be_over)
            return
        self._leave(power=how == "power")
        self._loop.stop()

    def _must_be_over(self) -> None:
        if self.alive:
            raise Violation("the agent ends when it is told to", f"life {self.number} is not over after {STOP:g} s")

    def _leave(self, *, power: bool) -> None:
        """From here on nothing that it does has any effect."""
        self.alive = False
        for place in self.world.places:
            place.edge = place.hint = None
            for port in place.ports:
                port.hang_up()
            place.ports.clear()
        self._left = self.world.disk.leave(power=power)

    def _close(self) -> None:
        """Let the dead process come to rest in a time of its own, so that the next one finds nothing of it in memory."""
        loop = self._loop
        loop.bury(Agenda())
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.wait(tasks, timeout=DYING))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        asyncio.set_event_loop(None)
        if not self.alive:
            self.world.disk.forget(self._left)

    async def _live(self) -> None:
        world = self.world
        store = await Store.open(self._settings.store)
        try:
            clock = LifeClock(world.wall, self._loop.time)
            given = Given(
                PlaceBoard(world.places, lambda: self.alive),
                NOTES,
                clock,
                random.Random(f"{world.seed} life {self.number}"),
                lambda _: world.far.wire(lambda: self.alive),
            )
            self.gateway = Gateway(self._settings, given, store)
            await self.gateway.run()
        finally:
            try:
                await store.close()
            except StoreError:
                world.tell(f"life {self.number} cannot close its database")


class Lives:
    """The agent through all its lives; `life` is None between two. `down_for`: seconds until systemd starts it again."""

    kind: type[Life] = Life

    def __init__(self, world: World) -> None:
        self.world = world
        self.life: Life | None = None
        self.count = 0
        self.began: Callable[[Life], None] = lambda _: None
        self.between: list[Callable[[], None]] = []
        self.down_for = 5.0
        self._booted = 0.0
        file = world.disk.directory.parent / "simgate.toml"
        file.write_text(world.toml())
        self._settings = load(file, {"SIMGATE_API_KEY": KEY})

    def run(self, until: float) -> None:
        """All of them."""
        before = logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        try:
            self._live(until)
        finally:
            logging.disable(before)

    def _live(self, until: float) -> None:
        agenda = self.world.agenda
        while agenda.now < until:
            life = self.life = self.kind(self.world, self._settings, self.count, self._booted)
            self.count += 1
            self.world.tell(f"life {life.number} begins")
            self.began(life)
            how = life.run(until)
            self.world.tell(f"life {life.number} ends: {how}")
            self.life = None
            if how == "broken":
                return
            self._rest(how, until)

    def _rest(self, how: str, until: float) -> None:
        agenda = self.world.agenda
        between, self.between = self.between, []
        for fault in between:
            fault()
        back, self.down_for = min(agenda.now + self.down_for, until), 5.0
        while agenda.now < back:
            agenda.advance(back)
        if how == "power":
            self._booted = agenda.now

    def end(self, how: str) -> None:
        """End the life that is, if there is one."""
        if self.life is not None:
            self.life.end(how)
