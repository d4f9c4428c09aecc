"""The GPIO chips of a kernel for tests: a sysfs of files, and ioctls as its uapi header has them."""

import errno
import os
import struct
from pathlib import Path

from hw.chips import Chips

# include/uapi/linux/gpio.h: _IOR(0xB4, 0x01, struct gpiochip_info), _IOWR(0xB4, 0x02, struct gpioline_info)
GET_CHIP, GET_LINE = (2 << 30) | (68 << 16) | (0xB4 << 8) | 1, (3 << 30) | (72 << 16) | (0xB4 << 8) | 2
NAMES = {5: b"slot-05", 6: b"slot-06"}


class Kernel:
    """Three chips, the header's and two expanders of one kind on two addresses; none when `bare`."""

    def __init__(self, root: Path, *, bare: bool = False) -> None:
        self.sysfs, self.dev = root / "sys", root / "dev"
        (self.sysfs / "bus/gpio/devices").mkdir(parents=True)
        self.dev.mkdir()
        self.labels: dict[str, bytes] = {}
        self.sizes: dict[str, int] = {}
        self.taken: set[tuple[str, int]] = set()  # lines that the kernel or a process holds
        if bare:
            return
        self.chip(0, "platform/soc/fe200000.gpio", b"pinctrl-bcm2711")
        self.chip(1, "platform/soc/i2c-1/1-0020", b"pcf8575")
        self.chip(12, "platform/soc/i2c-1/1-0021", b"pcf8575")

    def chip(self, number: int, place: str, label: bytes, lines: int = 16) -> None:
        """One chip of so many lines."""
        name = f"gpiochip{number}"
        if name not in self.labels:
            (self.sysfs / "devices" / place / name).mkdir(parents=True)
            (self.sysfs / "bus/gpio/devices" / name).symlink_to(self.sysfs / "devices" / place / name)
            (self.dev / name).touch()
        self.labels[name], self.sizes[name] = label, lines

    def ioctl(self, chip: int, request: int, question: bytes) -> bytes:
        """What the kernel answers."""
        name = Path(f"/proc/self/fd/{chip}").readlink().name
        if request == GET_CHIP and len(question) == 68:
            return struct.pack("=32s32sI", name.encode(), self.labels[name], self.sizes[name])
        if request == GET_LINE and len(question) == 72:
            offset = int.from_bytes(question[:4], "little")
            used = int((name, offset) in self.taken)  # GPIOLINE_FLAG_KERNEL
            return struct.pack("=II32s32s", offset, used, NAMES.get(offset, b"") if name == "gpiochip1" else b"", b"")
        raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))

    def chips(self) -> Chips:
        """As the agent sees them."""
        return Chips(self.sysfs, self.dev, self.ioctl)
