"""How many attempts a card has left for its PIN, as standard and makers print it. None is what was not understood."""

from collections.abc import Callable, Mapping
from typing import Final

from agent.at.values import parameters

_MOST = 15  # the counter is the low nibble of SW2: 63 CX (TS 102 221 10.2.1.3)


def cpinr(line: str) -> int | None:
    """`+CPINR: SIM PIN,3,3` (TS 27.007 8.65)."""
    found = parameters(line, "+CPINR:")
    return _count(found, 1) if found and found[0] == "SIM PIN" else None


def qpinc(line: str) -> int | None:
    """`+QPINC: "SC",3,10`: PIN, PUK; the line of PIN2 begins with "P2"."""
    found = parameters(line, "+QPINC:")
    return _count(found, 1) if found and found[0] == "SC" else None


def spic(line: str) -> int | None:
    """`+SPIC: 3,10,3,10`: PIN, PUK, PIN2, PUK2."""
    return _count(parameters(line, "+SPIC:"), 0)


def caret_cpin(line: str) -> int | None:
    """`^CPIN: SIM PIN,,10,3,10,3`: state, the attempts of what is asked for, PUK, PIN, PUK2, PIN2."""
    return _count(parameters(line, "^CPIN:"), 3)


def _count(found: list[str | None] | None, place: int) -> int | None:
    text = found[place] if found and len(found) > place else None
    return int(text) if text and text.isdecimal() and text.isascii() and int(text) <= _MOST else None


DECODERS: Final[Mapping[str, Callable[[str], int | None]]] = {"cpinr": cpinr, "qpinc": qpinc, "spic": spic, "caret_cpin": caret_cpin}
