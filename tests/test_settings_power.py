"""What a configuration says of power and recovery."""

from pathlib import Path

import pytest

from agent.settings.file import check, load_local

LEAST = '[gateway]\nid = "r"\n[endpoint]\nurl = "https://h"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "simgate.toml"


def test_a_modem_s_supply_is_nobody_s_business_unless_the_file_says_so(file: Path) -> None:
    file.write_text(LEAST + '[[slot]]\nname = "a"\nusb = "1-1"\n')
    found = load_local(file)
    wiring = found.slots[0].wiring
    assert (wiring.power, wiring.power_active, wiring.port_power, found.resets_per_hour) == (None, "high", False, 20)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            '[[slot]]\nname = "a"\ntty = "/dev/a"\nport_power = true\n',
            "port_power = True: needs a USB path; give the slot usb instead of tty",
        ),
        (
            '[[slot]]\nname = "a"\nusb = "1-1"\npower = "GPIO4"\n[[slot]]\nname = "b"\nusb = "1-2"\npower = "BCM4"\n',
            '[[slot]] "b" power = \'BCM4\': already taken by [[slot]] "a" power',
        ),
        ('[recovery]\nresets_per_hour = -1\n[[slot]]\nname = "a"\nusb = "1-1"\n', "recovery.resets_per_hour = -1"),
        ('[recovery]\nresets = 1\n[[slot]]\nname = "a"\nusb = "1-1"\n', "recovery.resets: unknown key"),
        ('[[slot]]\nname = "a"\nusb = "1-1"\npower_active = "up"\n', "power_active = 'up': is none of low, high"),
    ],
)
def test_what_cannot_be_meant_is_refused(file: Path, text: str, error: str) -> None:
    file.write_text(LEAST + text)
    (said,) = check(file)
    assert error in said
