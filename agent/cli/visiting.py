"""The doctor's visit to this very machine."""

import asyncio
import os
import sys
from functools import partial
from pathlib import Path

import click

from agent.cli.common import ask
from agent.cli.numbering import owned_numbers
from agent.doctor.visit import Visit, World, visit
from agent.modems.library import shipped
from agent.settings.file import find
from agent.settings.keys import KEYS
from hw.board import build
from hw.clock import SystemClock
from hw.inspect.host import inspect
from hw.inspect.roots import Roots


def visited(config: str | None) -> Visit:
    """All checks, each told on a terminal while it lasts."""
    try:
        return asyncio.run(visit(find(config, os.environ), _world(config, Roots())))
    finally:
        progress("")


def _world(config: str | None, roots: Roots) -> World:
    store = Path(str(KEYS["store"]["path"].default))
    return World(
        inspect=lambda path, pins: inspect(path or store, pins, os.environ, roots),
        clock=SystemClock(),
        ask=partial(ask, config),
        build=build,
        notes=shipped,
        table=partial(owned_numbers, config),
        environ=os.environ,
        pid=os.getpid(),
        says=progress,
    )


def progress(check: str) -> None:
    """What is being looked at, on a terminal alone; "" wipes it away."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{check and f'looking at: {check} '}", err=True, nl=False)
