"""hw/spare: pins that may be offered to whoever wires a slot, on a kernel's chips as its uapi header has them."""

from pathlib import Path

import pytest
from gpiochips import Kernel

from agent.errors import LineError
from hw.chips import Chips
from hw.spare import spare

# The 40-pin header less I2C1, the ID memory, UART0 and SPI0 (raspberrypi.com: GPIO and the 40-pin header).
PLAIN = [f"GPIO{line}" for line in (4, 5, 6, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27)]


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def test_the_header_s_plain_lines_come_first_and_then_those_of_each_expander(kernel: Kernel) -> None:
    kernel.chip(0, "platform/soc/fe200000.gpio", b"pinctrl-bcm2711", 58)
    expanders = [f"1-00{address}:{line}" for address in (20, 21) for line in range(16)]
    assert list(spare(kernel.chips())) == PLAIN + expanders


def test_a_line_that_somebody_holds_is_left_out(kernel: Kernel) -> None:
    kernel.chip(0, "platform/soc/fe200000.gpio", b"pinctrl-bcm2711", 58)
    kernel.taken = {("gpiochip0", 4), ("gpiochip0", 27), ("gpiochip1", 0), ("gpiochip12", 15)}
    left = list(spare(kernel.chips()))
    assert left[:16] == [*PLAIN[1:-1], "1-0020:1"]
    assert left[-1] == "1-0021:14"


@pytest.mark.parametrize("label", [b"pinctrl-bcm2835", b"pinctrl-bcm2711", b"pinctrl-rp1"])
def test_the_header_s_chip_is_known_by_its_label_whatever_its_number(tmp_path: Path, label: bytes) -> None:
    kernel = Kernel(tmp_path, bare=True)
    kernel.chip(0, "platform/soc/gpio-brcmstb", b"gpio-brcmstb@107d508500", 32)
    kernel.chip(4, "platform/soc/1f000d0000.gpio", label, 54)
    kernel.chip(9, "platform/soc/firmware:gpio", b"raspberrypi-exp-gpio", 8)
    assert list(spare(kernel.chips())) == PLAIN


def test_a_chip_has_no_more_lines_than_it_says(kernel: Kernel) -> None:
    assert list(spare(kernel.chips()))[:6] == [*PLAIN[:5], "1-0020:0"]  # its first chip has 16


def test_without_gpio_there_is_none_and_what_may_not_be_opened_is_told(tmp_path: Path, kernel: Kernel) -> None:
    assert list(spare(Chips(tmp_path / "none", tmp_path / "none"))) == []
    (kernel.dev / "gpiochip1").unlink()
    with pytest.raises(LineError, match="gpiochip1 cannot be opened"):
        list(spare(kernel.chips()))
