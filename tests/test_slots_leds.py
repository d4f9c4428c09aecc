"""LEDs: one language for a person in front of the rack, read by rhythm; nothing that is frozen looks alive."""

from itertools import combinations

import pytest
from cards import ANNA
from hypothesis import given
from hypothesis import strategies as st

from agent.ports import Colour
from agent.slots.leds import of_gateway, of_slot
from agent.slots.legend import markdown, picture, rows
from agent.slots.patterns import BREATH, Pattern, colour, lit, next_change
from agent.slots.roster import Matter
from agent.slots.slot import Slot, State, first

GRAIN = 0.25  # seconds: nothing in the language is shorter, so a person can count it
SELLS = {Pattern.ON_SALE, Pattern.UNSENT, Pattern.ENDPOINT_DOWN, Pattern.KEY_REJECTED, Pattern.FADING}

RHYTHMS = {
    "on_sale": "###################.",
    "unsent": "#################.#.",
    "endpoint_down": "###############.#.#.",
    "key_rejected": "#############.#.#.#.",
    "fading": "################....",
    "starting": "##########..........",
    "busy": "#####.....#####.....",
    "empty": "#...................",
    "contact": "#.#.................",
    "locked": "#.#.#...............",
    "no_number": "#.#.#.#.............",
    "twice": "#.#.#.#.#...........",
    "no_modem": "####..#.............",
    "modem_silent": "####..#.#...........",
    "not_registered": "####..#.#.#.........",
    "quarantined": "####..#.#.#.#.......",
    "stuck": "####..####..........",
    "identify": "#.#.#.#.#.#.#.#.#.#.",
}


def beat(shown: Pattern, seconds: float, start: float = 0.0) -> str:
    """The LED over time, one letter a grain: # lit, . dark."""
    return "".join("#" if lit(shown, start + turn * GRAIN) else "." for turn in range(round(seconds / GRAIN)))


def runs(shown: Pattern) -> list[int]:
    """How long, in grains, it stays lit and dark in turn within one breath, beginning with the longest run of the round."""
    word = beat(shown, BREATH)
    starts = [turn for turn in range(len(word)) if word[turn] != word[turn - 1]]
    lengths = [(end - start) % len(word) or len(word) for start, end in zip(starts, [*starts[1:], starts[0]], strict=True)]
    longest = max(range(len(lengths)), key=lengths.__getitem__)
    lengths = lengths[longest:] + lengths[:longest]
    # Signed, so that a short flash is not taken for a short wink.
    sign = 1 if word[starts[longest]] == "#" else -1
    return [sign * (-1) ** turn * length for turn, length in enumerate(lengths)]


@pytest.mark.parametrize("shown", Pattern)
def test_each_pattern_has_its_rhythm(shown: Pattern) -> None:
    assert beat(shown, BREATH) == RHYTHMS[shown.name.lower()]
    assert beat(shown, 4 * BREATH) == 4 * RHYTHMS[shown.name.lower()]


def test_the_table_of_rhythms_is_whole() -> None:
    assert list(RHYTHMS) == [shown.name.lower() for shown in Pattern]


@pytest.mark.parametrize(("one", "other"), list(combinations(Pattern, 2)), ids=lambda shown: shown.name)
def test_two_patterns_differ_in_rhythm_whenever_one_begins_to_look(one: Pattern, other: Pattern) -> None:
    """By the number of flashes, or by some flash, wink or pause that is at least twice as long, whatever the colour."""
    left, right = runs(one), runs(other)
    assert len(left) != len(right) or any(a * b < 0 or max(a / b, b / a) >= 2 for a, b in zip(left, right, strict=True))


@given(st.sampled_from(Pattern), st.floats(0, 1e7))
def test_no_led_of_a_living_agent_stands_still_for_a_whole_breath(shown: Pattern, start: float) -> None:
    assert len(set(beat(shown, BREATH, start))) == 2
    assert 0 < next_change(shown, start) - start < BREATH


