"""The slot machine: an edge is a hint, the level is the truth; what is known to be gone goes at once, the unknown keeps its lease."""

import pytest
from cards import ANNA, BERT, DENIED, EMERGENCY, HOME, SEARCHING, SILENT, UNPLUGGED, events, stats, walks
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
    ModemGone,
    ModemUp,
    Retry,
)
from agent.slots.roster import Offer, roster
from agent.slots.slot import ENTRY, TABLE, Slot, State, first, step

LEASE = 30
SERVING = {1, 5, 6, 7, 9, 10}  # TS 27.007 7.2: registered in some way
NO_CARD_THERE = {State.EMPTY, State.NO_SIM, State.LOCKED}
READ = CardRead(ANNA, HOME)


def walk(*events: Event, has_line: bool = True, start: float = 0.0) -> Slot:
    """The slot after these events, one a second."""
    slot = first(has_line=has_line)
    for second, event in enumerate(events):
        slot, _ = step(slot, event, start + second)
    return slot


def ready(at: float = 0.0) -> Slot:
    return step(step(first(has_line=True), LineIn(), at)[0], READ, at)[0]


def on_sale(slot: Slot, now: float) -> bool:
    return bool(roster([Offer("a")], {"a": slot}, {}, now, LEASE).snapshot.listings)


def reach(state: State) -> Slot:
    """A slot in that state by the shortest way a rack would take."""
    ways: dict[State, tuple[Event, ...]] = {
        State.EMPTY: (LineOut(),),
        State.SETTLING: (),
        State.OFFLINE: (LineIn(), SILENT),
        State.READING: (LineIn(),),
        State.NO_SIM: (LineIn(), CardAbsent("no SIM")),
        State.LOCKED: (LineIn(), CardLocked("PIN wanted")),
        State.FAILED: (LineIn(), CardUnreadable("busy")),
        State.READY: (LineIn(), READ),
    }
    slot = walk(*ways[state])
    assert slot.state is state
    return slot


# -- one rack, one story --


def test_a_card_that_is_put_in_is_settled_then_read_then_on_sale() -> None:
    slot, effect = step(walk(LineOut()), LineMoved(), 1.0)
    assert (slot.state, effect) == (State.SETTLING, Effect.SETTLE)
    slot, effect = step(slot, LineIn(), 1.5)
    assert (slot.state, effect) == (State.READING, Effect.READ)
    slot, effect = step(slot, READ, 1.7)
    assert (slot.state, slot.card, effect) == (State.READY, ANNA, Effect.WATCH)
    assert on_sale(slot, 1.7)


def test_the_line_takes_a_card_off_sale_even_when_the_modem_goes_on_seeing_it() -> None:
    slot = step(step(ready(), LineMoved(), 1.0)[0], LineOut(), 1.5)[0]
    assert slot.state is State.EMPTY
    for now in range(2, 20):
        slot, effect = step(slot, CardSeen(HOME), now)
        assert effect is None
        assert not on_sale(slot, now)


def test_an_unplugged_modem_takes_its_card_off_sale_at_once() -> None:
    slot = step(ready(), UNPLUGGED, 1.0)[0]
    assert slot.state is State.OFFLINE
    assert not on_sale(slot, 1.0)


def test_an_unplugging_counts_also_while_the_line_settles() -> None:
    assert step(step(ready(), LineMoved(), 1.0)[0], UNPLUGGED, 1.1)[0].card is None


def test_a_silent_modem_keeps_its_place_for_the_lease_and_not_longer() -> None:
    slot = step(ready(at=100.0), SILENT, 101.0)[0]
    assert on_sale(slot, 130.0)
    assert not on_sale(slot, 130.1)


def test_a_modem_that_cannot_say_keeps_its_place_for_the_lease_and_not_longer() -> None:
    slot = ready(at=100.0)
    for now in range(105, 131, 5):
        slot = step(slot, CardUnreadable("busy"), now)[0]
        assert on_sale(slot, now)
    assert not on_sale(slot, 130.1)


@pytest.mark.parametrize("event", [CardAbsent("no SIM"), CardLocked("PIN wanted"), CardChanged(), CardUnreadable("no IMSI", BERT.iccid)])
def test_what_the_modem_knows_to_be_gone_goes_at_once(event: Event) -> None:
    assert not on_sale(step(ready(), event, 1.0)[0], 1.0)


