"""GPIO chips, who has claimed which line, and what lgpio needs."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.doctor.host import Pins
from agent.errors import LineError
from hw.chips import Chips
from hw.inspect.roots import Roots, names


def pins(roots: Roots, wanted: Sequence[str], environ: Mapping[str, str], chips: Chips | None = None) -> Pins:
    """`wanted`: pins as the configuration names them; `environ`: where lgpio is told a place for its FIFO."""
    chips = chips or Chips(roots.sys, roots.dev)
    there = tuple(name for name in names(roots.dev) if name.startswith("gpiochip"))
    claimed: dict[str, str] = {}
    unseen: list[str] = []
    for pin in wanted:
        try:
            if (holder := chips.holder(pin)) is not None:
                claimed[pin] = holder
        except LineError:
            unseen.append(pin)
    fifo = environ.get("LG_WD") or environ.get("TMPDIR") or tempfile.gettempdir()
    return Pins(
        there,
        tuple(name for name in there if not os.access(roots.dev / name, os.R_OK | os.W_OK)),
        roots.packaged("lgpio"),
        claimed,
        tuple(unseen),
        fifo,
        Path(fifo).is_dir() and os.access(fifo, os.W_OK),
    )
