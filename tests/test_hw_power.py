"""hw/power on a tree laid out as sysfs is (Documentation/ABI: sysfs-bus-usb), and on a power line."""

import asyncio
import ctypes
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest
from simulation.loop import Agenda, VirtualLoop

from agent.errors import PowerError
from agent.ports import Cut, Wiring
from hw.board import build
from hw.power import AWAY, DARK, SlotPower
from hw.tty import Apart

NOBODY = 65534
P = ParamSpec("P")
T = TypeVar("T")


def virtual(talk: Coroutine[Any, Any, T], agenda: Agenda | None = None) -> T:
    """Run it; time is what it waits for, and a call to an executor takes none."""
    loop = VirtualLoop(agenda or Agenda(), 0.0, lambda call: (call, 0.0))
    try:
        return loop.run_until_complete(talk)
    finally:
        loop.close()


class Here(Apart):
    """At once, in place."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except OSError as error:
            future.set_exception(error)
        return future


class Powerless(Apart):
    """As the service's own user: the kernel keeps a file's owner per thread, setfsuid(2)."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        def dropped(*given: P.args, **named: P.kwargs) -> T:
            ctypes.CDLL(None).setfsuid(NOBODY)
            return fn(*given, **named)

        return super().submit(dropped, *args, **kwargs)


class Pin:
    """A power line that remembers when it was what."""

    def __init__(self, agenda: Agenda) -> None:
        self.agenda, self.given = agenda, [(0.0, True)]

    def give(self, on: bool) -> None:
        self.given.append((self.agenda.now, on))


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """A modem at 1-1.2, on port 2 of the hub 1-1 whose own port is port 1 of bus 1, with the peer of its port on bus 2."""
    home = tmp_path / "bus/usb/devices"
    for port in ("1-1:1.0/1-1-port2", "1-0:1.0/usb1-port1", "2-1:1.0/2-1-port2"):
        (home / port).mkdir(parents=True)
        (home / port / "disable").write_text("0\n")
    (home / "1-1:1.0/1-1-port2/peer").symlink_to(home / "2-1:1.0/2-1-port2")
    for usb in ("1-1.2", "1-1"):
        (home / usb).mkdir()
        (home / usb / "authorized").write_text("1\n")
    return tmp_path


def switches(sysfs: Path) -> dict[str, str]:
    """All of them, by their path."""
    home = sysfs / "bus/usb/devices"
    found = [*home.glob("*/authorized"), *home.glob("*/*-port*/disable")]
    return {str(file.relative_to(home)): file.read_text().strip() for file in found}


