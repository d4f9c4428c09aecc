"""Octets from a terminal -> names of keys. Pure."""

import re
from typing import Final

NAMES: Final = {
    "\r": "enter",
    "\n": "enter",
    "\t": "tab",
    "\x03": "interrupt",
    "\x04": "interrupt",
    "\x0c": "redraw",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\x1b": "escape",
}
# ECMA-48 5.4, with the arrows of a terminal in application mode (ESC O A).
ARROWS: Final = {"A": "up", "B": "down", "C": "right", "D": "left"}
SEQUENCE: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*([@-~])|O([@-~]))")
UNFINISHED: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")
LONGEST: Final = 64  # octets of a sequence that has not ended: more is none


def decode(heard: bytes, *, last: bool = False) -> tuple[list[str], bytes]:
    """The keys, and what may be the beginning of a further one; `last`: nothing more comes, so that a lone ESC is the key itself."""
    text = heard.decode("latin-1")
    keys: list[str] = []
    while text:
        if found := SEQUENCE.match(text):
            if (arrow := ARROWS.get(found[1] or found[2])) is not None:
                keys.append(arrow)
            text = text[found.end() :]
        elif UNFINISHED.match(text) and not last and len(text) < LONGEST:
            return keys, text.encode("latin-1")
        else:
            keys.append(NAMES.get(text[0], text[0]))
            text = text[1:]
    return keys, b""
