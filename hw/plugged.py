"""What is plugged into the USB now, as sysfs lists it: which ttys, in which socket, of what."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from agent.ports import Candidate


class Plugged(NamedTuple):
    """One modem, or what looks like one: its topology path, its USB id, what it calls itself (may be empty), its ttys in order."""

    usb: str
    usb_id: str
    called: str
    ttys: tuple[str, ...]


def plugged(sysfs: Path = Path("/sys")) -> list[Plugged]:
    """All that have a tty, in the order of the sockets that they are in; what goes away meanwhile is left out."""
    return [_called(sysfs / "bus/usb/devices" / usb, ttys) for usb, ttys in _all(sysfs, Path("/dev")).items()]


def elsewhere(usbs: Collection[str], ttys: Collection[str], *, sysfs: Path, dev: Path) -> Mapping[str, Sequence[Candidate]]:
    """USB path -> ttys of whatever is at none of the paths `usbs` and has none of `ttys`."""
    claimed = {resolved(Path(tty)) for tty in ttys}
    found = _all(sysfs, dev, usbs)
    return {usb: there for usb, there in found.items() if not any(resolved(Path(one.tty)) in claimed for one in there)}


def _all(sysfs: Path, dev: Path, but: Collection[str] = ()) -> dict[str, list[Candidate]]:
    home = sysfs / "bus/usb/devices"
    paths = sorted((name for name in _names(home) if ":" not in name and name not in but), key=_order)
    return {usb: there for usb in paths if (there := ttys_at(home, usb, dev))}


def _called(modem: Path, ttys: Sequence[Candidate]) -> Plugged:
    words = (_printable(_text(modem / name) or "") for name in ("manufacturer", "product"))
    return Plugged(modem.name, ttys[0].usb_id or "", " ".join(filter(None, words)), tuple(Path(one.tty).name for one in ttys))


def _printable(words: str) -> str:
    """Printable ASCII alone: a modem may call itself anything."""
    return "".join(one for one in words if " " <= one <= "~")


def _order(usb: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", usb))


def ttys_at(home: Path, usb: str, dev: Path) -> list[Candidate]:
    """Those of whatever stands at that path, by interface number; `home`: bus/usb/devices of sysfs."""
    usb_id = usb_id_of(home / usb)
    found = [
        Candidate(str(dev / name), usb_id, interface)
        for place in _interfaces(home, usb)
        if (interface := interface_number(place)) is not None
        for name in _ttys(place)
    ]
    # Without an id the modem went away while it was looked at.
    return sorted(found, key=lambda one: (one.interface or 0, one.tty)) if usb_id else []


def _interfaces(home: Path, usb: str) -> list[Path]:
    # Linked beside the modem as well as held inside it; inside is a short list, beside is every modem of the rack.
    prefix = f"{usb}:"
    for place in (home / usb, home):
        if found := [place / name for name in _names(place) if name.startswith(prefix)]:
            return found
    return []


def usb_id_of(modem: Path) -> str | None:
    """`vid:pid` in lower case; None when nothing is there."""
    vendor, product = _text(modem / "idVendor"), _text(modem / "idProduct")
    return f"{vendor}:{product}".lower() if vendor and product else None


def interface_number(interface: Path) -> int | None:
    """None when it is no interface."""
    try:
        return int(_text(interface / "bInterfaceNumber") or "", 16)
    except ValueError:
        return None


def _ttys(interface: Path) -> Iterator[str]:
    """`ttyUSB2/` stands in the interface itself, `ttyACM0` in its `tty/`."""
    yield from (name for name in _names(interface) if name.startswith("tty") and name != "tty")
    yield from _names(interface / "tty")


def _names(place: Path) -> list[str]:
    try:
        return [entry.name for entry in place.iterdir()]
    except OSError:
        return []


def _text(file: Path) -> str | None:
    try:
        return file.read_text("ascii", "replace").strip()
    except OSError:
        return None


def resolved(path: Path) -> Path | None:
    """Where it leads; None when that is not there."""
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
        return None
