"""LEDs through gpiozero: on and off, no thread of its own."""

from gpiozero import DigitalOutputDevice
from gpiozero.pins import Factory

from hw.gpio import pin_faults


class GpioLamp:
    """`Lamp` on one pin, dark at first. LineError when the pin cannot be had."""

    def __init__(self, slot: str, pin: str, factory: Factory) -> None:
        self._slot = slot
        self._pin = pin
        self._lit = False
        with pin_faults(slot, pin):
            self._output = DigitalOutputDevice(pin, pin_factory=factory)

    def show(self, lit: bool) -> None:
        """Light it or not; the pin is written only when that is a change. LineError when it cannot be."""
        if lit == self._lit:
            return
        with pin_faults(self._slot, self._pin):
            self._output.value = lit
        self._lit = lit

    def close(self) -> None:
        """Dark, and the pin released."""
        if self._output.closed:
            return
        try:
            self.show(False)
        finally:
            with pin_faults(self._slot, self._pin):
                self._output.close()
