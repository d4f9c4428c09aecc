"""Lines as a grid of letters, and the octets that turn one grid into another: over a slow line only what changes is sent."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style
from rich.text import Text

from agent.watch.signs import ASCII

Letter = tuple[str, Style]  # one column; the second column of a wide letter is ""
Grid = list[list[Letter]]

NEAR = 6  # columns: so short a gap between two changes costs less than a jump over it
COLOURLESS = re.compile(r"(dumb|unknown|vt\d.*)?")  # values of TERM


@dataclass(frozen=True, slots=True)
class Pen:
    """What the terminal can show; the sixteen colours of ECMA-48 and its successors are all that a picture asks for."""

    colours: bool
    unicode: bool

    @classmethod
    def of(cls, environ: Mapping[str, str], encoding: str, *, plain: bool = False) -> Self:
        """As TERM, NO_COLOR (no-color.org) and the encoding of stdout say; `plain`: no colours anyway."""
        plain = plain or bool(environ.get("NO_COLOR")) or COLOURLESS.fullmatch(environ.get("TERM", "")) is not None
        return cls(not plain, encoding.lower().replace("-", "").startswith("utf8"))

    def styled(self, style: str) -> Style:
        """What is left of it here: without colours still bold, dim and reverse."""
        return _style(style, self.colours)

    def write(self, text: str, style: Style) -> str:
        """The text, and the codes that style it."""
        return style.render(text, color_system=ColorSystem.STANDARD)

    def letters(self, text: str) -> str:
        """What this terminal has letters for."""
        return text if self.unicode else text.translate(ASCII).encode("ascii", "replace").decode()


@cache
def _style(words: str, colours: bool) -> Style:
    """One object for one style: letters are compared by the thousand, and rich compares styles in Python."""
    style = Style.parse(words)
    return style if colours else style.without_color


PLAIN = _style("", True)


def grid(lines: Sequence[Text], width: int, pen: Pen) -> Grid:
    """Every line as exactly `width` columns."""
    rows: Grid = []
    for text in lines:
        row: list[Letter] = []
        for said, style in _parts(text):
            shown = pen.styled(style)
            if said.translate(ASCII).isascii():  # nearly all: a column each
                row += [(letter, shown) for letter in pen.letters(said)]
                continue
            for letter in pen.letters(said):
                _put(row, letter, shown)
        rows.append([*row[:width], *[(" ", PLAIN)] * (width - len(row))])
    return rows


def _parts(text: Text) -> Iterator[tuple[str, str]]:
    """Its text and style part by part; rich itself would want a Console for it, which is dear to import. Spans do not overlap here."""
    said, at = text.plain, 0
    for span in sorted(text.spans):
        yield said[at : span.start], ""
        yield said[span.start : span.end], str(span.style)
        at = span.end
    yield said[at:], ""


def _put(row: list[Letter], letter: str, style: Style) -> None:
    columns = cell_len(letter)
    if columns == 0 and row:  # an accent belongs to the letter before
        row[-1] = (row[-1][0] + letter, row[-1][1])
    else:
        row += [(letter, style), *[("", style)] * (columns - 1)]


def written(row: list[Letter], pen: Pen) -> str:
    """One row as it is printed; without colours it is plain text."""
    return "".join(pen.write(text, style) if pen.colours else text for text, style in _styled(row))


def change(before: Grid | None, after: Grid, pen: Pen) -> str:
    """What to send so that `before` (None = whatever is there) becomes `after`."""
    said = [] if before is not None else ["\x1b[0m\x1b[2J"]
    for row, letters in enumerate(after):
        old = before[row] if before is not None else [(" ", PLAIN)] * len(letters)
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
