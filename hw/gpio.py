"""SIM-presence lines through gpiozero, and the pin factory of the header."""

import logging
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager

from gpiozero import Device, GPIOPinInUse, GPIOZeroError, PinFixedPull, PinInvalidPin
from gpiozero.pins import Factory
from gpiozero.pins.mock import MockFactory, MockPin

from agent.errors import LineError, WiringError
from hw.claimed import Input, releasing

log = logging.getLogger(__name__)


class GpioLine:
    """`PresenceLine` on one pin, pulled to the level that means absent. LineError when it cannot be had, WiringError when never.

    `name`: what the factory calls the pin, where that is another name than people's.
    """

    def __init__(self, slot: str, pin: str, active: str, factory: Factory, name: str | None = None) -> None:
        if active not in ("low", "high"):
            raise WiringError(f"slot {slot}: presence_active is {active!r}", 'say "low" or "high"')
        self._slot = slot
        self._pin = pin
        self._active = active
        self._callback: Callable[[], None] | None = None
        with pin_faults(slot, pin):
            self._input = Input(name or pin, pull_up=active == "low", pin_factory=factory)

    def present(self) -> bool:
        """The level now, polarity applied. LineError when it cannot be read."""
        with pin_faults(self._slot, self._pin):
            return bool(self._input.is_active)

    def on_edge(self, callback: Callable[[], None]) -> None:
        """Call back on every edge from now on, in the pin library's thread; a second callback takes the place of the first."""
        self._callback = callback
        with pin_faults(self._slot, self._pin):
            # Straight at the pin: DigitalInputDevice would arm edges for those who only read levels, at 5 % of a core.
            self._input.pin.when_changed = self._edge

    def move(self, present: bool) -> None:
        """On a mock pin: the level that a card, or its absence, gives."""
        with pin_faults(self._slot, self._pin):
            pin = self._input.pin
            if present == (self._active == "high"):
                pin.drive_high()
            else:
                pin.drive_low()

    def close(self) -> None:
        """Release the pin; what fails is told in the log."""
        if self._input.closed:
            return
        try:
            with pin_faults(self._slot, self._pin), releasing(self._input):
                # gpiozero's own close leaves the callback of a real pin armed.
                self._input.pin.when_changed = None
        except LineError as error:
            log.warning("%s: its presence line could not be released: %s", self._slot, error, extra={"slot": self._slot})

    def _edge(self, _ticks: object, _level: object) -> None:
        try:
            if self._callback is not None:
                self._callback()
        except Exception:
            # Whatever it is: one step further it would end the thread that serves every line of the rack.
            log.exception("%s: the callback of its presence line failed", self._slot, extra={"slot": self._slot})


def pin_factory(kind: str) -> Factory:
    """gpiozero's own choice for `pi`, its MockFactory for `mock`. LineError where no factory can be had."""
    if kind == "mock":
        return MockFactory(pin_class=MockPin)
    if kind != "pi":
        raise LineError(f"no such kind of board: {kind!r}", 'say "pi" or "mock"')
    with warnings.catch_warnings(record=True) as refusals, elsewhere():
        warnings.simplefilter("always")
        try:
            # Not ensure_pin_factory(), which would make it the whole process's.
            factory = Device._default_pin_factory()
        except _pin_errors() as error:
            raise _no_factory(error, refusals) from error
    for refusal in refusals:
        log.warning("GPIO: %s", refusal.message)
    return factory


@contextmanager
def pin_faults(slot: str, pin: str) -> Iterator[None]:
    """Whatever the pin library raises inside becomes a LineError, or WiringError, that names slot, "" = the gateway, and pin."""
    whose = f"slot {slot}: {pin}" if slot else f"gateway: {pin}"
    try:
        yield
    except LineError as error:
        raise type(error)(f"{whose}: {error.what}", error.mend) from error
    except _pin_errors() as error:
        for kind, fault, mend in _FAULTS:
            if isinstance(error, kind):
                raise WiringError(f"{whose} {fault}", mend) from error
        if isinstance(error, PermissionError):
            raise LineError(f"{whose} may not be used", "add the user to group gpio") from error
        raise LineError(f"{whose}: {error}", "`gpioinfo` tells whether the kernel or another process holds it") from error


_FAULTS = (
    (PinInvalidPin, "is no GPIO pin", "name it as gpiozero does, GPIO17 for instance (`pinout` draws them)"),
    (GPIOPinInUse, "is in use already", "give every presence line and LED a pin of its own"),
    (PinFixedPull, "has a fixed pull resistor of the wrong sense", "take another pin, or the other presence_active"),
)


def _pin_errors() -> tuple[type[Exception], ...]:
    # What a pin factory may raise; lgpio has its own, outside every family, and is there only on some machines.
    lgpio = sys.modules.get("lgpio")
    own = (lgpio.error,) if lgpio else ()
    return (GPIOZeroError, OSError, RuntimeError, ValueError, ImportError, *own)


def _no_factory(error: Exception, refusals: "list[warnings.WarningMessage]") -> LineError:
    reasons = "; ".join(str(refusal.message) for refusal in refusals) or str(error)
    return LineError(f"no GPIO here ({reasons})", 'is this a Raspberry Pi with lgpio installed? Elsewhere say [board] kind = "mock"')


@contextmanager
def elsewhere() -> Iterator[None]:
    """A place where lgpio may be imported: it leaves a FIFO in `LG_WD` or the working directory, and moves the process to `LG_WD`."""
    try:
        with tempfile.TemporaryDirectory(prefix="simgate-") as place, chdir(place):
            yield
    except FileNotFoundError as error:
        raise LineError(f"no directory for lgpio's FIFO: {error}", "set TMPDIR to a directory that can be written") from error
