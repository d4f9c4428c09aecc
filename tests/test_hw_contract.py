"""One contract for presence lines and LEDs, over mock pins and over a kernel's GPIO."""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
from gpiozero import Device

from agent.errors import LineError
from agent.ports import Board, Colour, Lamp, PresenceLine, Rgb, Wiring
from hw.board import build
from hw.chips import on_chip

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
    assert errors[0].getMessage().startswith("s1: ")
    assert vars(errors[0])["slot"] == "s1"
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


def test_no_thread_is_started_and_the_process_wide_factory_is_left_alone() -> None:
    before = threading.active_count()
    made = MockRig(WIRING)
    made.board.line(WIRING)
    made.board.lamp(WIRING)
    assert threading.active_count() == before
    assert Device.pin_factory is None
    made.board.close()
