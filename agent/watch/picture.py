"""The screenshot of the README: python -m agent.watch.picture > agent/watch/watch.svg"""

import io
import re
import sys

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from agent.watch.example import NOW, rack
from agent.watch.screen import Moment, screen
from agent.watch.view import View

WIDTH, HEIGHT = 88, 24
THEME = TerminalTheme(
    (24, 24, 28),
    (216, 216, 216),
    [(24, 24, 28), (213, 94, 0), (0, 158, 115), (240, 228, 66), (0, 114, 178), (204, 121, 167), (86, 180, 233), (216, 216, 216)],
    [(110, 110, 110), (213, 94, 0), (0, 158, 115), (240, 228, 66), (86, 180, 233), (204, 121, 167), (86, 180, 233), (255, 255, 255)],
)
# Of rich's own form, without its web font and its address: a picture fetches nothing.
FORM = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>.{unique_id}-matrix{{font-family:monospace;font-size:20.3px;line-height:{line_height}px}}
.{unique_id}-title{{font:18px sans-serif}}{styles}</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath></defs>
{chrome}
<g transform="translate({terminal_x},{terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""
BLANK, COLUMN = "&#160;", 12.2  # as rich writes a blank, and how wide it counts a column
SPACED = re.compile(
    r'<text class="(?P<how>[^"]+)" x="(?P<x>[^"]+)" y="(?P<y>[^"]+)" textLength="[^"]+" clip-path="[^"]+">'
    rf"(?P<left>(?:{BLANK})*)(?P<said>[^<]*?)(?:{BLANK})*\n?</text>"
)


def svg() -> str:
    """The picture."""
    console = Console(
        file=io.StringIO(), record=True, width=WIDTH, color_system="standard", force_terminal=True, legacy_windows=False, _environ={}
    )
    console.print(Text("\n").join(screen(Moment(rack(), NOW), View(chosen="rack1-12"), WIDTH, HEIGHT)))
    drawn = console.export_svg(title="simgate watch, of a simulated rack", theme=THEME, code_format=FORM, unique_id="w")
    return re.sub(r"[ \t]+\n|\n\s*\n", "\n", SPACED.sub(_trimmed, drawn))


def _trimmed(text: re.Match[str]) -> str:
    """Some viewers swallow the blanks at the ends of a text: begun where its first letter is, it needs none."""
    left, said = len(text["left"]) // len(BLANK), text["said"]
    x, columns = float(text["x"]) + left * COLUMN, len(re.sub("&[^;]+;", "-", said))
    return f'<text class="{text["how"]}" x="{x:g}" y="{text["y"]}" textLength="{columns * COLUMN:g}">{said}</text>' if said else ""


if __name__ == "__main__":
    sys.stdout.write(svg())
