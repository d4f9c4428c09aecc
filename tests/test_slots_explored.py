"""Every sequence of 5 events, each 0, 6 or 601 seconds after the one before, takes no slot where HOUSE.md's rules do not allow it.

So, too, every sequence of 3 events from a slot whose card has lost its service as often as it may.
"""

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from functools import cache
from itertools import product

import pytest
from cards import ANNA, LEASE
from explored import STEPS, TWIN, Node, Step, Truth, Walked, sold, walk, ways_out

from agent.sim.identity import Card, Msisdn
from agent.slots.events import CardAbsent, CardRead, CardSeen, Effect, Event, LineMoved, LineOut
from agent.slots.listing import Listing
from agent.slots.roster import Offer
from agent.slots.slot import Slot, State, step

DEPTH, WORN_DEPTH = 5, 3
MOMENTS = (0.0, LEASE - 6, LEASE, LEASE + 0.5)


@cache
def walked(*, has_line: bool, worn: bool = False) -> Walked:
    return walk(step, WORN_DEPTH if worn else DEPTH, has_line=has_line, worn=worn)


def everything(*, has_line: bool) -> list[Node]:
    return walked(has_line=has_line).nodes + walked(has_line=has_line, worn=True).nodes


def test_the_walk_is_as_long_as_it_says_and_knows_every_part_of_a_slot() -> None:
    assert f"Every sequence of {DEPTH} events, each {STEPS[0]:.0f}, {STEPS[1]:.0f} or {STEPS[2]:.0f} seconds" in str(__doc__)
    assert f"every sequence of {WORN_DEPTH} events" in str(__doc__)
    known = "state why line card seen registration in_service spoken losses lost returned read_at half_read stand"
    assert [one.name for one in fields(Slot)] == known.split(), "explored._moved must say what becomes of a new part, above all of a time"


@pytest.mark.parametrize("has_line", [True, False])
def test_no_step_breaks_a_rule_and_every_state_is_reached(has_line: bool) -> None:
    # The rules themselves are looked at while walking.
    states = {node.slot.state for node in walked(has_line=has_line).nodes}
    assert states == (set(State) if has_line else set(State) - {State.EMPTY, State.SETTLING})
    assert len(everything(has_line=has_line)) > 3000


@pytest.mark.parametrize("has_line", [True, False])
def test_from_everywhere_a_card_can_be_put_in_and_taken_out(has_line: bool) -> None:
    ends = (State.READY, State.EMPTY if has_line else State.NO_SIM)
    for node in everything(has_line=has_line):
        assert ways_out(step, node, has_line=has_line) == ends, node


@pytest.mark.parametrize("has_line", [True, False])
def test_no_slot_is_sold_without_evidence_or_longer_than_its_lease(has_line: bool) -> None:
    found = [bool(sold((node,), now)) for node in everything(has_line=has_line) if node.slot.card for now in MOMENTS]
    assert {True, False} == set(found)


def test_no_two_slots_sell_one_number_or_one_card() -> None:
    """Two SIMs with one number, in every two slots that differ in what is known of their card."""
    kinds: dict[object, Node] = {}
    for has_line in (True, False):
        for node in everything(has_line=has_line)[:1500]:
            slot = node.slot
            if slot.card:
                kinds.setdefault((slot.card.iccid, slot.seen, slot.in_service, slot.read_at), node)
    nodes = list(kinds.values())
    assert len(nodes) > 30
    found = [len(sold(pair, now)) for pair in product(nodes, nodes) for now in (0.0, LEASE)]
    assert set(found) == {0, 1}


# -- and every rule can fail --


def changes(change: Callable[..., Slot]) -> Step:
    """The machine, and after each step `change` of what came out."""

    def broken(slot: Slot, event: Event, now: float, hold: float) -> tuple[Slot, Effect | None]:
        after, effect = step(slot, event, now, hold)
        return change(before=slot, after=after, event=event, now=now), effect

    return broken


def on(kind: type[Event], change: Callable[..., Slot]) -> Step:
    """The same, after one kind of event alone."""
    return changes(lambda after, event, **more: change(after=after, **more) if isinstance(event, kind) else after)


