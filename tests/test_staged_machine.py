"""Faults of a machine, staged as files and as answers of its commands; the table stands in test_staged_faults.py."""

from pathlib import Path
from typing import Any

import pytest
from staging import STATUS, Machine, TakenLines, bad, wrong_clock

from agent.doctor.finding import Result
from hw.chips import Chips


async def visited(machine: Machine, *slots: str, **what: Any) -> dict[str, tuple[str, str]]:
    """What is not well on it, the endpoint apart: nothing listens there."""
    found = bad((await machine.visited(machine.configure("http://127.0.0.1:9", *(slots or ('tty = "/dev/ttyUSB0"',))), **what)).found)
    return {check: told for check, told in found.items() if check not in ("tls", "slots")}


async def test_nothing_is_wrong_with_a_right_machine(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.modem("1-1.2", "2c7c:0125")
    assert await visited(machine, 'usb = "1-1.2"') == {}


async def test_modem_manager_is_named_until_udev_keeps_it_away(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.modem("1-1.2", "2c7c:0125")
    machine.usb_serial("1-1.2", 2, "ttyUSB2")
    machine.write("sys/class/tty/ttyUSB2/dev", "188:2\n")
    machine.write("run/udev/data/c188:2", "S:simgate/1-1.2:1.2\nE:ID_MM_CANDIDATE=1\n")
    machine.process(77, "ModemManager")
    found = await visited(machine, 'usb = "1-1.2"')
    assert found.keys() == {"ModemManager"}
    assert found["ModemManager"][0] == "ModemManager runs, and no udev rule is seen to keep it from 1-1.2"
    assert "systemctl disable --now ModemManager" in found["ModemManager"][1]
    machine.write("run/udev/data/c188:2", "E:ID_MM_PORT_IGNORE=1\n")
    assert await visited(machine, 'usb = "1-1.2"') == {}
    (machine.run / "udev/data/c188:2").unlink()
    assert (await visited(machine, 'usb = "1-1.2"')).keys() == {"ModemManager"}, "where udev says nothing, nothing keeps it away"


async def test_under_voltage_by_whatever_tells_of_it(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.says = {"vcgencmd": "throttled=0x50005\n"}
    found = await visited(machine)
    assert found["power"][0] == "under-voltage now (get_throttled = 0x50005)"
    assert "5.1 V" in found["power"][1]
    machine.says = {"vcgencmd": "throttled=0x50000\n"}
    assert (await visited(machine))["power"][0] == "under-voltage since the start (get_throttled = 0x50000)"
    machine.says = {}
    machine.write("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    machine.write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
    assert (await visited(machine))["power"][0].startswith("under-voltage now")
    machine.write("sys/devices/platform/soc/soc:firmware/get_throttled", "50000\n")
    assert (await visited(machine))["power"][0].startswith("under-voltage since the start")


@pytest.mark.parametrize(
    ("file", "text", "evidence", "mend"),
    [
        ("proc/self/mounts", "/dev/mmcblk0p2 / ext4 ro,noatime 0 0\n", "/ is mounted read-only", "sudo mount -o remount,rw /"),
        ("sys/fs/ext4/mmcblk0p2/errors_count", "12\n", "ext4 has counted 12 errors", "sudo fsck"),
        ("sys/block/mmcblk0/device/life_time", "0x02 0x0a\n", "the card has used up 100 % of its life", "a new card"),
    ],
)
async def test_a_disk_that_fails(file: str, text: str, evidence: str, mend: str, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.write(file, text)
    found = await visited(machine)
    assert found.keys() == {"disk"}
    assert found["disk"][0].startswith(evidence)
    assert found["disk"][1].startswith(mend)


async def test_a_full_disk(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.room = 3 << 20
    assert await visited(machine) == {"disk": ("/ is full: 3 MB are free", "sudo journalctl --vacuum-size=50M; du -xh")}


async def test_an_account_that_is_in_no_group(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.write("proc/self/status", STATUS.format("1000"))
    found = await visited(machine, 'tty = "/dev/ttyUSB0"')
    assert found["groups"] == ("pi is not in dialout: its ttys or pins are shut to it", "sudo usermod -aG dialout pi, then log in again")


async def test_a_pin_that_something_else_has(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    home = machine.sysfs / "devices/platform/fe200000.gpio/gpiochip0"
    home.mkdir(parents=True)
    (machine.sysfs / "bus/gpio/devices").mkdir(parents=True)
    (machine.sysfs / "bus/gpio/devices/gpiochip0").symlink_to(home)
    (machine.dev / "gpiochip0").touch()
    machine.chips = Chips(machine.sysfs, machine.dev, TakenLines(17, b"w1"))
    slot = 'tty = "/dev/ttyUSB0"\npresence = "GPIO17"\nled = "GPIO5"'
    found = await visited(machine, slot)
    assert found["lines"] == ("GPIO17 of slot rack1-01 is taken by 'w1'", "end what has it (`gpioinfo`), or take another pin")
    machine.chips = Chips(machine.sysfs, machine.dev, TakenLines(4, b"w1"))
    assert "lines" not in await visited(machine, slot)


async def test_a_usb_path_without_a_modem_and_a_modem_without_a_slot(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.modem("1-1.3", "2c7c:0125")
    machine.usb_serial("1-1.3", 2, "ttyUSB2")
    findings = (await machine.visited(machine.configure("http://127.0.0.1:9", 'usb = "1-1.2"'))).found
    told = {(one.evidence, one.mend) for one in findings if one.check == "sockets"}
    assert told == {
        (
            "rack1-01: nothing is plugged in at 1-1.2",
            "plug its modem in there (cable, hub, power), or correct usb: `ls /sys/bus/usb/devices`",
        ),
        (
            "a modem (2c7c:0125) is plugged in at 1-1.3, where no slot is",
            'give it a [[slot]] with usb = "1-1.3", or plug it in where its slot is',
        ),
    }


@pytest.mark.parametrize(("beside", "result"), [(29, Result.OK), (30, Result.WARNING), (31, Result.FAILURE)])
async def test_more_on_the_usb_than_a_pi_4_takes(beside: int, result: Result, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for turn in range(beside + 1):
        machine.modem(f"1-1.{turn + 1}", "2c7c:0125")
    found = (await machine.visited(machine.configure("http://127.0.0.1:9", 'tty = "/dev/ttyUSB0"'))).found
    (usb,) = [one for one in found if one.check == "usb"]
    assert (usb.result, usb.evidence) == (
        result,
        f"{beside + 1} on the USB: 0 with ttys, 0 hubs; a Raspberry Pi 4 Model B Rev 1.5 takes 32 of all kinds (raspberrypi/linux#3366)",
    )
    assert ("second Pi" in usb.mend) is (result is not Result.OK)


async def test_a_service_that_has_failed(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.says["systemctl"] = "LoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code\nNRestarts=0\nEnvironment=\n"
    found = await visited(machine)
    assert found["service"] == ("the service has failed (exit-code)", "journalctl -u simgate; then systemctl restart")


async def test_a_clock_in_the_past(tmp_path: Path) -> None:
    machine, clock = Machine(tmp_path), wrong_clock()
    clock.wall_now = 3600.0
    found = bad((await machine.visited(machine.configure("http://127.0.0.1:9", 'tty = "/dev/ttyUSB0"'), clock=clock)).found)
    assert found["clock"] == (
        "the clock stands before this program was written",
        "let it reach a time server (timedatectl), or fit a real-time clock",
    )
