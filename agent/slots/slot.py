"""The slot machine: states, one transition table, step(). Pure: no I/O, no clock, no tasks."""

from dataclasses import dataclass, field, replace
from enum import Enum

from agent.sim.identity import Card, Iccid
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
    LineUnreadable,
    ModemGone,
    ModemUp,
    Retry,
)


class State(Enum):
    """Where a slot stands."""

    EMPTY = "empty"
    SETTLING = "settling"
    OFFLINE = "offline"
    READING = "reading"
    NO_SIM = "no_sim"
    LOCKED = "locked"
    FAILED = "failed"
    READY = "ready"


ENTRY: dict[State, Effect] = {
    State.EMPTY: Effect.REST,
    State.SETTLING: Effect.SETTLE,
    State.OFFLINE: Effect.REST,
    State.READING: Effect.READ,
    State.NO_SIM: Effect.WATCH,
    State.LOCKED: Effect.WATCH,
    State.FAILED: Effect.WAIT,
    State.READY: Effect.WATCH,
}

# From a state, an event leads to a state, which is entered (its effect starts anew). What is not listed changes no state.
TABLE: dict[State, dict[type[Event], State]] = {
    State.EMPTY: {
        LineMoved: State.SETTLING,
        LineUnreadable: State.SETTLING,
        LineIn: State.READING,
    },
    State.SETTLING: {
        LineMoved: State.SETTLING,
        LineIn: State.READING,
        LineOut: State.EMPTY,
    },
    State.OFFLINE: {
        LineMoved: State.SETTLING,
        LineUnreadable: State.SETTLING,
        LineOut: State.EMPTY,
        ModemUp: State.READING,
    },
    State.READING: {
        LineMoved: State.SETTLING,
        LineUnreadable: State.SETTLING,
        LineOut: State.EMPTY,
        ModemUp: State.READING,
        ModemGone: State.OFFLINE,
        CardRead: State.READY,
        CardAbsent: State.NO_SIM,
        CardLocked: State.LOCKED,
        CardUnreadable: State.FAILED,
    },
    State.NO_SIM: {
        LineMoved: State.SETTLING,
        LineUnreadable: State.SETTLING,
        LineOut: State.EMPTY,
        ModemUp: State.READING,
        ModemGone: State.OFFLINE,
        Hint: State.READING,
        CardSeen: State.READING,
        CardChanged: State.READING,
        CardLocked: State.LOCKED,
    },
    State.LOCKED: {
        LineMoved: State.SETTLING,
        LineUnreadable: State.SETTLING,
        LineOut: State.EMPTY,
        ModemUp: State.READING,
        ModemGone: State.OFFLINE,
        Hint: State.READING,
        CardSeen: State.READING,
        CardChanged: State.READING,
        CardAbsent: State.NO_SIM,
    },
    State.FAILED: {
        LineMoved: State.SETTLING,
        LineUnreadable: State.SETTLING,
        LineOut: State.EMPTY,
        ModemUp: State.READING,
        ModemGone: State.OFFLINE,
        Hint: State.READING,
        Retry: State.READING,
    },
    State.READY: {
        LineMoved: State.SETTLING,
        LineUnreadable: State.SETTLING,
        LineOut: State.EMPTY,
        ModemUp: State.READING,
        ModemGone: State.OFFLINE,
        Hint: State.READING,
        CardChanged: State.READING,
        CardAbsent: State.NO_SIM,
        CardLocked: State.LOCKED,
    },
}

_NOBODY_ASKED = (State.EMPTY, State.SETTLING, State.OFFLINE)

IN_SERVICE = frozenset({1, 5, 6, 7, 9, 10})  # TS 27.007 7.2 <stat>: home, roaming, SMS only, CSFB not preferred
OUT_OF_SERVICE = frozenset({3, 8, 11})  # denied, emergency calls only, restricted local services only; the others may pass in a moment

FLAPS = 3  # losses of service within FLAPPING seconds; after one more, a service counts only once it has held
FLAPPING = 600.0


