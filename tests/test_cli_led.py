"""`simgate led` as people and scripts call it."""

import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from child import ROOT, agent, simgate
from click.testing import CliRunner
from gate import racked
from gpiozero.pins.mock import MockPin

from agent.cli.lighting import led
from agent.slots.patterns import Pattern
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh

GATEWAY, FIRST, SECOND = ("gateway: 1-0021:5", "21"), ("slot rack1-01: 1-0020:5", "20"), ("slot rack1-02: 1-0021:27", "21")
CONFIG = """
[gateway]
id = "rack1"
led = { r = "GPIO5", g = "GPIO6", b = "GPIO13" }
[endpoint]
url = "https://partner.example"
[board]
kind = "mock"
[[slot]]
name = "rack1-01"
tty = "/dev/null"
presence = "GPIO17"
led = "1-0020:5"
led_active = "low"
[[slot]]
name = "rack1-02"
tty = "/dev/zero"
led = "GPIO27"
[[slot]]
name = "rack1-03"
tty = "/dev/full"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "simgate.toml"
    path.write_text(CONFIG)
    return path


async def test_the_legend_needs_no_agent_and_no_configuration() -> None:
    done = await simgate("led", "legend", "--json")
    assert (done.code, done.err) == (0, "")
    assert [row["led"] for row in done.document] == [shown.name.lower() for shown in Pattern]
    assert set(done.document[0]) == {"led", "picture", "colour", "means", "do"}
    shown = await simgate("led", "legend")
    assert shown.code == 0
    for row in done.document:
        (line,) = [line for line in shown.out.splitlines() if line.split()[2:3] == [row["led"]]]
        assert line.startswith(row["picture"])
        assert row["means"] in line
        assert line.endswith(row["do"])
    assert "stands still for longer than 5 seconds" in shown.out.splitlines()[-1]


async def test_a_place_is_found_by_its_led(tmp_path: Path) -> None:
    modems = [SimulatedModem("quectel-ec25", fresh(0), delay=0.0)]
    async with racked(tmp_path, modems, lines=True) as rack, agent(rack.file) as running:
        config = ("--config", str(rack.file))
        done = await simgate("led", "blink", "rack1-01", "--seconds", "60", "--json", *config)
        assert (done.code, done.document) == (0, {"slot": "rack1-01", "seconds": 60})
        assert (await running.slot(1))["led"] == "identify"
        done = await simgate("led", "blink", "rack1-01", "--seconds", "0", *config)
        assert (done.code, done.out, done.err) == (0, "the LED of rack1-01 shows its state again\n", "")
        assert (await running.slot(1))["led"] != "identify"
        done = await simgate("led", "blink", "rack1-09", *config)
        assert (done.code, done.err) == (1, "simgate: there is no slot 'rack1-09'; one of: rack1-01\n")
        done = await simgate("led", "blink", *config)
        assert done.code == 1
        assert done.err.startswith("simgate: the gateway has no LED that works; ")
        assert (await simgate("led", "blink", "rack1-01", "--seconds", "-1", *config)).code == 2


async def test_without_an_agent_nothing_can_blink(config: Path) -> None:
    done = await simgate("led", "blink", "rack1-01", "--config", str(config))
    assert (done.code, done.out) == (3, "")


async def test_dark_needs_no_agent_and_no_key(config: Path) -> None:
    done = await simgate("led", "dark", "--config", str(config))
    assert (done.code, done.out, done.err) == (0, "", "")


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("GPIO", ["simgate: no GPIO here"]),
        # An expander may be there where the header is not.
        ("1-0021:", [f"simgate: {whose}: no GPIO chip is called 1-00{chip}" for whose, chip in (GATEWAY, FIRST, SECOND)]),
    ],
)
def test_where_there_is_no_gpio_dark_says_so(config: Path, header: str, told: list[str]) -> None:
    if list(Path("/dev").glob("gpiochip*")):
        pytest.skip("there is GPIO here")
    config.write_text(CONFIG.replace('kind = "mock"', 'kind = "pi"').replace('"GPIO', f'"{header}'))
    command = [sys.executable, "-m", "agent.cli", "led", "dark", "--config", str(config)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert len(lines) == len(told)
    assert all(line.startswith(start) for line, start in zip(lines, told, strict=True)), lines


class Written(MockPin):  # type: ignore[misc]
    """A mock pin that tells every level it was set to."""

    log: ClassVar[list[tuple[str, bool]]] = []

    def _set_state(self, value: bool) -> None:
        super()._set_state(value)
        self.log.append((repr(self), bool(value)))


def test_dark_sets_every_led_dark_by_its_own_level_and_touches_no_line(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hw.pins.MockPin", Written)
    monkeypatch.setattr("hw.gpio.MockPin", Written)
    monkeypatch.setattr(Written, "log", [])
    done = CliRunner().invoke(led, ["dark", "--config", str(config)])
    assert (done.exit_code, done.output) == (0, "")
    last = dict(Written.log)
    # The only one that is lit by low is line 5 of the chip; its mock pin has the name of the header's GPIO5.
    assert [level for pin, level in Written.log if pin == "GPIO5"] == [False, True]
    assert {pin: level for pin, level in last.items() if pin != "GPIO5"} == {"GPIO6": False, "GPIO13": False, "GPIO27": False}


def test_an_led_that_cannot_be_darkened_is_told_and_the_others_are_darkened(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hw.gpio.MockPin", Written)
    monkeypatch.setattr("hw.pins.MockPin", Written)
    monkeypatch.setattr(Written, "log", [])
    config.write_text(CONFIG.replace("GPIO13", "GPIO99"))
    done = CliRunner().invoke(led, ["dark", "--config", str(config)])
    assert done.exit_code == 1
    assert done.output.startswith("simgate: gateway: GPIO99 is no GPIO pin; ")
    assert ("GPIO27", False) in Written.log
