"""What the machine says, read from files as proc(5), group(5), Documentation/ABI and the commands themselves lay them out."""

from pathlib import Path

import pytest
from staging import STATUS, Machine, TakenLines

from agent.doctor.host import Account, Disk, Holder, Plug, Unit
from agent.errors import LineError
from hw.chips import Chips
from hw.inspect.roots import ask, free, packaged
from hw.inspect.storage import disk
from hw.inspect.texts import journal, kernel, versions


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_caller_has_the_groups_of_its_session_and_the_service_those_of_its_next_start(machine: Machine) -> None:
    there = frozenset(("root", "dialout", "gpio", "simgate"))
    assert machine.inspected().account == Account("pi", frozenset(("dialout", "gpio", "simgate")), there)
    machine.write("proc/self/status", STATUS.format("20"))
    assert machine.inspected().account == Account("pi", frozenset(("dialout",)), there)
    assert machine.inspected().service is None
    machine.write("proc/self/status", STATUS.format("0").replace("1000", "0"))
    assert machine.inspected().account == Account("root", there, there)
    machine.write("etc/passwd", "root:x:0:0::/root:/bin/sh\nsimgate:x:990:990::/nonexistent:/usr/sbin/nologin\n")
    machine.write("etc/group", "dialout:x:20:simgate\ngpio:x:993:\nsimgate:x:990:\n")
    assert machine.inspected().service == Account("simgate", frozenset(("dialout", "simgate")), frozenset(("dialout", "gpio", "simgate")))


def test_a_machine_without_these_files_says_nothing(tmp_path: Path) -> None:
    bare = Machine(tmp_path)
    for name in ("proc/self/status", "proc/1/comm", "proc/self/mounts", "proc/device-tree/model", "sys/fs/ext4/mmcblk0p2/errors_count"):
        (tmp_path / name).unlink()
    bare.bus.rmdir()
    bare.says, bare.room = {}, None
    found = bare.inspected()
    assert (found.model, found.processes, found.account, found.plugs, found.throttled, found.unit) == (None,) * 6
    assert found.disk == Disk()
    assert found.pins.chips == ()


def test_who_has_a_tty_open(machine: Machine) -> None:
    machine.process(77, "minicom", holds="/dev/ttyUSB2")
    machine.process(78, "cat", holds="/dev/null")
    machine.process(79, "pppd", holds="/dev/ttyUSB2")
    found = machine.inspected()
    assert found.holders == {"/dev/ttyUSB2": (Holder(77, "minicom"), Holder(79, "pppd"))}
    assert found.processes == frozenset(("systemd", "minicom", "cat", "pppd"))


def test_everything_on_the_usb_but_root_hubs(machine: Machine) -> None:
    machine.modem("usb1", "1d6b:0002")
    machine.modem("1-1", "2109:3431")
    machine.write("sys/devices/usb1/1-1/bDeviceClass", "09\n")
    machine.modem("1-1.2", "2C7C:0125")
    machine.usb_serial("1-1.2", 2, "ttyUSB2")
    machine.usb_serial("1-1.2", 3, "ttyUSB3")
    assert machine.inspected().plugs == (Plug("1-1", "2109:3431", True), Plug("1-1.2", "2c7c:0125", False, ("ttyUSB2", "ttyUSB3")))
    machine.write("sys/class/tty/ttyUSB2/dev", "188:2\n")
    machine.write("sys/class/tty/ttyUSB3/dev", "188:3\n")
    machine.write("run/udev/data/c188:2", "E:ID_MM_DEVICE_IGNORE=1\n")
    machine.write("run/udev/data/c188:3", "E:ID_MM_DEVICE_IGNORE=0\n")
    assert [plug.ignored for plug in machine.inspected().plugs or ()] == [None, False], "all of them, or not"


def test_the_mount_that_the_database_is_on(machine: Machine, tmp_path: Path) -> None:
    place = tmp_path / "a disk" / "deep"
    place.mkdir(parents=True)
    mount = str(tmp_path / "a disk").replace(" ", r"\040")
    machine.write("proc/self/mounts", f"/dev/a / ext4 ro 0 0\n/dev/b {mount} ext4 rw 0 0\n/dev/c {tmp_path}/a ext4 ro 0 0\n")
    assert disk(machine.roots(), place / "not there yet" / "simgate.db").mount == str(tmp_path / "a disk")
    assert disk(machine.roots(), place / "simgate.db").writable is True
    machine.write("proc/self/mounts", f"/dev/b {mount} ext4 rw 0 0\noverlay {mount} overlay ro 0 0\n")
    assert disk(machine.roots(), place / "simgate.db").writable is False, "what is mounted above counts"


