"""One contract for presence lines and LEDs, over mock pins and over a kernel's GPIO."""

import errno
import gc
import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockPin

from agent.errors import LineError
from agent.ports import Board, Colour, Lamp, PresenceLine, Rgb, Wiring
from hw.board import build
from hw.chips import on_chip
from hw.leds import GpioLamp
from hw.pins import Pins

WIRING = Wiring("s1", tty="/dev/null", presence="GPIO17", led="GPIO27")
WIRINGS = {
    "low": WIRING,
    "high": replace(WIRING, presence_active="high"),
    "led-low": replace(WIRING, led_active="low"),
    "rgb": replace(WIRING, led=Rgb("GPIO22", "GPIO23", "GPIO24")),
    "rgb-low": replace(WIRING, led=Rgb("GPIO22", "GPIO23", "GPIO24"), led_active="low"),
    "chip": replace(WIRING, presence="chip1:17", led="chip1:27"),  # with the numbers of header pins, which are others
    "chip-high": replace(WIRING, presence="gpiochip1:2", presence_active="high", led=Rgb("chip1:3", "chip1:4", "GPIO4"), led_active="low"),
}
MIXED = {Colour.BLUE: (False, False, True), Colour.WHITE: (True, True, True), Colour.YELLOW: (True, True, False), None: (False,) * 3}


class Rig(Protocol):
    """A board, and the hand and eye in front of it."""

    board: Board

    def level(self, pin: str, high: bool) -> None: ...
    def is_high(self, pin: str) -> bool: ...


class MockRig:
    def __init__(self, wiring: Wiring) -> None:
        slot_board = build("mock", [wiring])
        self.board: Board = slot_board
        self.pins = slot_board._all_pins()
        self._kept: dict[str, Any] = {}

    def _pin(self, pin: str) -> Any:
        if pin not in self._kept:
            factory, name = self.pins.of("s1", pin)
            self._kept[pin] = factory.pin(name)
        return self._kept[pin]

    def level(self, pin: str, high: bool) -> None:
        (self._pin(pin).drive_high if high else self._pin(pin).drive_low)()

    def is_high(self, pin: str) -> bool:
        return bool(self._pin(pin).state)


class KernelRig:
    """Pins of gpio-sim chips (kernel documentation: admin-guide/gpio/gpio-sim): its sysfs pulls inputs and shows outputs."""

    def __init__(self, wiring: Wiring) -> None:
        if not list(Path("/dev").glob("gpiochip*")):
            pytest.skip("no /dev/gpiochip* here")
        assert wiring.presence is not None
        for pin in (wiring.presence, *wiring.led_pins):
            if not self._place(pin).is_dir():
                pytest.skip(f"GPIO, but no gpio-sim line {pin} that a test could move")
        self.level(wiring.presence, high=wiring.presence_active == "low")
        self.board: Board = build("pi", [wiring])

    @staticmethod
    def _place(pin: str) -> Path:
        chip = re.sub("^chip", "gpiochip", pin.partition(":")[0]) if on_chip(pin) else "gpiochip*"
        line = pin.rpartition(":")[2].removeprefix("GPIO")
        found = sorted(Path("/sys/devices/platform").glob(f"gpio-sim.*/{chip}/sim_gpio{line}"))
        return found[0] if found else Path("/nowhere")

    def level(self, pin: str, high: bool) -> None:
        (self._place(pin) / "pull").write_text("pull-up" if high else "pull-down")

    def is_high(self, pin: str) -> bool:
        return (self._place(pin) / "value").read_text().strip() == "1"


RIGS: dict[str, Callable[[Wiring], Rig]] = {"mock": MockRig, "kernel": KernelRig}