def test_a_card_that_cannot_be_read_takes_the_place_of_the_one_before() -> None:
    reading = step(ready(), Hint(), 1.0)[0]
    assert on_sale(step(reading, CardUnreadable("busy", ANNA.iccid), 2.0)[0], 2.0)
    assert not on_sale(step(reading, CardUnreadable("no IMSI", BERT.iccid), 2.0)[0], 2.0)


def test_a_hint_reads_at_once_what_is_on_sale() -> None:
    slot, effect = step(ready(), Hint(), 1.0)
    assert (slot.state, effect) == (State.READING, Effect.READ)


def test_a_swap_faster_than_the_settle_time_is_read_again() -> None:
    slot = step(ready(), LineMoved(), 1.0)[0]
    slot, effect = step(slot, LineIn(), 1.5)
    assert (slot.state, effect) == (State.READING, Effect.READ)
    assert step(slot, CardRead(BERT, HOME), 2.0)[0].card == BERT


@pytest.mark.parametrize("stat", [None, 0, 2, 4])
def test_a_new_card_does_not_inherit_the_service_of_the_one_before(stat: int | None) -> None:
    slot = step(step(ready(), Hint(), 1.0)[0], CardRead(BERT, stat), 2.0)[0]
    assert slot.state is State.READY
    assert not on_sale(slot, 2.0)


def test_the_same_card_read_again_while_it_searches_keeps_its_lease() -> None:
    slot = step(step(ready(), Hint(), 1.0)[0], CardRead(ANNA, SEARCHING), 2.0)[0]
    assert on_sale(slot, 30.0)
    assert not on_sale(slot, 30.1)


@pytest.mark.parametrize("stat", [DENIED, EMERGENCY, 11])
def test_a_refused_card_goes_at_once(stat: int) -> None:
    assert not on_sale(step(ready(), CardSeen(stat), 1.0)[0], 1.0)


@pytest.mark.parametrize("stat", [None, 0, SEARCHING, 4])
def test_a_card_that_searches_goes_after_the_lease(stat: int | None) -> None:
    slot = ready()
    for now in range(1, 31):
        slot = step(slot, CardSeen(stat), now)[0]
    assert on_sale(slot, 30.0)
    assert not on_sale(slot, 30.1)


def test_a_bouncing_line_does_not_prolong_a_sale() -> None:
    slot = ready()
    for now in range(1, 31):
        slot = step(slot, LineMoved(), now)[0]
    assert slot.state is State.SETTLING
    assert on_sale(slot, 30.0)
    assert not on_sale(slot, 30.1)


@pytest.mark.parametrize("state", [state for state in State if state is not State.READING])
def test_a_reading_that_nobody_waits_for_names_no_card(state: State) -> None:
    before = reach(state)
    after, effect = step(before, CardRead(BERT, HOME), 5.0)
    assert after.card == before.card
    assert (after.seen, after.in_service, effect) == (before.seen, before.in_service, None)


@pytest.mark.parametrize("state", [state for state in State if state is not State.READY])
def test_only_what_is_watched_can_be_seen_again(state: State) -> None:
    slot = ready()
    slot = Slot(state, card=slot.card, seen=slot.seen, in_service=slot.in_service, line=True)
    assert step(slot, CardSeen(HOME), 29.0)[0].seen == 0.0
    assert not on_sale(step(slot, CardSeen(HOME), 29.0)[0], 31.0)


# -- the first list --


@pytest.mark.parametrize(
    ("events", "spoken"),
    [
        ((), False),
        ((LineMoved(),), False),
        ((LineIn(),), False),
        ((LineIn(), SILENT), False),
        ((UNPLUGGED,), False),
        ((LineIn(), UNPLUGGED, ModemUp()), False),
        ((LineOut(),), True),
        ((LineIn(), READ), True),
        ((LineIn(), CardAbsent("no SIM")), True),
        ((LineIn(), CardLocked("PIN wanted")), True),
        ((LineIn(), CardUnreadable("busy")), True),
        ((LineIn(), READ, LineMoved(), LineIn(), SILENT), True),
    ],
)
def test_a_slot_has_spoken_when_its_first_look_has_ended(events: tuple[Event, ...], spoken: bool) -> None:
    assert walk(*events).spoken is spoken


def test_a_slot_without_a_line_waits_for_its_modem() -> None:
    slot = first(has_line=False)
    assert (slot.state, slot.spoken, slot.card) == (State.OFFLINE, False, None)
    assert step(slot, ModemUp(), 1.0) == (Slot(State.READING, slot.why), Effect.READ)


# -- the table --


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
            case LineOut() | CardAbsent() | CardLocked() | CardChanged() | ModemGone(unplugged=True):
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