@dataclass(frozen=True, slots=True)
class Stand:
    """Since when a slot has been as it is (monotonic seconds, None = since the start); `rest`: the last state that was no passing one, with
    its card, and `rested`: since when.
    """

    since: float | None = None
    rest: tuple[State, Iccid | None] | None = None
    rested: float | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot: its state, what is known of its card, and since when (monotonic seconds) the evidence holds.

    `half_read`: a card of which no more than this could be read.
    `losses`: when its service was lost, the last FLAPS + 1; `lost`: it has not come back since; `returned`: when it came back, while
    that does not count yet.
    `read_at`: when the card was first read where it now is; reading it again does not renew it. None = not yet, or the line has moved.
    """

    state: State
    why: str | None = None
    line: bool | None = None
    card: Card | None = None
    seen: float = 0.0
    registration: int | None = None
    in_service: float | None = None
    spoken: bool = False
    losses: tuple[float, ...] = ()
    lost: bool = False
    returned: float | None = None
    read_at: float | None = None
    half_read: Iccid | None = None
    # What a slot is does not depend on how long it has been so.
    stand: Stand = field(default=Stand(), compare=False)


def first(*, has_line: bool) -> Slot:
    """The slot before anything is known; a slot without a line learns everything from its modem."""
    return Slot(State.SETTLING if has_line else State.OFFLINE, why="not looked at yet")


def step(slot: Slot, event: Event, now: float, hold: float = 0.0) -> tuple[Slot, Effect | None]:
    """The slot after `event`, and the effect to start (None = go on with what is being done).

    `hold`: seconds that a service must last before it counts, once the slot has lost it too often.
    """
    known = _learn(slot, event, now, hold)
    goal = TABLE[slot.state].get(type(event))
    if goal is None:
        return known, None
    # A slot has spoken once its first look has ended, in whatever way but "no modem is there yet".
    spoken = slot.spoken or goal not in (State.READING, State.SETTLING, State.OFFLINE)
    return replace(known, state=goal, spoken=spoken, stand=_stand(slot, known, goal, now)), ENTRY[goal]


def _stand(slot: Slot, known: Slot, goal: State, now: float) -> Stand:
    """A card that is read anew, or a line that bounces, renews nothing where it ends as it began."""
    stand = slot.stand
    if goal in (State.SETTLING, State.READING):
        return stand if goal is slot.state else replace(stand, since=now)
    rest = goal, known.card.iccid if known.card else None
    return Stand(now, rest, now) if rest != stand.rest else replace(stand, since=stand.rested)


def _learn(slot: Slot, event: Event, now: float, hold: float) -> Slot:
    known = _believe(slot, event, now, hold)
    late = slot.state in _NOBODY_ASKED and isinstance(event, CardAbsent | CardLocked | CardUnreadable)
    # A late answer may take a card off sale; it does not say what is the matter now.
    return replace(known, why=slot.why) if late else known


def _believe(slot: Slot, event: Event, now: float, hold: float) -> Slot:
    """What the event proves: unknown keeps the card (its lease runs), known to be gone drops it at once."""
    match event:
        case CardRead(card=card, registration=registration) if slot.state is State.READING:
            # That the card before was in service proves nothing for this one.
            known = slot if _holds(slot, card.iccid) else _forget(slot, None)
            read_at = now if known.read_at is None else known.read_at
            return _serve(replace(known, card=card, seen=now, why=None, read_at=read_at, half_read=None), registration, now, hold)
        case CardSeen(registration=registration) if slot.state is State.READY:
            return _serve(replace(slot, seen=now, why=None), registration, now, hold)
        case CardUnreadable(why=why, iccid=iccid):
            if iccid is None or _holds(slot, iccid):
                return replace(slot, why=why)
            return replace(_forget(slot, why), half_read=iccid if slot.state is State.READING else None)
        case LineUnreadable(why=why):
            return replace(slot, why=why)
        case ModemGone(why=why):
            return slot if slot.state is State.EMPTY else replace(slot, why=why)
        case CardAbsent(why=why) | CardLocked(why=why):
            return _forget(slot, why)
        case LineIn():
            return replace(slot, line=True, read_at=None)
        case LineOut():
            return replace(_forget(slot, None), line=False)
        case CardChanged():
            return _forget(slot, slot.why)
        case _:
            return slot


def _serve(slot: Slot, registration: int | None, now: float, hold: float) -> Slot:
    slot = replace(slot, registration=registration)
    if registration in IN_SERVICE:
        since = now if slot.lost else slot.returned
        if since is not None and flapping(slot, now) and now - since < hold:
            return replace(slot, lost=False, returned=since)
        return replace(slot, lost=False, returned=None, in_service=now)
    if registration is None:
        return slot
    if not slot.lost and (slot.in_service is not None or slot.returned is not None):
        slot = replace(slot, losses=(*slot.losses, now)[-FLAPS - 1 :], lost=True, returned=None)
    return replace(slot, in_service=None) if registration in OUT_OF_SERVICE else slot


def flapping(slot: Slot, now: float) -> bool:
    """Whether the service was lost more than FLAPS times within FLAPPING seconds."""
    return len(slot.losses) > FLAPS and now - slot.losses[0] <= FLAPPING


def _holds(slot: Slot, iccid: Iccid) -> bool:
    return slot.card is not None and slot.card.iccid == iccid


def _forget(slot: Slot, why: str | None) -> Slot:
    known = replace(slot, why=why, card=None, registration=None, in_service=None, read_at=None, half_read=None)
    return replace(known, losses=(), lost=False, returned=None)
