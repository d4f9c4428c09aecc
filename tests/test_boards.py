"""The boards that are shipped: each makes a right configuration, on pins that a Pi has to give; and a wrong board file is told."""

import re
import tomllib
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path

import pytest
from child import simgate
from gpiozero.pins.pi import PiBoardInfo

from agent.cli.beginning import first_text
from agent.cli.boards import advice, board_of, shipped, with_board
from agent.errors import ConfigError, SimgateError
from agent.ports import Rgb, Wiring
from agent.settings.board import BoardFile, read_board
from agent.settings.file import check, load_local
from agent.settings.values import Settings
from agent.settings.wiring import line_of
from hw.chips import on_chip
from hw.plugged import Plugged

ROOT = Path(__file__).parents[1]
BOARDS = {path.stem: path for path in (ROOT / "hw/boards").iterdir()}
# Revision codes of Raspberry Pi's own table: Zero 2 W, 3B+, 4B, 5, CM4 in its IO board.
REVISIONS = {"Zero2W": 0x902120, "3B+": 0xA020D3, "4B": 0xC03111, "5B": 0xC04170, "CM4": 0xB03140}
# ID EEPROM, I2C with its fixed pull-ups, the serial console.
RESERVED = {f"GPIO{number}" for number in (0, 1, 2, 3, 14, 15)}
WHOLE = '[board]\ntitle = "A board"\nat = "1-1.2"\n[[slot]]\nname = "01"\nusb = "{at}.1"\npresence = "GPIO17"\n'


def pins(slot: Wiring) -> list[str]:
    """Every pin of one slot."""
    return [pin for pin in (slot.presence, *slot.led_pins, slot.power) if pin is not None]


def all_pins(board: BoardFile) -> list[str]:
    """Every pin of a board, by one name each."""
    return [line_of(pin) for pin in chain(board.lamp.led_pins, *(pins(slot) for slot in board.slots))]


def configured(folder: Path, board: BoardFile) -> Settings:
    """What simgate makes of the configuration of that board."""
    file = folder / "simgate.toml"
    file.write_text(with_board(first_text([], "gate-7"), board, []))
    (folder / "api.key").write_text("key\n")
    assert check(file, {}) == []
    return load_local(file)


def test_three_arrangements_at_least_are_shipped_and_all_of_them_are_board_files() -> None:
    assert {"usb-stick", "usb-hub-8", "mini-pcie-16"} <= set(BOARDS)
    assert {path.suffix for path in BOARDS.values()} == {".toml"}
    assert shipped() == {name: BOARDS[name] for name in sorted(BOARDS)}


def test_boards_travel_in_the_wheel() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    wheel = build["targets"]["wheel"]
    # Hatchling takes every file of a package, unless it is excluded, or git ignores it.
    assert "hw" in wheel["packages"]
    assert (set(build), set(wheel)) == ({"targets"}, {"packages", "force-include"})
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text("utf-8").split()]
    names = {part for path in BOARDS.values() for part in path.relative_to(ROOT).parts}
    assert [pattern for pattern in ignored if any(fnmatch(name, pattern) for name in names)] == []


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_a_board_makes_a_configuration_that_says_what_its_file_says(tmp_path: Path, name: str) -> None:
    board = board_of(name, "3-2.4")
    found = configured(tmp_path, board)
    assert (found.gateway, found.lamp) == ("gate-7", board.lamp)
    assert [(slot.wiring.slot, slot.wiring.usb) for slot in found.slots] == [(f"gate-7-{slot.slot}", slot.usb) for slot in board.slots]
    assert all(re.fullmatch(r"3-2\.4(\.\d+)*", slot.usb or "") for slot in board.slots)
    assert [pins(slot.wiring) for slot in found.slots] == [pins(slot) for slot in board.slots]
    assert [slot.wiring.led_active for slot in found.slots] == [slot.led_active for slot in board.slots]
    assert [slot.wiring.power_active for slot in found.slots] == [slot.power_active for slot in board.slots]


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_every_pin_of_a_board_is_a_free_one_of_every_header_and_used_once(name: str) -> None:
    used = all_pins(board_of(name, None))
    assert len(used) == len(set(used))
    header = {pin for pin in used if not on_chip(pin)}
    for model, revision in REVISIONS.items():
        info = PiBoardInfo.from_revision(revision)
        assert info.model == model
        there = {pin.name for pin in info.headers["J8"].pins.values() if "gpio" in pin.interfaces}
        assert header <= there - RESERVED


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_every_line_of_an_expander_exists_in_its_overlay_and_can_do_what_it_must(name: str) -> None:
    board = board_of(name, None)
    overlays = [re.fullmatch(r"dtoverlay=mcp23017,addr=0x(2[0-7]),(?:gpiopin=(\d+)|noints)", line) for line in board.config_txt]
    assert all(overlays)
    interrupts = {found[1]: found[2] for found in overlays if found}
    assert len(interrupts) == len(overlays)
    taken = [f"GPIO{pin}" for pin in interrupts.values() if pin]
    assert len(taken) == len(set(taken))
    assert set(all_pins(board)).isdisjoint(taken)
    for slot in board.slots:
        for pin in filter(on_chip, pins(slot)):
            found = re.fullmatch(r"1-00(2[0-7]):(\d|1[0-5])", pin)
            assert found
            assert found[1] in interrupts
            if pin == slot.presence:
                # A7 and B7 are outputs only; without an interrupt a card is noticed late; and there is no pull-down inside.
                assert (found[2] not in ("7", "15"), interrupts[found[1]] is not None, slot.presence_active) == (True, True, "low")


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_no_board_is_deeper_than_usb_allows_or_larger_than_a_pi_4_can_enumerate(name: str) -> None:
    # USB 2.0, 4.1.1: seven tiers, the root hub's among them. VL805: 32 slots, for hubs too; one of them is the Pi 4's own.
    paths = {slot.usb for slot in board_of(name, "1-1.2").slots if slot.usb}
    hubs = {path[:end] for path in paths for end in range(len(path)) if path[end] == "."}
    assert max(path.count(".") for path in paths) + 2 <= 7
    assert len(paths | hubs) <= 32


