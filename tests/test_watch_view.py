"""simgate watch: what key presses choose and wish, and which keys a terminal's octets are."""

from dataclasses import replace
from typing import Any

import pytest

from agent.watch.keys import decode
from agent.watch.view import Anew, Blink, Filter, Quit, View, Wish, passes, press

# Two rows of four. What is true of a slot is its LED: 2 has no modem, 5 no SIM, 7 is on its lease.
LEDS = ("on_sale", "no_modem", "on_sale", "on_sale", "empty", "on_sale", "fading", "on_sale")
SLOTS: list[dict[str, Any]] = [
    {"slot": f"s{turn}", "led": led, "on_sale": led in ("on_sale", "fading")} for turn, led in enumerate(LEDS, 1)
]


def after(view: View, *keys: str) -> View:
    for key in keys:
        view, _ = press(view, key, SLOTS, 4)
    return view


def wished(key: str, view: View) -> Wish | None:
    return press(view, key, SLOTS, 4)[1]


@pytest.mark.parametrize(
    ("start", "key", "end"),
    [
        ("s2", "right", "s3"),
        ("s2", "left", "s1"),
        ("s2", "down", "s6"),
        ("s6", "up", "s2"),
        ("s4", "right", "s5"),
        ("s5", "left", "s4"),
        ("s1", "left", "s1"),
        ("s8", "right", "s8"),
        ("s2", "up", "s2"),
        ("s6", "down", "s6"),
        ("s2", "l", "s3"),
        ("s2", "h", "s1"),
        ("s2", "j", "s6"),
        ("s6", "k", "s2"),
        ("gone", "right", "s2"),
    ],
)
def test_arrows_and_hjkl_choose_the_slot_beside(start: str, key: str, end: str) -> None:
    assert after(View(chosen=start), key).chosen == end


def test_below_a_row_that_is_shorter_the_nearest_is_chosen() -> None:
    view, _ = press(View(chosen="s4"), "down", SLOTS[:6], 4)
    assert view.chosen == "s6"


def test_the_filter_turns_from_all_to_those_not_on_sale_to_those_in_trouble_and_back() -> None:
    shown = []
    view = View()
    for _ in range(3):
        view = after(view, "f")
        shown.append([slot["slot"] for slot in SLOTS if passes(replace(view, chosen=None), slot)])
    assert shown == [["s2", "s5"], ["s2", "s7"], [f"s{turn}" for turn in range(1, 9)]]
    assert view.filter is Filter.ALL


def test_the_filter_moves_the_choice_to_what_is_left_and_arrows_pass_over_the_rest() -> None:
    view = after(View(chosen="s1"), "f")
    assert view.chosen == "s2"
    assert after(view, "right").chosen == "s5"
    assert after(view, "down").chosen == "s5"
    assert after(view, "right", "right").chosen == "s5"


@pytest.mark.parametrize("keys", [["f"], ["f", "f"]])
def test_a_slot_that_is_mended_does_not_vanish_while_it_is_the_chosen_one(keys: list[str]) -> None:
    view = after(View(chosen="s2"), *keys)
    mended = {**SLOTS[1], "led": "on_sale", "on_sale": True}
    assert passes(view, mended)
    assert not passes(replace(view, chosen="s7"), mended)


def test_a_filter_that_leaves_nothing_says_so() -> None:
    well = [slot for slot in SLOTS if slot["led"] == "on_sale"]
    view, _ = press(View(), "f", well, 4)
    assert "no slot" in view.said
    assert press(view, "right", well, 4)[0].said == ""


@pytest.mark.parametrize("led", ["endpoint_down", "key_rejected"])
def test_the_endpoint_s_trouble_is_not_the_slot_s(led: str) -> None:
    slot = {"slot": "x", "led": led, "on_sale": True}
    assert not passes(View(filter=Filter.TROUBLE), slot)


