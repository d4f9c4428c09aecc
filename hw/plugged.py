"""What is plugged in now: every USB topology path with ttys behind it, as sysfs lists it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Plugged(NamedTuple):
    """One modem, or what looks like one: its topology path, its USB id, what it calls itself (may be empty), its ttys in order."""

    usb: str
    usb_id: str
    called: str
    ttys: tuple[str, ...]


def plugged(sysfs: Path = Path("/sys")) -> list[Plugged]:
    """All that have a tty, in the order of the sockets that they are in; what goes away meanwhile is left out."""
    home = sysfs / "bus/usb/devices"
    found: dict[str, list[tuple[int, str]]] = {}
    for tty in _names(sysfs / "class/tty"):
        for interface in _upwards(sysfs / "class/tty" / tty / "device"):
            usb, _, number = interface.name.partition(":1.")
            if number.isdigit() and (home / interface.name).exists():
                found.setdefault(usb, []).append((int(number), tty))
                break
    return [_plugged(home / usb, ttys) for usb, ttys in sorted(found.items(), key=lambda one: _order(one[0]))]


def _plugged(modem: Path, ttys: list[tuple[int, str]]) -> Plugged:
    usb_id = f"{_text(modem / 'idVendor')}:{_text(modem / 'idProduct')}".lower()
    called = " ".join(filter(None, (_text(modem / "manufacturer"), _text(modem / "product"))))
    return Plugged(modem.name, usb_id, called, tuple(tty for _, tty in sorted(ttys)))


def _upwards(place: Path) -> Iterator[Path]:
    """usb-serial puts a port between tty and interface, CDC-ACM does not."""
    try:
        there = place.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
        return
    yield from (there, there.parent)


def _order(usb: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", usb))


def _names(place: Path) -> list[str]:
    try:
        return [entry.name for entry in place.iterdir()]
    except OSError:
        return []


def _text(file: Path) -> str:
    """Printable ASCII alone: a modem may call itself anything."""
    try:
        words = file.read_text("ascii", "replace")
    except OSError:
        return ""
    return "".join(one for one in words.strip() if " " <= one <= "~")