def read_anywhere(slot: Slot, event: Event, now: float, hold: float) -> tuple[Slot, Effect | None]:
    if isinstance(event, CardRead):
        return replace(step(replace(slot, state=State.READING), event, now, hold)[0], state=slot.state), None
    return step(slot, event, now, hold)


def goes_on_reading(slot: Slot, event: Event, now: float, hold: float) -> tuple[Slot, Effect | None]:
    after, effect = step(slot, event, now, hold)
    return after, None if slot.state is State.READING else effect


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (read_anywhere, "believed that was not read"),
        (goes_on_reading, "what was done in it goes on"),
        (on(LineOut, lambda before, after, **_: replace(after, card=before.card)), "believed that was not read"),
        (on(CardAbsent, lambda before, after, **_: replace(after, card=before.card)), "believed that was not read"),
        (on(CardRead, lambda before, after, **_: replace(after, in_service=after.in_service or before.in_service)), "nobody said so"),
        (on(LineMoved, lambda after, now, **_: replace(after, seen=now)), "seen without being seen"),
        (on(CardSeen, lambda after, now, **_: replace(after, seen=now)), "seen without being seen"),
        (on(LineMoved, lambda after, **_: replace(after, card=None)), "tells nothing of the card"),
        (on(CardRead, lambda after, **_: replace(after, card=None)), "that was read is not believed"),
        (changes(lambda after, now, **_: replace(after, seen=now + 1)), "seen"),
        (changes(lambda after, now, **_: replace(after, in_service=now)), "nobody said so"),
        (changes(lambda after, now, **_: replace(after, losses=(*after.losses, now))), "too many losses"),
        (changes(lambda after, **_: replace(after, spoken=after.state is State.READY)), "takes it back"),
    ],
)
def test_a_broken_machine_is_caught(broken: Step, rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        walk(broken, DEPTH, has_line=True)


def test_a_dead_end_is_found() -> None:
    def stuck(slot: Slot, event: Event, now: float, hold: float) -> tuple[Slot, Effect | None]:
        return (slot, None) if slot.state is State.LOCKED else step(slot, event, now, hold)

    ends = {ways_out(stuck, node, has_line=False) for node in walk(stuck, 3, has_line=False).nodes}
    assert ends == {(State.READY, State.NO_SIM), (State.LOCKED, State.LOCKED)}


def test_a_sale_beyond_its_evidence_is_caught() -> None:
    ready = Slot(State.READY, card=ANNA, in_service=0.0, seen=0.0)
    assert sold((Node(ready, Truth(ANNA.iccid, 0.0, 0.0)),), 0.0)
    for truth, rule in (
        (Truth(TWIN.iccid, 0.0, 0.0), "another card"),
        (Truth(ANNA.iccid, None, 0.0), "never seen"),
        (Truth(ANNA.iccid, 0.0, None), "never served"),
        (Truth(ANNA.iccid, 0.0, 0.0, out=True), "line is out"),
        (Truth(ANNA.iccid, -LEASE - 1, 0.0), "longer than the lease"),
        (Truth(ANNA.iccid, 0.0, -LEASE - 1), "longer than the lease"),
    ):
        with pytest.raises(AssertionError, match=rule):
            sold((Node(ready, truth),), 0.0)


def test_a_number_sold_twice_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def each_alone(found: Iterable[tuple[Offer, Card, Msisdn]], _why: object) -> list[Listing]:
        return [Listing(offer.slot, card.iccid, msisdn) for offer, card, msisdn in found]

    nodes = tuple(Node(Slot(State.READY, card=card, in_service=0.0, seen=0.0), Truth(card.iccid, 0.0, 0.0)) for card in (ANNA, TWIN))
    assert len(sold(nodes, 0.0)) == 1
    monkeypatch.setattr("agent.slots.roster._one_claim_each", each_alone)
    with pytest.raises(AssertionError, match="one msisdn twice"):
        sold(nodes, 0.0)
