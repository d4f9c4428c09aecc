"""hw/udev: udev's datagrams (systemd, device-monitor.c) become hints; where none can be heard, that is said once."""

import asyncio
import errno
import json
import logging
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uevents import Wire, datagram, events, usb

from hw.udev import BURST, Udev, moved

TTY = datagram("add", f"{usb('1-1.2')}/1-1.2:1.2/ttyUSB2/tty/ttyUSB2", "tty", DEVNAME="/dev/ttyUSB2")
LIMIT = 20.0


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    made = Wire(tmp_path)
    yield made
    made.close()


# The datagram --------------------------------------------------------------------------------------------------------


def test_the_names_along_the_path_of_what_has_moved_are_told() -> None:
    names = moved(TTY)
    assert names is not None
    assert {"usb1", "1-1", "1-1.2", "1-1.2:1.2", "ttyUSB2"} <= names
    assert "1-1.3" not in names


@pytest.mark.parametrize("subsystem", ["usb", "usb-serial", "tty"])
@pytest.mark.parametrize("action", ["add", "bind", "change", "move", "unbind", "remove"])
def test_whatever_happens_on_usb_or_to_a_tty_is_a_hint(action: str, subsystem: str) -> None:
    assert "1-1" in (moved(datagram(action, usb("1-1"), subsystem)) or ())


@pytest.mark.parametrize("subsystem", ["block", "net", "usbmisc", "ttyx", ""])
def test_what_is_of_another_kind_is_none(subsystem: str) -> None:
    assert moved(datagram("add", usb("1-1"), subsystem)) is None


def test_a_longer_header_of_a_later_systemd_is_read_past() -> None:
    assert "1-1.2" in (moved(datagram("add", usb("1-1.2"), "usb", beyond=24)) or ())


def test_what_stands_behind_the_properties_is_not_read() -> None:
    assert moved(TTY + b"DEVPATH=/devices/usb9/9-9\0") == moved(TTY)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"libudev\0",
        f"add@{usb('1-1.2')}\0ACTION=add\0DEVPATH={usb('1-1.2')}\0SUBSYSTEM=usb\0SEQNUM=1\0".encode(),  # the kernel's, lib/kobject_uevent.c
        TTY.replace(b"\xfe\xed\xca\xfe", b"\xfe\xca\xed\xfe"),
        TTY.replace(b"libudev\0", b"libudex\0"),
        datagram("add", "/", "usb"),
    ],
    ids=["empty", "short", "kernel", "magic", "prefix", "pathless"],
)
def test_what_udev_does_not_send_is_none(octets: bytes) -> None:
    assert moved(octets) is None


@given(st.binary(max_size=200))
def test_no_octets_break_the_reader(octets: bytes) -> None:
    assert moved(octets) is None


@given(st.integers(0, len(TTY) - 1), st.integers(0, 255), st.integers(0, len(TTY)))
def test_no_spoilt_or_cut_datagram_breaks_the_reader(at: int, octet: int, cut: int) -> None:
    names = moved((TTY[:at] + bytes([octet]) + TTY[at + 1 :])[:cut])
    assert names is None or "" not in names


WORD = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="/="), min_size=1, max_size=12)
VALUE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)


@given(st.lists(WORD, min_size=1, max_size=6), st.dictionaries(WORD.map(lambda word: f"ID_{word}"), VALUE, max_size=6))
def test_properties_of_any_kind_change_nothing(path: list[str], others: dict[str, str]) -> None:
    assert moved(datagram("add", "/" + "/".join(path), "tty", beyond=0, **others)) == frozenset(path)


# The listener --------------------------------------------------------------------------------------------------------


async def test_only_who_lives_along_the_path_is_called_or_who_listens_for_everything(wire: Wire) -> None:
    called: list[str] = []
    done = asyncio.Event()
    for name in ("1-1", "1-1.2", "1-1.3", "1-1.21", "1-1.21.1"):
        wire.udev.on_move(lambda name=name: called.append(name), name)  # type: ignore[misc]
    wire.udev.on_move(done.set)
    assert wire.udev.hears
    wire.send(*events("add", "1-1.21", 2, "ttyUSB2"))
    async with asyncio.timeout(LIMIT):
        await done.wait()
    assert called == ["1-1", "1-1.21"]


async def test_events_that_follow_each_other_closely_are_one_call(wire: Wire) -> None:
    called: list[str] = []
    done = asyncio.Event()
    wire.udev.on_move(lambda: called.append("1-1.2"), "1-1.2")
    wire.udev.on_move(done.set)
    for one in events("add", "1-1.2", 2, "ttyUSB2"):
        wire.send(one)
        for _ in range(3):
            await asyncio.sleep(0)  # it is read, and what is due at once is called
    async with asyncio.timeout(LIMIT):
        await done.wait()
    assert called == ["1-1.2"]


