"""`simgate run`: the agent in the foreground."""

import asyncio
import logging
import os
import random
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from agent.errors import SimgateError, StoreError
from agent.gateway import Gateway, World
from agent.modems.library import shipped
from agent.requests import Served
from agent.service import journal
from agent.service.notify import Notify
from agent.settings.file import find, load
from agent.settings.values import Settings
from agent.sync.store import Store
from hw.board import build
from hw.clock import SystemClock

CLOSE_LIMIT = 3.0  # seconds for the store to write its last; the whole end may take 5

log = logging.getLogger("agent")


def run(config: str | None, verbose: bool) -> None:
    """The agent, until a signal ends it. SimgateError when it cannot stand."""
    journal.begin(verbose, os.environ)
    path = find(config, os.environ)
    asyncio.run(supervise(path, load(path, os.environ), Notify.of(os.environ, os.getpid())))
    log.info("ended")


class Runs(Protocol):
    """What runs until it is cancelled."""

    async def run(self) -> None:
        """Until cancelled."""


class Wishes:
    """What signals ask for while `with` lasts: SIGTERM and SIGINT the `end`, SIGHUP to begin `again`; `news` = one of them came."""

    def __init__(self) -> None:
        self.end = self.again = False
        self.news = asyncio.Event()

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number, wish in self._signals():
            loop.add_signal_handler(number, self._wish, wish)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, _ in self._signals():
            asyncio.get_running_loop().remove_signal_handler(number)

    def _signals(self) -> Sequence[tuple[signal.Signals, str]]:
        return (signal.SIGTERM, "end"), (signal.SIGINT, "end"), (signal.SIGHUP, "again")

    def _wish(self, wish: str) -> None:
        setattr(self, wish, True)
        self.news.set()

    def granted(self) -> None:
        """The configuration is about to be read again; a signal from now on is another wish."""
        self.again = False
        if not self.end:
            self.news.clear()


async def supervise(path: Path, settings: Settings, notify: Notify) -> None:
    """One gateway after the other until the end is asked for. SimgateError when the first one cannot stand, or one ends by itself."""
    # Listening all the time: a SIGHUP between two gateways would end the process.
    with Wishes() as wishes:
        sound: Settings | None = None
        while not wishes.end:
            async with AsyncExitStack() as stack:
                try:
                    gateway = await stand(settings, stack)
                except SimgateError as error:
                    if sound is None or settings is sound:
                        raise
                    log.error("%s; the old configuration stays in force", error)
                    settings = sound
                    continue
                sound = settings
                await _serve(Served(gateway, notify), wishes, notify)
            if wishes.again and not wishes.end:
                wishes.granted()
                settings = _reread(path, settings)


async def stand(settings: Settings, stack: AsyncExitStack) -> Gateway:
    """A gateway that can be run while `stack` lasts. SimgateError when pins cannot be had."""
    clock = SystemClock()
    board = build(settings.board, settings.wirings)
    stack.callback(board.close)
    store = await Store.open(settings.store, wall=lambda: clock.wall() if clock.synchronised() else None)
    stack.push_async_callback(_close, store)
    return Gateway(settings, World(board, shipped(), clock, random.Random()), store)  # jitter, no secret


async def until_signal(gateway: Runs) -> bool:
    """Run it until SIGTERM or SIGINT (False) or SIGHUP (True)."""
    with Wishes() as wishes:
        await _serve(gateway, wishes, Notify())
        return wishes.again and not wishes.end


async def _serve(gateway: Runs, wishes: Wishes, notify: Notify) -> None:
    running = asyncio.create_task(gateway.run(), name="gateway")
    asked = asyncio.create_task(wishes.news.wait(), name="signals")
    both: list[asyncio.Task[Any]] = [running, asked]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if wishes.end:
            notify.say("STOPPING=1")
        elif wishes.again:
            # systemd waits for READY=1 again, which comes with the new gateway's first list.
            notify.say("RELOADING=1", f"MONOTONIC_USEC={SystemClock().monotonic() * 1e6:.0f}")
    finally:
        for task in both:
            task.cancel()
        await asyncio.wait(both)
    if not running.cancelled():
        _explain(running)


def _reread(path: Path, settings: Settings) -> Settings:
    try:
        return load(path, os.environ)
    except SimgateError as error:
        log.error("%s; the old configuration stays in force", error)
        return settings


async def _close(store: Store) -> None:
    """What cannot be written any more costs one POST of the same list, after the next start."""
    try:
        async with asyncio.timeout(CLOSE_LIMIT):
            await store.close()
    except StoreError as error:
        log.warning("%s", error)
    except TimeoutError:
        log.warning("the database takes longer than %g s to close", CLOSE_LIMIT)


def _explain(running: asyncio.Task[None]) -> None:
    """Pass on why the gateway ended by itself: a known error as it is, anything else with its traceback."""
    error = running.exception()
    if isinstance(error, BaseExceptionGroup):
        known = _leaves(error, SimgateError)
        if known:
            raise known[0] from error
    if error is not None:
        raise error


def _leaves(group: BaseExceptionGroup[BaseException], kind: type[SimgateError]) -> Sequence[SimgateError]:
    found: list[SimgateError] = []
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            found.extend(_leaves(error, kind))
        elif isinstance(error, kind):
            found.append(error)
    return found
