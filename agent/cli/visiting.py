"""The doctor's visit to this very machine."""

import asyncio
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cli.common import ask, looking_at
from agent.doctor.visit import Visit, World, visit
from agent.ports import Board, Wiring
from agent.settings.file import find
from agent.settings.keys import KEYS
from agent.sim.identity import Iccid, Msisdn
from hw.clock import SystemClock
from hw.inspect.host import inspect
from hw.inspect.roots import Roots

if TYPE_CHECKING:
    from agent.modems.attach import Notes


def visited(config: str | None) -> Visit:
    """All checks, each told on a terminal while it lasts."""
    try:
        return asyncio.run(visit(find(config, os.environ), _world(config, Roots())))
    finally:
        looking_at("")


def _board(kind: str, wirings: Sequence[Wiring]) -> Board:
    from hw.board import build  # noqa: PLC0415  pins and ttys, which a running agent has

    return build(kind, wirings)


def _notes() -> "Notes":
    from agent.modems.library import shipped  # noqa: PLC0415  as above

    return shipped()


def _owned(config: str | None) -> dict[Iccid, Msisdn]:
    from agent.cli.numbering import owned_numbers  # noqa: PLC0415  as above

    return owned_numbers(config)


def _world(config: str | None, roots: Roots) -> World:
    store = Path(str(KEYS["store"]["path"].default))
    return World(
        inspect=lambda path, pins: inspect(path or store, pins, os.environ, roots),
        clock=SystemClock(),
        ask=partial(ask, config),
        build=_board,
        notes=_notes,
        table=partial(_owned, config),
        environ=os.environ,
        pid=os.getpid(),
        says=looking_at,
    )
