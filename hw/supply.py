"""Power lines through gpiozero: a modem has power from the first moment on, and loses it only for a cut."""

import logging

from gpiozero.pins import Factory

from agent.errors import LineError, WiringError
from hw.claimed import Output, releasing
from hw.gpio import pin_faults

log = logging.getLogger(__name__)


class GpioSupply:
    """A power line on one pin, at its active level = on. LineError, WiringError, `name`: as of GpioLine."""

    def __init__(self, slot: str, pin: str, active: str, factory: Factory, name: str | None = None) -> None:
        if active not in ("low", "high"):
            raise WiringError(f"slot {slot}: power_active is {active!r}", 'say "low" or "high"')
        self._slot = slot
        self._pin = pin
        with pin_faults(slot, pin):
            self._output = Output(name or pin, active_high=active == "high", initial_value=True, pin_factory=factory)

    def give(self, on: bool) -> None:
        """Power or none. LineError when the pin cannot be set."""
        with pin_faults(self._slot, self._pin):
            self._output.value = on

    def close(self) -> None:
        """Power, and the pin released: from then on it floats. What fails is told in the log."""
        if self._output.closed:
            return
        try:
            with pin_faults(self._slot, self._pin), releasing(self._output):
                self._output.value = True
        except LineError as error:
            log.warning("%s: its power line could not be released: %s", self._slot, error, extra={"slot": self._slot})
