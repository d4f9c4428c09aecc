"""Pins of this machine that nobody has claimed, for whoever wires a slot."""

import re
from collections.abc import Iterator

from hw.chips import Chips

# Of the header: without the lines of I2C (2, 3), UART (14, 15), SPI (7 to 11) and the ID memory of a HAT (0, 1).
_PLAIN = (4, 5, 6, 12, 13, *range(16, 28))
_HEADER = re.compile(r"pinctrl-(bcm\d+|rp1)")
_ON_I2C = re.compile(r"\d+-[0-9a-f]{4}")  # as the kernel names what sits on I2C: bus and address


def spare(chips: Chips) -> Iterator[str]:
    """As the configuration names them: the header's, then those of expanders. LineError."""
    there = list(chips.all())
    for chip in there:
        if _HEADER.fullmatch(chip.label):
            yield from (f"GPIO{line}" for line in _PLAIN if line < chip.lines and chips.free(chip, line))
    for chip in there:
        if _ON_I2C.fullmatch(chip.place):
            yield from (f"{chip.place}:{line}" for line in range(chip.lines) if chips.free(chip, line))
