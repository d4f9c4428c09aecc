"""hw/README.md says nothing that is not true: boards, pins, drawings, snippets, sums, sources, links."""

import ast
import operator
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest
from gpiozero.pins.pi import PiBoardInfo

from agent.cli.boards import board_of, shipped
from agent.settings.board import read_board
from agent.settings.file import check
from hw.drawings.figures import FIGURES

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "hw/README.md").read_text("utf-8")
SNIPPETS = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
BASE: Final = '[gateway]\nid = "rack1"\n[endpoint]\nurl = "https://partner.example"\n'
HEADER = PiBoardInfo.from_revision(0xC03111).headers["J8"]  # of a Pi 4B
SIGNS: Final[Mapping[type, Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
PREFIXES: Final = {"": 1.0, "m": 1e-3, "µ": 1e-6}


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, or under a line that begins like this."""
    table = GUIDE.partition(f"\n{heading}")[2].partition("\n| --- |")[2].partition("\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table.splitlines()]


def position(pin: str) -> str:
    """GPIO17 -> `GPIO17, pin 11`."""
    (number,) = [number for number, info in HEADER.pins.items() if info.name == pin]
    return f"{pin}, pin {number}"


def test_what_the_other_tests_go_through_is_there() -> None:
    assert (len(SNIPPETS), len(rows("## What is reckoned")) > 25, len(rows("### What modems draw")) > 4) == (4, True, True)


def test_every_board_stands_in_the_guide_and_no_other() -> None:
    assert [row[0].strip("`") for row in rows("## Boards")] == ["usb-stick", "usb-hub-8", "mini-pcie-16"]
    assert {row[0].strip("`") for row in rows("## Boards")} == set(shipped())
    assert set(re.findall(r"--board ([a-z][\w-]+)", GUIDE)) <= set(shipped())


def test_the_table_of_the_hub_is_its_board_file_s_and_the_header_s() -> None:
    slots = tomllib.loads(shipped()["usb-hub-8"].read_text("utf-8"))["slot"]
    told = [[slot["name"], f"`{slot['usb']}`", position(slot["presence"]), position(slot["led"])] for slot in slots]
    assert rows("**The hub with 8 ports.**") == told


def test_a_pin_that_a_comment_of_a_board_file_names_is_that_pin() -> None:
    for path in shipped().values():
        for name, number in re.findall(r'"(GPIO\d+)" +# pin (\d+)', path.read_text("utf-8")):
            assert position(name) == f"{name}, pin {number}"
        for line, bank, number in re.findall(r'"1-00\d\d:(\d+)" +# ([AB])(\d)', path.read_text("utf-8")):
            assert int(line) == 8 * "AB".index(bank) + int(number)


def test_what_is_told_of_the_carrier_is_so() -> None:
    slots = board_of("mini-pcie-16", None).slots
    inputs, lights = [*range(7), 8], [*range(9, 16), 7]
    for turn, slot in enumerate(slots):
        chip = 0x20 + turn // 8
        assert (slot.presence, slot.led) == (f"1-00{chip:x}:{inputs[turn % 8]}", f"1-00{chip:x}:{lights[turn % 8]}")
        assert (slot.power, slot.power_active) == (f"1-0022:{turn}", "low")


def test_every_pin_of_a_drawing_is_where_the_header_has_it() -> None:
    rails = {"3.3 V": "3V3", "5 V": "5V", "GND": "GND"}
    seen = 0
    for draw in FIGURES.values():
        for name, number in re.findall(r">(3\.3 V|5 V|GND|GPIO\d+)(?: SDA| SCL)? · pin (\d+)<", draw().svg()):
            assert HEADER.pins[int(number)].name == rails.get(name, name), name
            seen += 1
    assert seen > 15


def test_every_drawing_stands_in_the_guide_with_words_for_those_who_do_not_see_it() -> None:
    shown = re.findall(r"!\[([^\]]+)\]\(drawings/([\w-]+)\.svg\)", GUIDE)
    assert sorted(name for _, name in shown) == sorted(FIGURES)
    assert all(len(words) > 20 for words, _ in shown)


def test_every_link_leads_somewhere() -> None:
    anchors = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^#+ (.*)$", GUIDE, re.MULTILINE)}
    links = re.findall(r"\]\(([^)]+)\)", GUIDE)
    assert links
    for link in links:
        assert link.removeprefix("#") in anchors if link.startswith("#") else (ROOT / "hw" / link).exists(), link
    assert "hw/README.md" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_every_snippet_is_accepted_by_what_would_read_it(tmp_path: Path, snippet: str) -> None:
    kind, _, _ = snippet.partition("\n")
    file = tmp_path / "simgate.toml"
    if kind == "# a board file":
        file.write_text(snippet)
        assert len(read_board(file).slots) == 2
    else:
        assert kind == "# a configuration"
        file.write_text(BASE + snippet)
        assert check(file) == []


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_the_keys_beside_a_drawing_are_accepted(tmp_path: Path, name: str) -> None:
    keys = re.findall(r'class="code"[^>]*>(\w+ = [^<]+)<', FIGURES[name]().svg())
    assert keys
    file = tmp_path / "simgate.toml"
    file.write_text(BASE + '[[slot]]\nname = "a"\nusb = "1-1"\n' + "\n".join(keys).replace("&quot;", '"'))
    assert check(file) == []


def test_the_overlay_lines_of_the_guide_and_the_addresses_are_right() -> None:
    assert re.findall(r"^dtoverlay=.*$", GUIDE, re.MULTILINE) == [board_of("mini-pcie-16", None).config_txt[0]]
    found = rows("| A2 | A1")
    assert len(found) == 8
    for turn, (*straps, address, begins) in enumerate(found):
        assert straps == ["3.3 V" if turn >> bit & 1 else "GND" for bit in (2, 1, 0)]
        assert (address, begins) == (f"0x{0x20 + turn:x}", f"`1-00{0x20 + turn:x}:`")


def reckoned(node: ast.expr) -> float:
    """Numbers and the signs between them."""
    if isinstance(node, ast.BinOp):
        return SIGNS[type(node.op)](reckoned(node.left), reckoned(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -reckoned(node.operand)
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, int | float)
    return float(node.value)


def quantity(words: str) -> tuple[float, str]:
    """`3.9 mA` -> 0.0039, A."""
    found = re.fullmatch(r"([\d.]+) ([mµ]?)([VAWs])", words)
    assert found, words
    return float(found[1]) * PREFIXES[found[2]], found[3]


@pytest.mark.parametrize("row", rows("## What is reckoned"), ids=lambda row: row[0])
def test_every_sum_comes_out_as_told_and_keeps_its_bound(row: list[str]) -> None:
    _, formula, result, *bound = row
    told, unit = quantity(result)
    found = reckoned(ast.parse(formula.strip("`"), mode="eval").body)
    assert found == pytest.approx(told, rel=0.02)
    if bound and bound[0]:
        sense, _, limit = bound[0].partition(" ")
        most, same = quantity(limit)
        assert same == unit
        assert found < most if sense == "below" else found > most


def test_every_source_is_cited_and_every_citation_has_its_source() -> None:
    text, _, sources = GUIDE.partition("\n## Sources\n")
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", sources, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    cited = {number for several in re.findall(r"\[(\d+a?(?:, \d+a?)*)\](?!\()", text) for number in re.findall(r"\d+", several)}
    assert cited == {str(number) for number in numbers}
    assert ("8a" in text, "; 8a: " in sources) == (True, True)
