"""Pins that fail while the rack runs: a line that cannot be read is no knowledge, a dead LED is no reason to stop."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from gate import LIMIT, Gate, next_look, racked
from pins import broken, errors
from rack import berth, sim

from agent.errors import LineError
from agent.keeping.line import Line
from agent.keeping.voice import Voice
from agent.slots.events import LineIn, LineMoved, LineOut, LineUnreadable
from agent.slots.slot import State
from hw.clock import SystemClock
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh


class Pin:
    """A PresenceLine whose every call can be made to fail."""

    def __init__(self) -> None:
        self.card, self.deaf, self.dead = False, False, False

    def present(self) -> bool:
        if self.dead:
            raise LineError("GPIO17: Remote I/O error")
        return self.card

    def on_edge(self, callback: Callable[[], None]) -> None:  # noqa: ARG002 - as ports.py has it
        if self.deaf:
            raise LineError("GPIO17: no edges here")

    def close(self) -> None: ...


async def test_a_line_is_told_once_when_it_fails_and_once_when_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    pin = Pin()
    line = Line(Voice("rack1-01", SystemClock()), pin, lambda: None)
    assert (line.first(), line.level(), line.news(None)) == (LineMoved(), LineOut(), None)
    pin.dead = True
    for _ in range(3):
        assert isinstance(line.level(), LineUnreadable)
        assert isinstance(line.news(True), LineUnreadable)
    assert isinstance(line.first(), LineMoved)
    pin.dead, pin.card = False, True
    assert (line.first(), line.news(True), line.news(False)) == (LineIn(), None, LineMoved())
    assert [one.levelname for one in caplog.records] == ["ERROR", "INFO"]
    assert "rack1-01" in caplog.text


async def test_a_line_without_edges_is_still_read(caplog: pytest.LogCaptureFixture) -> None:
    pin = Pin()
    pin.deaf = pin.card = True
    line = Line(Voice("rack1-01", SystemClock()), pin, lambda: None)
    line.watch()
    assert line.level() == LineIn()
    assert "no edges" in caplog.text


async def test_a_line_that_cannot_be_read_keeps_the_card_in_mind_says_so_and_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with berth(tmp_path, SimulatedModem("generic", sim(), delay=0.0), line=True) as slot:
        slot.board.fake("insert", "rack1-01")
        ready = await slot.ready()
        with broken("_get_state", "GPIO17"):
            lost = await slot.until(lambda now: "cannot be read" in (now.why or ""))
            assert (lost.state, lost.card) == (State.SETTLING, ready.card)
            assert "GPIO17" in (lost.why or "")
            tries = len(slot.history)
            await slot.until(lambda _now: len(slot.history) > tries + 3)
            assert slot.keeper.slot.seen == lost.seen, "what the modem alone says does not prolong the lease"
        assert (await slot.ready()).card == ready.card
        assert len(errors(caplog)) == 1
        with broken("_get_state", "GPIO17"):
            await slot.until(lambda now: now.state is State.SETTLING)
            slot.board.fake("eject", "rack1-01")
        assert (await slot.until(lambda now: now.state is State.EMPTY)).card is None


async def test_a_line_that_cannot_be_read_at_the_start_is_waited_for(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("generic", sim(), delay=0.0), line=True) as slot:
        with broken("_get_state", "GPIO17"):
            waiting = await slot.until(lambda now: "cannot be read" in (now.why or ""))
            assert (waiting.state, waiting.spoken) == (State.SETTLING, False)
        await slot.until(lambda now: now.state is State.EMPTY)


async def test_an_empty_line_counts_at_the_start_only_once_it_has_held(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("generic", sim(), delay=0.0), line=True, settle=0.2) as slot:
        await slot.until(lambda _now: bool(slot.history))
        slot.board.fake("insert", "rack1-01")
        await slot.ready()
        assert all(one.state is not State.EMPTY for one in slot.history)


async def three_on_sale(rack: Gate) -> list[str]:
    numbers = [rack.number(slot) for slot in (1, 2, 3)]
    for slot in (1, 2, 3):
        await rack.asked("fake", move="insert", slot=f"rack1-0{slot}")
    await rack.on_sale(*numbers)
    return numbers


async def test_one_broken_line_leaves_the_list_after_its_lease_and_touches_no_other_slot(tmp_path: Path) -> None:
    modems = [SimulatedModem("generic", fresh(at), delay=0.0) for at in range(3)]
    async with racked(tmp_path, modems, lines=True, timing={"lease": 1.5}) as rack, rack.running():
        numbers = await three_on_sale(rack)
        begun = asyncio.get_running_loop().time()
        with broken("_get_state", "GPIO0"):
            await rack.on_sale(*numbers[1:])
            assert asyncio.get_running_loop().time() - begun > 1.0
            assert "presence line cannot be read" in await rack.why(1, "cannot be read")
        await rack.on_sale(*numbers)


async def test_an_led_that_fails_is_told_once_and_the_rack_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    modems = [SimulatedModem("generic", fresh(at), delay=0.0) for at in range(3)]
    async with racked(tmp_path, modems, lines=True) as rack, rack.running():
        for slot in ("rack1-01", "rack1-02"):  # else they may be lit, or dark, all the while
            await rack.asked("blink", slot=slot, seconds=60)
        with broken("_set_state", "GPIO14") as lit:
            numbers = await three_on_sale(rack)
            async with asyncio.timeout(LIMIT):
                while not errors(caplog):
                    await next_look()
            for _ in range(3):
                await rack.asked("fake", move="eject", slot="rack1-01")
                await rack.on_sale(*numbers[1:])
                await rack.asked("fake", move="insert", slot="rack1-01")
                await rack.on_sale(*numbers)
            beats = len(lit)
            async with asyncio.timeout(LIMIT):
                while sum(pin == "GPIO15" for pin, _ in lit[beats:]) < 4:  # it beats together with the dead one
                    await next_look()
            assert len(errors(caplog)) == 1
            assert "rack1-01: its LED" in errors(caplog)[0]
            await rack.asked("blink", slot="rack1-02", seconds=0)
            await rack.asked("fake", move="eject", slot="rack1-02")
            await rack.on_sale(numbers[0], numbers[2])
            async with asyncio.timeout(LIMIT):
                while ("GPIO15", (False,)) not in lit[-1:]:  # the LED of the next slot goes on telling
                    await next_look()
