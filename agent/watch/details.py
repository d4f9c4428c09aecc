"""The chosen slot in words: below the rack, on a screen of its own; and the help. Pure."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from agent.slots.legend import picture
from agent.slots.rungs import DONE, news, over
from agent.watch.lines import Part, line, wrapped
from agent.watch.signs import GLYPHS, MARKS, STYLES, Of, ago, last, mark, pattern, style

LABEL = 12  # columns
COLOURS = (
    "The LED at the slot has the same colours: blue well, white wait, yellow look. Beside a name stands how long it has been so. "
    "simgate led legend has every rhythm, simgate slots says all this as a text."
)

KEYS = (
    ("arrows, h j k l", "choose a slot"),
    ("Enter", "all that is known of this slot; Enter or Esc back"),
    ("b", "its LED blinks for 30 s, so that you find it; b again ends it"),
    ("n", "the next slot in trouble"),
    ("f", "show all, those not on sale, only those in trouble"),
    ("Ctrl-L", "draw everything anew"),
    ("q", "quit"),
)


def below(slot: Of, now: float, width: int, most: int) -> list[Text]:
    """What fits below the rack in `most` lines: the whole `why` before all else."""
    if len(whole := alone(slot, now, width)) <= most:
        return whole
    shown = pattern(slot)
    title = _title(slot, now, width)
    why = wrapped(width, slot["why"]) if slot["why"] else []
    do = wrapped(width, f"do: {_plain(shown.value.do)}", 1) if shown and shown.value.do != "nothing" else []
    card = [line(width, _card(slot))]
    recovery = wrapped(width, _recovery(done, now, past=over(slot)), 2) if (done := news(slot)) else []
    lines = [title, *why]
    for more in (do, card, recovery):
        if len(lines) + len(more) <= most:
            lines += more
    if len(lines) > most:
        lines = [*lines[: most - 1], line(width, ("… Enter shows all of it", "dim"))]
    return lines


def alone(slot: Of, now: float, width: int) -> list[Text]:
    """Everything that is known of one slot, in as many lines as it takes."""
    shown = pattern(slot)
    rows: list[tuple[str, str]] = [
        ("why", slot["why"] or "on sale, and nothing to say against it"),
        ("do", _plain(shown.value.do) if shown else ""),
        ("last", f"{last(slot)} {ago(slot.get('state_since'), now)}".strip()),
        ("number", f"{slot['number']} (from {slot['number_from']})" if slot["number"] else "-"),
        ("operator", slot["operator"] or "-"),
        ("ICCID", slot["iccid"] or "-"),
        ("registered", _registration(slot["registration"])),
        ("modem", slot["modem"] or "-"),
        ("tty", slot["tty"] or "-"),
        ("recovery", _recovery(slot["recovery"], now) if slot["recovery"] else "-"),
        ("LED", f"{picture(shown)}  {shown.value.colour.value}: five seconds, # lit, . dark" if shown else str(slot["led"])),
    ]
    lines = [_title(slot, now, width), line(width)]
    for label, said in rows:
        found = wrapped(max(10, width - LABEL), said)
        lines.append(line(width, (label.ljust(LABEL), "bold"), found[0].plain))
        lines += [line(width, " " * LABEL, more.plain) for more in found[1:]]
    return lines


def helped(width: int) -> list[Text]:
    """The keys, and how a slot is written."""
    lines = [line(width, ("simgate watch", "bold")), line(width)]
    lines += [line(width, (f"{key:17}", "bold"), said) for key, said in KEYS]
    lines.append(line(width))
    for glyph, (colour, means) in GLYPHS.items():
        words = ", ".join(dict.fromkeys(sign.word for sign in MARKS.values() if sign.glyph == glyph))
        first, *more = wrapped(max(10, width - 11), f"{means} ({words})")
        lines.append(line(width, (glyph, STYLES[colour]), f"  {colour.value:6}  ", first.plain))
        lines += [line(width, " " * 11, one.plain) for one in more]
    return [*lines, line(width), *wrapped(width, COLOURS)]


def _title(slot: Of, now: float, width: int) -> Text:
    glyph, word = mark(slot)
    shown = pattern(slot)
    means = f" {shown.value.means.partition(';')[0]}" if shown else ""
    done = f"{last(slot)} {ago(slot.get('state_since'), now)}".strip()
    parts: list[Part] = [(slot["slot"], "bold"), "  ", (f"{glyph} {word}", style(slot))]
    if slot["why"] is None or len(means) + len(done) + len(slot["slot"]) + 20 <= width:
        parts += [(f" {means}" if means.strip() != word else "")]
    return line(width, *parts, ("  ", ""), (done, "dim"))


def _card(slot: Of) -> str:
    known = [slot["number"] or "no number", slot["operator"], slot["iccid"] and f"ICCID {slot['iccid']}", slot["modem"], slot["tty"]]
    return " · ".join(str(one) for one in known if one)


def _registration(stat: int | None) -> str:
    # 3GPP TS 27.007 7.2 <stat>
    words = {0: "no, and not searching", 1: "home", 2: "searching", 3: "refused", 4: "unknown", 5: "roaming", 8: "emergency calls only"}
    return "-" if stat is None else words.get(stat, f"state {stat}")


def _recovery(done: Mapping[str, Any], now: float, *, past: bool = False) -> str:
    again = f", again in {max(0, round(done['next'] - now))} s" if done["next"] is not None else ""
    why = "" if past else f": {done['why']}"
    return f"{DONE.get(done['rung'], done['rung'])} {ago(done['when'], now)}, try {done['attempts']}{again}{why}"


def _plain(text: str) -> str:
    return text.replace("`", "")
