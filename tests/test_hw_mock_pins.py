"""LEDs and chips as only mock pins can show them: every write, and pins that fail."""

import errno
import gc
from dataclasses import replace

import pytest
from gpiozero.pins.mock import MockPin

from agent.errors import LineError
from agent.ports import Colour, Rgb, Wiring
from hw.board import build
from hw.leds import GpioLamp
from hw.pins import Pins

WIRING = Wiring("s1", tty="/dev/null", presence="GPIO17", led="GPIO27")


class NotingPin(MockPin):  # type: ignore[misc]
    """Mock pins keep changes only; this one keeps every write, and can be made to fail as an expander does that has come off its bus."""

    def __init__(self, factory: object, info: object) -> None:
        self.writes: list[bool] = []
        self.broken = False
        super().__init__(factory, info)

    def _set_state(self, value: bool) -> None:
        if self.broken:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        self.writes.append(bool(value))
        super()._set_state(value)

    def close(self) -> None:
        if self.broken:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        super().close()


@pytest.fixture
def noting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mock pin is a NotingPin."""
    monkeypatch.setattr("hw.pins.MockPin", NotingPin)
    monkeypatch.setattr("hw.gpio.MockPin", NotingPin)


def pin_of(pins: Pins, pin: str) -> NotingPin:
    factory, name = pins.of("s1", pin)
    found = factory.pin(name)
    assert isinstance(found, NotingPin)
    return found


@pytest.mark.usefixtures("noting")
def test_a_lamp_writes_its_pin_only_on_a_change() -> None:
    pins = Pins("mock")
    lamp = GpioLamp("s1", "GPIO27", pins)
    writes = pin_of(pins, "GPIO27").writes
    writes.clear()
    for colour in (None, Colour.BLUE, Colour.BLUE, Colour.YELLOW, None):
        lamp.show(colour)
    assert writes == [True, False]
    lamp.close()


@pytest.mark.usefixtures("noting")
@pytest.mark.parametrize("active", ["low", "high"])
def test_the_last_write_of_a_closed_lamp_is_dark(active: str) -> None:
    pins = Pins("mock")
    lamp = GpioLamp("s1", Rgb("GPIO5", "chip1:5", "chip2:5"), pins, active)
    three = [pin_of(pins, pin) for pin in ("GPIO5", "chip1:5", "chip2:5")]
    assert [pin.writes[-1] for pin in three] == [active == "low"] * 3
    lamp.show(Colour.WHITE)
    assert [pin.writes[-1] for pin in three] == [active == "high"] * 3
    lamp.close()
    assert [pin.writes[-1] for pin in three] == [active == "low"] * 3
    assert [pin.function for pin in three] == ["input"] * 3


@pytest.mark.usefixtures("noting")
@pytest.mark.parametrize("led", ["chip1:5", Rgb("GPIO5", "chip1:5", "GPIO6")], ids=["one", "rgb"])
def test_a_lamp_that_fails_says_so_and_its_end_raises_nothing(led: str | Rgb, caplog: pytest.LogCaptureFixture) -> None:
    wiring = replace(WIRING, led=led)
    board = build("mock", [wiring])
    lamp = board.lamp(wiring)
    assert lamp is not None
    lamp.show(Colour.WHITE)
    pin_of(board._all_pins(), "chip1:5").broken = True
    with pytest.raises(LineError, match=r"slot s1: chip1:5: .*Remote I/O error"):
        lamp.show(None)
    board.close()
    board.close()
    del lamp
    gc.collect()  # gpiozero closes what is collected, and what that raises would be printed
    warnings = [record.getMessage() for record in caplog.records]
    assert len([said for said in warnings if said.startswith("s1: its LED could not be darkened: slot s1: chip1:5")]) == 1


@pytest.mark.usefixtures("noting")
def test_of_a_lamp_that_cannot_be_had_nothing_is_kept() -> None:
    pins = Pins("mock")
    # Kept, as a traceback is that is logged later: nothing is collected before.
    with pytest.raises(LineError, match="slot s1: GPIO99 is no GPIO pin") as _caught:
        GpioLamp("s1", Rgb("GPIO5", "chip1:5", "GPIO99"), pins)
    GpioLamp("s1", Rgb("GPIO5", "chip1:5", "GPIO6"), pins).close()


def test_a_line_with_one_number_on_each_chip_is_another_pin() -> None:
    pins = Pins("mock")
    lamps = {pin: GpioLamp("s1", pin, pins) for pin in ("GPIO5", "chip1:5", "1-0020:5", "1-0020:left", "1-0020:right", "chip1:left")}
    for shown, lamp in lamps.items():
        lamp.show(Colour.BLUE)
        for pin, other in lamps.items():
            factory, name = pins.of("s1", pin)
            assert bool(factory.pin(name).state) is (other is lamp), (shown, pin)
        lamp.show(None)
    with pytest.raises(LineError, match="slot s2: gpiochip1:5 is in use already"):
        GpioLamp("s2", "gpiochip1:5", pins)
    for lamp in lamps.values():
        lamp.close()
    pins.close()
