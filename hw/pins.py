"""Every pin of one board by its name: `GPIO17` of the header, `chip1:5` of another gpiochip; each chip has a pin factory of its own."""

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

from gpiozero.pins import Factory, PinInfo
from gpiozero.pins.mock import MockFactory, MockPin

from agent.errors import LineError
from hw.chips import Chips, on_chip
from hw.gpio import elsewhere, pin_factory, pin_faults

log = logging.getLogger(__name__)


class Pins:
    """The pins of a board of that kind, `pi` or `mock`; a mock board has every chip and line that is asked for."""

    def __init__(self, kind: str, chips: Chips | None = None) -> None:
        self._kind = kind
        self._chips = chips or Chips()
        self._header: Factory | None = None
        self._factories: dict[str | int, Factory] = {}
        self._named: dict[tuple[str, str], int] = {}

    def header(self) -> Factory:
        """The factory of the header's pins. LineError where there is no GPIO."""
        if self._header is None:
            self._header = pin_factory(self._kind)
        return self._header

    def of(self, slot: str, pin: str) -> tuple[Factory, str]:
        """The factory that has the pin, and its name there. LineError when there is no such chip or line."""
        if not on_chip(pin):
            return self.header(), pin
        chip, _, line = pin.rpartition(":")
        with pin_faults(slot, pin):
            if self._kind == "mock":
                return self._mock(chip.removeprefix("gpio")), f"GPIO{self._mock_line(chip, line)}"
            number, offset = self._chips.find(chip, line)
            if number not in self._factories:
                self._factories[number] = _kernel_chip(number)
            return self._factories[number], f"GPIO{offset}"

    def close(self) -> None:
        """Let go of every chip; one that fails is told, and ends nothing."""
        for factory in (*self._factories.values(), self._header):
            if factory is not None:
                try:
                    with pin_faults("", "its chip"):
                        factory.close()
                except LineError as error:
                    log.warning("while the pins were released: %s", error)
        self._factories, self._header = {}, None

    def _mock(self, chip: str) -> Factory:
        if chip not in self._factories:
            self._factories[chip] = _chip_factory(MockFactory, pin_class=MockPin)
        return self._factories[chip]

    def _mock_line(self, chip: str, line: str) -> int:
        # Names are numbered far above all numbers.
        return int(line) if line.isdigit() else self._named.setdefault((chip, line), 1000 + len(self._named))


def _kernel_chip(number: int) -> Factory:
    with elsewhere():
        from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415 - lgpio is there only on some machines
    return _chip_factory(LGPIOFactory, chip=number)


class _Lines:
    """What gpiozero wants to know of a board, for one that is a row of equal lines without fixed pull resistors."""

    def find_pin(self, name: str) -> Iterator[tuple[None, PinInfo]]:
        if found := re.fullmatch(r"GPIO(\d+)", name):
            yield None, PinInfo(int(found[1]), name, frozenset({name}), "", 1, 1, frozenset({"gpio"}))


def _chip_factory(kind: Callable[..., Factory], **what: Any) -> Factory:
    """A factory whose pins are its own: gpiozero's local ones share them by name, and line 5 of one chip would be that of another."""

    class ChipFactory(kind):  # type: ignore[misc, valid-type]  # gpiozero is untyped
        def __init__(self) -> None:
            super().__init__(**what)
            self.pins: dict[PinInfo, Any] = {}
            self._reservations: defaultdict[PinInfo, list[Any]] = defaultdict(list)
            self._res_lock = Lock()

        def _get_board_info(self) -> _Lines:
            return _Lines()

    return ChipFactory()
