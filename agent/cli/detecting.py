"""`simgate detection`: a modem's own card detection, shown and switched by a person; no agent needed."""

import asyncio
from pathlib import Path

import click

from agent.cli.common import show_json
from agent.cli.named import settings_of, tty_of
from agent.cli.waiting import Waiting
from agent.errors import DetectionError
from agent.modems.detection import Setting, Switching
from agent.modems.library import shipped
from agent.ports import Wiring
from hw.board import build

_WORDS = {True: "on", False: "off", None: "unknown"}


def detection(tty: str, verb: str, level: str | None, config: str | None, as_json: bool) -> None:
    """Show the setting or switch it, and print how it is then. SimgateError."""
    if level and verb != "enable":
        raise click.UsageError("--level belongs to --enable")
    found = asyncio.run(_do(_wiring(tty, config), verb, level))
    if as_json:
        show_json({"note": found.note, "detection": _WORDS[found.on], "setting": found.said, "sim": found.iccid is not None})
    else:
        click.echo(f"card detection is {_WORDS[found.on]} ({found.said}); the modem {'reads a' if found.iccid else 'sees no'} SIM")


def _wiring(place: str, config: str | None) -> Wiring:
    if "/" in place or Path(place).exists():
        return Wiring("modem", tty=tty_of(place))
    for slot in settings_of(config).slots:
        if slot.wiring.slot == place:
            return Wiring(place, usb=slot.wiring.usb, tty=slot.wiring.tty)
    raise DetectionError(f"{place} is neither a tty nor a slot of the configuration", "name a path such as /dev/ttyUSB2, or a slot")


async def _do(wiring: Wiring, verb: str, level: str | None) -> Setting:
    board = build("mock", [wiring])
    try:
        with Waiting("the modem") as waiting:
            switching = Switching(board.socket(wiring), shipped(), waiting.say)
            match verb:
                case "enable":
                    return await switching.enable(low=None if level is None else level == "low")
                case "undo":
                    return await switching.undo()
                case _:
                    return await switching.show()
    finally:
        board.close()