async def watched(power: SlotPower, what: Cut, seconds: float, sysfs: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Every switch shortly before the cut has lasted so long, and once it is over."""
    cutting = asyncio.create_task(power.cut(what))
    await asyncio.sleep(seconds - 0.01)
    during = switches(sysfs)
    await cutting
    return during, switches(sysfs)


@pytest.mark.parametrize(
    ("usb", "what", "seconds", "off"),
    [
        ("1-1.2", Cut.USB, AWAY, {"1-1.2/authorized": "0"}),
        ("1-1.2", Cut.PORT, DARK, {"1-1:1.0/1-1-port2/disable": "1", "2-1:1.0/2-1-port2/disable": "1"}),
        ("1-1", Cut.PORT, DARK, {"1-0:1.0/usb1-port1/disable": "1"}),
    ],
)
def test_a_cut_switches_the_modem_s_own_switch_off_and_on_again(
    sysfs: Path, usb: str, what: Cut, seconds: float, off: dict[str, str]
) -> None:
    before = switches(sysfs)
    power = SlotPower(Wiring("a", usb=usb, port_power=True), None, Here(), sysfs=sysfs)
    during, after = virtual(watched(power, what, seconds, sysfs))
    assert {name: text.strip() for name, text in during.items() if text.strip() != before[name]} == off
    assert after == before


def test_a_cut_that_is_broken_off_gives_back_what_it_took(sysfs: Path) -> None:
    async def broken_off() -> None:
        power = SlotPower(Wiring("a", usb="1-1.2"), None, Here(), sysfs=sysfs)
        cutting = asyncio.create_task(power.cut(Cut.USB))
        await asyncio.sleep(AWAY / 2)
        assert switches(sysfs)["1-1.2/authorized"] == "0"
        cutting.cancel()
        await asyncio.wait([cutting])
        assert cutting.cancelled()

    virtual(broken_off())
    assert switches(sysfs)["1-1.2/authorized"] == "1"


def test_a_power_line_is_dark_for_as_long_as_capacitors_last(sysfs: Path) -> None:
    agenda = Agenda()
    pin = Pin(agenda)
    power = SlotPower(Wiring("a", tty="/dev/a", power="GPIO4"), pin, Here(), sysfs=sysfs)
    assert power.cuts() == {Cut.LINE}
    virtual(power.cut(Cut.LINE), agenda)
    assert [on for _, on in pin.given] == [True, False, True]
    assert pin.given[2][0] - pin.given[1][0] == pytest.approx(DARK)


def test_what_can_be_cut_is_what_is_wired_and_there(sysfs: Path) -> None:
    def cuts(wiring: Wiring) -> frozenset[Cut]:
        return SlotPower(wiring, None, Here(), sysfs=sysfs).cuts()

    assert cuts(Wiring("a", usb="1-1.2")) == {Cut.USB}
    assert cuts(Wiring("a", usb="1-1.2", port_power=True)) == {Cut.USB, Cut.PORT}
    assert cuts(Wiring("a", usb="1-1.3", port_power=True)) == {Cut.PORT}
    assert cuts(Wiring("a", tty="/dev/ttyS0")) == frozenset()


@pytest.mark.parametrize(("what", "file"), [(Cut.USB, "1-1.2/authorized"), (Cut.PORT, "1-1:1.0/1-1-port2/disable")])
async def test_a_switch_that_may_not_be_written_is_refused_with_a_mend(sysfs: Path, what: Cut, file: str) -> None:
    switch = sysfs / "bus/usb/devices" / file
    switch.chmod(0o444)
    power = SlotPower(Wiring("a", usb="1-1.2", port_power=True), None, Powerless(), sysfs=sysfs)
    with pytest.raises(PowerError) as caught:
        await power.cut(what)
    assert str(caught.value) == f"{switch} may not be written; run install.sh again: its udev rule gives the right to the group of simgate"
    assert set(switches(sysfs).values()) == {"0", "1"}
    assert switches(sysfs)[file] == ("1" if what is Cut.USB else "0")


async def test_a_hub_without_port_switches_is_refused_with_a_mend(sysfs: Path) -> None:
    with pytest.raises(PowerError, match=r"disable is not there; .*Linux 6\.0"):
        await SlotPower(Wiring("a", usb="3-2", port_power=True), None, Here(), sysfs=sysfs).cut(Cut.PORT)


def test_what_a_killed_agent_left_off_is_given_back_and_nothing_else_is_written(sysfs: Path) -> None:
    home = sysfs / "bus/usb/devices"
    (home / "1-1.2/authorized").write_text("0\n")
    (home / "1-1:1.0/1-1-port2/disable").write_text("1\n")
    (home / "2-1:1.0/2-1-port2/disable").chmod(0o444)
    virtual(SlotPower(Wiring("a", usb="1-1.2", port_power=True), None, Here(), sysfs=sysfs).restore())
    assert switches(sysfs) == {
        "1-1.2/authorized": "1",
        "1-1/authorized": "1",
        "1-1:1.0/1-1-port2/disable": "0",
        "2-1:1.0/2-1-port2/disable": "0",
        "1-0:1.0/usb1-port1/disable": "0",
    }


@pytest.mark.parametrize("active", ["low", "high"])
def test_a_board_gives_power_from_the_first_moment_on(active: str) -> None:
    wiring = Wiring("a", tty="/dev/null", power="GPIO22", power_active=active)
    beside = Wiring("b", tty="/dev/null", presence="GPIO22")
    board = build("mock", [wiring, beside])
    try:
        assert Cut.LINE in board.power(wiring).cuts()
        pin = board._all_pins().of("a", "GPIO22")[0].pin("GPIO22")
        assert (pin.function, pin.state) == ("output", active == "high")
        board._supplies["a"].give(False)
        assert pin.state == (active == "low")
        board.close()
        assert pin.function == "input"
    finally:
        board.close()
