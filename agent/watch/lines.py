"""One line of the picture: parts with a style each, as wide as it is told and free of whatever a modem may have said. Pure."""

import textwrap

from rich.text import Text

Part = str | tuple[str, str]  # the text, or the text and its style


def clean(text: str) -> str:
    """Without control characters: what a modem says must not command the terminal."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def line(width: int, *parts: Part) -> Text:
    """Exactly `width` columns: cut with an ellipsis, or filled up."""
    text = Text(no_wrap=True, end="")
    for part in parts:
        said, how = part if isinstance(part, tuple) else (part, "")
        text.append(clean(said), how)
    if width < 1:
        return Text(end="")
    text.truncate(width, overflow="ellipsis", pad=True)
    return text


def rule(width: int, title: str = "") -> Text:
    """A line across, with a title."""
    named = f"── {title} " if title else ""
    return line(width, (named + "─" * max(0, width - len(named)), "dim"))


def wrapped(width: int, text: str, most: int | None = None, style: str = "", indent: str = "") -> list[Text]:
    """As many lines as it takes, `most` at most: then the last one ends with an ellipsis."""
    found = textwrap.wrap(clean(text), max(1, width), subsequent_indent=indent, break_on_hyphens=False) or [""]
    if most is not None and len(found) > most:
        found = [*found[: most - 1], " ".join(found[most - 1 :])] if most > 0 else []
    return [line(width, (one, style)) for one in found]


def beside(cells: list[list[Text]], height: int, wide: int, width: int) -> list[Text]:
    """Cells of `wide` columns next to each other; the result has `height` lines of `width` columns."""
    rows = []
    for at in range(height):
        row = Text(no_wrap=True, end="")
        for cell in cells:
            row.append_text(cell[at] if at < len(cell) else line(wide))
        row.truncate(width, pad=True)
        rows.append(row)
    return rows
