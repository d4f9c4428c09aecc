"""simgate watch: what stands where on a screen of any size, out of a fixed document."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.ports import Colour
from agent.slots.patterns import Pattern
from agent.watch.example import NOW, rack, slot
from agent.watch.screen import Moment, printed, screen
from agent.watch.signs import GLYPHS, MARKS, STYLES, age, ago, mark, short_names, style
from agent.watch.view import Filter, View

HOSTILE = "\x1b[31;1m\x07\x9b2J\n\r\t\u202e"
FIRST = View()


def drawn(document: dict[str, Any], view: View = FIRST, width: int = 80, height: int = 24, **more: Any) -> list[str]:
    lines = [line.plain for line in screen(Moment(document, NOW, **more), view, width, height)]
    assert len(lines) == height
    assert {len(line) for line in lines} == {width}
    return lines


def whole(*words: Any, **more: Any) -> str:
    return "\n".join(drawn(*words, **more))


# -- the rack --


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 50)])
def test_32_slots_stand_in_four_rows_of_eight_each_with_its_number_or_its_matter(width: int, height: int) -> None:
    lines = drawn(rack(), View(), width, height)
    wide = width // 8
    named = [line for line in lines if sum(f"{turn:02} " in line for turn in range(1, 33)) == 8]
    assert len(named) == 4
    for row, line in enumerate(named):
        for column in range(8):
            turn = 8 * row + column + 1
            cell = [one[column * wide : (column + 1) * wide] for one in lines[lines.index(line) : lines.index(line) + 3]]
            known = slot(turn)
            assert cell[0][1] == mark(known).glyph, turn
            assert f"{turn:02} " in cell[0]
            if known["on_sale"]:
                assert known["number"][-8:] in cell[1] + cell[2], turn
                assert "on sale" in cell[1] or "23415" in cell[2], turn
            else:
                assert mark(known).word in cell[1], turn


def test_on_200_columns_a_cell_says_all_of_it() -> None:
    lines = drawn(rack(), View(), 200, 50)
    cell = "\n".join(line[50:75] for line in lines[2:12])
    for words in ("rack1-03", "5m", "no modem", "modem gone 5m", "nothing heard of the", "nothing is plugged", "1-1.3"):
        assert words in cell, cell
    cell = "\n".join(line[0:25] for line in lines[2:12])
    for words in ("rack1-01", "1h", "on sale", "+447700900397", "23415", "generic", "SIM read 1h"):
        assert words in cell, cell


def test_the_rack_is_folded_as_it_stands() -> None:
    lines = drawn(rack(6, columns=3))
    assert [[name for name in ("01", "02", "03", "04", "05", "06") if f"rack1-{name}" in line] for line in lines if "rack1-0" in line][
        :2
    ] == [
        ["01", "02", "03"],
        ["04", "05", "06"],
    ]


@pytest.mark.parametrize("chosen", [1, 40, 64])
def test_of_a_rack_that_is_too_high_the_rows_around_the_chosen_slot_are_seen(chosen: int) -> None:
    lines = drawn(rack(64, columns=2), View(chosen=f"rack1-{chosen:02}"))
    assert any(f"rack1-{chosen:02}" in line for line in lines[2:])
    assert " of 32" in lines[1]
    assert "rows" in lines[1]


def test_of_a_rack_that_is_too_wide_the_columns_around_the_chosen_slot_are_seen() -> None:
    lines = drawn(rack(40, columns=40), View(chosen="rack1-40"), 30, 24)
    assert "columns 26 to 40 of 40" in lines[1]


def test_the_filter_leaves_a_dot_in_each_place() -> None:
    lines = drawn(rack(), View(chosen="rack1-03", filter=Filter.TROUBLE))
    assert "filter: only trouble" in lines[1]
    assert lines[2].split() == ["·", "01", "·", "02", ">▲", "03", "5m", "·", "04", "·", "05", "·", "06", "·", "07", "·", "08"]


# -- the head --


def test_the_head_tells_gateway_sale_endpoint_queue_next_list_and_clock() -> None:
    assert drawn(rack())[0].rstrip() == "rack1  25 of 32 on sale  ▲ 4  endpoint ok  queue 0  next list in 212 s  clock ok"


def test_an_endpoint_in_trouble_says_why_and_when_it_is_tried_again() -> None:
    trouble = {"state": "retrying", "last_ok": NOW - 400, "last_error": "the endpoint cannot be reached", "next_try": NOW + 12}
    lines = drawn({**rack(), "endpoint": trouble, "queue": {"pending": 3, "oldest": NOW - 250}})
    assert "endpoint retrying  queue 3 (4m)  next try in 12 s" in lines[0]
    assert lines[1].rstrip() == "endpoint: the endpoint cannot be reached"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"warning": "modems gone or silent: 3 have left the list"}, "modems gone or silent: 3 have left the list"),
        ({"unclaimed": [{"usb": "1-1.4", "usb_id": "1234:5678"}]}, "modems where no slot is: 1-1.4 (1234:5678)"),
        ({"led": "starting"}, "the first list since the start waits until every slot has spoken"),
        ({"led": "stuck"}, "a part of simgate hangs"),
        ({"clock_ok": False}, "the clock is not known to be right"),
        ({"queue": {"pending": None, "oldest": None}}, "queue ?"),
        ({"endpoint": {"state": "idle", "last_ok": None, "last_error": None, "next_try": None}}, "no list yet"),
        ({"endpoint": {"state": "ok", "last_ok": NOW, "last_error": None, "next_try": None}}, "sending"),
    ],
)
def test_what_is_wrong_with_the_whole_rack_stands_on_top(change: dict[str, Any], words: str) -> None:
    assert words in "\n".join(drawn({**rack(), **change})[:2])


def test_an_agent_that_does_not_answer_is_told_above_what_it_said_last() -> None:
    lines = drawn(rack(), away="no agent answers on /run/simgate/control.sock; start it: simgate run")
    assert "THE AGENT DOES NOT ANSWER" in lines[1]
    assert any("rack1-01" in line for line in lines)


# -- the chosen slot, the help --

LONG = "nothing heard of the SIM for 85 s: " + " ".join(f"word{turn}" for turn in range(30))


def test_the_whole_why_of_the_chosen_slot_stands_below_whatever_else_has_to_give_way() -> None:
    document = rack()
    document["slots"][2] = {**document["slots"][2], "why": LONG}
    below = drawn(document, View(chosen="rack1-03"))[-6:-1]
    assert below[0].startswith("rack1-03  ▲ no modem")
    assert " ".join(" ".join(below[1:]).split()).startswith(LONG)


def test_a_slot_of_its_own_has_everything_that_is_known() -> None:
    recovery = {"rung": "sim_reset", "attempts": 2, "when": NOW - 70, "why": "the SIM cannot be read", "next": NOW + 45}
    document = rack()
    document["slots"][0] = {**document["slots"][0], "recovery": recovery}
    text = whole(document, View(chosen="rack1-01", opened=True))
    for words in ("rack1-01", "+447700900397 (from cnum)", "23415", "8944150000000000001", "home", "generic", "/dev/ttyUSB2"):
        assert words in text
    assert "SIM restarted 1 min ago, try 2, again in 45 s: the SIM cannot be read" in " ".join(text.split())
    assert "rack1-02" not in text


def test_the_last_word_to_the_person_stands_at_the_foot_whole() -> None:
    said = "slot rack1-18 has no LED that works; give it `led` in the configuration; the log says of an LED that fails"
    foot = drawn(rack(), View(said=said))[-2:]
    assert " ".join(" ".join(foot).split()) == said


def test_the_help_fits_on_the_smallest_screen_and_has_every_glyph() -> None:
    lines = drawn(rack(), View(helped=True))
    assert all(glyph in "".join(lines) for glyph in GLYPHS)
    assert "simgate slots" in "".join(lines), "its last words"
    assert "…" not in "".join(line for line in lines if not line.startswith("…"))


def test_what_happens_around_a_demo_stands_below() -> None:
    lines = drawn(rack(8, columns=4), tail=["> the SIM in rack1-03 is pulled", "the endpoint hears:"])
    assert [line.rstrip() for line in lines[-3:-1]] == ["> the SIM in rack1-03 is pulled", "the endpoint hears:"]


# -- any size, any words --


@settings(max_examples=40)
@given(
    st.integers(1, 230),
    st.integers(1, 70),
    st.integers(1, 40),
    st.integers(1, 40),
    st.builds(View, st.sampled_from(["rack1-03", "gone"]), st.sampled_from(Filter), st.booleans(), st.booleans(), st.text(max_size=200)),
)
def test_a_screen_of_any_size_is_filled_exactly(width: int, height: int, slots: int, columns: int, view: View) -> None:
    document = {**rack(slots, columns), "warning": "a warning " * 30}
    lines = screen(Moment(document, NOW, away="away", tail=["tail"] * 8), view, width, height)
    assert len(lines) == height
    assert {line.cell_len for line in lines} == {width}


@settings(max_examples=40)
@given(st.integers(10, 200), st.integers(4, 60), st.text(max_size=60))
def test_words_of_any_letters_keep_their_line(width: int, height: int, words: str) -> None:
    document = {**rack(10), "warning": words or None, "gateway": words}
    document["slots"] = [{**one, "why": words, "slot": f"{turn}{words}", "modem": words} for turn, one in enumerate(document["slots"])]
    for view in (View(said=words), View(opened=True)):
        lines = screen(Moment(document, NOW), view, width, height)
        assert {line.cell_len for line in lines} == {width}
        assert all(letter.isprintable() for line in lines for letter in line.plain)


def test_what_a_modem_says_commands_no_terminal() -> None:
    document = rack()
    document["slots"] = [{**one, **dict.fromkeys(("why", "modem", "tty", "operator"), HOSTILE)} for one in document["slots"]]
    for view in (View(), View(opened=True), View(said=HOSTILE)):
        text = whole(document, view, 200, 50, away=HOSTILE, tail=[HOSTILE])
        assert not set(HOSTILE[:2] + "\x07\x9b\r\t\u202e") - set("[") & set(text)


def test_a_picture_for_paper_has_every_slot_and_every_reason_whole() -> None:
    lines = [line.plain for line in printed(Moment(rack(), NOW), 80)]
    assert all(len(line) == 80 for line in lines)
    text = " ".join(" ".join(lines).split())
    for turn in range(1, 33):
        if (why := slot(turn)["why"]) is not None:
            assert f"rack1-{turn:02} {mark(slot(turn)).word}: {why}" in text
    assert ">" not in text, "nobody chooses there"


# -- the signs --


def test_every_sign_of_the_leds_has_a_glyph_of_its_colour_and_a_word_that_fits() -> None:
    assert list(MARKS) == list(Pattern)
    for shown, sign in MARKS.items():
        assert GLYPHS[sign.glyph][0] is shown.value.colour, shown
        assert 1 <= len(sign.word) <= 9
    assert len({sign.word for sign in MARKS.values()}) == len(Pattern), "readable without colours"


def test_the_colours_are_blue_and_yellow_and_never_red_or_green() -> None:
    assert ("blue" in STYLES[Colour.BLUE], "yellow" in STYLES[Colour.YELLOW]) == (True, True)
    assert not any(word in how for how in STYLES.values() for word in ("red", "green"))
    assert style({"led": "on_sale"}) == STYLES[Colour.BLUE]
    assert style({"led": "of_tomorrow"}) == STYLES[Colour.YELLOW]


@pytest.mark.parametrize(
    ("seconds", "short", "long"),
    [
        (0, "now", "just now"),
        (-5, "now", "just now"),
        (9.9, "now", "just now"),
        (10, "10s", "10 s ago"),
        (59, "50s", "50 s ago"),
        (60, "1m", "1 min ago"),
        (3599, "59m", "59 min ago"),
        (3600, "1h", "1 h ago"),
        (86399, "23h", "23 h ago"),
        (86400, "1d", "1 d ago"),
        (99 * 86400, "99d", "99 d ago"),
        (100 * 86400, "14w", "14 w ago"),
        (10_000 * 86400, "99w", "99 w ago"),
    ],
)
def test_ages_are_three_letters_and_coarse(seconds: float, short: str, long: str) -> None:
    assert (age(1000.0, 1000.0 + seconds), ago(1000.0, 1000.0 + seconds)) == (short, long)


def test_of_what_nobody_knows_there_is_no_age() -> None:
    assert (age(None, 5.0), ago(None, 5.0)) == ("", "")


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["rack1-01", "rack1-02"], ["01", "02"]),
        (["rack1-09", "rack1-10"], ["09", "10"]),
        (["a1", "a2"], ["a1", "a2"]),
        (["left.1", "right.1"], ["left.1", "right.1"]),
        (["r-", "r-1"], ["r-", "1"]),
        (["alone-1"], ["alone-1"]),
        ([], []),
    ],
)
def test_names_are_shortened_to_what_tells_them_apart(names: list[str], short: list[str]) -> None:
    assert short_names(names) == short