def test_the_worse_of_both_kinds_of_cells_is_how_worn_a_card_is(machine: Machine) -> None:
    assert machine.inspected().disk.worn is None
    machine.write("sys/block/mmcblk0/device/life_time", "0x03 0x0b\n")
    machine.write("sys/block/sda/device/life_time", "0xff 0xff\n")
    assert machine.inspected().disk.worn == 11


def test_the_unit_and_the_directory_that_it_gives_lgpio(machine: Machine) -> None:
    machine.says["systemctl"] = (
        "LoadState=loaded\nActiveState=active\nSubState=running\nResult=success\nNRestarts=3\n"
        "Environment=LG_WD=/run/simgate/lgpio TMPDIR=/run/simgate PYTHONUNBUFFERED=1\n"
    )
    machine.environ = {}
    found = machine.inspected()
    assert found.unit == Unit("active", "running", "success", 3)
    assert (found.pins.fifo, found.pins.fifo_writable) == ("/run/simgate/lgpio", False)
    machine.says["systemctl"] = "LoadState=not-found\nActiveState=inactive\nNRestarts=0\n"
    assert machine.inspected().unit is None


def test_who_has_claimed_a_pin_of_the_header_or_of_an_expander(machine: Machine) -> None:
    home = machine.sysfs / "devices/platform/fe200000.gpio/gpiochip0"
    home.mkdir(parents=True)
    (machine.sysfs / "bus/gpio/devices").mkdir(parents=True)
    (machine.sysfs / "bus/gpio/devices/gpiochip0").symlink_to(home)
    (machine.dev / "gpiochip0").touch()
    chips = Chips(machine.sysfs, machine.dev, TakenLines(17, b"spi0 CS0"))
    assert [chips.holder(pin) for pin in ("GPIO17", "bcm17", "17", "chip0:17", "GPIO4")] == ["spi0 CS0"] * 4 + [None]
    assert Chips(machine.sysfs, machine.dev, TakenLines(17, b"")).holder("GPIO17") == "nobody knows whom"
    with pytest.raises(LineError, match="J8:11 is on no header that is known here"):
        chips.holder("J8:11")
    machine.chips = chips
    found = machine.inspected("GPIO17", "J8:11", "GPIO4").pins
    assert (found.claimed, found.unseen, found.chips) == ({"GPIO17": "spi0 CS0"}, ("J8:11",), ("gpiochip0",))


def test_the_kernel_s_lines_are_those_that_matter_here(machine: Machine) -> None:
    said = "[    1.0] usb 1-1: new\n[    2.0] systemd: hello\n[    3.0] Under-voltage detected!\n"
    machine.says["dmesg"] = said
    assert kernel(machine.roots()) == "[    1.0] usb 1-1: new\n[    3.0] Under-voltage detected!\n"
    machine.says["journalctl"] = "2026-11-25T16:48:33+0000 rack1 kernel: ttyUSB0: gone\n"
    assert kernel(machine.roots()) == journal(machine.roots()) == machine.says["journalctl"]
    machine.says = {}
    assert (kernel(machine.roots()), journal(machine.roots())) == (None, None)


def test_versions_name_what_is_missing_too(machine: Machine) -> None:
    machine.write("etc/os-release", 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
    told = versions(machine.roots()).splitlines()
    assert {"machine: Raspberry Pi 4 Model B Rev 1.5", "system: Debian GNU/Linux 12 (bookworm)", "lgpio: 0.2.2.0", "aiohttp: -"} <= set(
        told
    )


def test_the_real_commands_and_files_answer_or_say_nothing(tmp_path: Path) -> None:
    assert ask(("echo", "hello")) == "hello\n"
    assert ask(("false",)) is None
    assert ask((str(tmp_path / "absent"),)) is None
    assert (free(tmp_path) or 0) > 0
    assert free(tmp_path / "absent") is None
    assert packaged("click") is not None
    assert packaged("no-such-package-at-all") is None
