"""simgate watch: over a slow line only what changes is sent, and what a terminal cannot show is written otherwise."""

import copy
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from agent.watch.canvas import Grid, Pen, change, grid, written
from agent.watch.example import NOW, rack
from agent.watch.screen import Moment, screen
from agent.watch.view import View

SECONDS = 20
# Octets a second: a modem line of 1994 has 1200, and nobody shall wait behind a picture that stands still.
IDLE, BUSY = 40, 400


def pen(*, colours: bool = True, unicode: bool = True) -> Pen:
    return Pen(colours, unicode)


def page(*lines: str, width: int = 20) -> Grid:
    return grid([Text(line) for line in lines], width, pen())


class Screen:
    """A terminal as ECMA-48 has it, so far as the picture uses one."""

    def __init__(self, width: int, height: int) -> None:
        self.letters = [["?"] * width for _ in range(height)]
        self.row = self.column = 0

    def take(self, said: str) -> None:
        while said:
            if said.startswith("\x1b["):
                code, said = said[2:], ""
                end = next(at for at, letter in enumerate(code) if letter.isalpha())
                numbers, final, said = code[:end], code[end], code[end + 1 :]
                if final == "H":
                    self.row, self.column = (int(number) - 1 for number in numbers.split(";"))
                elif final == "J":
                    assert numbers == "2"
                    self.letters = [[" "] * len(row) for row in self.letters]
                else:
                    assert final == "m"
            else:
                self.letters[self.row][self.column] = said[0]
                self.column, said = self.column + 1, said[1:]

    @property
    def lines(self) -> list[str]:
        return ["".join(row) for row in self.letters]


texts = st.lists(st.text(st.sampled_from("ab ●"), max_size=24), min_size=4, max_size=4)


@given(texts, texts)
def test_what_is_sent_turns_one_picture_into_the_other(before: list[str], after: list[str]) -> None:
    terminal = Screen(20, 4)
    terminal.take(change(None, page(*before), pen()))
    assert terminal.lines == [line[:20].ljust(20) for line in before]
    terminal.take(change(page(*before), page(*after), pen()))
    assert terminal.lines == [line[:20].ljust(20) for line in after]


def test_of_a_picture_that_has_not_changed_nothing_is_sent() -> None:
    assert change(page("one", "two"), page("one", "two"), pen()) == ""


def test_one_letter_costs_no_more_than_its_place_and_its_style() -> None:
    assert change(page("next in 12 s"), page("next in 13 s"), pen()) == "\x1b[1;10H3"


def test_a_style_that_changes_is_sent_though_the_letters_are_the_same() -> None:
    plain, bold = page("a"), grid([Text.assemble(("a", "bold"))], 20, pen())
    assert change(plain, bold, pen()) == "\x1b[1;1H\x1b[1ma\x1b[0m"


def test_a_wide_letter_has_two_columns_and_is_never_cut() -> None:
    assert len(page("中文字", width=8)[0]) == 8
    assert change(page("中a"), page("文a"), pen()) == "\x1b[1;1H文"
    assert change(page("ab"), page("中"), pen()) == "\x1b[1;1H中"


def test_an_accent_of_its_own_takes_no_column() -> None:
    assert [letter for letter, _ in page("e\u0301a", width=3)[0]] == ["e\u0301", "a", " "]


# -- how much that is --


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
def test_a_rack_of_32_in_which_nothing_happens_costs_next_to_nothing(size: tuple[int, int]) -> None:
    pictures = [grid(screen(Moment(rack(), NOW + second), View(), *size), size[0], pen()) for second in range(SECONDS + 1)]
    steps = [len(change(before, after, pen()).encode()) for before, after in itertools.pairwise(pictures)]
    assert all(steps), "the countdown to the next list shows that it lives"
    assert sum(steps) / SECONDS < IDLE


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
def test_a_slot_that_goes_off_sale_costs_its_cell_and_not_the_screen(size: tuple[int, int]) -> None:
    document = copy.deepcopy(rack())
    document["slots"][8] |= {"led": "no_modem", "state": "offline", "on_sale": False, "why": "the modem is gone", "state_since": NOW}
    before, after = (grid(screen(Moment(one, NOW), View(), *size), size[0], pen()) for one in (rack(), document))
    assert 0 < len(change(before, after, pen()).encode()) < BUSY


# -- what a terminal can show --


def test_no_colour_is_left_without_colours_but_bold_and_reverse_are() -> None:
    plain = pen(colours=False)
    said = change(None, grid(screen(Moment(rack(), NOW), View(), 80, 24), 80, plain), plain)
    codes = {number for code in said.split("\x1b[") if "m" in code for number in code.partition("m")[0].split(";")}
    assert codes <= {"0", "1", "2", "7"}
    assert "▲" in said


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "linux"}, True),
        ({"TERM": "vte-256color"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "vt100"}, False),
        ({"TERM": "vt220-8bit"}, False),
        ({"TERM": ""}, False),
        ({}, False),
    ],
)
def test_the_environment_says_whether_there_are_colours(environ: dict[str, str], colours: bool) -> None:
    assert Pen.of(environ, "utf-8").colours is colours
    assert Pen.of(environ, "utf-8", plain=True).colours is False


@pytest.mark.parametrize(("encoding", "unicode"), [("utf-8", True), ("UTF8", True), ("ANSI_X3.4-1968", False), ("iso8859-1", False)])
def test_the_encoding_says_whether_there_are_more_letters_than_ascii(encoding: str, unicode: bool) -> None:
    assert Pen.of({}, encoding).unicode is unicode


def test_parts_of_one_line_keep_their_styles() -> None:
    (row,) = grid([Text.assemble("a", ("b", "bold"), "c", ("d", "reverse"), "e")], 6, pen())
    assert written(row, pen()) == "a\x1b[1mb\x1b[0mc\x1b[7md\x1b[0me "


def test_a_terminal_without_those_letters_gets_plain_ones_of_the_same_width() -> None:
    (row,) = grid([Text("●◆▲○■… ─│ é 中 ←")], 30, pen(unicode=False))
    said = "".join(letter for letter, _ in row)
    assert said == "*%!o#~ -| ? ? <".ljust(30)


def test_a_row_for_paper_is_plain_where_there_are_no_colours() -> None:
    plain = pen(colours=False)
    (row,) = grid([Text.assemble(("a", "bold yellow"))], 3, plain)
    assert written(row, plain) == "a  "
    (row,) = grid([Text.assemble(("a", "yellow"))], 1, pen())
    assert written(row, pen()) == "\x1b[33ma\x1b[0m"
