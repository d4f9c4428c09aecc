"""Numbers that are on the list by their lease alone, and when so many go silent together that it must be said aloud. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from agent.sim.identity import Msisdn
from agent.slots.roster import Roster, unserved
from agent.slots.slot import Slot, State

FEW = 3  # fewer silent modems are each one's own trouble
GATHER = 1.0  # seconds: modems that go together do not go in the same instant, and are told together
SLACK = 5.0  # seconds past a poll that its answer may take

Said = tuple["Level", str]

_LOOK_AT = "look at the USB hub, its power and the USB host (journalctl -k)"


class Level(IntEnum):
    """How loud; the numbers are those of Python's logs."""

    INFO = 20
    WARNING = 30
    ERROR = 40


@dataclass(frozen=True, slots=True)
class Fading:
    """A number that is still listed, `seconds` more, although there is no fresh evidence; `silent`: its modem says nothing at all."""

    slot: str
    number: Msisdn
    seconds: float
    why: str
    silent: bool


@dataclass(frozen=True, slots=True)
class Alarm:
    """Slots that went silent together; `gone` once it was said that they leave the list."""

    slots: tuple[str, ...]
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """What has been said so far; `since`: when it began that more is to be said. Seconds; `look_again` is monotonic.

    `fresh`: a modem that has said nothing for longer has missed its turn; always within the lease.
    """

    lease: float
    fresh: float
    alarms: tuple[Alarm, ...] = ()
    since: float | None = None
    look_again: float | None = None


def begin(poll: float, lease: float) -> Guard:
    """The guard of a rack whose modems are asked every `poll` seconds."""
    return Guard(lease, min(poll + SLACK, (poll + lease) / 2))


def silent(slot: Slot, now: float, fresh: float) -> bool:
    """Whether its modem is gone, or has said nothing of the SIM for longer than it should take."""
    if slot.state in (State.EMPTY, State.NO_SIM, State.LOCKED):
        return False
    return slot.state is State.OFFLINE or now - slot.seen > fresh


def fading(guard: Guard, found: Roster, slots: Mapping[str, Slot], now: float) -> list[Fading]:
    """The numbers on sale without fresh evidence of the SIM or of its service, in the order of the slots."""
    result = []
    for listing in found.snapshot.listings:
        slot, seconds = slots[listing.slot], max(0.0, found.ends[listing.slot] - now)
        if silent(slot, now, guard.fresh):
            why = slot.why or f"nothing heard of the SIM for {now - slot.seen:.0f} s"
            result.append(Fading(listing.slot, listing.msisdn, seconds, why, silent=True))
        elif seconds < guard.lease - guard.fresh:
            result.append(Fading(listing.slot, listing.msisdn, seconds, unserved(slot), silent=False))
    return result


def watch(guard: Guard, found: Roster, slots: Mapping[str, Slot], now: float) -> tuple[Guard, list[Said]]:
    """What is to be said now, each thing once: WARNING when many go silent, ERROR when they leave the list, INFO when they are back."""
    guard, said = _notice(guard, found, slots, now)
    alarms = []
    for alarm in guard.alarms:
        still = _still(guard, alarm, slots, now)
        gone = alarm.gone or any(name in found.why for name in still)
        if gone and not alarm.gone:
            said.append((Level.ERROR, tell(still, found, now)))
        if len(still) < FEW:
            said.append((Level.INFO, _back(alarm, still)))
        else:
            alarms.append(replace(alarm, gone=gone))
    guard = replace(guard, alarms=tuple(alarms))
    return replace(guard, look_again=_next_look(guard, found, slots, now)), said


def _notice(guard: Guard, found: Roster, slots: Mapping[str, Slot], now: float) -> tuple[Guard, list[Said]]:
    """Have many gone silent of whom nothing has been said?"""
    faint = [one.slot for one in fading(guard, found, slots, now) if one.silent]
    new = [name for name in faint if not any(name in alarm.slots for alarm in guard.alarms)]
    if _many(new, found):
        since = now if guard.since is None else guard.since
        if now < since + GATHER:
            return replace(guard, since=since), []
        alarms = (*guard.alarms, Alarm(tuple(new)))
        return replace(guard, since=None, alarms=alarms), [(Level.WARNING, tell(new, found, now))]
    if new and guard.alarms and _many(faint, found):
        last = guard.alarms[-1]  # what has been said is true of the stragglers too
        return replace(guard, since=None, alarms=(*guard.alarms[:-1], replace(last, slots=(*last.slots, *new)))), []
    return replace(guard, since=None), []


def warning(guard: Guard, found: Roster, slots: Mapping[str, Slot], now: float) -> str | None:
    """The same in one sentence for whoever asks at `now`; None while all is well."""
    still = [name for alarm in guard.alarms for name in _still(guard, alarm, slots, now)]
    return tell(still, found, now) if still else None


def unread(names: Collection[str], of: int) -> str | None:
    """What to say of the slots that were not heard before a first list without their numbers; None when it is few of them."""
    if len(names) < FEW or 2 * len(names) < of:
        return None
    return f"{len(names)} of {of} numbers leave the list: not heard since the start ({', '.join(names)}); {_LOOK_AT}"


def tell(names: Collection[str], found: Roster, now: float) -> str:
    """Which of them are listed for how long, which have left the list, and what to look at."""
    listed = {name: max(0.0, found.ends[name] - now) for name in names if name in found.ends}
    off = [name for name in names if name not in listed]
    parts = []
    if listed:
        first, last = round(min(listed.values())), round(max(listed.values()))
        span = f"{first} to {last} s" if first != last else f"{last} s"
        parts.append(f"{len(listed)} of {len(found.ends)} numbers are on sale by their lease alone, for {span} more ({', '.join(listed)})")
    if off:
        parts.append(f"{len(off)} {'has' if len(off) == 1 else 'have'} left the list ({', '.join(off)})")
    return f"modems gone or silent: {'; '.join(parts)}; {_LOOK_AT}"


def _many(names: Sequence[str], found: Roster) -> bool:
    return len(names) >= FEW and 2 * len(names) >= len(found.snapshot.listings)


def _still(guard: Guard, alarm: Alarm, slots: Mapping[str, Slot], now: float) -> list[str]:
    return [name for name in alarm.slots if silent(slots[name], now, guard.fresh)]


def _back(alarm: Alarm, still: Collection[str]) -> str:
    back = [name for name in alarm.slots if name not in still]
    rest = f"; not yet: {', '.join(still)}" if still else ""
    return f"modems or SIM lines have spoken again: {', '.join(back)}{rest}"


def _next_look(guard: Guard, found: Roster, slots: Mapping[str, Slot], now: float) -> float | None:
    # Just past the moment, as the roster looks just past the end of a lease.
    late = [slots[listing.slot].seen + guard.fresh + 0.001 for listing in found.snapshot.listings]
    gathered = [guard.since + GATHER + 0.001] if guard.since is not None else []
    return min([moment for moment in late if moment > now] + gathered, default=None)
