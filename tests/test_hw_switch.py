"""hw/switch with a kernel that hangs in a call: it holds up nobody, it is not called again, and what it took is given back."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, wait
from pathlib import Path
from threading import Event
from typing import ParamSpec, TypeVar

import pytest

from agent.errors import PowerError
from agent.ports import Cut, Wiring
from hw.power import SlotPower
from hw.switch import Switch
from hw.tty import Apart

P = ParamSpec("P")
T = TypeVar("T")


class Sleepy(Apart):
    """Real threads, in a kernel that returns from no call before it is awake."""

    def __init__(self) -> None:
        self.awake = Event()
        self.calls: list[Future[object]] = []

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        def slept(*given: P.args, **named: P.kwargs) -> T:
            self.awake.wait()
            return fn(*given, **named)

        call = super().submit(slept, *args, **kwargs)
        self.calls.append(call)  # type: ignore[arg-type]
        return call

    def wakes(self) -> None:
        """Everything that was begun comes to its end."""
        self.awake.set()
        done = wait(self.calls, timeout=20)
        assert not done.not_done


def holds(file: Path) -> str:
    """What stands in it."""
    return file.read_text().strip()


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hw.switch.LIMIT", 0.05)
    monkeypatch.setattr("hw.switch.SOON", 0.05)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "bus/usb/devices/1-1.2/authorized"
    found.parent.mkdir(parents=True)
    found.write_text("1\n")
    return found


@pytest.fixture
def left_off(file: Path) -> Path:
    """Off, as an agent that was killed has left it."""
    file.write_text("0\n")
    return file


async def test_a_call_that_hangs_is_told_is_not_made_again_and_what_it_took_is_given_back(file: Path) -> None:
    kernel = Sleepy()
    switch = Switch(file, "0", "1", kernel)
    for _ in range(3):
        with pytest.raises(PowerError, match="authorized hangs; unplug the modem and plug it in again"):
            await switch.off()
        await switch.on()
        await switch.restore()
    assert len(kernel.calls) == 2, "the call, and who waits to give back"
    kernel.wakes()
    assert holds(file) == "1"
    await switch.off()
    assert holds(file) == "0"


async def test_whoever_is_told_to_end_while_a_call_hangs_ends(file: Path) -> None:
    kernel = Sleepy()
    power = SlotPower(Wiring("a", usb="1-1.2"), None, kernel, sysfs=file.parents[4])
    cutting = asyncio.create_task(power.cut(Cut.USB))
    await asyncio.sleep(0)  # one turn of the loop: it is in its first call
    assert len(kernel.calls) == 1
    cutting.cancel()
    async with asyncio.timeout(10):
        await asyncio.wait([cutting])
    assert cutting.cancelled()
    kernel.wakes()
    assert holds(file) == "1"


async def test_reading_a_switch_hangs_nowhere_but_in_its_own_thread(left_off: Path) -> None:
    file = left_off
    kernel = Sleepy()
    power = SlotPower(Wiring("a", usb="1-1.2"), None, kernel, sysfs=file.parents[4])
    with pytest.raises(PowerError, match="authorized hangs"):
        await power.restore()
    kernel.wakes()
    assert holds(file) == "1"


async def test_what_has_gone_when_the_kernel_wakes_is_told_in_the_log(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    kernel = Sleepy()
    switch = Switch(file, "0", "1", kernel)
    with pytest.raises(PowerError, match="hangs"):
        await switch.off()
    file.unlink()  # noqa: ASYNC240  one file of a test
    kernel.wakes()
    assert f"{file}: could not be given back: No such file or directory" in caplog.text
