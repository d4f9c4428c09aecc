"""The boards that are shipped, and the configuration that one of them makes."""

import re
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from agent.errors import SimgateError
from agent.ports import Rgb, Wiring
from agent.settings.board import BoardFile, read_board
from agent.settings.reading import nearest
from agent.settings.wiring import WIRED
from hw.plugged import Plugged

HOME: Final = Path(str(files("hw"))) / "boards"
CONFIG_TXT: Final = "/boot/firmware/config.txt"


def told() -> str:
    """Every shipped board in a line."""
    return "\n".join(f"{name:<14}{read_board(path).title}" for name, path in shipped().items())


def shipped() -> dict[str, Path]:
    """The files of the boards, by name."""
    return {path.stem: path for path in sorted(HOME.glob("*.toml"))}


def board_of(name: str, at: str | None) -> BoardFile:
    """A shipped board, or the one of a file: whatever has a slash or ends in .toml. SimgateError, ConfigError."""
    if "/" in name or name.endswith(".toml"):
        return read_board(Path(name), at)
    known = shipped()
    if name not in known:
        raise SimgateError(f"there is no board {name}", f"{nearest(name, known)} A file of your own: ./{name}.toml")
    return read_board(known[name], at)


def with_board(text: str, board: BoardFile, modems: Sequence[Plugged]) -> str:
    """The text of a first configuration with the board's slots, named after its gateway, in the place of the example, and with its LED.

    What is plugged in now stands beside its slot.
    """
    there = {modem.usb: modem for modem in modems}
    gateway = tomllib.loads(text)["gateway"]["id"]
    needs = "".join(f"# {CONFIG_TXT} must have: {line}\n" for line in board.config_txt)
    slots = "".join(_slot(slot, gateway, there.get(slot.usb or "")) for slot in board.slots)
    head, _, tail = re.split(r"\n(?=\[\[slot\]\]|# What you know)", text)
    led = "".join(f"{key} = {_toml(getattr(board.lamp, key))}\n" for key in _told(board.lamp))
    head = re.sub(r"^(id = .*\n)", lambda found: found[1] + led, head, count=1, flags=re.MULTILINE)
    return f"{head}\n# {board.title}.\n{needs}{slots}\n{tail}"


def advice(board: BoardFile, modems: Sequence[Plugged]) -> list[str]:
    """What is left to do: lines of config.txt, and modems that are where the board has no slot."""
    lines = [f"put into {CONFIG_TXT}, and restart the Pi: {line}" for line in board.config_txt]
    slots = {slot.usb for slot in board.slots}
    strays = [modem.usb for modem in modems if modem.usb not in slots]
    if strays:
        lines.append(
            f"in no slot of this board: the modems at {', '.join(strays)}; if they are on it, say --at, or correct a copy of its file"
        )
    return lines


def _slot(slot: Wiring, gateway: str, modem: Plugged | None) -> str:
    lines = [f'name = "{gateway}-{slot.slot}"', *(f"{key} = {_toml(getattr(slot, key))}" for key in _told(slot))]
    marks = ["edit: the partner's port_id", *[""] * (len(lines) - 1)]
    if modem is not None:
        marks[1] = " ".join(filter(None, (modem.usb_id, modem.called)))
    return "\n[[slot]]\n" + "".join(f"{line:<38}# {mark}\n" if mark else f"{line}\n" for line, mark in zip(lines, marks, strict=True))


def _told(wiring: Wiring) -> list[str]:
    """The keys that say something else than their defaults."""
    return [key for key in WIRED if getattr(wiring, key) != getattr(Wiring(""), key)]


def _toml(value: str | bool | Rgb) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Rgb):
        return f'{{ r = "{value.red}", g = "{value.green}", b = "{value.blue}" }}'
    return '"{}"'.format(value.replace("\\", "\\\\").replace('"', '\\"'))
