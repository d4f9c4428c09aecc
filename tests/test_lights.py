"""agent/lights on a virtual clock: what each LED shows at every moment, and how seldom the agent wakes for it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulation.loop import Agenda, VirtualLoop

from agent.errors import LineError
from agent.lights import Lights
from agent.ports import Colour
from agent.slots.patterns import BREATH, Pattern

SPELL = 600.0


class Eye:
    """A lamp as it is seen: (moment, colour) of every change; `broken` as an expander that has come off its bus."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.seen: list[tuple[float, Colour | None]] = []
        self.told, self.broken = 0, False

    def show(self, colour: Colour | None) -> None:
        if self.broken:
            raise LineError("slot a: chip1:5: Remote I/O error")
        self.told += 1
        if not self.seen or self.seen[-1][1] is not colour:
            self.seen.append((self._now(), colour))

    def close(self) -> None:
        """Nothing to release."""

    def during(self, start: float, end: float) -> list[float]:
        """When it changed in between."""
        moments = [round(moment, 3) for moment, _ in self.seen]
        return [moment for moment in moments if start < moment <= end]


class LoopClock:
    """Nothing but the loop's time."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.monotonic = loop.time

    def wall(self) -> float:
        return 0.0

    def synchronised(self) -> bool:
        return False


class Stage:
    """Lights in virtual time; `true` is what each LED should show."""

    def __init__(self, **true: Pattern) -> None:
        agenda = Agenda()
        self.loop = VirtualLoop(agenda, 0.0, lambda call: (call, 0.0))
        self.true = true
        self.eyes = {name: Eye(self.loop.time) for name in true}
        self.sleeps: list[float] = []
        self.lights = Lights(self.eyes, LoopClock(self.loop), self.true.__getitem__, self.sleeps.append)

    async def until(self, moment: float) -> None:
        await asyncio.sleep(moment - self.loop.time())

    def play(self, scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """The scene, while the lights run."""

        async def both() -> None:
            running = asyncio.create_task(self.lights.run())
            await scene()
            running.cancel()
            await asyncio.wait([running])
            if not running.cancelled():
                running.result()

        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(both())
        finally:
            self.loop.close()


@pytest.fixture(autouse=True)
def loops() -> Iterator[None]:
    """No loop of a stage is left behind."""
    yield
    asyncio.set_event_loop(None)


def test_a_healthy_rack_breathes_and_wakes_twice_a_breath_however_many_leds_it_has() -> None:
    stage = Stage(**{f"s{number}": Pattern.ON_SALE for number in range(64)})
    stage.play(lambda: stage.until(SPELL + 1))
    winks = [moment + part for moment in range(5, 600, 5) for part in (-0.25, 0)]
    for eye in stage.eyes.values():
        assert eye.during(0.5, 599) == pytest.approx(winks)
    assert len(stage.sleeps) <= 2 * SPELL / BREATH + 3


def test_a_change_is_shown_at_once_and_begins_in_step_with_the_others() -> None:
    stage = Stage(a=Pattern.ON_SALE, b=Pattern.ON_SALE)

    async def scene() -> None:
        await stage.until(11.0)
        stage.true["a"] = Pattern.CONTACT
        stage.lights.stir()
        await stage.until(21.0)

    stage.play(scene)
    assert stage.eyes["a"].during(10.9, 20) == pytest.approx([11.0, 15, 15.25, 15.5, 15.75, 20])
    assert [colour for moment, colour in stage.eyes["a"].seen if 11.1 < moment < 15.2] == [Colour.YELLOW]
    assert stage.eyes["b"].during(10.9, 20) == pytest.approx([14.75, 15, 19.75, 20])


def test_a_change_that_nobody_told_of_is_seen_within_a_breath() -> None:
    stage = Stage(a=Pattern.ON_SALE)

    async def scene() -> None:
        await stage.until(11.0)
        stage.true["a"] = Pattern.STUCK  # a part that hangs tells nobody
        await stage.until(11.0 + BREATH)
        assert stage.eyes["a"].seen[-1][1] is Colour.YELLOW

    stage.play(scene)


def test_a_place_is_shown_for_as_long_as_asked_and_then_what_is_true_again() -> None:
    stage = Stage(a=Pattern.EMPTY, b=Pattern.EMPTY)

    async def scene() -> None:
        await stage.until(10.1)
        stage.lights.blink("a", 2.0)
        assert (stage.lights.shown("a"), stage.lights.shown("b")) == (Pattern.IDENTIFY, Pattern.EMPTY)
        await stage.until(13.0)
        assert stage.lights.shown("a") is Pattern.EMPTY
        stage.lights.blink("a", 600)
        await stage.until(13.6)
        stage.lights.blink("a", 0)
        await stage.until(30)

    stage.play(scene)
    flicker = [10.25 + 0.25 * turn for turn in range(9)]
    assert stage.eyes["a"].during(10.0, 12.9) == pytest.approx(flicker)
    assert stage.eyes["a"].during(12.9, 14.9) == pytest.approx([13.0, 13.25, 13.5, 13.6])
    assert stage.eyes["a"].during(14.9, 29) == stage.eyes["b"].during(14.9, 29)


def test_an_led_that_fails_is_told_once_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage(a=Pattern.ON_SALE, b=Pattern.ON_SALE)

    async def scene() -> None:
        await stage.until(11)
        stage.eyes["a"].broken = True
        await stage.until(61)

    stage.play(scene)
    errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert errors == ["a: its LED cannot be set and is left alone from now on: slot a: chip1:5: Remote I/O error"]
    assert len(stage.eyes["b"].during(11, 60.5)) == 20
    assert (stage.lights.has("a"), stage.lights.has("b")) == (False, True)


def test_without_an_led_that_works_there_is_nothing_to_wake_for() -> None:
    stage = Stage(a=Pattern.BUSY)
    stage.eyes["a"].broken = True

    async def scene() -> None:
        await asyncio.wait_for(stage.lights.run(), 1)

    stage.play(scene)
    none = Stage()
    none.play(lambda: none.until(SPELL))
    assert none.sleeps == []


@given(
    st.dictionaries(st.text("abc", min_size=1), st.sampled_from(Pattern), min_size=1),
    st.lists(st.tuples(st.floats(0.1, 20), st.sampled_from(Pattern)), max_size=6),
)
@settings(max_examples=30)
def test_no_led_of_a_running_agent_stands_still_for_longer_than_two_breaths_whatever_happens(
    true: dict[str, Pattern], changes: list[tuple[float, Pattern]]
) -> None:
    """Two, for a change of what is true may lengthen one pause by another."""
    stage = Stage(**true)

    async def scene() -> None:
        for seconds, shown in changes:
            await stage.until(stage.loop.time() + seconds)
            stage.true[min(true)] = shown
            stage.lights.stir()
        await stage.until(stage.loop.time() + 3 * BREATH)

    stage.play(scene)
    end = stage.loop.time()
    for eye in stage.eyes.values():
        moments = [moment for moment, _ in eye.seen]
        held = [later - earlier for earlier, later in zip(moments, [*moments[1:], end], strict=True)]
        assert max(held) <= 2 * BREATH + 0.01
        assert held[-1] <= BREATH
