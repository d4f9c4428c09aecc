"""The slot machine walked through every sequence of events, and what HOUSE.md demands of it at every step."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from cards import ANNA, BERT, DENIED, HOME, LEASE, SEARCHING, SILENT, UNPLUGGED

from agent.sim.identity import Iccid
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
from agent.slots.slot import FLAPPING, FLAPS, Slot, State, first

HOLD = 5.0
STEPS = (0.0, HOLD + 1, FLAPPING + 1)  # seconds between two events
FAR = -(FLAPPING + LEASE)  # nothing is measured that is longer ago
# Two SIMs that claim one number: the worst that a roster can meet.
TWIN = replace(BERT, msisdn=ANNA.msisdn)
STATS = (None, HOME, SEARCHING, DENIED)
OF_THE_LINE: tuple[Event, ...] = (LineMoved(), LineIn(), LineOut())
OF_THE_MODEM: tuple[Event, ...] = (
    *(ModemUp(), SILENT, UNPLUGGED, Hint(), Retry(), CardChanged(), CardAbsent("no SIM"), CardLocked("PIN wanted")),
    *(CardUnreadable("busy"), CardUnreadable("no IMSI", ANNA.iccid), CardUnreadable("no IMSI", TWIN.iccid)),
    *(CardSeen(stat) for stat in STATS),
    *(CardRead(card, stat) for card in (ANNA, TWIN) for stat in STATS),
)

Step = Callable[[Slot, Event, float, float], tuple[Slot, Effect | None]]


@dataclass(frozen=True, slots=True)
class Truth:
    """What the events so far allow to believe, by the rules alone: which card, when it was last seen and last served (None = never)."""

    card: Iccid | None = None
    seen: float | None = None
    served: float | None = None
    out: bool = False  # the line says so, and has not said anything else since

    def after(self, event: Event, state: State, now: float) -> "Truth":
        """`state`: of the slot when the event came."""
        match event:
            case LineOut():
                return Truth(out=True)
            case LineIn():
                return replace(self, out=False)
            case CardAbsent() | CardLocked() | CardChanged():
                return Truth(out=self.out)
            case CardUnreadable(iccid=iccid) if iccid not in (None, self.card):
                return Truth(out=self.out)
            case CardRead(card=card, registration=stat) if state is State.READING:
                known = self if card.iccid == self.card else Truth()
                return replace(known._said(stat, now), card=card.iccid, out=self.out)
            case CardSeen(registration=stat) if state is State.READY:
                return self._said(stat, now)
        return self

    def _said(self, stat: int | None, now: float) -> "Truth":
        served = now if stat == HOME else None if stat == DENIED else self.served
        return replace(self, seen=now, served=served)


@dataclass(frozen=True, slots=True)
class Node:
    """A slot and the truth about it at moment 0; what was before is negative."""

    slot: Slot
    truth: Truth


@dataclass(slots=True)
class Walked:
    """What was met on the way."""

    nodes: list[Node] = field(default_factory=list)
    transitions: int = 0


def events(slot: Slot, *, has_line: bool) -> Iterable[Event]:
    """What may come now. A glance at a card that is watched names no ICCID as unreadable, only a reading does."""
    found = OF_THE_LINE + OF_THE_MODEM if has_line else OF_THE_MODEM
    if slot.state is not State.READY:
        return found
    return (event for event in found if not (isinstance(event, CardUnreadable) and event.iccid))


def begun(step: Step, *, has_line: bool) -> tuple[Node, Node]:
    """A slot before anything is known, and one whose card has lost its service as often as it may."""
    new = Node(replace(first(has_line=has_line), why=None), Truth())
    worn = new
    lost: tuple[Event, ...] = (CardSeen(SEARCHING), CardSeen(HOME))
    for event in ((LineIn() if has_line else ModemUp()), CardRead(ANNA, HOME), *lost * (FLAPS + 1)):
        worn = taken(step, worn, event, 1.0)
    return new, worn


def walk(step: Step, depth: int, *, has_line: bool, worn: bool = False) -> Walked:
    """Every sequence of so many events, each after each of STEPS; AssertionError where one breaks a rule."""
    start = begun(step, has_line=has_line)[worn]
    walked, met, edge = Walked([start]), {start}, [start]
    for _ in range(depth):
        fresh: list[Node] = []
        for node in edge:
            for event in events(node.slot, has_line=has_line):
                for now in STEPS:
                    walked.transitions += 1
                    found = taken(step, node, event, now)
                    if found not in met:
                        met.add(found)
                        fresh.append(found)
        walked.nodes += fresh
        edge = fresh
    return walked


def taken(step: Step, node: Node, event: Event, now: float) -> Node:
    """One event, and every rule about one step."""
    before = node.slot
    slot, effect = step(before, event, now, HOLD)
    truth = node.truth.after(event, before.state, now)
    for rule, kept in rules(before, event, slot, truth, effect, now):
        assert kept, f"{rule}: {before} + {event} after {now} s -> {slot}"
    return Node(_moved(slot, now), _aged(truth, now))


def rules(before: Slot, event: Event, slot: Slot, truth: Truth, effect: Effect | None, now: float) -> Iterator[tuple[str, bool]]:
    """Each rule, and whether it holds."""
    holds = slot.card is not None
    yield "a card is believed that was not read here since", slot.card is None or slot.card.iccid == truth.card
    yield "a card that was read is not believed", holds or not (isinstance(event, CardRead) and before.state is State.READING)
    yield "READY without a card", holds or slot.state is not State.READY
    yield "a card where there is none", not (holds and slot.state in (State.EMPTY, State.NO_SIM, State.LOCKED))
    yield "a reading outside READING", before.card == slot.card or not isinstance(event, CardRead) or before.state is State.READING
    yield "seen without being seen", not holds or slot.seen == truth.seen
    yield "seen in the future", slot.seen <= now
    service = slot.in_service
    yield "in service, and nobody said so", service is None or (truth.served is not None and service <= truth.served)
    yield "service in the future", service is None or service <= now
    yield "a card denied service has it", service is None or slot.registration != DENIED
    yield "the line is out, and somebody reads", not truth.out or slot.state in (State.EMPTY, State.SETTLING)
    yield "a state is left, and what was done in it goes on", slot.state is before.state or effect is not None
    yield "it reads, and not in READING", effect is not Effect.READ or slot.state is State.READING
    yield "it has spoken, and takes it back", slot.spoken or not before.spoken
    yield "it keeps too many losses", len(slot.losses) <= FLAPS + 1
    moved = isinstance(event, LineMoved) and before.card is not None
    same = (slot.card, slot.seen, service) == (before.card, before.seen, before.in_service)
    yield "an edge is a hint: it tells nothing of the card", same or not moved


def _ago(then: float | None, now: float) -> float | None:
    return None if then is None else max(then - now, FAR)


def _moved(slot: Slot, now: float) -> Slot:
    # Built whole: replace() would take half of all the time.
    return Slot(
        slot.state,
        None,
        slot.line,
        slot.card,
        max(slot.seen - now, FAR) if slot.card else 0.0,  # means nothing without a card
        slot.registration,
        _ago(slot.in_service, now),
        slot.spoken,
        tuple(max(then - now, FAR) for then in slot.losses),
        slot.lost,
        _ago(slot.returned, now),
        _ago(slot.read_at, now),
        slot.half_read,  # and its stand anew: nothing is decided by it
    )


def _aged(truth: Truth, now: float) -> Truth:
    return Truth(truth.card, _ago(truth.seen, now), _ago(truth.served, now), truth.out)


# -- the way out, and what is sold --


def ways_out(step: Step, node: Node, *, has_line: bool) -> tuple[State, State]:
    """Where a slot stands after a new card was put in and read, and after it was taken out."""
    put_in: tuple[Event, ...] = (LineMoved(), LineIn(), CardRead(TWIN, HOME)) if has_line else (ModemUp(), CardRead(TWIN, HOME))
    taken_out: tuple[Event, ...] = (LineMoved(), LineOut()) if has_line else (ModemUp(), CardAbsent("no SIM"))
    found = []
    for way in (put_in, taken_out):
        here = node
        for event in way:
            here = taken(step, here, event, 1.0)
        found.append(here.slot.state)
    return found[0], found[1]


def sold(nodes: tuple[Node, ...], now: float) -> tuple[Listing, ...]:
    """What the roster sells of these slots at that moment; AssertionError where evidence does not allow it, or a number stands twice."""
    names = [f"rack1-{turn:02}" for turn in range(len(nodes))]
    found = roster([Offer(name) for name in names], {name: node.slot for name, node in zip(names, nodes, strict=True)}, {}, now, LEASE)
    listings = found.snapshot.listings
    for one in listings:
        truth = nodes[names.index(one.slot)].truth
        assert one.iccid == truth.card, f"another card is sold than was read: {nodes} {now}"
        assert truth.seen is not None, f"sold and never seen: {nodes} {now}"
        assert truth.served is not None, f"sold and never served: {nodes} {now}"
        assert not truth.out, f"sold while the line is out: {nodes} {now}"
        assert now - min(truth.seen, truth.served) <= LEASE, f"sold longer than the lease: {nodes} {now}"
    for kind in ("msisdn", "iccid"):
        assert len({getattr(one, kind) for one in listings}) == len(listings), f"one {kind} twice: {nodes} {now}"
    assert set(found.why) | {one.slot for one in listings} == set(names), "a slot is neither sold nor says why"
    assert not (set(found.why) & {one.slot for one in listings}), "a slot is sold and says why it is not"
    assert found.look_again is None or found.look_again > now, "it looks again at once, for ever"
    return listings
