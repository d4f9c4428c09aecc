"""A board file: which pins and which USB path make each slot of an arrangement, whatever numbers it will sell."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent.ports import Wiring
from agent.settings.file import parse
from agent.settings.keys import KEYS
from agent.settings.reading import Key, Reader, Reading, Row, WrongError, kind, matching, text
from agent.settings.wiring import WIRED, line_of, wirings

AT: Final = "{at}"  # in a USB path: where the board is plugged in

usb_path: Final[Reader] = KEYS["slot"]["usb"].read
_usb_below: Final[Reader] = matching(r"(\{at\}|\d+-\d+)(\.\d+)*", "is no USB path of a board", f'write it like "{AT}.1", or "1-1.2"')


@dataclass(frozen=True, slots=True)
class BoardFile:
    """One board: the gateway's own LED, its slots, and the lines that it needs in the Pi's config.txt."""

    title: str
    lamp: Wiring
    slots: tuple[Wiring, ...]
    config_txt: tuple[str, ...]


def read_board(path: Path, at: str | None = None) -> BoardFile:
    """The board as it is plugged in at the USB path `at`, or where its file says. ConfigError for the first thing that is wrong."""
    found, reading = parse(path, "name a board of --list-boards, or a file of your own"), Reading(path)
    reading.known(found, _KEYS, lambda key: key)
    board = reading.table(found.get("board", {}), _KEYS["board"], lambda key: f"board.{key}" if key else "[board]")
    rows = reading.tables(found.get("slot", []), _KEYS["slot"], "slot")
    if found.get("slot", []) == []:
        reading.wrong("[[slot]]", None, "there is none", "write one for each place that takes a SIM")
    wirings(reading, rows, board, {line_of(pin): "board.taken" for pin in board["taken"]})
    at = at or board["at"]
    if at is None and any(AT in (row.values["usb"] or "") for row in rows):
        reading.wrong("board.at", None, "missing", "add it, or say --at: where is the board plugged in?")
    if reading.errors:
        raise reading.errors[0]
    lamp = Wiring("", led=board["led"], led_active=board["led_active"])
    return BoardFile(board["title"], lamp, tuple(_wiring(row, at or "") for row in rows), tuple(board["config_txt"]))


def _wiring(row: Row, at: str) -> Wiring:
    wired = {key: row.values[key] for key in WIRED}
    return Wiring(row.values["name"], **{**wired, "usb": wired["usb"] and wired["usb"].replace(AT, at)})


def _several(one: Reader) -> Reader:
    """An array, each of its values read by `one`."""

    def read(value: object) -> list[Any]:
        if not isinstance(value, list):
            raise WrongError(f"is {kind(value)}, not an array", "write it in square brackets")
        return [one(each) for each in value]

    return read


_KEYS: Final[Mapping[str, Mapping[str, Key]]] = {
    "board": {
        "title": Key(text(120)),
        "at": Key(usb_path, None),
        "led": KEYS["gateway"]["led"],
        "led_active": KEYS["gateway"]["led_active"],
        "taken": Key(_several(KEYS["slot"]["presence"].read), []),
        "config_txt": Key(_several(text(98)), []),
    },
    "slot": {"name": Key(text(30)), **{key: KEYS["slot"][key] for key in WIRED}, "usb": Key(_usb_below, None)},
}
