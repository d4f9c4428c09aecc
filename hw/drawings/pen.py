"""Circuit diagrams as SVG: symbols of IEC 60617 on a plane in pixels, x to the right, y downwards."""

from typing import Final
from xml.sax.saxutils import escape

Point = tuple[float, float]

# A ground of its own, so that it can be read on a page of either colour; no font and nothing else comes from elsewhere.
_STYLE: Final = """\
.paper{fill:#fff;stroke:#d0d7de}.box{fill:#eef2f6;stroke:#57606a;stroke-width:1.5}
.wire{fill:none;stroke:#1f2328;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}.inside{stroke-dasharray:4 4}
.solid{fill:#1f2328}.part{fill:#fff;stroke:#1f2328;stroke-width:1.8}
text{font-family:system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;font-size:13px;fill:#1f2328}
.head{font-weight:600}.note{font-size:12px;fill:#57606a}
.code{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:12px;fill:#0550ae}
@media (prefers-color-scheme:dark){.paper{fill:#0d1117;stroke:#3d444d}.box{fill:#1c2430;stroke:#9198a1}.wire,.part{stroke:#e6edf3}
.solid{fill:#e6edf3}.part{fill:#0d1117}text{fill:#e6edf3}.note{fill:#9198a1}.code{fill:#79c0ff}}
"""


