"""The search for identities: it finds what a person wrote, and nothing in what merely stands below each other."""

from identities import leaks

from agent.modems.transcripts import Header, Line, Mark, Transcript

HEADER = Header(recorded="2026-12-01 with simgate 0", modem="a modem", firmware="1")


def test_the_times_of_lines_are_nobody_s_number() -> None:
    lines = [Line(ms, Mark.RECEIVED, b"\r\n") for ms in (7009, 0, 1000)]
    assert leaks(Transcript(HEADER, tuple(lines)), ["+447700900001"]) == []
    assert leaks(Transcript(HEADER, (*lines, Line(1000, Mark.EVENT, b"07700-900 001"))), ["+447700900001"])
