"""GPIO chips besides the header, I2C expanders for instance: found by what they are, and their lines by number or name."""

import fcntl
import os
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.errors import LineError, WiringError

# The kernel's include/uapi/linux/gpio.h: struct gpiochip_info and struct gpioline_info.
_CHIP, _LINE = struct.Struct("32s32sI"), struct.Struct("II32s32s")
_GET_CHIP, _GET_LINE = 0x8044B401, 0xC048B402
_HELD = 1  # GPIOLINE_FLAG_KERNEL, by whomever
# gpiozero names header pins with a colon too.
_HEADERS = re.compile(r"[JP]\d+|SODIMM|RUN|TV|POE")
_IN_USE = 1  # GPIOLINE_FLAG_KERNEL there: the kernel or a process has it
_HEADER_PIN = re.compile(r"(?:GPIO|BCM)?(\d+)", re.IGNORECASE)
_BY_TURN = re.compile(r"(?:gpio)?chip(\d+)")

Ioctl = Callable[[int, int, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Chip:
    """One gpiochip: its number, where it sits (`1-0020`: I2C bus 1, address 0x20), its driver's label, how many lines it has."""

    number: int
    place: str
    label: str
    lines: int

    def __str__(self) -> str:
        return f"gpiochip{self.number} ({self.place}, {self.label}, {self.lines} lines)"


class Chips:
    """The gpiochips of this kernel; nothing is kept, each question looks anew."""

    def __init__(self, sysfs: Path = Path("/sys"), dev: Path = Path("/dev"), ioctl: Ioctl = fcntl.ioctl) -> None:
        self._sysfs, self._dev, self._ioctl = sysfs, dev, ioctl

    def find(self, chip: str, line: str) -> tuple[int, int]:
        """The number of a chip and the offset of a line on it, each given by number or name. LineError when no such chip is there,
        WiringError when it has no such line, or several are called so."""
        found = self._chip(chip)
        if not line.isdigit():
            return found.number, self._named(found, line)
        if int(line) >= found.lines:
            raise WiringError(f"gpiochip{found.number} has no line {line}", f"its lines are 0 to {found.lines - 1} (`gpioinfo`)")
        return found.number, int(line)

    def holder(self, pin: str) -> str | None:
        """Who has claimed a pin, by the name that it gave itself; None = nobody. LineError where it cannot be told."""
        if on_chip(pin):
            chip, _, line = pin.rpartition(":")
            number, offset = self.find(chip, line)
        else:
            number, offset = self._on_header(pin)
        _, flags, _, consumer = _LINE.unpack(self._ask(number, _GET_LINE, _LINE.pack(offset, 0, b"", b"")))
        return (_text(consumer) or "nobody knows whom") if flags & _IN_USE else None

    def _on_header(self, pin: str) -> tuple[int, int]:
        """Raspberry Pis name the header's chip after its pin controller: pinctrl-bcm2711, pinctrl-rp1."""
        headers = [chip.number for chip in self.all() if chip.label.startswith("pinctrl-")]
        named = _HEADER_PIN.fullmatch(pin)
        if not headers or named is None:
            raise LineError(f"{pin} is on no header that is known here", "`gpioinfo` tells the lines")
        return headers[0], int(named[1])

    def _chip(self, name: str) -> Chip:
        there = list(self.all())
        if turn := _BY_TURN.fullmatch(name):
            fitting = [chip for chip in there if chip.number == int(turn[1])]
        else:
            fitting = [chip for chip in there if name in (chip.place, chip.label)]
        if len(fitting) == 1:
            return fitting[0]
        found = f"there are: {', '.join(map(str, fitting or there)) or 'none'}"
        if fitting:
            raise WiringError(f"{len(fitting)} chips are called {name}", found)
        raise LineError(f"no GPIO chip is called {name}", found)

    def all(self) -> Iterator[Chip]:
        """In the order of their numbers. LineError."""
        links = {int(link.name[8:]): link for link in self._sysfs.glob("bus/gpio/devices/gpiochip*") if link.name[8:].isdigit()}
        for number, link in sorted(links.items()):
            _, label, lines = _CHIP.unpack(self._ask(number, _GET_CHIP, bytes(_CHIP.size)))
            yield Chip(number, link.resolve().parent.name, _text(label), lines)

    def free(self, chip: Chip, offset: int) -> bool:
        """Whether neither the kernel nor a process holds that line. LineError."""
        _, flags, _, _ = _LINE.unpack(self._ask(chip.number, _GET_LINE, _LINE.pack(offset, 0, b"", b"")))
        return not flags & _HELD

    def _named(self, chip: Chip, name: str) -> int:
        for offset in range(chip.lines):
            _, _, line, _ = _LINE.unpack(self._ask(chip.number, _GET_LINE, _LINE.pack(offset, 0, b"", b"")))
            if _text(line) == name:
                return offset
        raise WiringError(f"gpiochip{chip.number} has no line called {name}", "`gpioinfo` tells the names")

    def _ask(self, number: int, request: int, question: bytes) -> bytes:
        path = self._dev / f"gpiochip{number}"
        try:
            chip = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise LineError(f"{path} cannot be opened: {error.strerror}", "add the user to group gpio") from error
        try:
            return self._ioctl(chip, request, question)
        except OSError as error:
            raise LineError(f"{path} does not say what it is: {error.strerror}", "is it a GPIO chip?") from error
        finally:
            os.close(chip)


def _text(octets: bytes) -> str:
    return octets.partition(b"\0")[0].decode("utf-8", "replace")


def on_chip(pin: str) -> bool:
    """Whether the pin is a line of a further gpiochip, and none of the header's."""
    chip, colon, _ = pin.rpartition(":")
    return bool(colon) and not _HEADERS.fullmatch(chip)
