"""Where a modem is plugged in, by USB topology path or by tty: what sysfs says is there now."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from agent.ports import Candidate
from hw.tty import TtyPort
from hw.udev import Udev

Opener = Callable[[str], Awaitable[TtyPort]]


class UsbSocket:
    """`ModemSocket` at a USB topology path such as `1-1.2`; `sysfs` and `dev` are `/sys` and `/dev`."""

    def __init__(self, usb: str, opener: Opener, *, sysfs: Path = Path("/sys"), dev: Path = Path("/dev"), udev: Udev | None = None) -> None:
        self._home = sysfs / "bus/usb/devices"
        self._usb = usb
        self._opener = opener
        self._dev = dev
        self._udev = udev

    def candidates(self) -> Sequence[Candidate]:
        """The modem's ttys, by interface number."""
        return _candidates(self._home, self._usb, self._dev)

    def usb_id(self) -> str | None:
        """Of whatever stands at the path."""
        return _usb_id(self._home / self._usb)

    async def open(self, tty: str) -> TtyPort:
        """PortError when it is gone, taken or hangs."""
        return await self._opener(tty)

    def on_change(self, callback: Callable[[], None]) -> None:
        """When something moves at the path."""
        if self._udev is not None:
            self._udev.on_move(callback, self._usb)

    @property
    def watched(self) -> bool:
        """Whether udev is heard."""
        return self._udev is not None and self._udev.hears


class TtySocket:
    """`ModemSocket` at a tty given outright: a pty, a UART, or a link that comes and goes; `udev` where udev knows of it."""

    def __init__(self, tty: str, opener: Opener, *, sysfs: Path = Path("/sys"), udev: Udev | None = None) -> None:
        self._tty = tty
        self._opener = opener
        self._sysfs = sysfs
        self._udev = udev

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

    def on_change(self, callback: Callable[[], None]) -> None:
        """When anything moves: where a link will lead is not known before it is there."""
        if self._udev is not None:
            self._udev.on_move(callback)

    @property
    def watched(self) -> bool:
        """Whether udev is heard."""
        return self._udev is not None and self._udev.hears


def elsewhere(usbs: Collection[str], ttys: Collection[str], *, sysfs: Path, dev: Path) -> Mapping[str, Sequence[Candidate]]:
    """USB path -> ttys of whatever is at none of the paths `usbs` and has none of `ttys`."""
    home = sysfs / "bus/usb/devices"
    paths = [name for name in _names(home) if ":" not in name and name not in usbs]
    found = {path: _candidates(home, path, dev) for path in sorted(paths)}
    claimed = {_resolved(Path(tty)) for tty in ttys}
    return {path: there for path, there in found.items() if there and not any(_resolved(Path(one.tty)) in claimed for one in there)}


def _candidates(home: Path, usb: str, dev: Path) -> list[Candidate]:
    usb_id = _usb_id(home / usb)
    found = [
        Candidate(str(dev / name), usb_id, interface)
        for place in _interfaces(home, usb)
        if (interface := _interface_number(place)) is not None
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
