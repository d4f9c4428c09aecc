"""Where a modem is plugged in, by USB topology path or by tty: what sysfs says is there now."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from agent.ports import Candidate
from hw.tty import TtyPort

Opener = Callable[[str], Awaitable[TtyPort]]


class UsbSocket:
    """`ModemSocket` at a USB topology path such as `1-1.2`; `sysfs` and `dev` are `/sys` and `/dev`."""

    def __init__(self, usb: str, opener: Opener, *, sysfs: Path = Path("/sys"), dev: Path = Path("/dev")) -> None:
        self._home = sysfs / "bus/usb/devices"
        self._usb = usb
        self._opener = opener
        self._dev = dev

    def candidates(self) -> Sequence[Candidate]:
        """The modem's ttys, by interface number."""
        usb_id = self.usb_id()
        found = [
            Candidate(str(self._dev / name), usb_id, interface)
            for place in self._interfaces()
            if (interface := _interface_number(place)) is not None
            for name in _ttys(place)
        ]
        # Without an id the modem went away while it was looked at.
        return sorted(found, key=lambda one: (one.interface or 0, one.tty)) if usb_id else []

    def usb_id(self) -> str | None:
        """Of whatever stands at the path."""
        return _usb_id(self._home / self._usb)

    async def open(self, tty: str) -> TtyPort:
        """PortError when it is gone, taken or hangs."""
        return await self._opener(tty)

    def _interfaces(self) -> list[Path]:
        # Linked beside the modem as well as held inside it; inside is a short list, beside is every modem of the rack.
        prefix = f"{self._usb}:"
        for place in (self._home / self._usb, self._home):
            if found := [place / name for name in _names(place) if name.startswith(prefix)]:
                return found
        return []


class TtySocket:
    """`ModemSocket` at a tty given outright: a pty, a UART, or a link that comes and goes."""

    def __init__(self, tty: str, opener: Opener, *, sysfs: Path = Path("/sys")) -> None:
        self._tty = tty
        self._opener = opener
        self._sysfs = sysfs

    def candidates(self) -> Sequence[Candidate]:
        """The tty, with the USB identity of what is behind it where there is one."""
        tty = _resolved(Path(self._tty))
        if tty is None:
            return []
        place = _resolved(self._sysfs / "class/tty" / tty.name / "device")
        # usb-serial puts a port between tty and interface, CDC-ACM does not.
        for interface in (place, place.parent) if place else ():
            number, usb_id = _interface_number(interface), _usb_id(interface.parent)
            if number is not None and usb_id:
                return [Candidate(self._tty, usb_id, number)]
        return [Candidate(self._tty)]

    def usb_id(self) -> str | None:
        """Only of what has a tty: where else would it be looked for."""
        return next((candidate.usb_id for candidate in self.candidates()), None)

    async def open(self, tty: str) -> TtyPort:
        """PortError when it is gone, taken or hangs."""
        return await self._opener(tty)


def _usb_id(modem: Path) -> str | None:
    vendor, product = _text(modem / "idVendor"), _text(modem / "idProduct")
    return f"{vendor}:{product}".lower() if vendor and product else None


def _interface_number(interface: Path) -> int | None:
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


def _resolved(path: Path) -> Path | None:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
        return None
