"""Where a modem is plugged in, by USB topology path or by tty: what sysfs says is there now."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from agent.ports import Candidate
from hw.plugged import interface_number, resolved, ttys_at, usb_id_of
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
        return ttys_at(self._home, self._usb, self._dev)

    def usb_id(self) -> str | None:
        """Of whatever stands at the path."""
        return usb_id_of(self._home / self._usb)

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
        tty = resolved(Path(self._tty))
        if tty is None:
            return []
        place = resolved(self._sysfs / "class/tty" / tty.name / "device")
        # usb-serial puts a port between tty and interface, CDC-ACM does not.
        for interface in (place, place.parent) if place else ():
            number, usb_id = interface_number(interface), usb_id_of(interface.parent)
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
