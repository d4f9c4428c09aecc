"""Lines as a grid of letters, and the octets that turn one grid into another: over a slow line only what changes is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.text import Text

from agent.watch.signs import ASCII

Letter = tuple[str, Style]  # one column; the second column of a wide letter is ""
Grid = list[list[Letter]]

NEAR = 6  # columns: so short a gap between two changes costs less than a jump over it
SYSTEMS = {"standard": ColorSystem.STANDARD, "256": ColorSystem.EIGHT_BIT, "truecolor": ColorSystem.TRUECOLOR}


@dataclass(frozen=True, slots=True)
class Pen:
    """What the terminal can show; `colours` None = none at all."""

    console: Console
    colours: ColorSystem | None
    unicode: bool

    @classmethod
    def of(cls, console: Console, *, plain: bool) -> Self:
        """As the console's environment says (TERM, COLORTERM, NO_COLOR, its encoding); `plain`: no colours anyway."""
        plain = plain or console.no_color
        colours = None if plain else SYSTEMS.get(console.color_system or "")
        return cls(console, colours, console.encoding.lower().replace("-", "").startswith("utf8"))

    def styled(self, style: Style) -> Style:
        """What is left of it here: without colours still bold, dim and reverse."""
        return _the_one(style if self.colours is not None else style.without_color)

    def write(self, text: str, style: Style) -> str:
        """The text, and the codes that style it."""
        return style.render(text, color_system=self.colours or ColorSystem.STANDARD)

    def letters(self, text: str) -> str:
        """What this terminal has letters for."""
        return text if self.unicode else text.translate(ASCII).encode("ascii", "replace").decode()


@cache
def _the_one(style: Style) -> Style:
    """Styles that are equal as one object: letters are compared by the thousand, and rich compares styles in Python."""
    return style


def grid(lines: Sequence[Text], width: int, pen: Pen) -> Grid:
    """Every line as exactly `width` columns."""
    rows: Grid = []
    for text in lines:
        row: list[Letter] = []
        for said, style, _ in text.render(pen.console):
            shown = pen.styled(style or Style.null())
            if said.translate(ASCII).isascii():  # nearly all: a column each
                row += [(letter, shown) for letter in pen.letters(said)]
                continue
            for letter in pen.letters(said):
                _put(row, letter, shown)
        blank = (" ", Style.null())
        rows.append([*row[:width], *[blank] * (width - len(row))])
    return rows


def _put(row: list[Letter], letter: str, style: Style) -> None:
    columns = cell_len(letter)
    if columns == 0 and row:  # an accent belongs to the letter before
        row[-1] = (row[-1][0] + letter, row[-1][1])
    else:
        row += [(letter, style), *[("", style)] * (columns - 1)]


def written(row: list[Letter], pen: Pen) -> str:
    """One row as it is printed; without colours it is plain text."""
    plain = pen.colours is None
    return "".join(text if plain else pen.write(text, style) for text, style in _styled(row))


def change(before: Grid | None, after: Grid, pen: Pen) -> str:
    """What to send so that `before` (None = whatever is there) becomes `after`."""
    said = [] if before is not None else ["\x1b[0m\x1b[2J"]
    for row, letters in enumerate(after):
        old = before[row] if before is not None else [(" ", Style.null())] * len(letters)
        for first, last in _runs(old, letters):
            said.append(f"\x1b[{row + 1};{first + 1}H")
            said += [pen.write(text, style) for text, style in _styled(letters[first:last])]
    return "".join(said)


def _runs(old: list[Letter], new: list[Letter]) -> list[tuple[int, int]]:
    """From where to where a row differs; near ones are one. A wide letter differs in both columns or in none."""
    runs: list[tuple[int, int]] = []
    if old == new:
        return runs
    for at, (was, now) in enumerate(zip(old, new, strict=True)):
        if was == now:
            continue
        if runs and at - runs[-1][1] < NEAR:
            runs[-1] = runs[-1][0], at + 1
        else:
            runs.append((at, at + 1))
    return runs


def _styled(letters: list[Letter]) -> list[tuple[str, Style]]:
    parts: list[tuple[str, Style]] = []
    for letter, style in letters:
        if parts and parts[-1][1] == style:
            parts[-1] = parts[-1][0] + letter, style
        else:
            parts.append((letter, style))
    return parts