class Rigged:
    """A rig with its line and its lamp, seen as a person does: card in or out, which lights are lit."""

    def __init__(self, made: Rig, wiring: Wiring) -> None:
        self.made, self.board, self.wiring = made, made.board, wiring
        line, lamp = made.board.line(wiring), made.board.lamp(wiring)
        assert line is not None
        assert lamp is not None
        self.line: PresenceLine = line
        self.lamp: Lamp = lamp

    def card(self, present: bool) -> None:
        assert self.wiring.presence is not None
        self.made.level(self.wiring.presence, present == (self.wiring.presence_active == "high"))

    def lit(self) -> tuple[bool, ...]:
        return tuple(self.made.is_high(pin) == (self.wiring.led_active == "high") for pin in self.wiring.led_pins)


@pytest.fixture(params=[(kind, name) for kind in RIGS for name in WIRINGS], ids="-".join)
def rig(request: pytest.FixtureRequest) -> Iterator[Rigged]:
    """A board on one wiring."""
    kind, name = request.param
    made = RIGS[kind](WIRINGS[name])
    yield Rigged(made, WIRINGS[name])
    made.board.close()


def test_a_line_that_nobody_touches_says_absent(rig: Rigged) -> None:
    assert rig.line.present() is False


def test_the_level_is_read_with_its_polarity(rig: Rigged) -> None:
    rig.card(True)
    assert rig.line.present() is True
    rig.card(False)
    assert rig.line.present() is False


def test_every_edge_calls_back_and_the_level_is_there_to_read(rig: Rigged) -> None:
    edge = threading.Event()
    rig.line.on_edge(edge.set)
    assert not edge.is_set()
    for present in (True, False, True):
        rig.card(present)
        assert edge.wait(5)
        edge.clear()
        assert rig.line.present() is present


def test_a_callback_that_fails_is_logged_and_the_next_edge_still_comes(rig: Rigged, caplog: pytest.LogCaptureFixture) -> None:
    called = threading.Semaphore(0)

    def fail() -> None:
        called.release()
        raise ZeroDivisionError("callback")

    rig.line.on_edge(fail)
    for present in (True, False):
        rig.card(present)
        assert called.acquire(timeout=5)
    rig.board.close()
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert errors
    assert "slot s1" in errors[0].getMessage()
    assert errors[0].exc_info


def test_no_edge_calls_back_after_close(rig: Rigged) -> None:
    edge = threading.Event()
    rig.line.on_edge(edge.set)
    rig.line.close()
    rig.card(True)
    assert not edge.is_set()


def test_a_closed_line_cannot_be_read_and_closes_again(rig: Rigged) -> None:
    rig.line.close()
    rig.line.close()
    with pytest.raises(LineError, match=f"slot s1: {rig.wiring.presence}"):
        rig.line.present()


def test_a_lamp_is_dark_then_shows_what_it_is_told(rig: Rigged) -> None:
    assert not any(rig.lit())
    for colour in (Colour.BLUE, Colour.BLUE, None, None, Colour.YELLOW, Colour.WHITE, Colour.BLUE, Colour.YELLOW, None):
        rig.lamp.show(colour)
        assert rig.lit() == (MIXED[colour] if isinstance(rig.wiring.led, Rgb) else (colour is not None,))


def test_a_lamp_is_dark_once_it_or_its_board_is_closed(rig: Rigged) -> None:
    rig.lamp.show(Colour.WHITE)
    assert all(rig.lit())
    for end in (rig.lamp.close, rig.lamp.close, rig.board.close):
        end()
    # An input has no level of its own: a pin of gpio-sim then reads low, and an LED that is lit by low is dark all the same.
    assert not any(rig.lit()) or (isinstance(rig.made, KernelRig) and rig.wiring.led_active == "low")


def test_a_board_gives_each_slot_one_line_and_one_lamp(rig: Rigged) -> None:
    assert rig.board.line(rig.wiring) is rig.line
    assert rig.board.lamp(rig.wiring) is rig.lamp
    assert rig.board.socket(rig.wiring) is rig.board.socket(rig.wiring)


# -- what only mock pins can show --


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


def test_no_thread_is_started_and_the_process_wide_factory_is_left_alone() -> None:
    before = threading.active_count()
    made = MockRig(WIRING)
    made.board.line(WIRING)
    made.board.lamp(WIRING)
    assert threading.active_count() == before
    assert Device.pin_factory is None
    made.board.close()
