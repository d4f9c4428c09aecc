"""LEDs through gpiozero: on and off, no thread of its own."""

import logging
from contextlib import ExitStack

from agent.errors import LineError
from agent.ports import Colour, Rgb
from hw.claimed import Output, releasing
from hw.gpio import pin_faults
from hw.pins import Pins

# Which of red, green and blue; no more than on and off can be had without a thread.
_MIXED = {
    None: (False, False, False),
    Colour.BLUE: (False, False, True),
    Colour.WHITE: (True, True, True),
    Colour.YELLOW: (True, True, False),
}

log = logging.getLogger(__name__)


class GpioLamp:
    """`Lamp` on one pin, or on three, dark at first. LineError when a pin cannot be had, WiringError when it never can."""

    def __init__(self, slot: str, led: str | Rgb, pins: Pins, active: str = "high") -> None:
        self._slot = slot
        self._one = not isinstance(led, Rgb)
        self._pins: list[_Pin] = []
        with ExitStack() as undo:
            for pin in (led.red, led.green, led.blue) if isinstance(led, Rgb) else (led,):
                self._pins.append(_Pin(slot, pin, pins, active))
                undo.callback(self._pins[-1].close)
            undo.pop_all()

    def show(self, colour: Colour | None) -> None:
        """Light it, in that colour if it has several; a pin is written only when that is a change. LineError when it cannot be."""
        lit = (colour is not None,) if self._one else _MIXED[colour]
        for pin, on in zip(self._pins, lit, strict=True):
            pin.show(on)

    def close(self) -> None:
        """Dark, and its pins released; what fails is told in the log."""
        for pin in self._pins:
            try:
                pin.close()
            except LineError as error:
                log.warning("%s: its LED could not be darkened: %s", self._slot or "gateway", error, extra={"slot": self._slot or None})
        self._pins = []


class _Pin:
    """One output."""

    def __init__(self, slot: str, pin: str, pins: Pins, active: str) -> None:
        self._slot, self._name = slot, pin
        self._lit = False
        factory, name = pins.of(slot, pin)
        with pin_faults(slot, pin):
            self._output = Output(name, active_high=active == "high", pin_factory=factory)

    def show(self, lit: bool) -> None:
        if lit == self._lit:
            return
        with pin_faults(self._slot, self._name):
            self._output.value = lit
        self._lit = lit

    def close(self) -> None:
        with pin_faults(self._slot, self._name), releasing(self._output):
            if self._lit:
                self._output.value = False
