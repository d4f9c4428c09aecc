"""The recovery ladder: which rung a modem in trouble is due, and which modem of a rack may be reset now. Pure; `now`: monotonic seconds."""

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum

from agent.slots.events import CardAbsent, CardLocked, CardRead, CardSeen, CardUnreadable, Event, LineOut

HOUR = 3600.0
SOUND = 60.0  # seconds of health after which the next trouble is met with patience again; less, and the climb goes on where it was
LASTING = HOUR  # seconds of health after which a climb is forgotten: a modem that dies again and again gets no fresh budget each time
SLOW = (1800.0, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR)  # seconds between two tries in quarantine; the last for ever
OF_ONE = 6  # resets of one modem an hour: each costs its card a registration, and its flash and contacts some life
STAGGER = 10.0  # seconds between the starts of two resets: all modems draw their peak while they look for a network


class Blast(IntEnum):
    """Who feels it: nobody, the card's service, the modem with its place on the USB, and whoever shares its supply."""

    NOBODY = 0
    CARD = 1
    MODEM = 2
    SUPPLY = 3


class Rung(IntEnum):
    """The rungs, lowest first."""

    ASK = 0
    REOPEN = 1
    SIM_RESET = 2
    CFUN = 3
    MODEM_RESET = 4
    USB_RESET = 5
    PORT_POWER = 6
    POWER_LINE = 7
    QUARANTINE = 8


class Ailment(Enum):
    """What is the matter: it is there and silent; a card cannot be read; it sees no card where the line does; it is not there."""

    SILENT = "silent"
    UNREADABLE = "unreadable"
    BLIND = "blind"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Step:
    """How often a rung is tried in one climb, how long (s) it is given before the next one, and who feels it.

    Below a stronger one that can be taken it is tried once: the strongest must come within OF_ONE resets.
    """

    budget: int
    cool_down: float
    blast: Blast


STEPS: Mapping[Rung, Step] = {
    Rung.ASK: Step(1, 40.0, Blast.NOBODY),  # an answer may take 20 s, and a restart by itself 30 (TS 27.007 8.18; the notes' `boot`)
    Rung.REOPEN: Step(1, 25.0, Blast.NOBODY),  # waking a modem takes 7 s, greeting and reading it as long again
    Rung.SIM_RESET: Step(2, 45.0, Blast.CARD),  # off and on take 2 s, a busy card 15, registration follows
    Rung.CFUN: Step(1, 60.0, Blast.MODEM),  # twice the 15 s that modems are given for +CFUN, then as above
    Rung.MODEM_RESET: Step(2, 45.0, Blast.MODEM),  # and the seconds that its note gives it to start
    Rung.USB_RESET: Step(2, 75.0, Blast.MODEM),  # enumeration, drivers, perhaps a whole start, a reading
    Rung.PORT_POWER: Step(2, 90.0, Blast.SUPPLY),  # a cold start is the slowest
    Rung.POWER_LINE: Step(2, 90.0, Blast.SUPPLY),
    Rung.QUARANTINE: Step(1, SLOW[0], Blast.NOBODY),
}

_POWER = frozenset({Rung.PORT_POWER, Rung.POWER_LINE})
_LOW = frozenset({Rung.ASK, Rung.REOPEN})
CLIMBS: Mapping[Ailment, frozenset[Rung]] = {
    # Who does not answer cannot be told that its card was switched off: no rung that has to be taken back.
    Ailment.SILENT: _LOW | {Rung.MODEM_RESET, Rung.USB_RESET} | _POWER,
    Ailment.UNREADABLE: _LOW | {Rung.SIM_RESET, Rung.CFUN, Rung.MODEM_RESET, Rung.USB_RESET} | _POWER,
    # A contact is a person's matter.
    Ailment.BLIND: frozenset({Rung.ASK, Rung.SIM_RESET}),
    # Nobody is there to be reset, unless it is its supply that failed.
    Ailment.GONE: frozenset({Rung.ASK}) | _POWER,
}


