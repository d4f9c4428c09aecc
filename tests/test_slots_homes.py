"""One card, two slots that answer for it: it is in the one that read it last, and nothing flaps."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from cards import ANNA, BERT, HOME, SEARCHING, walk, walks
from hypothesis import given
from hypothesis import strategies as st

from agent.sim.identity import Card
from agent.slots.events import CardRead, CardSeen, Event, Hint, LineIn, LineMoved, ModemUp
from agent.slots.roster import Offer, Roster, roster
from agent.slots.slot import Slot, State, first, step

LEASE = 30.0
OFFERS = [Offer("rack1-01"), Offer("rack1-02")]


def look(slots: Sequence[Slot], now: float = 100.0) -> Roster:
    return roster(OFFERS, {offer.slot: slot for offer, slot in zip(OFFERS, slots, strict=True)}, {}, now, LEASE)


def sold(found: Roster) -> list[str]:
    return [listing.slot for listing in found.snapshot.listings]


def held(read_at: float | None, card: Card = ANNA, seen: float = 100.0) -> Slot:
    return Slot(State.READY, line=True, card=card, seen=seen, registration=HOME, in_service=seen, spoken=True, read_at=read_at)


@pytest.mark.parametrize("early", [None, 10.0])
def test_one_card_in_two_slots_is_in_the_one_that_read_it_last(early: float | None) -> None:
    better_proven = replace(BERT, iccid=ANNA.iccid, number_from="config")
    for slots, keeper, other in (
        ([held(early, better_proven), held(20.0)], "rack1-02", "rack1-01"),
        ([held(20.0), held(early, better_proven)], "rack1-01", "rack1-02"),
    ):
        found = look(slots)
        assert sold(found) == [keeper]
        assert keeper in found.why[other]
        assert "restart it" in found.why[other]


def test_a_card_that_moved_is_not_sold_where_it_was_even_before_it_can_be_sold_where_it_is() -> None:
    found = look([held(10.0), replace(held(20.0), registration=SEARCHING, in_service=None)])
    assert sold(found) == []
    assert "searching" in found.why["rack1-02"]
    assert found.look_again == pytest.approx(130.001)


def test_two_slots_that_both_go_on_answering_for_one_card_do_not_flap() -> None:
    slots = [walk(LineIn(), CardRead(ANNA, HOME), start=10.0), walk(LineIn(), CardRead(ANNA, HOME), start=20.0)]
    answers: list[Event] = [CardSeen(HOME), Hint(), CardRead(ANNA, HOME), ModemUp(), CardRead(ANNA, HOME)]
    for now in range(30, 60):
        event = answers[now % 5]
        slots = [step(slot, event, float(now + at))[0] for at, slot in enumerate(reversed(slots))][::-1]
        assert sold(look(slots, now + 1.0)) == ["rack1-02"]


def test_a_card_that_is_moved_back_is_sold_again_where_its_line_moved() -> None:
    there = [walk(LineIn(), CardRead(ANNA, HOME), start=10.0), walk(LineIn(), CardRead(ANNA, HOME), start=20.0)]
    back = there[0]
    for event in (LineMoved(), LineIn(), CardRead(ANNA, HOME)):
        back = step(back, event, 30.0)[0]
    assert sold(look([back, there[1]], 31.0)) == ["rack1-01"]


@given(st.lists(st.tuples(st.sampled_from([0, 1]), walks), max_size=3))
def test_no_card_is_ever_sold_twice(stories: list[tuple[int, list[tuple[Event, int]]]]) -> None:
    slots, now = [first(has_line=True), first(has_line=False)], 0
    for at, story in stories:
        for event, pause in story:
            now += pause
            slots[at] = step(slots[at], event, now)[0]
            cards = [listing.iccid for listing in look(slots, now).snapshot.listings]
            assert len(set(cards)) == len(cards)


def test_when_the_later_reading_is_too_old_the_earlier_one_counts_again() -> None:
    slots = [held(10.0, seen=120.0), held(20.0)]
    again = look(slots, 125.0).look_again
    assert sold(look(slots, 125.0)) == ["rack1-02"]
    assert again is not None
    assert sold(look(slots, again)) == ["rack1-01"]
