"""Lines out of octets: TS 27.005 3.5.1 (prompt), V.250 S3/S4 (separators)."""

import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.at.lines import MAX_LINE, PROMPT, Line, Splitter


def texts(octets: bytes) -> list[str]:
    return [line.text for line in Splitter().feed(octets)]


@pytest.mark.parametrize("separator", [b"\r\n", b"\n", b"\r", b"\r\r\n", b"\r\n\r\n", b"\n\r"])
def test_any_run_of_cr_and_lf_is_one_separator(separator: bytes) -> None:
    assert texts(b"+CPIN: READY" + separator + b"OK" + separator) == ["+CPIN: READY", "OK"]


def test_a_line_without_its_end_is_kept_back() -> None:
    assert texts(b"\r\nOK\r\n+CRE") == ["OK"]


def test_nul_is_dropped_wherever_it_stands() -> None:
    assert texts(b"\0\0\r\nO\0K\r\0\n") == ["OK"]


def test_lines_are_trimmed_and_blank_ones_dropped() -> None:
    assert texts(b"\r\n  \t XOKX  \r\n \t \r\n") == ["XOKX"]


def test_octets_above_127_do_no_harm() -> None:
    assert texts(b"\xff\xfeOK\x80\r\n") == ["\xff\xfeOK\x80"]


def test_the_prompt_needs_no_line_end() -> None:
    assert texts(b"\r\n> ") == [PROMPT]


def test_the_prompt_is_seen_in_two_pieces() -> None:
    splitter = Splitter()
    assert splitter.feed(b"\r\n>") == []
    assert splitter.feed(b" ") == [Line(PROMPT)]
    assert splitter.feed(b"\r\nOK\r\n") == [Line("OK")]


def test_several_prompts_are_several() -> None:
    assert texts(b"> > \r\n> OK\r\n") == [PROMPT, PROMPT, PROMPT, "OK"]


def test_a_prompt_inside_a_line_is_text() -> None:
    assert texts(b"a > b\r\n>b\r\n") == ["a > b", ">b"]


def test_an_overlong_line_is_dropped_to_its_end_and_counted() -> None:
    splitter = Splitter(limit=8)
    assert splitter.feed(b"12345678\r\n123456789\r\nOK\r\n") == [Line("12345678"), Line("OK")]
    assert splitter.overlong == 1


def test_a_line_may_have_4096_characters() -> None:
    splitter = Splitter()
    assert [len(line.text) for line in splitter.feed(b"x" * 4096 + b"\r\n" + b"x" * 4097 + b"\r\n")] == [4096]
    assert splitter.overlong == 1


def test_a_line_that_never_ends_takes_no_more_memory_than_the_limit() -> None:
    splitter = Splitter()
    for _ in range(256):
        splitter.feed(b"x" * 1021)
    assert len(pickle.dumps(splitter)) < MAX_LINE + 500
    assert splitter.overlong == 1


def test_a_line_begun_before_the_mark_is_early_and_the_next_is_not() -> None:
    splitter = Splitter()
    splitter.feed(b"\r\nX")
    splitter.mark()
    assert splitter.feed(b"X: READY\r\nOK\r\n") == [Line("XX: READY", early=True), Line("OK")]


def test_what_is_no_line_yet_makes_no_line_early() -> None:
    splitter = Splitter()
    splitter.feed(b"\r\n \0")
    splitter.mark()
    assert splitter.feed(b"OK\r\n") == [Line("OK")]


def test_the_end_of_an_overlong_line_makes_no_line_early() -> None:
    splitter = Splitter(limit=4)
    splitter.feed(b"123456")
    splitter.mark()
    assert splitter.feed(b"789\r\nOK\r\n") == [Line("OK")]


def test_a_prompt_begun_before_the_mark_makes_no_line_early() -> None:
    splitter = Splitter()
    splitter.feed(b">")
    splitter.mark()
    assert splitter.feed(b" OK\r\n") == [Line(PROMPT), Line("OK")]


alphabet = st.lists(st.sampled_from([b"\r", b"\n", b"\0", b" ", b">", b"> ", b"A", b"OK", b"\xff", b"123456789"])).map(b"".join)


@given(alphabet | st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_cutting_changes_nothing(octets: bytes, cuts: list[int]) -> None:
    whole, cut = Splitter(limit=8), Splitter(limit=8)
    edges = [0, *sorted(cuts), len(octets)]
    pieces = [line for start, end in pairwise(edges) for line in cut.feed(octets[start:end])]
    assert pieces == whole.feed(octets)
    assert cut.overlong == whole.overlong