def hub(usb: str | None) -> str | None:
    """The hub that a modem is plugged into: `1-1.2` -> `1-1`, `1-1` -> `1-0`, the root hub; None when it is not on the USB."""
    if usb is None:
        return None
    above, dot, _ = usb.rpartition(".")
    return above if dot else f"{usb.partition('-')[0]}-0"


def diagnosis(event: Event, line: bool | None, off: bool = False) -> Ailment | bool:
    """What an event of the slot says of its modem: an ailment, True = it does its work, False = nothing.

    `line`: it says "card in"; `off`: the modem was switched off, and did not say that it is on again.
    """
    match event:
        case CardUnreadable():
            return Ailment.UNREADABLE
        case CardAbsent() if off:
            return Ailment.UNREADABLE
        case CardAbsent() if line:
            return Ailment.BLIND
        case CardRead() | CardSeen() | CardLocked() | CardAbsent():
            return True
        case _:
            return False


def ends_with_card(event: Event) -> bool:
    """Whether an event takes away what an ailment of reading was about."""
    return isinstance(event, LineOut)


@dataclass(frozen=True, slots=True)
class Ladder:
    """One modem's. `ailment` None = nothing is the matter now; `well`: since when, after a climb.

    `top`, `tried`: the highest rung of this climb, and how often it; `rung`, `when`: what was done last, retries in quarantine too;
    `attempts` of this climb; `rest`: nothing more before that moment; `resets`: moments within an hour, the newest last.
    """

    ailment: Ailment | None = None
    why: str = ""
    top: Rung | None = None
    tried: int = 0
    rung: Rung | None = None
    when: float = 0.0
    attempts: int = 0
    rest: float = -math.inf
    well: float | None = None
    since: float = 0.0
    quarantined: bool = False
    retries: int = 0
    resets: tuple[float, ...] = ()


def ails(ladder: Ladder, ailment: Ailment, why: str, now: float) -> Ladder:
    """Something is the matter with it."""
    if ladder.ailment is not None:
        return replace(ladder, ailment=ailment, why=why)
    known = forgotten(ladder, now)
    patient = known.well is None or now - known.well >= SOUND
    if patient:
        known = replace(known, rest=max(known.rest, now + STEPS[Rung.ASK].cool_down), since=now)
    if known.top is None:
        known = replace(known, top=Rung.ASK, tried=1, rung=Rung.ASK, when=now, attempts=1)
    return replace(known, ailment=ailment, why=why, well=None)


def recovered(ladder: Ladder, now: float) -> Ladder:
    """Nothing is the matter with it any more."""
    if ladder.ailment is None:
        return forgotten(ladder, now)
    return replace(ladder, ailment=None, well=now)


def forgotten(ladder: Ladder, now: float) -> Ladder:
    """The ladder without its climb, once that is long over."""
    lasted = ladder.ailment is None and ladder.well is not None and now - ladder.well >= LASTING
    return Ladder(resets=_recent(ladder.resets, now)) if lasted else ladder


def due(ladder: Ladder, able: Set[Rung], now: float) -> Rung | None:
    """The rung to take now, of those that can be taken; None = none yet, or none ever."""
    moment = next_at(ladder, able, now)
    return _next(ladder, able) if moment is not None and moment <= now else None


def next_at(ladder: Ladder, able: Set[Rung], now: float) -> float | None:
    """When the next rung is due; None = nothing is the matter, or nothing can be done about it."""
    rung = _next(ladder, able)
    if rung is None:
        return None
    if STEPS[rung].blast is Blast.NOBODY:
        return ladder.rest
    recent = _recent(ladder.resets, now)
    return max(ladder.rest, recent[-OF_ONE] + HOUR if len(recent) >= OF_ONE else ladder.rest)


