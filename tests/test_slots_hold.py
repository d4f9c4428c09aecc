"""The list of before while the first one after a start is held: what is known to be gone leaves it, and nothing else does."""

from dataclasses import replace

import pytest
from cards import ANNA, BERT, DENIED, HOME, NAMELESS, SEARCHING, SILENT, UNPLUGGED, walk, walks
from hypothesis import given
from hypothesis import strategies as st

from agent.sim.identity import Card, Msisdn
from agent.slots.events import CardAbsent, CardLocked, CardRead, CardUnreadable, Event, Hint, LineIn, LineMoved, LineOut, ModemUp
from agent.slots.hold import kept, unheard
from agent.slots.listing import Listing, Snapshot
from agent.slots.slot import Slot, first, step

CARL = replace(NAMELESS, msisdn=Msisdn("491720400306", 49), number_from="cnum")
IN = LineIn()


def listed(slot: str, card: Card, **terms: float) -> Listing:
    assert card.msisdn is not None
    return Listing(slot, card.iccid, card.msisdn, card.plmn, card.imsi, **terms)  # type: ignore[arg-type]


LAST = Snapshot((listed("a", ANNA, price=2.5), listed("b", BERT, rent=1)))


def left(**slots: Slot) -> list[str]:
    """The slots that are still on the list of before, when the other one has not spoken."""
    return [listing.slot for listing in kept(LAST, {"a": first(has_line=True), "b": first(has_line=True), **slots}, {}).listings]


@pytest.mark.parametrize(
    "events",
    [
        [LineOut()],
        [IN, CardAbsent("no SIM")],
        [IN, CardLocked("PIN wanted")],
        [IN, CardRead(BERT, HOME)],
        [IN, CardRead(NAMELESS, HOME)],
        [IN, CardUnreadable("no IMSI", BERT.iccid)],
        [IN, CardRead(CARL, SEARCHING), Hint()],
    ],
)
def test_what_is_known_to_be_gone_leaves_at_once(events: list[Event]) -> None:
    assert left(a=walk(*events), b=walk(IN, CardRead(BERT, HOME))) == ["b"]


@pytest.mark.parametrize(
    "events",
    [
        [],
        [LineMoved()],
        [IN],
        [IN, SILENT],
        [IN, UNPLUGGED],
        [IN, ModemUp()],
        [IN, CardUnreadable("busy")],
        [IN, CardUnreadable("no IMSI", ANNA.iccid)],
        [IN, CardRead(ANNA, HOME)],
        [IN, CardRead(ANNA, DENIED)],
        [IN, CardRead(ANNA, HOME), UNPLUGGED],
        [IN, CardRead(replace(ANNA, msisdn=None), HOME)],
    ],
)
def test_what_is_not_known_keeps_its_place(events: list[Event]) -> None:
    assert left(a=walk(*events)) == ["a", "b"]


def test_terms_that_have_changed_since_stay_as_they_were() -> None:
    assert kept(LAST, {"a": walk(IN, CardRead(ANNA, HOME)), "b": first(has_line=False)}, {}) == LAST


def test_a_card_that_was_read_in_another_slot_keeps_its_place_and_its_listing() -> None:
    there = walk(IN, CardRead(ANNA, HOME))
    assert left(a=walk(LineOut()), c=there) == ["a", "b"]
    assert left(a=walk(LineOut()), b=there) == ["a"]
    assert left(a=walk(IN, CardRead(BERT, HOME)), b=there) == ["a", "b"]


def test_a_card_that_has_another_number_by_now_does_not_keep_the_old_one() -> None:
    assert left(a=walk(IN, CardRead(replace(ANNA, msisdn=CARL.msisdn), HOME))) == ["b"]


def test_a_number_whose_slot_is_no_longer_configured_leaves_at_once() -> None:
    assert [one.slot for one in kept(LAST, {"a": first(has_line=True)}, {}).listings] == ["a"]


def test_a_number_that_the_endpoint_refuses_is_not_listed_again() -> None:
    assert [one.slot for one in kept(LAST, {"a": first(has_line=True), "b": first(has_line=True)}, {str(ANNA.msisdn): "x"}).listings] == [
        "b"
    ]


def test_no_number_is_listed_twice() -> None:
    twice = Snapshot((*LAST.listings, replace(LAST.listings[0], slot="b", iccid=CARL.iccid)))
    assert kept(twice, {"a": first(has_line=True), "b": first(has_line=True)}, {}) == LAST


def test_the_slots_of_the_last_list_that_have_not_spoken_are_named() -> None:
    assert unheard(LAST, {"a": walk(IN, SILENT), "b": walk(LineOut()), "c": first(has_line=True)}) == ["a"]


# -- whatever happens --

NAMES = ("a", "b", "c")
lasts = st.lists(st.tuples(st.sampled_from([*NAMES, "gone"]), st.sampled_from([ANNA, BERT, CARL])), max_size=5).map(
    lambda pairs: Snapshot(tuple(listed(slot, card) for slot, card in pairs))
)
stories = st.tuples(walks, walks, walks)


def says_otherwise(event: Event, listing: Listing) -> bool:
    """Whether the event speaks against the listing's card being in its slot."""
    match event:
        case LineOut() | CardAbsent() | CardLocked():
            return True
        case CardRead(card=card):
            return (card.iccid, card.msisdn) != (listing.iccid, listing.msisdn)
        case CardUnreadable(iccid=iccid):
            return iccid not in (None, listing.iccid)
        case _:
            return False


@given(lasts, stories, st.sets(st.sampled_from([str(ANNA.msisdn), str(BERT.msisdn)])))
def test_nothing_is_added_nothing_listed_twice_and_nothing_lost_without_a_word_against_it(
    last: Snapshot, story: tuple[list[tuple[Event, int]], ...], refused: set[str]
) -> None:
    slots, now, left, heard = {name: first(has_line=True) for name in NAMES}, 0, last, dict[str, list[Event]]((name, []) for name in NAMES)
    for name, steps in zip(NAMES, story, strict=True):
        for event, pause in steps:
            now += pause
            slots[name] = step(slots[name], event, now)[0]
            heard[name].append(event)
            before, left = left, kept(left, slots, refused)
            numbers = [str(one.msisdn) for one in left.listings]
            rest = iter(before.listings)
            assert all(one in rest for one in left.listings), "in their order, and none that was not there"
            assert len(set(numbers)) == len(numbers)
            assert not refused & set(numbers)
            assert kept(left, slots, refused) == left
            for lost in set(before.listings) - set(left.listings):
                again = str(lost.msisdn) in refused or str(lost.msisdn) in numbers
                told = lost.slot in slots and slots[lost.slot].spoken and any(says_otherwise(one, lost) for one in heard[lost.slot])
                assert again or told or lost.slot not in slots


@given(stories)
def test_no_number_stays_whose_slot_says_that_it_is_empty_or_holds_another_card(story: tuple[list[tuple[Event, int]], ...]) -> None:
    last, slots, now = Snapshot((listed("a", ANNA), listed("b", BERT), listed("c", CARL))), dict[str, Slot](), 0
    for name, steps in zip(NAMES, story, strict=True):
        slots[name] = first(has_line=True)
        for event, pause in steps:
            now += pause
            slots[name] = step(slots[name], event, now)[0]
    there = {slot.card.iccid for slot in slots.values() if slot.card}
    staying = kept(last, slots, {}).listings
    for listing in last.listings:
        slot = slots[listing.slot]
        if listing.iccid not in there and (slot.card is not None or slot.state.value in ("empty", "no_sim", "locked")):
            assert listing not in staying
