"""What a command line names: a configuration, a slot in it, a tty."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import PortError, RefusedError

if TYPE_CHECKING:
    from agent.settings.values import Settings

TTYS = ("ttyUSB*", "ttyACM*", "ttyAMA*", "simgate/*")


def settings_of(config: str | None) -> "Settings":
    """The settings of this call, without the API key. ConfigError, exit 78."""
    from agent.settings.file import find, load_local  # noqa: PLC0415  a --help needs no settings

    return load_local(find(config, os.environ))


def slot_named(config: str | None, slot: str) -> None:
    """RefusedError, with the names that there are, when the configuration has no such slot."""
    names = [one.wiring.slot for one in settings_of(config).slots]
    if slot not in names:
        raise RefusedError(f"there is no slot {slot!r}", f"one of: {', '.join(names)}")


def tty_of(named: str) -> str:
    """The whole path of a tty named on the command line. PortError, with those that are there, when there is none."""
    path = Path(named).absolute()
    if not path.exists():
        there = ", ".join(ttys_there())
        raise PortError(f"there is no tty {named}", f"there are: {there}" if there else "no modem's tty is there at all: plug the modem in")
    return str(path)


def ttys_there() -> list[str]:
    """The paths of all ttys that a modem may have."""
    return sorted(str(path) for pattern in TTYS for path in Path("/dev").glob(pattern))
