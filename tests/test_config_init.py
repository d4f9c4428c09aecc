"""`simgate config init`: the first configuration is a right one, whatever is plugged in, and never in the way of one that is there."""

import tomllib
from pathlib import Path

import pytest
from child import simgate

from agent.cli.beginning import first_text, write
from agent.errors import SimgateError
from agent.settings.file import check, load_local
from agent.settings.values import Settings
from hw.plugged import Plugged

MODEMS = [Plugged("1-1.2", "2c7c:0125", 'Some "Maker" EC', ("ttyUSB0", "ttyUSB1")), Plugged("3-1", "1234:abcd", "", ("ttyACM0",))]


def settings(folder: Path, text: str) -> Settings:
    """What simgate makes of it, with a key beside it."""
    file = folder / "simgate.toml"
    file.write_text(text)
    (folder / "api.key").write_text("key\n")
    assert check(file, {}) == []
    return load_local(file)


def test_the_shipped_text_is_a_right_configuration(tmp_path: Path) -> None:
    assert [slot.wiring.usb for slot in settings(tmp_path, first_text([], "")).slots] == ["1-1.2"]


def test_each_modem_has_a_slot_named_after_its_socket_and_the_example_is_gone(tmp_path: Path) -> None:
    found = settings(tmp_path, first_text(MODEMS, "gate-7"))
    assert found.gateway == "gate-7"
    assert [(slot.wiring.slot, slot.wiring.usb, slot.wiring.presence, slot.wiring.led) for slot in found.slots] == [
        ("1-1.2", "1-1.2", None, None),
        ("3-1", "3-1", None, None),
    ]
    assert "(ttyUSB0, ttyUSB1)" in first_text(MODEMS, "gate-7")


def uncommented(text: str) -> str:
    """Every hint at a pin taken."""
    return "\n".join(line.removeprefix("# ") if line.startswith(("# presence = ", "# led = ")) else line for line in text.splitlines())


def test_each_slot_is_offered_two_free_pins_that_no_other_slot_is_offered(tmp_path: Path) -> None:
    found = settings(tmp_path, uncommented(first_text(MODEMS, "", ["GPIO4", "GPIO5", "GPIO6", "1-0020:0", "1-0020:1"])))
    assert [(slot.wiring.presence, slot.wiring.led) for slot in found.slots] == [("GPIO4", "GPIO5"), ("GPIO6", "1-0020:0")]


@pytest.mark.parametrize("pins", [(), ("GPIO4",), ("GPIO4", "GPIO5", "GPIO6")])
def test_where_too_few_pins_are_free_a_slot_is_offered_none_and_told_so(tmp_path: Path, pins: tuple[str, ...]) -> None:
    text = uncommented(first_text(MODEMS, "", pins))
    offered = [slot.wiring.presence for slot in settings(tmp_path, text).slots]
    assert offered == ["GPIO4" if len(pins) > 1 else None, None]
    assert text.count("no line is free here") == offered.count(None)


@pytest.mark.parametrize("name", ["", 'a"b', "two words", "a" * 64, "naïve", "a\nb"])
def test_a_host_name_that_is_no_name_for_a_gateway_is_not_taken(tmp_path: Path, name: str) -> None:
    assert settings(tmp_path, first_text([], name)).gateway == "rack1"


def test_every_key_that_is_commented_out_is_right_once_it_is_not(tmp_path: Path) -> None:
    lines = first_text([], "").splitlines()
    keys = [line.removeprefix("# ") if line.startswith(("# [", "# [[")) or " = " in line.partition(" #")[0] else line for line in lines]
    text = "\n".join(keys)
    assert len(tomllib.loads(text)["card"]) == 1
    assert settings(tmp_path, text).slots[0].wiring.presence == "GPIO17"


async def test_the_file_is_written_once_and_a_second_time_only_by_force(tmp_path: Path) -> None:
    file = tmp_path / "simgate.toml"
    first = await simgate("config", "init", "--config", str(file))
    assert (first.code, first.err) == (0, "")
    file.write_text("mine")
    file.chmod(0o640)
    second = await simgate("config", "init", "--config", str(file))
    assert (second.code, second.err.count("\n"), file.read_text()) == (1, 1, "mine")
    assert "--force" in second.err
    third = await simgate("config", "init", "--force", "--from-hardware", "--config", str(file))
    assert third.code == 0
    left = tmp_path.glob("*")  # noqa: ASYNC240  a look at one folder
    assert (file.stat().st_mode & 0o777, sorted(one.name for one in left)) == (0o640, ["simgate.toml"])
    assert load_local(file).slots


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SimgateError, match=r"there is no directory /.*/none; make it "):
        write(tmp_path / "none/simgate.toml", "", force=False)


def test_the_key_is_looked_for_beside_the_configuration_last_of_all(tmp_path: Path) -> None:
    file = tmp_path / "simgate.toml"
    file.write_text(first_text([], ""))
    assert "api.key" in check(file, {})[0]
    (tmp_path / "api.key").write_text("")
    assert "is empty" in check(file, {})[0]
    assert check(file, {"SIMGATE_API_KEY": "key"}) == []
    (tmp_path / "api.key").write_text("key")
    assert check(file, {}) == []
