"""What each LED should show: a pure function of what is true, and of the moment."""

from enum import Enum

from agent.slots.slot import Slot, State


class Pattern(Enum):
    """One LED's language: seconds (on, off, on, off, ...), repeated; one number = no beat, 0 dark, else lit."""

    DARK = (0.0,)
    STEADY = (1.0,)
    WINK = (1.75, 0.25)
    SLOW = (1.0, 1.0)
    FAST = (0.25, 0.25)
    DOUBLE = (0.25, 0.25, 0.25, 1.25)


_BY_STATE = {
    State.EMPTY: Pattern.DARK,
    State.NO_SIM: Pattern.DARK,
    State.SETTLING: Pattern.FAST,
    State.READING: Pattern.FAST,
    State.READY: Pattern.SLOW,
    State.OFFLINE: Pattern.DOUBLE,
    State.LOCKED: Pattern.DOUBLE,
    State.FAILED: Pattern.DOUBLE,
}


def pattern(slot: Slot, *, on_sale: bool, endpoint_ok: bool) -> Pattern:
    """On sale: steady, winking while the endpoint does not take the list, fast while its modem is gone; else what keeps it off sale."""
    if on_sale and slot.state is State.OFFLINE:
        return Pattern.FAST
    if on_sale:
        return Pattern.STEADY if endpoint_ok else Pattern.WINK
    if slot.state is State.NO_SIM and slot.line:
        return Pattern.DOUBLE
    return _BY_STATE[slot.state]


def lit(shown: Pattern, moment: float) -> bool:
    """Whether the LED is lit at `moment` (monotonic seconds): all LEDs keep the same beat."""
    parts: tuple[float, ...] = shown.value
    if len(parts) < 2:
        return bool(parts[0] > 0)
    rest = moment % sum(parts)
    for index, part in enumerate(parts):
        if rest < part:
            return index % 2 == 0
        rest -= part
    return False


def steady(shown: Pattern) -> bool:
    """True when the LED needs no tick."""
    return len(shown.value) < 2
