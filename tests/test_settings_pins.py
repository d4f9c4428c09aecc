"""How pins are named in the configuration file, and that no two of them are one."""

from pathlib import Path

import pytest

from agent.ports import Rgb, Wiring
from agent.settings.file import check, load_local

PINS = """
[gateway]
id = "rack1"
led = { r = "GPIO22", g = "GPIO23", b = "chip1:5" }
led_active = "low"
[endpoint]
url = "https://partner.example"
[[slot]]
name = "rack1-01"
usb = "1-1.2"
presence = "GPIO17"
led = "GPIO5"
"""


def wrong(path: Path, text: str) -> str:
    """The one thing that is wrong with it."""
    path.write_text(text)
    (line,) = check(path)
    return line.removeprefix(f"{path}: ")


@pytest.mark.parametrize("led", ["GPIO5", "chip3:5", "1-0020:5", "gpiochip12:slot-05", "J8:29"])
def test_a_pin_is_named_by_header_or_chip(tmp_path: Path, led: str) -> None:
    path = tmp_path / "simgate.toml"
    path.write_text(PINS.replace('"GPIO5"', f'"{led}"'))
    found = load_local(path)
    assert found.slots[0].wiring.led_pins == (led,)
    assert found.lamp == Wiring("", led=Rgb("GPIO22", "GPIO23", "chip1:5"), led_active="low")
    assert found.wirings == [found.lamp, found.slots[0].wiring]


def test_without_an_led_there_are_no_pins_and_high_lights(tmp_path: Path) -> None:
    path = tmp_path / "simgate.toml"
    path.write_text("".join(line for line in PINS.splitlines(keepends=True) if not line.startswith("led")))
    for wiring in load_local(path).wirings:
        assert (wiring.led_pins, wiring.led_active) == ((), "high")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"GPIO5"', '"BCM17"', '[[slot]] "rack1-01" led = \'BCM17\': already taken by [[slot]] "rack1-01" presence; give'),
        ('"GPIO17"', "17", '[[slot]] "rack1-01" presence = 17: is an integer, not text; write it in quotes'),
        ('"GPIO5"', '"gpio23"', "[[slot]] \"rack1-01\" led = 'gpio23': already taken by gateway.led.g; give"),
        ('"GPIO5"', '"gpiochip1:05"', "[[slot]] \"rack1-01\" led = 'gpiochip1:05': already taken by gateway.led.b; give"),
        ('"GPIO17"', '"chip1:5"', "[[slot]] \"rack1-01\" presence = 'chip1:5': already taken by gateway.led.b; give"),
        ('"GPIO23"', '"22"', "gateway.led.g = '22': already taken by gateway.led.r; give"),
        ('"GPIO23"', "23", "gateway.led: is an integer, not text; write it in quotes"),
        ('"GPIO23"', '"GPIO 23"', "gateway.led: is no pin name; write it like"),
        ('g = "GPIO23", ', "", "gateway.led: has not the three keys r, g and b; write it like { r = "),
        ("b = ", "u = ", "gateway.led: has not the three keys r, g and b; write it like { r = "),
        ('led_active = "low"', 'led_active = "lo"', "gateway.led_active = 'lo': is none of low, high; did you mean \"low\"?"),
    ],
)
def test_a_pin_that_is_wrong_or_taken_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in PINS
    assert wrong(tmp_path / "simgate.toml", PINS.replace(old, new, 1)).startswith(told)