async def test_the_hundreds_of_events_of_a_hub_are_one_call_and_none_is_left_unread(wire: Wire) -> None:
    called: list[float] = []
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    wire.udev.on_move(lambda: called.append(loop.time()), "1-1.16")
    wire.udev.on_move(done.set)
    wire.far.setblocking(True)
    began = loop.time()
    told = [one for port in range(1, 17) for _ in range(5) for one in events("remove", f"1-1.{port}", 2, f"ttyUSB{port}")]
    assert len(told) > 4 * BURST
    await asyncio.to_thread(wire.send, *told)
    async with asyncio.timeout(LIMIT):
        await done.wait()
        while not called:
            done.clear()
            await done.wait()
    assert called[0] - began < 1.0
    assert len(called) <= 3


class Overrun(socket.socket):
    """A netlink socket of which the kernel has dropped events (netlink(7)), or whose reading fails otherwise."""

    number = errno.ENOBUFS

    def recv(self, *_: int) -> bytes:
        """Fail once, then be as it is."""
        number, self.number = self.number, 0
        if number:
            raise OSError(number, "as the kernel says")
        return super().recv(8192)


def overrun(number: int) -> tuple[Overrun, socket.socket]:
    far, near = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    opened = Overrun(fileno=near.detach())
    opened.setblocking(False)
    opened.number = number
    return opened, far


async def test_after_an_overrun_everybody_looks_once_and_the_next_events_are_heard(tmp_path: Path) -> None:
    opened, far = overrun(errno.ENOBUFS)
    udev = Udev(lambda: opened, control=tmp_path)
    called: list[str] = []
    done = asyncio.Event()
    udev.on_move(lambda: called.append("9-9"), "9-9")
    udev.on_move(done.set)
    far.send(TTY)
    async with asyncio.timeout(LIMIT):
        await done.wait()
        assert called == ["9-9"]
        done.clear()
        far.send(TTY)
        await done.wait()
    assert called == ["9-9"]
    assert udev.hears
    udev.close()
    far.close()


async def test_a_socket_that_fails_is_left_and_said_once_and_everybody_looks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    opened, far = overrun(errno.EIO)
    udev = Udev(lambda: opened, control=tmp_path)
    called = asyncio.Event()
    udev.on_move(called.set, "9-9")
    far.send(TTY)
    async with asyncio.timeout(LIMIT):
        await called.wait()
    assert not udev.hears
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    udev.close()
    far.close()


@pytest.mark.parametrize("number", [errno.EAFNOSUPPORT, errno.EPERM])
async def test_where_netlink_is_forbidden_one_warning_says_so(number: int, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def forbidden() -> socket.socket:
        raise OSError(number, "as the kernel says")

    udev = Udev(forbidden, control=tmp_path)
    for slot in range(32):
        udev.on_move(lambda: None, f"1-1.{slot}")
    assert not udev.hears
    assert [(record.levelname, record.name) for record in caplog.records] == [("WARNING", "hw.udev")]
    assert "AF_NETLINK" in caplog.text
    udev.close()


async def test_where_no_udevd_runs_nothing_is_opened_and_that_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    opened: list[str] = []

    def noted() -> socket.socket:
        opened.append("netlink")
        return socket.socket()

    udev = Udev(noted, control=tmp_path / "control")
    udev.on_move(lambda: None)
    assert (udev.hears, opened) == (False, [])
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


async def test_closed_it_calls_nobody_and_keeps_no_socket(wire: Wire) -> None:
    called: list[str] = []
    wire.udev.on_move(lambda: called.append("late"))
    wire.send(TTY)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    wire.udev.close()
    wire.udev.close()
    assert not wire.udev.hears
    with pytest.raises(ConnectionRefusedError):
        wire.send(TTY)
    assert called == []


def test_the_kernel_carries_it_and_an_overrun_of_it_is_survived(tmp_path: Path) -> None:
    # In a network of its own: on this machine's a made-up event would reach everybody who listens to udev.
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this kernel gives no network namespace of our own, and udev's group must not be sent to in the real one")
    program = Path(__file__).with_name("netlinked.py")
    done = subprocess.run([unshare, "-rn", sys.executable, program, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"heard": ["1-1.2"], "after the overrun": ["1-1.2", "9-9"], "still heard": ["1-1.2"]}