@given(st.sampled_from(Pattern), st.floats(0, 1e7))
def test_who_sleeps_until_the_next_change_misses_none_and_wakes_for_nothing_else(shown: Pattern, start: float) -> None:
    now = start
    while now < start + BREATH:
        then = next_change(shown, now)
        assert {lit(shown, now + part / 8 * (then - now - 0.002)) for part in range(9)} == {lit(shown, now)}
        assert lit(shown, then) is not lit(shown, now)
        now = then


def test_all_leds_of_a_pattern_beat_together_at_any_hour() -> None:
    for shown in Pattern:
        assert beat(shown, BREATH) == beat(shown, BREATH, 4_000_000 * BREATH)


def test_a_timer_that_fires_a_little_early_shows_what_comes() -> None:
    assert lit(Pattern.ON_SALE, 4.7495) is False
    assert next_change(Pattern.ON_SALE, 4.7495) == pytest.approx(5.0)


# -- colours --


def test_what_needs_nobody_is_blue_what_passes_is_white_and_the_rest_is_yellow() -> None:
    """Okabe and Ito: blue against yellow is seen by those who confuse red and green."""
    assert {shown for shown in Pattern if shown.value.colour is Colour.BLUE} == {Pattern.ON_SALE, Pattern.UNSENT}
    waiting = {Pattern.STARTING, Pattern.BUSY, Pattern.EMPTY, Pattern.IDENTIFY}
    assert {shown for shown in Pattern if shown.value.colour is Colour.WHITE} == waiting
    assert {one.value for one in Colour} == {"blue", "white", "yellow"}


@pytest.mark.parametrize("shown", Pattern)
def test_the_colour_is_there_while_it_is_lit(shown: Pattern) -> None:
    for turn in range(20):
        assert colour(shown, turn * GRAIN) is (shown.value.colour if lit(shown, turn * GRAIN) else None)


# -- what is true --


def slot_led(slot: Slot, matter: Matter | None, **what: object) -> Pattern:
    fine = {"endpoint": "ok", "taken": True, "plugged": True, **what}
    return of_slot(slot, matter, **fine)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [State.READY, State.READING, State.SETTLING, State.FAILED])
@pytest.mark.parametrize(
    ("endpoint", "taken", "shown"),
    [
        ("ok", True, Pattern.ON_SALE),
        ("ok", False, Pattern.UNSENT),
        ("idle", False, Pattern.UNSENT),
        ("waiting", False, Pattern.UNSENT),
        ("retrying", True, Pattern.ENDPOINT_DOWN),
        ("retrying", False, Pattern.ENDPOINT_DOWN),
        ("refused", True, Pattern.KEY_REJECTED),
    ],
)
def test_on_sale_the_winks_tell_how_the_endpoint_takes_it(state: State, endpoint: str, taken: bool, shown: Pattern) -> None:
    assert slot_led(Slot(state, card=ANNA, line=True), None, endpoint=endpoint, taken=taken) is shown


@pytest.mark.parametrize("endpoint", ["ok", "retrying", "refused"])
def test_on_sale_by_its_lease_alone_is_a_long_wink(endpoint: str) -> None:
    assert slot_led(Slot(State.OFFLINE, card=ANNA, line=True), None, endpoint=endpoint) is Pattern.FADING


SEEN = {"card": ANNA, "line": True, "why": "x"}


