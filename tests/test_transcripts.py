"""Transcripts: every octet survives the file, and a wrong line is refused by its number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import TranscriptError
from agent.modems.transcripts import Header, Line, Mark, Transcript, escape, parse_transcript, unescape

HEAD = "simgate transcript 1\nsynthetic: written from TS 27.007\nmodem: generic\n"

printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1)
words = printable.map(str.strip).filter(bool)
expectations = st.dictionaries(st.sampled_from(["sim_state", "number"]), words.filter(lambda word: " " not in word), min_size=1)
headers = st.builds(
    Header,
    recorded=st.just("2025-11-23 with simgate 0.1.0"),
    modem=words,
    firmware=words,
    expect=st.lists(expectations, max_size=3).map(tuple),
    remark=st.lists(words, max_size=3).map(tuple),
)
conversations = st.lists(st.tuples(st.integers(0, 999_999), st.sampled_from(Mark), st.binary(min_size=1)), max_size=20).map(
    lambda found: tuple(Line(*each) for each in sorted(found, key=lambda each: each[0]))
)


@given(st.binary())
def test_every_octet_survives_in_printable_ascii_without_blanks_at_the_ends(octets: bytes) -> None:
    text = escape(octets)
    assert unescape(text) == octets
    assert all(" " <= letter <= "~" for letter in text)
    assert text == text.strip()


def test_what_people_read_stays_readable() -> None:
    assert escape(b"\r\n+CPIN: READY\r\n") == r"\r\n+CPIN: READY\r\n"
    assert escape(b"\r\n> ") == r"\r\n>\x20"
    assert escape(b"\x00\xff\x7e\\\t") == r"\x00\xFF~\\\x09"


@given(headers, conversations)
def test_a_transcript_survives_its_file(header: Header, lines: tuple[Line, ...]) -> None:
    transcript = Transcript(header, lines)
    assert parse_transcript("a.at", str(transcript)) == transcript
    assert parse_transcript("a.at", str(transcript).replace("\n", "\r\n")) == transcript


def test_a_transcript_written_by_hand_may_have_comments_and_blank_lines() -> None:
    found = parse_transcript("a.at", HEAD + "expect: sim_state=ready number=null\n\n# 8.3\n0.000 > AT\\r\n\n    1.020 < OK\\r\n")
    assert found.header.expect == ({"sim_state": "ready", "number": "null"},)
    assert found.lines == (Line(0, Mark.SENT, b"AT\r"), Line(1020, Mark.RECEIVED, b"OK\r"))


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "no transcript"),
        ("+++\n", 1, "no transcript"),
        ("simgate transcript 2\n", 1, "no transcript"),
        ("simgate transcript 1\nmodem: x\n", 1, "either recorded or synthetic"),
        (HEAD + "recorded: today\n", 1, "either recorded or synthetic"),
        ("simgate transcript 1\nsynthetic: x\n", 1, "modem is missing"),
        ("simgate transcript 1\nrecorded: x\nmodem: y\n", 1, "firmware is missing"),
        (HEAD + "modem: other\n", 4, "modem is said twice"),
        (HEAD + "Modem: other\n", 4, "no line of a header"),
        (HEAD + "author: me\n", 4, "no line of a header"),
        (HEAD + "firmware:\n", 4, "no line of a header"),
        (HEAD + "firmware: 1.0\r\r\n", 4, "no line of a header"),
        (HEAD + "firmware: \x00\n", 4, "no line of a header"),
        (HEAD + "expect: ready\n", 4, "key=value"),
        (HEAD + "expect: number=1 number=2\n", 4, "key=value"),
        (HEAD + "\n0.000 > AT\n0.00 < OK\n", 6, "no line of a conversation"),
        (HEAD + "\n0.000 ? AT\n", 5, "no line of a conversation"),
        (HEAD + "\n0.000 >\n", 5, "no line of a conversation"),
        (HEAD + "\n2.000 > AT\n1.999 < OK\n", 6, "backwards"),
        (HEAD + "\n0.000 < \\r\\nOK\\t\n", 5, "no escape"),
        (HEAD + "\n0.000 < \\xff\n", 5, "no escape"),
        (HEAD + "\n0.000 < OK\\\n", 5, "no escape"),
        (HEAD + "\n0.000 < M\u00fcller\n", 5, "cannot stand here"),
    ],
)
def test_a_wrong_line_is_refused_with_file_and_line(text: str, line: int, what: str) -> None:
    with pytest.raises(TranscriptError, match=what) as refused:
        parse_transcript("notes/a.at", text)
    assert str(refused.value).startswith(f"notes/a.at:{line}: ")
