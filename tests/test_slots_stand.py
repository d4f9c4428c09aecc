"""Since when a slot has been as it is: what only passes renews nothing, another card does."""

from dataclasses import replace

import pytest
from cards import ANNA, BERT, HOME, SILENT, UNPLUGGED, walk

from agent.slots.events import (
    CardAbsent,
    CardLocked,
    CardRead,
    CardSeen,
    CardUnreadable,
    Event,
    Hint,
    LineIn,
    LineMoved,
    LineOut,
    ModemUp,
    Retry,
)
from agent.slots.slot import Stand, State, first

IN: tuple[Event, ...] = (LineIn(), CardRead(ANNA, HOME))  # read in the second second


def since(*events: Event) -> float | None:
    """Of these events, one a second from 0."""
    return walk(*events).stand.since


def test_nobody_knows_since_when_before_anything_has_happened() -> None:
    assert first(has_line=True).stand.since is None
    assert since(LineMoved()) is None, "it was settling before"
    assert since(LineIn()) == 0


def test_a_card_is_in_since_it_was_read_however_often_it_is_seen() -> None:
    assert since(*IN, CardSeen(HOME), CardSeen(HOME)) == 1


@pytest.mark.parametrize("way", [(Hint(),), (LineMoved(), LineIn()), (LineMoved(), LineMoved(), LineIn()), (ModemUp(),)])
def test_the_same_card_read_anew_is_in_as_long_as_before(way: tuple[Event, ...]) -> None:
    assert since(*IN, *way) != 1
    assert since(*IN, *way, CardRead(ANNA, HOME)) == 1


def test_another_card_begins_anew() -> None:
    assert since(*IN, Hint(), CardRead(BERT, HOME)) == 3
    assert since(*IN, Hint(), CardRead(BERT, HOME), Hint(), CardRead(ANNA, HOME)) == 5


def test_a_card_that_was_out_begins_anew() -> None:
    assert since(*IN, LineMoved(), LineOut()) == 3
    assert since(*IN, LineMoved(), LineOut(), LineMoved(), LineIn(), CardRead(ANNA, HOME)) == 6


def test_a_reading_lasts_since_it_began() -> None:
    assert since(*IN, Hint()) == 2
    assert since(*IN, Hint(), ModemUp()) == 2


@pytest.mark.parametrize("fails", [CardUnreadable("busy"), CardAbsent("no SIM"), CardLocked("PIN wanted"), UNPLUGGED, SILENT])
def test_what_fails_again_and_again_fails_since_the_first_time(fails: Event) -> None:
    again = Retry() if isinstance(fails, CardUnreadable) else ModemUp()
    assert since(LineIn(), fails, again, fails, again, fails) == 1


def test_what_a_slot_is_does_not_depend_on_how_long_it_has_been_so() -> None:
    assert walk(*IN) == replace(walk(*IN), stand=Stand(77.0))
    assert walk(*IN) != replace(walk(*IN), state=State.OFFLINE)
