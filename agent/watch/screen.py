"""The document of `simgate status --json` -> the lines of a screen. Pure: the same document at the same moment is the same picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from agent.watch import cells
from agent.watch.details import alone, below, helped
from agent.watch.head import head, notices
from agent.watch.lines import beside, line, rule, wrapped
from agent.watch.signs import Of, mark, short_names
from agent.watch.view import Filter, View, passes, place

KEYS = "arrows choose  Enter open  b blink  f filter  n next trouble  ? help  q quit"
OPENED_KEYS = "Enter back  b blink  arrows another slot  n next trouble  ? help  q quit"
FEWEST = 5  # lines for the chosen slot, where there are any to spare


@dataclass(frozen=True, slots=True)
class Moment:
    """What there is to see: the document, when it came (UNIX seconds), why the agent does not answer; `tail` stands below."""

    status: Mapping[str, Any]
    now: float
    away: str | None = None
    tail: Sequence[str] = ()

    @property
    def slots(self) -> Sequence[Of]:
        """In the order of the configuration."""
        slots: Sequence[Of] = self.status["slots"]
        return slots

    @property
    def columns(self) -> int:
        """How many slots stand side by side."""
        return max(1, min(int(self.status["rack"]["columns"]), len(self.slots)))


def screen(moment: Moment, view: View, width: int, height: int) -> list[Text]:
    """Exactly `height` lines of `width` columns."""
    if view.helped:
        return _filled(helped(width), [line(width, ("any key: back", "dim"))], width, height)
    foot = wrapped(width, view.said, 2, "bold") if view.said else [line(width, (OPENED_KEYS if view.opened else KEYS, "dim"))]
    lines = [head(moment.status, moment.now, width), *notices(moment.status, moment.away, width, max(2, height // 6))]
    if view.opened and moment.slots:
        lines += [rule(width), *alone(moment.slots[place(view, moment.slots)], moment.now, width)]
        return _filled(lines, foot, width, height)
    tail = [line(width, one) for one in moment.tail][: max(0, height - len(lines) - 12)]
    room = max(0, height - len(lines) - len(tail) - 3)  # two rules, and a foot of one line
    rack, title = _rack(moment, view, width, max(1, room - min(FEWEST, room // 2)))
    lines += [rule(width, title), *rack, rule(width)]
    left = max(0, height - len(lines) - len(tail) - len(foot))
    if moment.slots and left:
        chosen = below(moment.slots[place(view, moment.slots)], moment.now, width, left)
        lines += [*chosen, *[line(width)] * (left - len(chosen))]
    return _filled(lines, [*tail, *foot], width, height)


def printed(moment: Moment, width: int) -> list[Text]:
    """One picture for a pipe or a paper, as long as it takes: under the rack stands why each slot is not on sale."""
    lines = [head(moment.status, moment.now, width), *notices(moment.status, moment.away, width, 20), line(width)]
    rows = -(-len(moment.slots) // moment.columns)
    lines += [*_rack(moment, View(), width, 5 * rows - 1, point=False)[0], line(width)]
    for slot in moment.slots:
        if slot["why"]:
            lines += wrapped(width, f"{slot['slot']} {mark(slot).word}: {slot['why']}", indent="  ")
    return lines


def _rack(moment: Moment, view: View, width: int, most: int, *, point: bool = True) -> tuple[list[Text], str]:
    """The slots where they stand, `most` lines at most, and a title that says what part of the rack that is."""
    slots, columns, chosen = moment.slots, moment.columns, place(view, moment.slots)
    rows = -(-len(slots) // columns)
    wide = max(2, min(cells.WIDEST, width // columns))
    high = max(1, min(cells.MOST, most // max(1, rows)))
    gap = 1 if high > 1 and rows * (high + 1) - 1 <= most else 0
    first, last = _window(chosen // columns, rows, most // high)
    left, right = _window(chosen % columns, columns, max(1, width // wide))
    full = [str(slot["slot"]) for slot in slots]
    names = full if wide >= cells.WIDE and max(map(len, full), default=0) <= wide - 7 else short_names(full)
    lines: list[Text] = []
    for row in range(first, last):
        drawn = []
        for at in range(row * columns + left, min(len(slots), row * columns + right)):
            if passes(view, slots[at]):
                drawn.append(cells.cell(slots[at], names[at], moment.now, wide, high, chosen=point and at == chosen))
            else:
                drawn.append(cells.hidden(names[at], wide, high))
        lines += [line(width)] * (gap if lines else 0) + beside(drawn, high, wide, width)
    return lines, _title(view, (first, last, rows), (left, right, columns))


def _title(view: View, seen: tuple[int, int, int], across: tuple[int, int, int]) -> str:
    parts = []
    if view.filter is not Filter.ALL:
        parts.append(f"filter: {view.filter.value}")
    for name, (first, last, of) in (("rows", seen), ("columns", across)):
        if last - first < of:
            parts.append(f"{name} {first + 1} to {last} of {of}")
    return ", ".join(parts)


def _window(wanted: int, of: int, most: int) -> tuple[int, int]:
    """So many of them, with the wanted one among them."""
    most = max(1, min(of, most))
    first = max(0, min(wanted - most // 2, of - most))
    return first, first + most


def _filled(lines: list[Text], foot: list[Text], width: int, height: int) -> list[Text]:
    """Filled up, or cut, to its height, with the foot at its end."""
    foot = foot[-height:]
    lines = lines[: height - len(foot)]
    return [*lines, *[line(width)] * (height - len(foot) - len(lines)), *foot]
