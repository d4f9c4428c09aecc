"""The doctor's visit to this very machine."""

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

if TYPE_CHECKING:
    from agent.doctor.host import Host
    from agent.modems.attach import Notes


def visited(config: str | None) -> Visit:
    """All checks, each told on a terminal while it lasts."""
    try:
        return visit(find(config, os.environ), _world(config))
    finally:
        looking_at("")


def _inspect(store: Path | None, pins: Sequence[str]) -> "Host":
    from hw.inspect.host import inspect  # noqa: PLC0415  each check is loaded when its turn comes: a person sees what it is
    from hw.inspect.roots import Roots  # noqa: PLC0415  as above

    return inspect(store or Path(str(KEYS["store"]["path"].default)), pins, os.environ, Roots())


def _board(kind: str, wirings: Sequence[Wiring]) -> Board:
    from hw.board import build  # noqa: PLC0415  pins and ttys, which a running agent has

    return build(kind, wirings)


def _notes() -> "Notes":
    from agent.modems.library import shipped  # noqa: PLC0415  as above

    return shipped()


def _owned(config: str | None) -> dict[Iccid, Msisdn]:
    from agent.cli.numbering import owned_numbers  # noqa: PLC0415  as above

    return owned_numbers(config)


def _world(config: str | None) -> World:
    return World(
        inspect=_inspect,
        clock=SystemClock(),
        ask=partial(ask, config),
        build=_board,
        notes=_notes,
        table=partial(_owned, config),
        environ=os.environ,
        pid=os.getpid(),
        says=looking_at,
    )