def test_a_board_that_is_not_there_is_told_with_the_nearest_name() -> None:
    with pytest.raises(SimgateError, match="there is no board usb-hub8; did you mean") as told:
        board_of("usb-hub8", None)
    assert "./usb-hub8.toml" in told.value.mend


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('at = "1-1.2"\n', "", "board.at: missing; add it, or say --at"),
        ('"1-1.2"', '"usb1"', "board.at = 'usb1': is no USB topology path; write it like"),
        ('title = "A board"\n', "", "board.title: missing; add it"),
        ('[[slot]]\nname = "01"\nusb = "{at}.1"\npresence = "GPIO17"\n', "", "[[slot]]: there is none; write one for"),
        ('"{at}.1"', '"{at}1"', '[[slot]] "01" usb = \'{at}1\': is no USB path of a board; write it like "{at}.1"'),
        ('usb = "{at}.1"\n', "", '[[slot]] "01" usb: the slot has neither usb nor tty; say where'),
        ("presence", "presense", '[[slot]] "01" presense: unknown key; did you mean "presence"?'),
        ("presence", "rent", '[[slot]] "01" rent: unknown key; known here: name, usb'),
        ('at = "1-1.2"\n', 'at = "1-1.2"\ntaken = ["BCM17"]\n', "[[slot]] \"01\" presence = 'GPIO17': already taken by board.taken; give"),
        ('at = "1-1.2"\n', 'at = "1-1.2"\ntaken = "GPIO17"\n', "board.taken = 'GPIO17': is text, not an array; write it in square"),
        ('at = "1-1.2"\n', 'at = "1-1.2"\nled = "17"\n', "[[slot]] \"01\" presence = 'GPIO17': already taken by gateway.led; give"),
        ("[board]", "[gateway]", "gateway: unknown key; known here: board, slot"),
        ('name = "01"', 'name = "01', ": is no TOML: "),
    ],
)
def test_a_wrong_board_file_is_told_with_file_key_and_mend(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in WHOLE
    file = tmp_path / "mine.toml"
    file.write_text(WHOLE.replace(old, new, 1))
    with pytest.raises(ConfigError) as error:
        board_of(str(file), None)
    assert str(error.value).startswith(str(file))
    assert told in str(error.value)


def test_whatever_a_slot_can_have_a_board_can_give_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    more = 'presence_active = "high"\nled = { r = "GPIO5", g = "GPIO6", b = "GPIO13" }\npower = "GPIO4"\nport_power = true\n'
    file.write_text(WHOLE + more + '[[slot]]\nname = "uart"\ntty = "/dev/serial0"\n')
    board = read_board(file)
    first, second = (slot.wiring for slot in configured(tmp_path, board).slots)
    assert (first.presence_active, first.led, first.power, first.port_power) == ("high", Rgb("GPIO5", "GPIO6", "GPIO13"), "GPIO4", True)
    assert (second.usb, second.tty) == (None, "/dev/serial0")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file; name a board of --list-boards, or a file of your own"):
        board_of(str(tmp_path / "mine.toml"), None)


def test_what_is_plugged_in_stands_beside_its_slot_and_what_is_elsewhere_is_told() -> None:
    board = board_of("usb-stick", "1-1.3")
    modems = [Plugged("1-1.3", "2c7c:0125", 'A "stick"', ("ttyUSB0",)), Plugged("1-1.4", "1234:abcd", "", ("ttyACM0",))]
    assert re.search(r'^usb = "1-1\.3" +# 2c7c:0125 A "stick"$', with_board(first_text([], ""), board, modems), re.MULTILINE)
    (told,) = advice(board, modems)
    assert told.startswith("in no slot of this board: the modems at 1-1.4; ")
    assert advice(board, modems[:1]) == []


async def test_the_verb_writes_a_board_tells_what_config_txt_needs_and_lists_them_all(tmp_path: Path) -> None:
    file = tmp_path / "simgate.toml"
    listed = await simgate("config", "init", "--list-boards", "--config", str(file))
    assert (listed.code, [line.split()[0] for line in listed.out.splitlines()]) == (0, sorted(BOARDS))
    assert not file.exists()
    done = await simgate("config", "init", "--board", "mini-pcie-16", "--at", "1-1.3", "--config", str(file))
    assert (done.code, done.out) == (0, f"{file}: written, with 16 slots of mini-pcie-16\n")
    assert "put into /boot/firmware/config.txt, and restart the Pi: dtoverlay=mcp23017,addr=0x20,gpiopin=4\n" in done.err
    assert load_local(file).slots[15].wiring.usb == "1-1.3.4.4"


@pytest.mark.parametrize("words", [("--at", "1-1.3"), ("--board", "usb-stick", "--from-hardware"), ("--board", "usb-stick", "--at", "hub")])
async def test_what_does_not_go_together_is_wrong_use(tmp_path: Path, words: tuple[str, ...]) -> None:
    file = tmp_path / "simgate.toml"
    done = await simgate("config", "init", *words, "--config", str(file))
    assert (done.code, file.exists()) == (2, False)