class Drawing:
    """One sheet of `width` by `height`; every method adds to it."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self._size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        self._title = escape(title)
        self._parts = [f'<rect class="paper" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>']
        self._terminals: list[str] = []

    def svg(self) -> str:
        """The whole document."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {self._size}>\n<title>{self._title}</title>\n<style>\n{_STYLE}</style>\n'
        )
        return head + "\n".join((*self._parts, *self._terminals)) + "\n</svg>\n"

    def text(self, at: Point, words: str, kind: str = "", anchor: str = "start") -> None:
        """`kind`: head, note, code or plain; `anchor`: start, middle, end; several lines, one below the other."""
        for turn, line in enumerate(words.split("\n") if words else ()):
            named = f' class="{kind}"' if kind else ""
            self._parts.append(f'<text{named} x="{at[0]:g}" y="{at[1] + 17 * turn:g}" text-anchor="{anchor}">{escape(line)}</text>')

    def wire(self, *points: Point, kind: str = "wire") -> None:
        """A line through the points."""
        self._parts.append(f'<polyline class="{kind}" points="{" ".join(f"{x:g},{y:g}" for x, y in points)}"/>')

    def dot(self, at: Point) -> None:
        """Where wires meet."""
        self._parts.append(f'<circle class="solid" cx="{at[0]:g}" cy="{at[1]:g}" r="3.2"/>')

    def box(self, corner: Point, width: float, height: float, title: str = "") -> None:
        """A housing with its title inside, at the top."""
        x, y = corner
        self._parts.append(f'<rect class="box" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"/>')
        self.text((x + width / 2, y + 20), title, "head", "middle")

    def pin(self, at: Point, label: str, side: str) -> None:
        """A terminal on the `side` of a box, left or right, with its name inside."""
        # Over the wires that end there, whenever they are drawn.
        self._terminals.append(f'<circle class="part" cx="{at[0]:g}" cy="{at[1]:g}" r="3.5"/>')
        inwards, anchor = (9, "start") if side == "left" else (-9, "end")
        self.text((at[0] + inwards, at[1] + 4.5), label, "", anchor)

    def ground(self, at: Point) -> None:
        """The sign for ground, hanging at the point."""
        x, y = at
        self.wire(at, (x, y + 8))
        for turn, half in enumerate((10, 6.5, 3)):
            self.wire((x - half, y + 8 + 4 * turn), (x + half, y + 8 + 4 * turn))

    def rail(self, at: Point, name: str) -> None:
        """A supply, standing at the point."""
        x, y = at
        self.wire((x - 9, y), (x + 9, y))
        self.text((x, y - 6), name, "", "middle")

    def resistor(self, a: Point, b: Point, value: str, *, inside: bool = False, left: bool = False) -> None:
        """Between two points of one row or column; its value above, or beside it. `inside`: it is part of a chip, and drawn dashed."""
        kind = "wire inside" if inside else "wire"
        (x1, y1), (x2, y2) = a, b
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        lying = y1 == y2
        wide, high = (34, 13) if lying else (13, 34)
        self.wire(a, b, kind=kind)
        dashed = " inside" if inside else ""
        self._parts.append(f'<rect class="part{dashed}" x="{x - wide / 2:g}" y="{y - high / 2:g}" width="{wide}" height="{high}"/>')
        self._beside((x, y), value, lying=lying, left=left)

    def capacitor(self, a: Point, b: Point, value: str, *, left: bool = False) -> None:
        """As a resistor."""
        (x1, y1), (x2, y2) = a, b
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        if y1 == y2:
            plates = [((x + side, y - 10), (x + side, y + 10)) for side in (-3.5, 3.5)]
            ends = ((a, (x - 3.5, y)), ((x + 3.5, y), b))
        else:
            plates = [((x - 10, y + side), (x + 10, y + side)) for side in (-3.5, 3.5)]
            ends = ((a, (x, y - 3.5)), ((x, y + 3.5), b))
        for one, other in (*plates, *ends):
            self.wire(one, other)
        self._beside((x, y - (4 if y1 == y2 else 0)), value, lying=y1 == y2, left=left)

    def led(self, anode: Point, cathode: Point, name: str) -> None:
        """In a row; its name below."""
        (x1, y), (x2, _) = anode, cathode
        x, way = (x1 + x2) / 2, 1 if x2 > x1 else -1
        self.wire(anode, cathode)
        self._parts.append(f'<polygon class="part" points="{x - 9 * way:g},{y - 9:g} {x - 9 * way:g},{y + 9:g} {x + 8 * way:g},{y:g}"/>')
        self.wire((x + 8 * way, y - 9), (x + 8 * way, y + 9))
        for left in (-2, 7):
            self.wire((x + left, y - 13), (x + left + 8, y - 21))
            self.wire((x + left + 3, y - 21), (x + left + 8, y - 21), (x + left + 8, y - 16))
        self.text((x, y + 26), name, "", "middle")

    def switch(self, a: Point, b: Point, name: str) -> None:
        """A contact that closes, drawn open, in a row; its name below."""
        (x1, y), (x2, _) = a, b
        x = (x1 + x2) / 2
        for one, other in ((a, (x - 18, y)), ((x + 18, y), b), ((x - 18, y), (x + 15, y - 15))):
            self.wire(one, other)
        for side in (-18, 18):
            self._parts.append(f'<circle class="part" cx="{x + side:g}" cy="{y:g}" r="3"/>')
        self.text((x, y + 24), name, "", "middle")

    def mosfet(self, at: Point, kind: str, name: str, *, gate_right: bool = False) -> dict[str, Point]:
        """An enhancement MOSFET, `n` with its source below, or `p` with its source above -> its three ends: gate, source, drain."""
        x, y = at
        way = -1 if gate_right else 1
        gate, channel, out = x - 18 * way, x - 8 * way, x + 12 * way
        self.wire((gate - 14 * way, y), (gate, y))
        self.wire((gate, y - 13), (gate, y + 13))
        for level in (-13, 0, 13):
            self.wire((channel, y + level - 4.5), (channel, y + level + 4.5))
        self.wire((channel, y - 13), (out, y - 13), (out, y - 34))
        self.wire((channel, y + 13), (out, y + 13), (out, y + 34))
        self.wire((channel, y), (out, y), (out, y + (13 if kind == "n" else -13)))
        tip, tail = (channel, channel + 8 * way) if kind == "n" else (out, out - 8 * way)
        self._parts.append(f'<polygon class="solid" points="{tip:g},{y:g} {tail:g},{y - 4.5:g} {tail:g},{y + 4.5:g}"/>')
        upper, lower = ("D", "S") if kind == "n" else ("S", "D")
        anchor = "start" if way == 1 else "end"
        self.text((out + 6 * way, y - 20), upper, "note", anchor)
        self.text((out + 6 * way, y + 29), lower, "note", anchor)
        self.text((gate - 8 * way, y - 6), "G", "note", "middle")
        self.text((out + 12 * way, y + 5), name, "", anchor)
        top, bottom = (out, y - 34), (out, y + 34)
        return {"gate": (gate - 14 * way, y), "drain": top if kind == "n" else bottom, "source": bottom if kind == "n" else top}

    def _beside(self, at: Point, value: str, *, lying: bool, left: bool) -> None:
        x, y = at
        if lying:
            self.text((x, y - 12), value, "", "middle")
        else:
            self.text((x + (-14 if left else 14), y + 4.5 - 8.5 * value.count("\n")), value, "", "end" if left else "start")
