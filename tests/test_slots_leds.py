"""LEDs: one language for a person in front of the rack, a pure function of what is true and of the moment."""

import pytest
from cards import ANNA
from hypothesis import given
from hypothesis import strategies as st

from agent.slots.leds import Pattern, lit, pattern, steady
from agent.slots.slot import Slot, State

TICK = 0.25  # seconds: the one tick of all LEDs


def beat(shown: Pattern, seconds: int) -> str:
    """The LED over time, one letter a tick: # lit, . dark."""
    return "".join("#" if lit(shown, tick * TICK) else "." for tick in range(int(seconds / TICK)))


@pytest.mark.parametrize(
    ("shown", "two_seconds"),
    [
        (Pattern.DARK, "........"),
        (Pattern.STEADY, "########"),
        (Pattern.WINK, "#######."),
        (Pattern.SLOW, "####...."),
        (Pattern.FAST, "#.#.#.#."),
        (Pattern.DOUBLE, "#.#....."),
    ],
)
def test_each_pattern_has_its_beat(shown: Pattern, two_seconds: str) -> None:
    assert beat(shown, 2) == two_seconds
    assert beat(shown, 8) == two_seconds * 4


def test_no_two_patterns_look_alike() -> None:
    assert len({beat(shown, 4) for shown in Pattern}) == len(Pattern) == 6


@pytest.mark.parametrize("shown", Pattern)
def test_a_pattern_needs_a_tick_exactly_when_it_changes(shown: Pattern) -> None:
    assert steady(shown) is (len(set(beat(shown, 4))) == 1)


@given(st.sampled_from(Pattern), st.floats(0, 1e9), st.integers(0, 1000))
def test_an_led_does_not_change_between_two_ticks(shown: Pattern, inside: float, ticks: int) -> None:
    inside = inside % 1 * TICK * 0.999
    assert lit(shown, ticks * TICK + inside) is lit(shown, ticks * TICK)


def test_all_leds_of_a_pattern_beat_together_at_any_hour() -> None:
    for shown in Pattern:
        assert [lit(shown, tick * TICK) for tick in range(8)] == [lit(shown, 2_000_000 + tick * TICK) for tick in range(8)]


@pytest.mark.parametrize("state", [State.READY, State.READING, State.SETTLING, State.FAILED])
def test_on_sale_is_steady_and_winks_while_the_endpoint_does_not_take_the_list(state: State) -> None:
    slot = Slot(state, card=ANNA, line=True)
    assert pattern(slot, on_sale=True, endpoint_ok=True) is Pattern.STEADY
    assert pattern(slot, on_sale=True, endpoint_ok=False) is Pattern.WINK


@pytest.mark.parametrize("endpoint_ok", [True, False])
def test_on_sale_without_its_modem_looks_as_if_something_had_moved(endpoint_ok: bool) -> None:
    assert pattern(Slot(State.OFFLINE, card=ANNA, line=True), on_sale=True, endpoint_ok=endpoint_ok) is Pattern.FAST


@pytest.mark.parametrize("endpoint_ok", [True, False])
@pytest.mark.parametrize(
    ("slot", "shown"),
    [
        (Slot(State.EMPTY, line=False), Pattern.DARK),
        (Slot(State.NO_SIM), Pattern.DARK),
        (Slot(State.NO_SIM, line=True), Pattern.DOUBLE),  # the line says present, the modem sees none: somebody must look
        (Slot(State.SETTLING), Pattern.FAST),
        (Slot(State.READING), Pattern.FAST),
        (Slot(State.READY, card=ANNA), Pattern.SLOW),
        (Slot(State.OFFLINE), Pattern.DOUBLE),
        (Slot(State.LOCKED), Pattern.DOUBLE),
        (Slot(State.FAILED), Pattern.DOUBLE),
    ],
)
def test_off_sale_the_led_shows_what_keeps_the_slot_off(slot: Slot, shown: Pattern, endpoint_ok: bool) -> None:
    assert pattern(slot, on_sale=False, endpoint_ok=endpoint_ok) is shown


@pytest.mark.parametrize("state", State)
def test_no_slot_off_sale_looks_as_if_it_sold(state: State) -> None:
    for line in (None, True, False):
        assert pattern(Slot(state, line=line, card=ANNA), on_sale=False, endpoint_ok=True) not in (Pattern.STEADY, Pattern.WINK)
