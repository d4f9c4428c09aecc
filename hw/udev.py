"""What udev tells of USB: a hint that something has moved along a path. What is there, sysfs says."""

import asyncio
import errno
import logging
import socket
import struct
from collections.abc import Callable
from pathlib import Path

GATHER = 0.1  # seconds in which events gather before anybody looks: one modem is two dozen of them, a hub some hundred
BURST = 64  # datagrams in one turn of the loop
LONGEST = 8192  # octets: the kernel's limit for one event is 2048 (linux/kobject.h), and udev adds its properties

_KOBJECT_UEVENT = 15  # linux/netlink.h
# After the rules: the tty has its owner and its links. The kernel's own group (1) would call too early. Only root may send to either.
_UDEV = 2  # systemd, sd-device/device-monitor.c: MONITOR_GROUP_UDEV
_HEADER = struct.Struct("=8s4sIII")  # of struct monitor_netlink_header there: prefix, magic, header_size, properties_off, properties_len
_PREFIX, _MAGIC = b"libudev\0", b"\xfe\xed\xca\xfe"
_OURS = (b"usb", b"usb-serial", b"tty")

log = logging.getLogger(__name__)


def moved(datagram: bytes) -> frozenset[str] | None:
    """The names along the path of what has moved: `1-1.2`, `1-1.2:1.2`, `ttyUSB2`; None when it is not for us."""
    if len(datagram) < _HEADER.size:
        return None
    prefix, magic, _, begin, length = _HEADER.unpack_from(datagram)
    if (prefix, magic) != (_PREFIX, _MAGIC):
        return None
    pairs = (text.partition(b"=") for text in datagram[begin : begin + length].split(b"\0"))
    properties = {key: value for key, _, value in pairs}
    if properties.get(b"SUBSYSTEM") not in _OURS:
        return None
    path = properties.get(b"DEVPATH", b"").decode("ascii", "replace")
    return frozenset(filter(None, path.split("/"))) or None


class Udev:
    """Calls back in the loop's thread, GATHER seconds after something may have moved. Listens from the first `on_move` on."""

    def __init__(self, opened: Callable[[], socket.socket] | None = None, *, control: Path = Path("/run/udev/control")) -> None:
        self._opened = opened or _netlink
        self._control = control
        self._listeners: list[tuple[str | None, Callable[[], None]]] = []
        self._socket: socket.socket | None = None
        self._begun = False
        self._touched: set[str] = set()
        self._missed = False
        self._due: asyncio.TimerHandle | None = None

    @property
    def hears(self) -> bool:
        """Whether it is listening."""
        return self._socket is not None

    def on_move(self, callback: Callable[[], None], below: str | None = None) -> None:
        """Call back when something has moved at or below the name, a USB path; None = anywhere."""
        self._listeners.append((below, callback))
        if not self._begun:
            self._begun = True
            self._listen()

    def close(self) -> None:
        """Listen no more; safe to call twice."""
        self._listeners.clear()
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._socket is not None:
            self._shut(self._socket)

    def _listen(self) -> None:
        # libudev looks for the same file: where no udevd runs its group is silent, and nothing else tells.
        if not self._control.exists():
            self._deaf("udevd does not run here")
            return
        try:
            self._socket = self._opened()
        except OSError as error:
            self._deaf(f"{error}: let the service have AF_NETLINK")
            return
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._heard)

    def _shut(self, opened: socket.socket) -> None:
        self._loop.remove_reader(opened)
        opened.close()
        self._socket = None

    def _deaf(self, why: str) -> None:
        log.warning("udev cannot be heard, so modems that come and go are looked for: %s", why)

    def _heard(self) -> None:
        assert self._socket is not None
        for _ in range(BURST):
            try:
                names = moved(self._socket.recv(LONGEST))
            except BlockingIOError:
                return
            except OSError as error:
                self._missed = True
                self._tell_soon()
                if error.errno == errno.ENOBUFS:  # netlink(7): events were dropped, the next ones come
                    continue
                self._shut(self._socket)
                self._deaf(str(error))
                return
            if names is not None:
                self._touched |= names
                self._tell_soon()

    def _tell_soon(self) -> None:
        if self._due is None:
            self._due = self._loop.call_later(GATHER, self._tell)

    def _tell(self) -> None:
        touched, missed = self._touched, self._missed
        self._due, self._touched, self._missed = None, set(), False
        for below, callback in self._listeners:
            if missed or below is None or below in touched:
                callback()


def _netlink() -> socket.socket:
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, _KOBJECT_UEVENT)
    try:
        opened.bind((0, _UDEV))
    except OSError:
        opened.close()
        raise
    return opened
