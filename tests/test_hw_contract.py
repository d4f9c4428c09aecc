"""One contract for presence lines and LEDs, over mock pins and over a kernel's GPIO."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin

from agent.errors import LineError
from agent.ports import Board, Lamp, PresenceLine, Wiring
from hw.board import build
from hw.leds import GpioLamp

WIRING = Wiring("s1", tty="/dev/null", presence="GPIO17", led="GPIO27")
ACTIVE_HIGH = Wiring("s1", tty="/dev/null", presence="GPIO17", presence_active="high", led="GPIO27")


class Rig(Protocol):
    """A board, and the hand and eye in front of it."""

    board: Board

    def level(self, high: bool) -> None: ...
    def lit(self) -> bool: ...


class MockRig:
    def __init__(self, wiring: Wiring) -> None:
        slot_board = build("mock", [wiring])
        self.board: Board = slot_board
        self.factory: Any = slot_board._factory

    def level(self, high: bool) -> None:
        pin = self.factory.pin("GPIO17")
        (pin.drive_high if high else pin.drive_low)()

    def lit(self) -> bool:
        return bool(self.factory.pin("GPIO27").state)


class KernelRig:
    """Pins of a gpio-sim chip (kernel documentation: admin-guide/gpio/gpio-sim): its sysfs pulls inputs and shows outputs."""

    def __init__(self, wiring: Wiring) -> None:
        if not list(Path("/dev").glob("gpiochip*")):
            pytest.skip("no /dev/gpiochip* here")
        chips = sorted(Path("/sys/devices/platform").glob("gpio-sim.*/gpiochip*/sim_gpio17"))
        if not chips:
            pytest.skip("GPIO, but no gpio-sim that a test could move")
        self.pins = chips[0].parent
        self.level(high=wiring.presence_active == "low")
        self.board: Board = build("pi", [wiring])

    def level(self, high: bool) -> None:
        (self.pins / "sim_gpio17/pull").write_text("pull-up" if high else "pull-down")

    def lit(self) -> bool:
        return (self.pins / "sim_gpio27/value").read_text().strip() == "1"


RIGS: dict[str, Callable[[Wiring], Rig]] = {"mock": MockRig, "kernel": KernelRig}


@pytest.fixture(
    params=[(kind, wiring) for kind in RIGS for wiring in (WIRING, ACTIVE_HIGH)], ids=lambda p: f"{p[0]}-{p[1].presence_active}"
)
def rig(request: pytest.FixtureRequest) -> Iterator[tuple[Rig, PresenceLine, Lamp, bool]]:
    """A rig, its line and its lamp, and the level that means present."""
    kind, wiring = request.param
    made = RIGS[kind](wiring)
    line, lamp = made.board.line(wiring), made.board.lamp(wiring)
    assert line is not None
    assert lamp is not None
    yield made, line, lamp, wiring.presence_active == "high"
    made.board.close()


Rigged = tuple[Rig, PresenceLine, Lamp, bool]


def test_a_line_that_nobody_touches_says_absent(rig: Rigged) -> None:
    _, line, _, _ = rig
    assert line.present() is False


def test_the_level_is_read_with_its_polarity(rig: Rigged) -> None:
    made, line, _, high = rig
    made.level(high)
    assert line.present() is True
    made.level(not high)
    assert line.present() is False


def test_every_edge_calls_back_and_the_level_is_there_to_read(rig: Rigged) -> None:
    made, line, _, high = rig
    edge = threading.Event()
    line.on_edge(edge.set)
    assert not edge.is_set()
    for level in (high, not high, high):
        made.level(level)
        assert edge.wait(5)
        edge.clear()
        assert line.present() is (level == high)


def test_a_callback_that_fails_is_logged_and_the_next_edge_still_comes(rig: Rigged, caplog: pytest.LogCaptureFixture) -> None:
    made, line, _, high = rig
    called = threading.Semaphore(0)

    def fail() -> None:
        called.release()
        raise ZeroDivisionError("callback")

    line.on_edge(fail)
    for level in (high, not high):
        made.level(level)
        assert called.acquire(timeout=5)
    made.board.close()
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert errors
    assert "slot s1" in errors[0].getMessage()
    assert errors[0].exc_info


def test_no_edge_calls_back_after_close(rig: Rigged) -> None:
    made, line, _, high = rig
    edge = threading.Event()
    line.on_edge(edge.set)
    line.close()
    made.level(high)
    assert not edge.is_set()


def test_a_closed_line_cannot_be_read_and_closes_again(rig: Rigged) -> None:
    _, line, _, _ = rig
    line.close()
    line.close()
    with pytest.raises(LineError, match="slot s1: GPIO17"):
        line.present()


def test_a_lamp_is_dark_then_shows_what_it_is_told(rig: Rigged) -> None:
    made, _, lamp, _ = rig
    assert made.lit() is False
    for lit in (True, True, False, False, True):
        lamp.show(lit)
        assert made.lit() is lit


def test_a_closed_lamp_is_dark_and_closes_again(rig: Rigged) -> None:
    made, _, lamp, _ = rig
    lamp.show(True)
    lamp.close()
    lamp.close()
    assert made.lit() is False


def test_a_board_gives_each_slot_one_line_and_one_lamp(rig: Rigged) -> None:
    made, line, lamp, high = rig
    wiring = ACTIVE_HIGH if high else WIRING
    assert made.board.line(wiring) is line
    assert made.board.lamp(wiring) is lamp
    assert made.board.socket(wiring) is made.board.socket(wiring)


class NotingPin(MockPin):  # type: ignore[misc]
    """Mock pins keep changes only; this one keeps every write."""

    def __init__(self, factory: object, info: object) -> None:
        self.writes: list[bool] = []
        super().__init__(factory, info)

    def _set_state(self, value: bool) -> None:
        self.writes.append(bool(value))
        super()._set_state(value)


def test_a_lamp_writes_its_pin_only_on_a_change() -> None:
    factory = MockFactory(pin_class=NotingPin)
    lamp = GpioLamp("s1", "GPIO27", factory)
    writes = factory.pin("GPIO27").writes
    writes.clear()
    for lit in (False, True, True, True, False):
        lamp.show(lit)
    assert writes == [True, False]
    lamp.close()


def test_no_thread_is_started_and_the_process_wide_factory_is_left_alone() -> None:
    before = threading.active_count()
    made = MockRig(WIRING)
    made.board.line(WIRING)
    made.board.lamp(WIRING)
    assert threading.active_count() == before
    assert Device.pin_factory is None
    made.board.close()
