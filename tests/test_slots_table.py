"""The transition table: what it does not name changes nothing, and no walk along it sells without proof; its picture."""

import pytest
from cards import LEASE, UNREADABLE, events, on_sale, reach, stats, walks
from hypothesis import given
from hypothesis import strategies as st

from agent.slots.diagram import mermaid
from agent.slots.events import (
    CardAbsent,
    CardChanged,
    CardLocked,
    CardRead,
    CardSeen,
    CardUnreadable,
    Effect,
    Event,
    Hint,
    LineIn,
    LineMoved,
    LineOut,
    ModemUp,
    Retry,
)
from agent.slots.slot import ENTRY, TABLE, State, first, step

SERVING = {1, 5, 6, 7, 9, 10}  # TS 27.007 7.2: registered in some way
NO_CARD_THERE = {State.EMPTY, State.NO_SIM, State.LOCKED}


@pytest.mark.parametrize("state", State)
@given(event=events, now=st.integers(0, 100))
def test_an_event_that_the_table_does_not_name_puts_nothing_on_sale(state: State, event: Event, now: int) -> None:
    before = reach(state)
    after, effect = step(before, event, now)
    if type(event) in TABLE[state]:
        assert after.state is TABLE[state][type(event)]
        assert effect is ENTRY[after.state]
        return
    assert (after.state, after.spoken, effect) == (state, before.spoken, None)
    assert after.card in (before.card, None)
    if not isinstance(event, CardSeen):
        assert after.seen == before.seen
        assert after.in_service in (before.in_service, None)


@pytest.mark.parametrize("state", [state for state in State if state is not State.EMPTY])
def test_line_out_empties_every_slot(state: State) -> None:
    after, effect = step(reach(state), LineOut(), 5.0)
    assert (after.state, after.card, after.line, effect) == (State.EMPTY, None, False, Effect.REST)


@pytest.mark.parametrize("state", State)
def test_an_edge_settles_from_every_state(state: State) -> None:
    after, effect = step(reach(state), LineMoved(), 5.0)
    assert (after.state, effect) == (State.SETTLING, Effect.SETTLE)


@pytest.mark.parametrize("state", State)
def test_a_line_that_cannot_be_read_is_waited_for_in_every_state_and_takes_no_card_along(state: State) -> None:
    before = reach(state)
    after, effect = step(before, UNREADABLE, 5.0)
    assert (after.state, after.card, after.why) == (State.SETTLING, before.card, UNREADABLE.why)
    assert effect is (None if state is State.SETTLING else Effect.SETTLE), "a wait that goes on is not begun anew"


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_left_for_a_reading(state: State) -> None:
    follow: list[Event] = [LineMoved(), LineIn(), ModemUp(), Hint(), Retry()]
    assert any(step(reach(state), event, 5.0)[1] is Effect.READ for event in follow)


@given(walks, st.booleans())
def test_whatever_happens_no_card_is_on_sale_without_fresh_proof(steps: list[tuple[Event, int]], has_line: bool) -> None:
    slot, now, doing = first(has_line=has_line), 0, Effect.REST
    read, seen, served = None, 0, None  # what the events alone prove
    for event, pause in steps:
        now += pause
        before = slot
        slot, effect = step(before, event, now)
        match event:
            case CardRead(card=card, registration=stat) if doing is Effect.READ:
                served = served if read and read.iccid == card.iccid else None
                read, seen = card, now
                served = now if stat in SERVING else None if stat in (3, 8, 11) else served
            case CardSeen(registration=stat) if before.state is State.READY:
                seen = now
                served = now if stat in SERVING else None if stat in (3, 8, 11) else served
            case LineOut() | CardAbsent() | CardLocked() | CardChanged():
                read, served = None, None
            case CardUnreadable(iccid=iccid) if iccid and read and iccid != read.iccid:
                read, served = None, None
            case _:
                pass
        if before.state is State.READING and slot.state is not State.READING:
            assert effect is not None, "the reading was not cancelled"
        if slot.state in NO_CARD_THERE:
            assert slot.card is None
        assert (slot.state is before.state) or effect is ENTRY[slot.state]
        assert slot.spoken >= before.spoken
        doing = effect or doing
        proven = read is not None and served is not None and read.msisdn is not None and max(now - seen, now - served) <= LEASE
        assert on_sale(slot, now) is proven
        assert slot.card in (None, read)


@given(walks, stats)
def test_a_walk_is_the_same_walk_whenever_it_begins(steps: list[tuple[Event, int]], stat: int | None) -> None:
    early, late = first(has_line=True), first(has_line=True)
    now = 0
    for event, pause in [*steps, (CardSeen(stat), 1)]:
        now += pause
        early, effect = step(early, event, now)
        late, again = step(late, event, now + 10_000)
        assert (early.state, early.card, early.why, effect) == (late.state, late.card, late.why, again)


# -- the picture --


def test_the_diagram_has_one_arrow_for_every_pair_of_states_and_no_other() -> None:
    drawn: dict[tuple[str, str], set[str]] = {}
    for line in mermaid().splitlines()[1:]:
        ends, _, names = line.strip().partition(" : ")
        if "-->" in ends and not ends.startswith("[*]"):
            origin, _, goal = ends.partition(" --> ")
            assert (origin, goal) not in drawn
            drawn[origin, goal] = set(names.split(", "))
    told = {(origin, goal, name) for (origin, goal), names in drawn.items() for name in names}
    assert told == {(origin.value, goal.value, kind.__name__) for origin, row in TABLE.items() for kind, goal in row.items()}


def test_the_diagram_begins_where_slots_begin_and_names_every_state() -> None:
    text = mermaid()
    assert text.startswith("stateDiagram-v2\n")
    assert text.endswith("\n")
    assert "[*] --> settling" in text
    assert "[*] --> offline" in text
    assert all(f"    {state.value} : " in text for state in State)