def _next(ladder: Ladder, able: Set[Rung]) -> Rung | None:
    if ladder.ailment is None:
        return None
    climb = sorted(CLIMBS[ladder.ailment] & able)
    acts = [rung for rung in climb if rung > Rung.REOPEN]
    if not acts:
        return None
    ahead = [rung for rung in climb if _is_ahead(ladder, rung, STEPS[rung].budget if rung is climb[-1] else 1)]
    if ahead:
        return ahead[0]
    return acts[-1 - ladder.retries % len(acts)] if ladder.quarantined else Rung.QUARANTINE


def _is_ahead(ladder: Ladder, rung: Rung, budget: int) -> bool:
    return ladder.top is None or rung > ladder.top or (rung == ladder.top and ladder.tried < budget)


def taken(ladder: Ladder, rung: Rung, now: float, start: float = 0.0) -> Ladder:
    """The rung has been taken; `start`: seconds that the modem needs to start, besides."""
    known = replace(ladder, rung=rung, when=now, attempts=ladder.attempts + 1)
    if STEPS[rung].blast is not Blast.NOBODY:
        known = replace(known, resets=(*_recent(ladder.resets, now), now))
    rest = now + STEPS[rung].cool_down + start
    if rung is Rung.QUARANTINE:
        return replace(known, quarantined=True, rest=rest)
    if _is_ahead(ladder, rung, STEPS[rung].budget):
        return replace(known, top=rung, tried=ladder.tried + 1 if rung is ladder.top else 1, rest=rest, quarantined=False)
    pause = SLOW[min(ladder.retries + 1, len(SLOW) - 1)]
    return replace(known, retries=ladder.retries + 1, rest=max(rest, now + pause))


def refused(ladder: Ladder, rung: Rung, now: float) -> Ladder:
    """The rung was taken, and could not be carried out: it felt nothing, so the next one need not wait, and this one is used up."""
    known = replace(ladder, resets=tuple(moment for moment in ladder.resets if moment != ladder.when))
    if ladder.quarantined:
        return known
    return replace(known, tried=STEPS[rung].budget, rest=now)


def hurried(ladder: Ladder, now: float) -> Ladder:
    """The last rung has left things worse: the next one does not wait."""
    return replace(ladder, rest=min(ladder.rest, now))


def _recent(moments: tuple[float, ...], now: float) -> tuple[float, ...]:
    return tuple(moment for moment in moments if now - moment < HOUR)


@dataclass(frozen=True, slots=True)
class Busy:
    """A modem that is being reset, until it answers, and `until` at the latest."""

    name: str
    hub: str | None
    until: float


@dataclass(frozen=True, slots=True)
class Rack:
    """Who may be reset beside whom: never two on one hub at once, `per_hour` over all, starts apart from each other."""

    per_hour: int
    resets: tuple[float, ...] = ()
    busy: tuple[Busy, ...] = field(default=())


def free_at(rack: Rack, name: str, place: str | None, rung: Rung, now: float) -> float:
    """From when on that modem may take that rung, `now` or later; inf = never."""
    if STEPS[rung].blast < Blast.MODEM:
        return now
    if rack.per_hour == 0:
        return math.inf
    recent = _recent(rack.resets, now)
    moments = [now, *(moment + STAGGER for moment in recent[-1:])]
    if len(recent) >= rack.per_hour:
        moments.append(recent[-rack.per_hour] + HOUR)
    moments += [one.until for one in rack.busy if one.name != name and place is not None and one.hub == place]
    return max(moments)


def begun(rack: Rack, name: str, place: str | None, rung: Rung, now: float, start: float = 0.0) -> Rack:
    """That modem takes that rung now; `start` as in taken()."""
    if STEPS[rung].blast < Blast.MODEM:
        return rack
    others = tuple(one for one in rack.busy if one.name != name and one.until > now)
    until = now + STEPS[rung].cool_down + start
    return replace(rack, resets=(*_recent(rack.resets, now), now), busy=(*others, Busy(name, place, until)))


def ended(rack: Rack, name: str) -> Rack:
    """That modem answers again, or could not be reset."""
    return replace(rack, busy=tuple(one for one in rack.busy if one.name != name))
