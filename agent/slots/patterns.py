"""The language of the LEDs: rhythm first, colour second, one table. Pure.

Lit with dark winks sells; dark with flashes does not, and the flashes are counted; even halves are on their way. Every rhythm turns
once in BREATH, so an LED that stands still for longer, lit or dark, has nobody behind it any more.
"""

from dataclasses import dataclass
from enum import Enum

from agent.ports import Colour

BREATH = 5.0  # seconds of one round, the same for all: LEDs of one pattern beat together
SHORT, LONG = 0.25, 1.0  # seconds; a short flash is as long as the gap after it
_JUST = 0.001  # seconds: a timer may fire a little before its moment


def _winks(count: int) -> tuple[float, ...]:
    return (BREATH - (2 * count - 1) * SHORT, *[SHORT] * (2 * count - 1))


def _flashes(count: int, *before: float) -> tuple[float, ...]:
    shown = (*before, *[SHORT] * (2 * count - 1))
    return (*shown, BREATH - sum(shown))


def _beyond(count: int) -> tuple[float, ...]:
    return _flashes(count, LONG, 2 * SHORT)


@dataclass(frozen=True, slots=True)
class Sign:
    """Seconds lit, dark, lit, dark, ..., repeated; the colour of what is lit on an LED that has several; what a person makes of it."""

    beat: tuple[float, ...]
    colour: Colour
    means: str
    do: str


# Blue against yellow, never red against green: Okabe and Ito, Color Universal Design, 2008, https://jfly.uni-koeln.de/color/
class Pattern(Enum):
    """Every sign, in the order of the legend."""

    ON_SALE = Sign(_winks(1), Colour.BLUE, "on sale; on the gateway's LED: the endpoint has the list", "nothing")
    UNSENT = Sign(_winks(2), Colour.BLUE, "on sale here; a change is on its way to the endpoint", "wait")
    ENDPOINT_DOWN = Sign(_winks(3), Colour.YELLOW, "on sale here, but the endpoint cannot be reached or fails", "`simgate status`: network")
    KEY_REJECTED = Sign(
        _winks(4), Colour.YELLOW, "on sale here, but the endpoint rejects the key, the address or the list", "`simgate status`: key, URL"
    )
    FADING = Sign(
        (BREATH - LONG, LONG),
        Colour.YELLOW,
        "still listed for the lease, its modem is gone; on the gateway's LED: many",
        "look at modem, USB hub",
    )
    STARTING = Sign(
        (BREATH / 2, BREATH / 2), Colour.WHITE, "not looked at yet; on the gateway's LED: the first list waits for slots", "wait"
    )
    BUSY = Sign((BREATH / 4, BREATH / 4), Colour.WHITE, "a card has just moved, or is being read", "wait; if it stays so: `simgate slots`")
    EMPTY = Sign(_flashes(1), Colour.WHITE, "no SIM", "put one in")
    CONTACT = Sign(_flashes(2), Colour.YELLOW, "a SIM is in, and cannot be read", "seat it again; contact, tray")
    LOCKED = Sign(_flashes(3), Colour.YELLOW, "the SIM wants a PIN or PUK, or the modem refuses it", "`simgate slots`")
    NO_NUMBER = Sign(_flashes(4), Colour.YELLOW, "the SIM does not tell its number", "`simgate number set`")
    TWICE = Sign(_flashes(5), Colour.YELLOW, "another slot has this SIM or sells this number", "`simgate slots` says which")
    NO_MODEM = Sign(_beyond(1), Colour.YELLOW, "no modem: nothing is plugged in", "plug it in; cable, hub")
    MODEM_SILENT = Sign(_beyond(2), Colour.YELLOW, "the modem is there and does not answer", "`simgate slots`; unplug it, plug it in")
    NOT_REGISTERED = Sign(_beyond(3), Colour.YELLOW, "no network serves the SIM", "antenna; is the SIM active?")
    QUARANTINED = Sign(_beyond(4), Colour.YELLOW, "the endpoint refuses this number", "`simgate slots`; ask the partner")
    STUCK = Sign((LONG, LONG / 2, LONG, BREATH - 5 * LONG / 2), Colour.YELLOW, "a part of simgate hangs", "wait for its restart; the log")
    IDENTIFY = Sign((SHORT, SHORT), Colour.WHITE, "`simgate led blink` looks for this place", "here it is")


def lit(shown: Pattern, moment: float) -> bool:
    """Whether the LED is lit at `moment` (monotonic seconds)."""
    return _place(shown, moment)[0] % 2 == 0


def colour(shown: Pattern, moment: float) -> Colour | None:
    """The colour at `moment`; None = dark."""
    return shown.value.colour if lit(shown, moment) else None


def next_change(shown: Pattern, moment: float) -> float:
    """When, after `moment`, the LED changes next (monotonic seconds)."""
    return moment + _place(shown, moment)[1]


def _place(shown: Pattern, moment: float) -> tuple[int, float]:
    """Which part of the beat it is, and how many seconds of it are left."""
    beat: tuple[float, ...] = shown.value.beat
    now = (moment + _JUST) % sum(beat)
    for turn, part in enumerate(beat):
        if now < part:
            return turn, part - now + _JUST
        now -= part
    return 0, beat[0]
