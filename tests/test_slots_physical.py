"""Several slots before a physical rack that hypothesis moves: at any time the roster sells what the evidence within the lease allows."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pytest
from cards import ANNA, BERT, DENIED, HOME, NAMELESS, SEARCHING, SILENT, UNPLUGGED
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from agent.sim.identity import Card, Iccid, Msisdn
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
from agent.slots.listing import Listing
from agent.slots.roster import Offer, roster
from agent.slots.slot import Slot, State, first, step

LEASE, SETTLE, HOLD = 30.0, 1.0, 5.0
# Two of them claim one number, one tells none.
CARDS = (ANNA, BERT, replace(NAMELESS, msisdn=ANNA.msisdn, number_from="last_known"), replace(NAMELESS, iccid=Iccid("8949200000000000004")))
STATS = (None, HOME, SEARCHING, DENIED)


@dataclass(slots=True)
class Berth:
    """A holder with or without a line, a modem that may hang or be unplugged, and a slot that learns of both.

    `proofs`: when this very modem has told of which card in service, and not of another since; `moved`: when a card last went or came.
    """

    slot: Slot
    has_line: bool
    card: Card | None = None
    memory: Card | None = None  # what a modem goes on answering from when its card went unnoticed
    stat: int | None = HOME
    plugged: bool = True
    hung: bool = False
    locked: bool = False
    moved: float = 0.0
    settled: bool = False
    effect: Effect | None = None
    proofs: dict[Iccid, list[float]] = field(default_factory=dict)


def evidence(berth: Berth, listing: Listing, now: float) -> bool:
    """Whether what the modem has really said supports the listing."""
    return any(now - LEASE <= moment <= now for moment in berth.proofs.get(listing.iccid, ()))


class PhysicalRack(RuleBasedStateMachine):
    """Time goes on, things move, and each slot is told what its line and its modem really say."""

    @initialize(lines=st.lists(st.booleans(), min_size=2, max_size=3), full=st.booleans())
    def build(self, lines: list[bool], full: bool) -> None:
        """Slots with and without a line, all of them empty or all of them on sale."""
        self.now = 1000.0
        self.berths = [Berth(first(has_line=has_line), has_line) for has_line in lines]
        self.loose = list(CARDS)
        for berth in self.berths:
            self.tell(berth, LineMoved() if berth.has_line else ModemUp())
        for at, _ in enumerate(lines if full else ()):
            self.put_in_or_take_out(at, 0, told=False)
            self.line_settles(at)
            self.keeper_asks(at, "")

    def tell(self, berth: Berth, event: Event) -> None:
        """The slot hears it, as of its keeper."""
        berth.slot, effect = step(berth.slot, event, self.now, HOLD)
        berth.effect = effect or berth.effect
        if isinstance(event, LineMoved):
            berth.settled = False

    # What a person and the world do ----------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.0, 0.5, SETTLE, HOLD, 12.0, LEASE, 700.0]))
    def time_goes_on(self, seconds: float) -> None:
        """Nothing is said meanwhile."""
        self.now += seconds

    @rule(at=st.integers(0, 2), which=st.integers(0, 3), told=st.booleans())
    def put_in_or_take_out(self, at: int, which: int, told: bool) -> None:
        """`told`: the modem notices at once; else it goes on answering from memory until it is asked for the card itself."""
        berth = self.berths[at % len(self.berths)]
        if berth.card:
            self.loose.append(berth.card)
            berth.memory, berth.card = None if told else berth.card, None
        elif self.loose:
            berth.card = self.loose.pop(which % len(self.loose))
            berth.memory = None
        berth.moved = self.now
        if berth.has_line:
            self.tell(berth, LineMoved())
        if told and berth.plugged and not berth.hung:
            self.tell(berth, Hint())

    @rule(at=st.integers(0, 2), stat=st.sampled_from(STATS))
    def network(self, at: int, stat: int | None) -> None:
        """A network serves it, or does not."""
        self.berths[at % len(self.berths)].stat = stat

    @rule(at=st.integers(0, 2), way=st.sampled_from(["hang", "wake", "unplug", "plug", "lock", "unlock"]))
    def modem(self, at: int, way: str) -> None:
        """It hangs, goes or comes back."""
        berth = self.berths[at % len(self.berths)]
        if way in ("hang", "wake"):
            berth.hung = way == "hang"
        elif way in ("lock", "unlock"):
            berth.locked = way == "lock"
        elif way == "unplug" and berth.plugged:
            berth.plugged, berth.memory = False, None
            self.tell(berth, UNPLUGGED)
        elif way == "plug" and not berth.plugged:
            berth.plugged, berth.hung = True, False
            self.tell(berth, ModemUp())

    # What the keeper does --------------------------------------------------------------------------------------------

    @rule(at=st.integers(0, 2))
    def line_settles(self, at: int) -> None:
        """It has held its level."""
        berth = self.berths[at % len(self.berths)]
        if berth.has_line and not berth.settled:
            self.now = max(self.now, berth.moved + SETTLE)
            berth.settled = True
            self.tell(berth, LineIn() if berth.card else LineOut())

    @rule(at=st.integers(0, 2), fails=st.sampled_from(["", "", "", "busy", "half"]))
    def keeper_asks(self, at: int, fails: str) -> None:
        """Whatever the slot wants done is done, and the modem answers as it can."""
        berth = self.berths[at % len(self.berths)]
        if berth.effect is Effect.READ or berth.effect is Effect.WATCH:
            self.tell(berth, self._said(berth, fails, reading=berth.effect is Effect.READ))
        elif berth.effect is Effect.WAIT:
            self.tell(berth, Retry())
        elif berth.slot.state is State.OFFLINE and berth.plugged and not berth.hung:
            self.tell(berth, ModemUp())

    def _said(self, berth: Berth, fails: str, *, reading: bool) -> Event:
        card = berth.card or berth.memory
        if not berth.plugged or berth.hung:
            return SILENT
        if fails:
            return CardUnreadable("busy", card.iccid if card and reading and fails == "half" else None)
        if card is None:
            return CardAbsent("no SIM")
        if berth.locked:
            return CardLocked("PIN wanted")
        if not reading and (berth.slot.card is None or card.iccid != berth.slot.card.iccid):
            return CardChanged()
        if berth.stat == HOME:
            berth.proofs = {card.iccid: [*berth.proofs.get(card.iccid, []), self.now]}
        return CardRead(card, berth.stat) if reading else CardSeen(berth.stat)

    # What must be true at any time -----------------------------------------------------------------------------------

    def _sold(self, now: float) -> Iterable[tuple[Berth, Listing]]:
        offers = [Offer(f"rack1-{turn}") for turn in range(len(self.berths))]
        slots = {offer.slot: berth.slot for offer, berth in zip(offers, self.berths, strict=True)}
        found = roster(offers, slots, {}, now, LEASE)
        where = {offer.slot: berth for offer, berth in zip(offers, self.berths, strict=True)}
        numbers: list[Msisdn] = [one.msisdn for one in found.snapshot.listings]
        assert len(set(numbers)) == len(numbers), "a number twice"
        assert len({one.iccid for one in found.snapshot.listings}) == len(numbers), "a card twice"
        return [(where[one.slot], one) for one in found.snapshot.listings]

    @invariant()
    def what_is_sold_is_evident(self) -> None:
        """Also later, when nothing has been said since."""
        for later in (0.0, LEASE / 2, LEASE + 1):
            for berth, listing in self._sold(self.now + later):
                assert evidence(berth, listing, self.now + later), "sold longer than anything that was said allows"

    @invariant()
    def what_is_known_to_be_gone_is_not_sold(self) -> None:
        """A line that has settled without a card, and a modem that has said so."""
        for berth, _ in self._sold(self.now):
            assert not (berth.has_line and berth.settled and berth.card is None), "sold, and the line is out"

    @rule(at=st.integers(0, 2))
    def a_whole_round_brings_what_is_true(self, at: int) -> None:
        """A slot with a card in service, and nobody who hinders it, is sold once its line and its modem have been asked."""
        berth = self.berths[at % len(self.berths)]
        self.now += 1000.0  # every lease, and what was lost too often, is over
        berth.plugged, berth.hung, berth.locked, berth.stat, berth.memory = True, False, False, HOME, None
        self.tell(berth, LineMoved() if berth.has_line else ModemUp())
        self.line_settles(at)
        if berth.effect is Effect.READ:
            self.keeper_asks(at, "")
        sold = [listing for other, listing in self._sold(self.now) if other is berth]
        if berth.card is None or berth.card.msisdn is None:
            assert sold == []
        else:
            assert [one.iccid for one in sold] == [berth.card.iccid]
            assert berth.slot.state is State.READY


TestPhysicalRack = PhysicalRack.TestCase
TestPhysicalRack.settings = settings(max_examples=80, stateful_step_count=30)


# -- and it can fail --

right = step


def keeps_the_card(slot: Slot, event: Event, now: float, hold: float) -> tuple[Slot, Effect | None]:
    after, effect = right(slot, event, now, hold)
    if isinstance(event, LineOut):
        after = replace(after, card=slot.card, in_service=slot.in_service)
    return after, effect


def sees_what_is_not_there(slot: Slot, event: Event, now: float, hold: float) -> tuple[Slot, Effect | None]:
    after, effect = right(slot, event, now, hold)
    return (replace(after, seen=now, in_service=after.in_service and now) if isinstance(event, CardUnreadable) else after), effect


@pytest.mark.parametrize("broken", [keeps_the_card, sees_what_is_not_there])
def test_a_broken_slot_is_caught(broken: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "step", broken)
    with pytest.raises(AssertionError, match="sold"):
        run_state_machine_as_test(
            PhysicalRack,
            # Far more than it takes: what hypothesis tries first depends on which modules happen to be loaded.
            settings=settings(max_examples=3000, stateful_step_count=30, derandomize=True, phases=[Phase.generate], print_blob=False),
        )
