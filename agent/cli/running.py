"""`simgate run`: the agent in the foreground."""

import asyncio
import logging
import os
import random
import signal
import sys
from collections.abc import Sequence
from typing import Any, Protocol, cast

import click

from agent.cli.common import config_option
from agent.errors import SimgateError
from agent.gateway import Gateway, World
from agent.modems.library import shipped
from agent.settings import Settings, find, load
from agent.sync.store import Store
from hw.board import build
from hw.clock import SystemClock

END_LIMIT = 5.0  # seconds from a signal to the end

log = logging.getLogger("agent")


@click.command()
@config_option
@click.option("--verbose", is_flag=True, help="Log every step.")
def run(config: str | None, verbose: bool) -> None:
    """Run the agent in the foreground until SIGTERM or SIGINT; SIGHUP reads the configuration again."""
    journal(verbose)
    path = find(config, os.environ)
    settings = load(path, os.environ)
    while asyncio.run(serve(settings)):
        try:
            settings = load(path, os.environ)
        except SimgateError as error:
            log.error("%s; the old configuration stays in force", error)
    log.info("ended")


async def serve(settings: Settings) -> bool:
    """Run one gateway; True = SIGHUP asks for a new one. SimgateError when it cannot run."""
    board = build(settings.board, [slot.wiring for slot in settings.slots])
    store = await Store.open(settings.store)
    again = False
    try:
        gateway = Gateway(settings, World(board, shipped(), SystemClock(), random.Random()), store)  # jitter, no secret
        again = await until_signal(gateway)
    finally:
        async with asyncio.timeout(END_LIMIT):
            await store.close()
        board.close()
    return again


class Runs(Protocol):
    """What runs until it is cancelled."""

    async def run(self) -> None:
        """Until cancelled."""


async def until_signal(gateway: Runs) -> bool:
    """Run it until SIGTERM or SIGINT (False) or SIGHUP (True)."""
    loop = asyncio.get_running_loop()
    asked: asyncio.Future[bool] = loop.create_future()

    def ask(again: bool) -> None:
        if not asked.done():
            asked.set_result(again)

    wishes = {signal.SIGTERM: False, signal.SIGINT: False, signal.SIGHUP: True}
    for number, again in wishes.items():
        loop.add_signal_handler(number, ask, again)
    running = asyncio.create_task(gateway.run(), name="gateway")
    try:
        await asyncio.wait(cast("list[asyncio.Future[Any]]", [asked, running]), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for number in wishes:
            loop.remove_signal_handler(number)
        running.cancel()
        await asyncio.wait([running])
    if not running.cancelled():
        _explain(running)
    return asked.done() and asked.result()


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


def journal(verbose: bool) -> None:
    """Log to stderr; under systemd without a time, for the journal has its own."""
    under_systemd = "JOURNAL_STREAM" in os.environ
    form = "%(levelname)s %(message)s" if under_systemd else "%(asctime)s %(levelname)-7s %(message)s"
    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG if verbose else logging.INFO, format=form)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