@pytest.mark.parametrize(
    ("slot", "matter", "plugged", "shown"),
    [
        (first(has_line=True), Matter.NO_CARD, True, Pattern.STARTING),
        (first(has_line=False), Matter.NO_CARD, False, Pattern.STARTING),
        (Slot(State.SETTLING, why="x"), Matter.NO_CARD, True, Pattern.BUSY),
        (Slot(State.READING), Matter.NO_CARD, True, Pattern.BUSY),
        (Slot(State.EMPTY, line=False), Matter.NO_CARD, True, Pattern.EMPTY),
        (Slot(State.NO_SIM), Matter.NO_CARD, True, Pattern.EMPTY),
        (Slot(State.NO_SIM, line=True), Matter.NO_CARD, True, Pattern.CONTACT),  # the line says present, the modem sees none
        (Slot(State.FAILED), Matter.NO_CARD, True, Pattern.CONTACT),
        (Slot(State.LOCKED), Matter.NO_CARD, True, Pattern.LOCKED),
        (Slot(State.OFFLINE, why="x"), Matter.NO_CARD, False, Pattern.NO_MODEM),
        (Slot(State.OFFLINE, why="x"), Matter.NO_CARD, True, Pattern.MODEM_SILENT),
        (Slot(State.OFFLINE, card=ANNA, why="x"), Matter.SILENT, True, Pattern.MODEM_SILENT),
        (Slot(State.READY, card=ANNA), Matter.SILENT, True, Pattern.MODEM_SILENT),
        (Slot(State.READY, card=ANNA), Matter.NUMBERLESS, True, Pattern.NO_NUMBER),
        (Slot(State.READY, card=ANNA), Matter.UNSERVED, True, Pattern.NOT_REGISTERED),
        (Slot(State.READY, card=ANNA), Matter.TWICE, True, Pattern.TWICE),
        (Slot(State.READY, card=ANNA), Matter.REFUSED, True, Pattern.QUARANTINED),
    ],
)
def test_off_sale_the_led_shows_what_keeps_the_slot_off(slot: Slot, matter: Matter, plugged: bool, shown: Pattern) -> None:
    for endpoint in ("ok", "retrying", "refused", "waiting"):
        assert slot_led(slot, matter, plugged=plugged, endpoint=endpoint) is shown


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("matter", Matter)
def test_no_slot_off_sale_looks_as_if_it_sold(state: State, matter: Matter) -> None:
    for line in (None, True, False):
        for plugged in (True, False):
            assert slot_led(Slot(state, line=line, card=ANNA), matter, plugged=plugged) not in SELLS


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("matter", [None, *Matter])
def test_a_slot_that_hangs_never_looks_healthy(state: State, matter: Matter | None) -> None:
    assert slot_led(Slot(state, card=ANNA), matter, stuck=True) is Pattern.STUCK


@pytest.mark.parametrize(
    ("what", "shown"),
    [
        ({}, Pattern.ON_SALE),
        ({"taken": False}, Pattern.UNSENT),
        ({"warned": True}, Pattern.FADING),
        ({"held": True}, Pattern.STARTING),
        ({"held": True, "endpoint": "idle", "taken": False}, Pattern.STARTING),
        ({"endpoint": "waiting", "taken": False}, Pattern.UNSENT),
        ({"endpoint": "retrying"}, Pattern.ENDPOINT_DOWN),
        ({"endpoint": "retrying", "warned": True, "held": True}, Pattern.ENDPOINT_DOWN),
        ({"endpoint": "refused"}, Pattern.KEY_REJECTED),
        ({"stuck": True}, Pattern.STUCK),
        ({"stuck": True, "endpoint": "refused", "held": True}, Pattern.STUCK),
    ],
)
def test_the_gateway_s_own_led_tells_of_the_whole(what: dict[str, object], shown: Pattern) -> None:
    assert of_gateway(**{"endpoint": "ok", "taken": True, "held": False, "warned": False, **what}) is shown  # type: ignore[arg-type]


# -- the legend --


def test_the_legend_has_every_pattern_with_words_and_shows_what_the_led_does() -> None:
    assert {row["led"]: row["picture"] for row in rows()} == RHYTHMS
    for row, shown in zip(rows(), Pattern, strict=True):
        assert row["colour"] == shown.value.colour.value
        assert row["means"]
        assert row["do"]
        assert "|" not in "".join(row.values())
        assert f"| `{picture(shown)}` | {row['colour']} | `{row['led']}` | {row['means']} | {row['do']} |\n" in markdown()
    assert "stands still for longer than 5 seconds" in markdown()
