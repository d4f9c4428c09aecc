"""A slot at one glance: the language of its LED as a glyph, a word and a style; and how long ago something was. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from agent.ports import Colour
from agent.slots.patterns import Pattern

Of = Mapping[str, Any]  # a slot, or the whole document, of `simgate status --json`


class Mark(NamedTuple):
    """One sign: its glyph, which no sign of another colour has, and a word of nine letters at most."""

    glyph: str
    word: str


MARKS: Mapping[Pattern, Mark] = {
    Pattern.ON_SALE: Mark("●", "on sale"),
    Pattern.UNSENT: Mark("●", "unsent"),
    Pattern.ENDPOINT_DOWN: Mark("◆", "endpoint"),
    Pattern.KEY_REJECTED: Mark("◆", "key"),
    Pattern.FADING: Mark("◆", "fading"),
    Pattern.STARTING: Mark("…", "starting"),
    Pattern.BUSY: Mark("…", "reading"),
    Pattern.EMPTY: Mark("○", "empty"),
    Pattern.CONTACT: Mark("▲", "contact"),
    Pattern.LOCKED: Mark("▲", "PIN"),
    Pattern.NO_NUMBER: Mark("▲", "no number"),
    Pattern.TWICE: Mark("▲", "twice"),
    Pattern.NO_MODEM: Mark("▲", "no modem"),
    Pattern.MODEM_SILENT: Mark("▲", "silent"),
    Pattern.NOT_REGISTERED: Mark("▲", "no net"),
    Pattern.QUARANTINED: Mark("▲", "refused"),
    Pattern.STUCK: Mark("▲", "stuck"),
    Pattern.IDENTIFY: Mark("■", "blinking"),
}
GLYPHS: Mapping[str, tuple[Colour, str]] = {
    "●": (Colour.BLUE, "on sale"),
    "…": (Colour.WHITE, "on its way: wait"),
    "○": (Colour.WHITE, "no SIM"),
    "■": (Colour.WHITE, "its LED blinks"),
    "◆": (Colour.YELLOW, "on sale, and yet look at it"),
    "▲": (Colour.YELLOW, "not on sale: look at it"),
}
# Readable on a dark and on a light ground; yellow as the ground itself, for its letters would vanish on white.
STYLES: Mapping[Colour, str] = {Colour.BLUE: "bold bright_blue", Colour.WHITE: "bold", Colour.YELLOW: "bold black on yellow"}
# One letter for one letter, where a terminal has no others.
ASCII = str.maketrans("●◆▲○■…─│·←↑↓→–", "*%!o#~-|.<^v>-")

_NOT_ITS_OWN = (Pattern.ENDPOINT_DOWN, Pattern.KEY_REJECTED)
_LAST = {
    "empty": "SIM out",
    "settling": "line moved",
    "offline": "modem gone",
    "reading": "being read",
    "no_sim": "no SIM seen",
    "locked": "SIM locked",
    "failed": "unreadable",
    "ready": "SIM read",
}


def pattern(slot: Of) -> Pattern | None:
    """What its LED shows; None for a sign that only a newer agent knows."""
    return Pattern.__members__.get(str(slot["led"]).upper())


def mark(slot: Of) -> Mark:
    """Its glyph and word."""
    shown = pattern(slot)
    return MARKS[shown] if shown else Mark("▲", str(slot["led"])[:9])


def style(slot: Of) -> str:
    """How its glyph and word are written."""
    shown = pattern(slot)
    return "dim" if shown is Pattern.EMPTY else STYLES[shown.value.colour if shown else Colour.YELLOW]


def troubled(slot: Of) -> bool:
    """Whether a person should look at this very slot: the endpoint's trouble is not the slot's."""
    shown = pattern(slot)
    return shown is None or (shown.value.colour is Colour.YELLOW and shown not in _NOT_ITS_OWN)


def well(slot: Of) -> bool:
    """Whether there is nothing to say but its number."""
    return pattern(slot) is Pattern.ON_SALE


def last(slot: Of) -> str:
    """What happened last, in two words."""
    return _LAST.get(slot["state"], str(slot["state"]))


def age(since: float | None, now: float) -> str:
    """Three letters at most; coarse, so that a picture seldom changes for it: now, 10s to 50s, 59m, 23h, 99d, 99w."""
    if since is None:
        return ""
    seconds = max(0.0, now - since)
    if seconds < 10:
        return "now"
    if seconds < 60:
        return f"{seconds // 10:.0f}0s"
    for size, most, unit in ((60, 60, "m"), (3600, 24, "h"), (86400, 100, "d")):
        if seconds < size * most:
            return f"{seconds // size:.0f}{unit}"
    return f"{min(99, seconds // 604800):.0f}w"


def ago(since: float | None, now: float) -> str:
    """The same for a sentence: "just now", "4 min ago"; "" when nobody knows."""
    short = age(since, now)
    if short in ("", "now"):
        return "just now" if short else ""
    return f"{short[:-1]} {'min' if short[-1] == 'm' else short[-1]} ago"


def short_names(names: list[str]) -> list[str]:
    """What tells them apart: without the beginning, up to a dash or the like, that all of them share."""
    if len(names) < 2:
        return names
    shared = 0
    for letters in zip(*names, strict=False):
        if len(set(letters)) > 1:
            break
        shared += 1
    while shared and names[0][shared - 1].isalnum():
        shared -= 1
    return [name[shared:] or name for name in names]
