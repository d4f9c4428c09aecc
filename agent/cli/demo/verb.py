"""The verb itself: builds the stage, lets the story run on it, shows the picture."""

import asyncio
import logging
import os
import random
import secrets
import tempfile
from collections import deque
from contextlib import AsyncExitStack
from pathlib import Path

import click

from agent.cli.demo.picture import Picture
from agent.cli.demo.stage import Stage
from agent.cli.demo.story import told
from agent.cli.running import until_signal
from agent.errors import SimgateError
from agent.gateway import Gateway, World
from agent.modems.library import shipped
from agent.requests import Served
from agent.settings.file import load
from agent.sync.store import Store
from hw.board import build
from hw.clock import SystemClock
from hw.simulated.endpoint import SimulatedEndpoint
from hw.simulated.rack import Rack

SIDE_BY_SIDE = 4  # of the slots: the endpoint's words stand below them, in 24 lines
TIMING = {"settle": 0.3, "startup": 20, "lease": 10, "poll": 2}


def demo(slots: int, seconds: float | None, seed: int | None, pace: float, config: str | None) -> None:
    """Play the story to its end, and say how to see it again."""
    if config:
        raise click.UsageError("the demo brings its own configuration; `simgate run --config FILE` takes yours")
    seed = seed if seed is not None else secrets.randbelow(10_000)
    notes: deque[str] = deque(maxlen=200)
    logging.basicConfig(level=logging.WARNING, handlers=[_Notes(notes)], format="%(levelname)s %(message)s")
    with tempfile.TemporaryDirectory(prefix="simgate-demo-") as directory:
        asyncio.run(_play(Path(directory), slots, seconds, seed, pace, notes))
    click.echo(f"the demo has ended; --seed {seed} tells the same story again")


class _Notes(logging.Handler):
    """What the agent logs, for the picture."""

    def __init__(self, notes: deque[str]) -> None:
        super().__init__()
        self._notes = notes

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self._notes.append(self.format(record))


async def _play(directory: Path, slots: int, seconds: float | None, seed: int, pace: float, notes: deque[str]) -> None:
    heard: deque[str] = deque(maxlen=200)
    key = secrets.token_hex(16)
    async with AsyncExitStack() as stack:
        endpoint = SimulatedEndpoint(key=key, told=heard.append)
        await endpoint.start()
        stack.push_async_callback(endpoint.close)
        rack = stack.enter_context(Rack.of(slots, directory))
        (directory / "api.key").write_text(key, "utf-8")
        file = directory / "simgate.toml"
        file.write_text(rack.toml(endpoint.url, lines=True, timing=TIMING) + f"[rack]\ncolumns = {SIDE_BY_SIDE}\n", "utf-8")
        settings = load(file, os.environ)
        stage = Stage(rack, endpoint)
        board = build(settings.board, settings.wirings, also=stage.follow)
        stack.callback(board.close)
        stage.board = board
        store = await Store.open(settings.store)
        stack.push_async_callback(store.close)
        chance = random.Random(seed)
        gateway = Gateway(settings, World(board, shipped(), SystemClock(), chance), store)
        stage.fill()
        picture = Picture(gateway, file, heard, notes)
        await until_signal(_Performance(gateway, stage, picture, random.Random(seed), pace, seconds))


class _Performance:
    """The gateway, the story and the picture, run side by side."""

    def __init__(self, gateway: Gateway, stage: Stage, picture: Picture, chance: random.Random, pace: float, seconds: float | None) -> None:
        self._gateway, self._stage, self._picture = gateway, stage, picture
        self._chance, self._pace, self._seconds = chance, pace, seconds

    async def run(self) -> None:
        """Until cancelled, or for the given time."""
        running = asyncio.create_task(Served(self._gateway).run())
        shown = asyncio.create_task(self._picture.run())
        story = asyncio.create_task(self._tell())
        tasks: set[asyncio.Task[None]] = {running, shown, story}
        try:
            done, _ = await asyncio.wait(tasks, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _tell(self) -> None:
        try:
            async for caption in told(self._stage, self._chance, self._pace):
                self._picture.caption = caption
        except SimgateError as error:
            self._picture.caption = f"the story has stopped: {error}"
            await asyncio.Event().wait()
