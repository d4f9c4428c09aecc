"""One slot as a cell of the rack, in as many lines and columns as there are. Pure."""

from rich.text import Text

from agent.watch.lines import line, wrapped
from agent.watch.signs import Of, age, last, mark, style, troubled, well

MOST = 9  # lines of a cell: more has nothing to say
WIDE = 17  # columns from which a cell has room for whole words
WIDEST = 40  # columns


def cell(slot: Of, name: str, now: float, width: int, height: int, *, chosen: bool) -> list[Text]:
    """The slot in `height` lines; its first column is the gap to the cell before, and points at the chosen one."""
    lines = [_head(slot, name, now, width, chosen=chosen, alone=height == 1)]
    if width >= WIDE:
        more = _wide(slot, now, width, height - 1)
    elif width >= 6:
        more = _narrow(slot, width, height - 1)
    else:
        more = []
    return [*lines, *more][:height]


def hidden(name: str, width: int, height: int) -> list[Text]:
    """The place of a slot that the filter leaves out."""
    return [line(width, (" · " if width > 2 else " ·", "dim"), (name[: max(0, width - 3)], "dim")), *[line(width)] * (height - 1)]


def _head(slot: Of, name: str, now: float, width: int, *, chosen: bool, alone: bool) -> Text:
    """Pointer, glyph, name, and at the right how long it has been so; a line that stands alone says rather what is the matter."""
    glyph, word = mark(slot)
    old = age(slot.get("state_since"), now)
    room = width - 3
    if alone and not well(slot) and (troubled(slot) or room > len(name) + len(word)):
        old = word[: max(0, room - len(name) - 1)]
    if room < len(name) + len(old) + 1:
        old = old if room > len(old) + 2 and len(name) <= 3 else ""
    space = room - (len(old) + 1 if old else 0)
    shown = name if len(name) <= space else name[max(0, len(name) - space) :]
    bold = "reverse bold" if chosen else "dim" if style(slot) == "dim" else "bold"
    parts = [(">" if chosen else " ", "bold"), (glyph, style(slot))]
    if width < 4:
        return line(width, *parts)
    gap = " " * max(0, room - len(shown) - len(old))
    return line(width, *parts, (f" {shown}{gap}", bold), (old, "reverse" if chosen else ""))


def _narrow(slot: Of, width: int, height: int) -> list[Text]:
    """Nine letters and less: of a number its last digits tell it from the others."""
    number = slot["number"] or ""
    digits = number if len(number) < width else f"…{number[2 - width :]}"
    word = (mark(slot).word, style(slot))
    operator = slot["operator"] or ""
    if height <= 2:
        said = [(digits, ""), (operator, "")] if well(slot) else [word, (digits, "")]
    else:
        said = [word, (digits, ""), (operator, ""), (last(slot) if slot.get("state_since") else "", "dim"), (slot["modem"] or "", "dim")]
    return [line(width, " ", part) for part in said[:height]]


def _wide(slot: Of, now: float, width: int, height: int) -> list[Text]:
    number, operator, modem = (slot[key] or "" for key in ("number", "operator", "modem"))
    word = (mark(slot).word, style(slot))
    if height == 1:
        return [line(width, "   ", number if well(slot) else word)]
    if height == 2:
        return [
            line(width, "   ", word),
            line(width, "   ", f"{number} {operator}" if width >= len(number) + len(operator) + 5 else number),
        ]
    done = f"{last(slot)} {age(slot['state_since'], now)}" if slot.get("state_since") else ""
    lines = [line(width, "   ", word), line(width, "   ", number), line(width, "   ", f"{operator}  {modem}".strip())]
    lines.append(line(width, "   ", (done, "dim")))
    why = [line(width, "   ", text.plain) for text in wrapped(width - 4, slot["why"] or "", max(0, height - len(lines)))]
    return [*lines, *why][:height]
