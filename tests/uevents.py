"""Datagrams as systemd writes them (src/libsystemd/sd-device/device-monitor.c, device_monitor_send), and a wire for them."""

import socket
import struct
from pathlib import Path

from hw.udev import Udev

HOST = "/devices/platform/scb/fd500000.pcie/pci0000:00/0000:00:00.0/0000:01:00.0"


def datagram(action: str, path: str, subsystem: str, *, beyond: int = 0, **properties: str) -> bytes:
    """One event of group 2; `beyond`: octets by which a later systemd's header is longer."""
    words = {"ACTION": action, "DEVPATH": path, "SUBSYSTEM": subsystem, **properties, "SEQNUM": "4711", "USEC_INITIALIZED": "81234567"}
    text = "".join(f"{key}={value}\0" for key, value in words.items()).encode()
    size = 40 + beyond
    # prefix, magic in network order, header_size, properties_off, properties_len, two hashes, two halves of a bloom filter
    header = b"libudev\0" + struct.pack(">I", 0xFEEDCAFE) + struct.pack("=IIIIIII", size, size, len(text), 0x4B4D5A6E, 0, 0x10, 0x2)
    return header + bytes(beyond) + text


def usb(path: str) -> str:
    """DEVPATH of a USB path: `1-1.2` hangs on `1-1`, that on `usb1`."""
    bus, _, ports = path.partition("-")
    chain = [f"{bus}-{'.'.join(ports.split('.')[: depth + 1])}" for depth in range(ports.count(".") + 1)]
    return "/".join([HOST, f"usb{bus}", *chain])


def events(action: str, path: str, interface: int, tty: str) -> list[bytes]:
    """What udev tells of one modem with one usb-serial port; the kernel takes away in the other direction."""
    modem = usb(path)
    port = f"{modem}/{path}:1.{interface}/{tty}"
    told = [
        datagram(action, modem, "usb", DEVTYPE="usb_device", PRODUCT="2c7c/125/318"),
        datagram(action, f"{modem}/{path}:1.{interface}", "usb", DEVTYPE="usb_interface"),
        datagram(action, port, "usb-serial"),
        datagram(action, f"{port}/tty/{tty}", "tty", DEVNAME=f"/dev/{tty}", MAJOR="188", MINOR="2"),
    ]
    return told if action == "add" else told[::-1]


class Wire:
    """A `Udev`, and the other end of its socket."""

    def __init__(self, here: Path) -> None:
        self.far, self._near = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.udev = Udev(lambda: self._near, control=here)

    def send(self, *datagrams: bytes) -> None:
        """All of them, in this turn of the loop."""
        for one in datagrams:
            self.far.send(one)

    def close(self) -> None:
        """Both ends."""
        self.udev.close()
        self._near.close()
        self.far.close()
