"""The drawings of hw/README.md are what their generator draws, and can be read wherever they are shown."""

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hw.drawings.figures import FIGURES

HOME = Path(__file__).parents[1] / "hw/drawings"
SVG = "{http://www.w3.org/2000/svg}"
CHARACTER = 0.62  # of a text's font size: DejaVu Sans, the widest font that is asked for, draws the average letter of these with less
HEIGHT = {"": 13, "head": 14.5, "note": 12, "code": 12}


def drawing(name: str) -> ElementTree.Element:
    """The committed file, parsed."""
    return ElementTree.fromstring((HOME / f"{name}.svg").read_text("utf-8"))


def test_every_figure_is_drawn_and_no_other() -> None:
    assert {path.stem for path in HOME.glob("*.svg")} == set(FIGURES)


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_the_committed_file_is_what_the_generator_draws(name: str) -> None:
    assert (HOME / f"{name}.svg").read_text("utf-8") == FIGURES[name]().svg()


def test_the_generator_writes_the_files_and_draws_the_same_every_time(tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in HOME.glob("*.svg")}
    code = f"import runpy, pathlib; pathlib.Path.with_name = lambda self, name: pathlib.Path({str(tmp_path)!r}, name)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; runpy.run_module('hw.drawings', run_name='__main__')"], cwd=HOME.parents[1], check=False
    )
    assert done.returncode == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_a_drawing_is_small_names_itself_and_needs_nothing_from_elsewhere(name: str) -> None:
    text = (HOME / f"{name}.svg").read_text("utf-8")
    root = drawing(name)
    assert len(text) < 8192
    assert (root.tag, root[0].tag, bool(root[0].text)) == (f"{SVG}svg", f"{SVG}title", True)
    assert re.findall(r"(?:href|url\(|@import|@font-face|<script|<image|https?://(?!www\.w3\.org/2000/svg))", text) == []


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_every_colour_of_a_bright_page_has_its_counterpart_on_a_dark_one(name: str) -> None:
    style = next(element.text or "" for element in drawing(name).iter(f"{SVG}style"))
    bright, _, dark = style.partition("@media (prefers-color-scheme:dark)")
    used = {one for element in drawing(name).iter() for one in element.get("class", "text").split() if "svg" not in element.tag[-3:]}
    used -= {"inside", "head"}  # a pattern and a weight, no colours

    def coloured(css: str) -> set[str]:
        rules = re.findall(r"([.\w, -]+)\{([^}]*)\}", css)
        return {one.strip(" .") for names, body in rules if re.search("(fill|stroke):#", body) for one in names.split(",")}

    assert used - {"text"} <= coloured(bright) == coloured(dark)


def boxes(root: ElementTree.Element) -> list[tuple[str, float, float, float, float]]:
    """Every text, with the plane that it takes at most: left, top, right, bottom."""
    found = []
    for element in root.iter(f"{SVG}text"):
        words, high = element.text or "", HEIGHT[element.get("class", "")]
        x, y, wide = float(element.get("x", "")), float(element.get("y", "")), CHARACTER * high * len(words)
        left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[element.get("text-anchor", "")]
        found.append((words, left, y - 0.72 * high, left + wide, y + 0.2 * high))
    return found


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_no_words_run_into_others_or_off_the_sheet(name: str) -> None:
    root = drawing(name)
    texts = boxes(root)
    wide, high = float(root.get("width", "")), float(root.get("height", ""))
    assert [words for words, left, top, right, bottom in texts if left < 4 or top < 4 or right > wide - 4 or bottom > high - 4] == []
    clashes = [
        (one[0], other[0])
        for turn, one in enumerate(texts)
        for other in texts[turn + 1 :]
        if one[1] < other[3] and other[1] < one[3] and one[2] < other[4] and other[2] < one[4]
    ]
    assert clashes == []


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_no_wire_runs_through_words(name: str) -> None:
    root = drawing(name)
    wires: list[tuple[tuple[float, ...], tuple[float, ...]]] = []
    for element in root.iter(f"{SVG}polyline"):
        points = [tuple(map(float, point.split(","))) for point in element.get("points", "").split()]
        wires += pairwise(points)
    # The estimate of a text's width is generous: a wire must be well inside of it.
    struck = [
        words
        for words, left, top, right, bottom in boxes(root)
        for (x1, y1), (x2, y2) in wires
        if min(x1, x2) < right - 0.15 * (right - left) and max(x1, x2) > left + 0.15 * (right - left)
        if min(y1, y2) < bottom - 1 and max(y1, y2) > top + 1
    ]
    assert struck == []
