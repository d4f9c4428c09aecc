"""When a modem's ttys are all there, and when a socket is worth another try: on a clock that jumps, with hints and without."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import pytest
from simulation.loop import Agenda, VirtualLoop

from agent.keeping.plugged import LOOK, LOST, QUIET, SETTLE, Plugged
from agent.modems.library import shipped
from agent.ports import Candidate

KNOWN = "2c7c:0125"  # firmware-notes/quectel-ec25.md: AT on interface 2, then 3
UNKNOWN = "ffff:0001"
ROUTER = "12d1:14db"  # firmware-notes/huawei-hilink.md: no AT port
T = TypeVar("T")


def virtual(talk: Coroutine[Any, Any, T]) -> T:
    """Run it; time is what it waits for."""
    loop = VirtualLoop(Agenda(), 0.0, lambda call: (call, 0.0))
    try:
        return loop.run_until_complete(talk)
    finally:
        loop.close()


class Clock:
    """The loop's time."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        raise NotImplementedError

    def synchronised(self) -> bool:
        raise NotImplementedError


class Bus:
    """A socket whose ttys come at set times; `told`: each with its hint. What the sysfs read costs is counted in `looks`."""

    def __init__(self, usb_id: str | None, *, told: bool, watched: bool | None = None) -> None:
        self.id, self.told = usb_id, told
        self.watched = told if watched is None else watched
        self.there: list[Candidate] = []
        self.looks = 0
        self._hint: Callable[[], None] = lambda: None

    def candidates(self) -> Sequence[Candidate]:
        self.looks += 1
        return list(self.there)

    def usb_id(self) -> str | None:
        return self.id

    async def open(self, tty: str) -> Any:
        raise NotImplementedError(tty)

    def on_change(self, callback: Callable[[], None]) -> None:
        self._hint = callback

    def tty(self, interface: int) -> None:
        """One comes now."""
        self.there.append(Candidate(f"/dev/ttyUSB{interface}", self.id, interface))
        self.moved()

    def moved(self) -> None:
        if self.told:
            self._hint()

    def ttys(self, *when: tuple[float, int]) -> "Bus":
        """At these moments, for these interfaces; those of the beginning are there."""
        for moment, interface in when:
            if moment > 0.0:
                asyncio.get_running_loop().call_at(moment, self.tty, interface)
            else:
                self.tty(interface)
        return self

    def plugged(self) -> Plugged:
        return Plugged(self, shipped(), Clock())


async def waited(bus: Bus) -> float:
    """Seconds until it has settled."""
    await bus.plugged().settled()
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("told", [True, False], ids=["hints", "looks"])
@pytest.mark.parametrize(
    ("usb_id", "when", "seconds"),
    [
        (KNOWN, [(0.0, 2)], 0.0),
        (KNOWN, [(0.0, 0), (0.9, 3), (1.8, 1), (2.7, 2), (2.8, 4)], 2.7),
        (KNOWN, [(0.0, 0), (0.3, 3)], 0.3 + QUIET),
        (KNOWN, [], QUIET),
        (UNKNOWN, [(0.0, 0), (0.6, 1)], 0.6 + QUIET),
        (UNKNOWN, [(0.4 * turn, turn) for turn in range(30)], SETTLE),
        (None, [(0.0, 0)], 0.0),
        (ROUTER, [], 0.0),
    ],
    ids=["known and there", "known and last", "known and never", "no tty yet", "unknown", "without end", "no USB", "no AT port"],
)
def test_a_modem_has_settled_when_its_at_port_is_there_or_nothing_more_comes(
    usb_id: str | None, when: list[tuple[float, int]], seconds: float, told: bool
) -> None:
    async def story() -> float:
        return await waited(Bus(usb_id, told=told).ttys(*when))

    assert seconds - 0.001 <= virtual(story()) <= seconds + (0.001 if told or seconds in (0.0, SETTLE) else LOOK)


def test_a_modem_that_goes_while_it_is_waited_for_has_nothing_to_wait_for() -> None:
    async def story() -> float:
        bus = Bus(KNOWN, told=True).ttys((0.0, 0))

        def gone() -> None:
            bus.there, bus.id = [], None
            bus.moved()

        asyncio.get_running_loop().call_at(0.5, gone)
        return await waited(bus)

    assert virtual(story()) == pytest.approx(0.5)


def test_a_better_port_that_came_during_the_try_makes_the_next_one_at_once() -> None:
    async def story() -> tuple[bool, float]:
        bus = Bus(KNOWN, told=True).ttys((0.0, 3), (6.0, 2))
        plugged = bus.plugged()
        await plugged.settled()
        await asyncio.sleep(7.0)  # the AT port's place is tried in vain
        return await plugged.worth_trying(15.0), asyncio.get_running_loop().time()

    fresh, at = virtual(story())
    assert fresh
    assert at == pytest.approx(QUIET + 7.0)


@pytest.mark.parametrize(
    ("told", "watched", "late"), [(True, True, 0.001), (False, False, LOOK), (False, True, LOST)], ids=["hint", "no hints", "lost hint"]
)
def test_a_modem_that_comes_is_noticed_by_its_hint_and_without_it_by_looking(told: bool, watched: bool, late: float) -> None:
    async def story() -> tuple[bool, float]:
        bus = Bus(None, told=told, watched=watched)
        plugged = bus.plugged()
        await plugged.settled()

        def come() -> None:
            bus.id = KNOWN
            bus.tty(2)

        asyncio.get_running_loop().call_at(103.21, come)
        return await plugged.worth_trying(0.5), asyncio.get_running_loop().time()

    fresh, at = virtual(story())
    assert fresh
    assert 103.21 <= at <= 103.21 + late


def test_a_modem_that_is_there_and_does_not_answer_is_tried_again_after_the_pause_and_not_because_of_idle_hints() -> None:
    async def story() -> tuple[bool, float]:
        bus = Bus(KNOWN, told=True).ttys((0.0, 2))
        plugged = bus.plugged()
        await plugged.settled()
        for moment in (1.0, 2.0, 3.0):
            asyncio.get_running_loop().call_at(moment, bus.moved)
        return await plugged.worth_trying(15.0), asyncio.get_running_loop().time()

    fresh, at = virtual(story())
    assert not fresh
    assert at == pytest.approx(15.0)


def test_a_socket_that_stays_empty_is_looked_at_rarely() -> None:
    async def story() -> int:
        bus = Bus(None, told=True)
        plugged = bus.plugged()
        await plugged.settled()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600.0):
                await plugged.worth_trying(0.5)
        return bus.looks

    assert virtual(story()) <= 3600 / LOST + 3
