"""A /sys and a /dev as the kernel lays them out (Documentation/ABI: sysfs-bus-usb, sysfs-class-tty)."""

import shutil
from pathlib import Path

from agent.ports import WatchedSocket
from hw.tty import Apart, TtyPort, open_tty
from hw.udev import Udev
from hw.usb import TtySocket, UsbSocket


class Tree:
    """A /sys and a /dev, with everything under devices/ and links to it, as in the real one."""

    def __init__(self, root: Path) -> None:
        self.sysfs, self.dev = root / "sys", root / "dev"
        self.bus = self.sysfs / "bus/usb/devices"
        self.tty = self.sysfs / "class/tty"
        for place in (self.bus, self.tty, self.dev):
            place.mkdir(parents=True)

    def home(self, usb: str) -> Path:
        """Where the kernel has it."""
        return self.sysfs / "devices/usb1" / usb

    def modem(self, usb: str, usb_id: str) -> None:
        vendor, product = usb_id.split(":")
        """Something is enumerated at that path."""
        self.home(usb).mkdir(parents=True)
        (self.home(usb) / "idVendor").write_text(f"{vendor}\n")
        (self.home(usb) / "idProduct").write_text(f"{product}\n")
        (self.bus / usb).symlink_to(self.home(usb))

    def interface(self, usb: str, number: int) -> Path:
        """One of its interfaces, no driver bound."""
        name = f"{usb}:1.{number}"
        place = self.home(usb) / name
        place.mkdir()
        (place / "bInterfaceNumber").write_text(f"{number:02x}\n")
        (self.bus / name).symlink_to(place)
        return place

    def usb_serial(self, usb: str, number: int, name: str) -> None:
        """A usb-serial driver has bound an interface."""
        port = self.interface(usb, number) / name
        (port / "tty" / name).mkdir(parents=True)
        self.publish(name, port)

    def acm(self, usb: str, number: int, name: str) -> None:
        """cdc-acm has bound an interface."""
        interface = self.interface(usb, number)
        (interface / "tty" / name).mkdir(parents=True)
        self.publish(name, interface)

    def publish(self, name: str, behind: Path) -> None:
        """The class link and the node of a tty."""
        place = behind / "tty" / name
        (place / "device").symlink_to(behind)
        (self.tty / name).symlink_to(place)
        if not (self.dev / name).is_symlink():
            (self.dev / name).touch()

    def gone(self, usb: str, *names: str) -> None:
        """It is pulled out, with these ttys."""
        for name in names:
            (self.tty / name).unlink()
            (self.dev / name).unlink()
        for link in (*self.bus.glob(f"{usb}:*"), self.bus / usb):
            link.unlink()
        shutil.rmtree(self.home(usb))

    def socket(self, usb: str, udev: Udev | None = None) -> WatchedSocket:
        """The slot of that path."""
        return UsbSocket(usb, opener, sysfs=self.sysfs, dev=self.dev, udev=udev)

    def at(self, path: Path) -> WatchedSocket:
        """The slot of that tty."""
        return TtySocket(str(path), opener, sysfs=self.sysfs)


async def opener(tty: str) -> TtyPort:
    """As a board opens a tty."""
    return await open_tty(tty, executor=Apart())
