"""The slot machine: an edge is a hint, the level is the truth; what is known to be gone goes at once, the unknown keeps its lease."""

import pytest
from cards import ANNA, BERT, DENIED, EMERGENCY, HOME, SEARCHING, SILENT, UNPLUGGED, UNREADABLE, on_sale, reach, walk

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
)
from agent.slots.slot import Slot, State, first, step

READ = CardRead(ANNA, HOME)


def ready(at: float = 0.0) -> Slot:
    return step(step(first(has_line=True), LineIn(), at)[0], READ, at)[0]


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


@pytest.mark.parametrize("event", [UNPLUGGED, SILENT])
def test_a_modem_that_goes_away_keeps_its_place_for_the_lease_and_not_longer(event: Event) -> None:
    slot = step(ready(at=100.0), event, 101.0)[0]
    assert slot.state is State.OFFLINE
    assert on_sale(slot, 130.0)
    assert not on_sale(slot, 130.1)


@pytest.mark.parametrize("event", [UNPLUGGED, SILENT])
def test_a_modem_that_comes_and_goes_does_not_prolong_a_sale(event: Event) -> None:
    slot = ready()
    for now in range(1, 31):
        slot = step(slot, event if now % 2 else ModemUp(), now)[0]
    assert on_sale(slot, 30.0)
    assert not on_sale(slot, 30.1)


def test_what_is_known_goes_at_once_also_when_the_modem_went_first() -> None:
    gone = step(ready(), UNPLUGGED, 1.0)[0]
    assert not on_sale(step(step(gone, LineMoved(), 1.5)[0], LineOut(), 2.0)[0], 2.0)
    assert not on_sale(step(step(gone, ModemUp(), 5.0)[0], CardAbsent("no SIM"), 6.0)[0], 6.0)
    back = step(step(gone, ModemUp(), 5.0)[0], CardRead(BERT, HOME), 6.0)[0]
    assert (back.card, on_sale(back, 6.0)) == (BERT, True)


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


def test_the_moment_of_the_first_reading_stays_until_card_or_line_moves() -> None:
    slot = ready(at=1.0)
    assert slot.read_at == 1.0
    again = step(step(slot, Hint(), 2.0)[0], CardRead(ANNA, HOME), 3.0)[0]
    assert (again.read_at, again.seen) == (1.0, 3.0)
    moved = step(step(step(slot, LineMoved(), 2.0)[0], LineIn(), 3.0)[0], CardRead(ANNA, HOME), 4.0)[0]
    assert moved.read_at == 4.0
    assert step(step(slot, Hint(), 2.0)[0], CardRead(BERT, HOME), 5.0)[0].read_at == 5.0
    assert step(slot, CardAbsent("no SIM"), 2.0)[0].read_at is None


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


def test_a_line_that_cannot_be_read_keeps_the_card_for_the_lease_and_says_so() -> None:
    slot = step(ready(), UNREADABLE, 1.0)[0]
    for now in range(2, 31):
        slot = step(slot, UNREADABLE if now % 2 else CardSeen(HOME), now)[0]
    assert (on_sale(slot, 30.0), on_sale(slot, 30.1), slot.why) == (True, False, UNREADABLE.why)


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
