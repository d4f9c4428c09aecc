"""hw/chips: gpiochips found by where they sit, their label or their turn, on a sysfs of files, with ioctls as its uapi header has them."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from gpiochips import Kernel

from agent.errors import LineError
from agent.ports import Colour
from hw.chips import Chips, on_chip
from hw.leds import GpioLamp
from hw.pins import Pins


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


@pytest.mark.parametrize(
    ("chip", "line", "found"),
    [
        ("1-0020", "5", (1, 5)),
        ("1-0021", "05", (12, 5)),
        ("fe200000.gpio", "0", (0, 0)),
        ("pinctrl-bcm2711", "15", (0, 15)),
        ("chip1", "5", (1, 5)),
        ("gpiochip12", "5", (12, 5)),
        ("1-0020", "slot-06", (1, 6)),
    ],
)
def test_a_chip_is_found_by_its_place_its_label_or_its_turn_and_a_line_by_number_or_name(
    kernel: Kernel, chip: str, line: str, found: tuple[int, int]
) -> None:
    assert kernel.chips().find(chip, line) == found


@pytest.mark.parametrize(
    ("chip", "line", "told"),
    [
        ("1-0022", "5", "no GPIO chip is called 1-0022; there are: gpiochip0 (fe200000.gpio, pinctrl-bcm2711, 16 lines), gpiochip1 ("),
        ("pcf8575", "5", "2 chips are called pcf8575; there are: gpiochip1 (1-0020, pcf8575, 16 lines), gpiochip12 (1-0021,"),
        ("chip2", "5", "no GPIO chip is called chip2; "),
        ("1-0020", "16", "gpiochip1 has no line 16; its lines are 0 to 15"),
        ("1-0021", "slot-06", "gpiochip12 has no line called slot-06; "),
    ],
)
def test_what_is_not_there_is_told_with_what_is(kernel: Kernel, chip: str, line: str, told: str) -> None:
    with pytest.raises(LineError) as caught:
        kernel.chips().find(chip, line)
    assert str(caught.value).startswith(told)


def test_a_chip_that_may_not_be_opened_or_is_none_is_told(kernel: Kernel) -> None:
    with pytest.raises(LineError, match=r"gpiochip0 does not say what it is: .*; is it a GPIO chip\?"):
        Chips(kernel.sysfs, kernel.dev).find("1-0020", "5")  # the real ioctl, on a file
    (kernel.dev / "gpiochip1").unlink()
    with pytest.raises(LineError, match="gpiochip1 cannot be opened: No such file or directory; add the user to group gpio"):
        kernel.chips().find("1-0020", "5")


def test_where_there_is_no_gpio_there_is_no_chip(tmp_path: Path) -> None:
    with pytest.raises(LineError, match="no GPIO chip is called chip1; there are: none"):
        Chips(tmp_path, tmp_path).find("chip1", "5")


def test_no_question_leaves_a_chip_open(kernel: Kernel) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    kernel.chips().find("1-0020", "slot-06")
    with pytest.raises(LineError):
        Chips(kernel.sysfs, kernel.dev).find("1-0020", "5")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize(("pin", "further"), [("GPIO17", False), ("17", False), ("J8:11", False), ("SODIMM:3", False), ("chip1:5", True)])
def test_header_pins_are_told_from_lines_of_further_chips(pin: str, further: bool) -> None:
    assert on_chip(pin) is further


def test_the_kernel_s_own_chips_answer() -> None:
    chips = sorted(Path("/sys/bus/gpio/devices").glob("gpiochip*")) if Path("/sys/bus/gpio/devices").is_dir() else []
    if not chips:
        pytest.skip("no gpiochip here")
    number = int(chips[0].name.removeprefix("gpiochip"))
    assert Chips().find(f"chip{number}", "0") == (number, 0)


class Lgpio(ModuleType):
    """The functions of lgpio that gpiozero calls for outputs; `high` is what the lines of each chip were driven to."""

    def __init__(self) -> None:
        super().__init__("lgpio")
        self.high: dict[tuple[int, int], bool] = {}
        self.error = RuntimeError
        for turn, name in enumerate(("NONE", "UP", "DOWN")):
            setattr(self, f"SET_PULL_{name}", turn)
        for turn, name in enumerate(("RISING", "FALLING", "BOTH")):
            setattr(self, f"{name}_EDGE" + "S" * (name == "BOTH"), turn)

    def gpiochip_open(self, number: int) -> int:
        return number

    def gpiochip_close(self, number: int) -> None:
        self.high = {line: high for line, high in self.high.items() if line[0] != number}

    def gpio_claim_input(self, chip: int, line: int, _pull: int) -> None:
        self.high.pop((chip, line), None)

    def gpio_claim_output(self, chip: int, line: int) -> None:
        self.high[chip, line] = False

    def gpio_get_mode(self, chip: int, line: int) -> int:
        return 2 * ((chip, line) in self.high)

    def gpio_read(self, chip: int, line: int) -> int:
        return int(self.high.get((chip, line), False))

    def gpio_write(self, chip: int, line: int, high: bool) -> None:
        self.high[chip, line] = high


def test_each_chip_s_line_of_one_number_is_driven_by_itself(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    lgpio = Lgpio()
    monkeypatch.setitem(sys.modules, "lgpio", lgpio)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    pins = Pins("pi", kernel.chips())
    first, second = GpioLamp("s1", "1-0020:5", pins), GpioLamp("s2", "1-0021:5", pins, "low")
    assert lgpio.high == {(1, 5): False, (12, 5): True}
    first.show(Colour.BLUE)
    assert lgpio.high == {(1, 5): True, (12, 5): True}
    second.show(Colour.BLUE)
    assert lgpio.high == {(1, 5): True, (12, 5): False}
    with pytest.raises(LineError, match="slot s3: chip1:slot-05 is in use already"):
        GpioLamp("s3", "chip1:slot-05", pins)
    for lamp in (first, second):
        lamp.close()
    assert lgpio.high == {}
    pins.close()
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio")