def test_a_sign_that_this_version_does_not_know_is_worth_a_look() -> None:
    assert passes(View(filter=Filter.TROUBLE), {"slot": "x", "led": "on_fire", "on_sale": True})


def test_n_goes_round_what_is_in_trouble() -> None:
    assert [after(View(), *["n"] * times).chosen for times in (1, 2, 3)] == ["s2", "s7", "s2"]
    well = [slot for slot in SLOTS if slot["led"] == "on_sale"]
    assert press(View(), "n", well, 4)[0] == View(said="no slot is in trouble")


def test_enter_opens_the_chosen_slot_and_enter_or_escape_closes_it() -> None:
    opened = after(View(), "enter")
    assert (opened.opened, opened.chosen) == (True, "s1")
    for key in ("enter", "escape", "backspace"):
        assert not after(opened, key).opened
    assert after(opened, "right") == View(chosen="s2", opened=True)


def test_b_blinks_the_chosen_slot_and_ends_it_where_it_blinks() -> None:
    assert wished("b", View(chosen="s3")) == Blink("s3", 30.0)
    blinking = [{**slot, "led": "identify"} for slot in SLOTS]
    assert press(View(chosen="s3"), "b", blinking, 4)[1] == Blink("s3", 0.0)


def test_any_key_leaves_the_help_and_does_nothing_else() -> None:
    helped = after(View(chosen="s3"), "?")
    assert helped.helped
    for key in ("?", "x", "b", "right"):
        assert press(helped, key, SLOTS, 4) == (View(chosen="s3"), None)


@pytest.mark.parametrize("view", [View(), View(helped=True), View(opened=True)])
@pytest.mark.parametrize("key", ["q", "interrupt"])
def test_q_and_ctrl_c_end_it_from_everywhere(key: str, view: View) -> None:
    assert isinstance(wished(key, view), Quit)
    assert isinstance(press(view, key, [], 1)[1], Quit)


def test_ctrl_l_draws_anew_and_unknown_keys_do_nothing() -> None:
    assert isinstance(wished("redraw", View()), Anew)
    assert press(View(), "x", SLOTS, 4) == (View(), None)
    for key in ("up", "enter", "b", "f", "n"):
        assert press(View(), key, [], 1) == (View(), None), "a rack that has not been seen yet"


# -- octets --

TYPED = {
    b"q?b": ["q", "?", "b"],
    b"\x1b[A\x1b[B\x1b[C\x1b[D": ["up", "down", "right", "left"],
    b"\x1bOA\x1bOB\x1bOC\x1bOD": ["up", "down", "right", "left"],
    b"\r\n\t\x7f\x08": ["enter", "enter", "tab", "backspace", "backspace"],
    b"\x03\x0c": ["interrupt", "redraw"],
    b"\x1b[1;5A": ["up"],
    b"\x1b[15~q": ["q"],
    b"\x1b[<35;1;1Mq": ["q"],
    b"\x1bq": ["escape", "q"],
    b"\x1b\x1b[A": ["escape", "up"],
    b"\xc3\xa4q": ["\xc3", "\xa4", "q"],
}


@pytest.mark.parametrize("octets", TYPED)
def test_octets_are_the_same_keys_however_they_are_cut(octets: bytes) -> None:
    for cut in range(len(octets) + 1):
        first, rest = decode(octets[:cut])
        more, left = decode(rest + octets[cut:])
        assert (first + more, left) == (TYPED[octets], b""), cut


def test_an_escape_is_the_key_only_once_nothing_follows() -> None:
    assert decode(b"\x1b") == ([], b"\x1b")
    assert decode(b"\x1b", last=True) == (["escape"], b"")
    assert decode(b"\x1b[", last=True) == (["escape", "["], b"")


def test_a_sequence_without_an_end_is_not_kept_for_ever() -> None:
    keys, left = decode(b"\x1b[" + b"1" * 200)
    assert left == b""
    assert keys[0] == "escape"
