"""The tape: whole lines, in their order, whatever pieces they come in."""

from hypothesis import given
from hypothesis import strategies as st

from agent.modems.scrub import Scrubber
from agent.modems.tape import Tape
from agent.modems.transcripts import Line, Mark

SAID = b"AT+CIMI\r\r\n234151234567890\r\n\r\nOK\r\n\r\n+CREG: 1\r\n"


def tape() -> Tape:
    return Tape(Scrubber(b"salt"))


def played(pieces: list[bytes]) -> bytes:
    """What stands on the tape of what came in these pieces."""
    one = tape()
    lines = [line for piece in pieces for line in one.received(0, piece)]
    return b"".join(line.octets for line in [*lines, *one.end(0)])


def test_a_line_is_given_out_when_it_is_whole_with_the_line_end_in_front_of_it() -> None:
    one = tape()
    assert one.received(1, b"AT\r") == [Line(1, Mark.RECEIVED, b"AT\r")]
    assert one.received(2, b"\r\n+CPIN: RE") == []
    assert one.received(3, b"ADY\r\n\r\nOK\r") == [
        Line(3, Mark.RECEIVED, b"\r\n+CPIN: READY\r\n"),
        Line(3, Mark.RECEIVED, b"\r\nOK\r"),
    ]
    assert one.received(4, b"\n") == []
    assert one.sent(5, b"AT\r") == [Line(5, Mark.RECEIVED, b"\n"), Line(5, Mark.SENT, b"AT\r")]


def test_digits_in_two_pieces_are_one_identity_at_every_cut() -> None:
    whole = played([SAID])
    assert b"234151234567890" not in whole
    assert len(whole) == len(SAID)
    for cut in range(len(SAID)):
        assert played([SAID[:cut], SAID[cut:]]) == whole
    assert played([bytes((octet,)) for octet in SAID]) == whole


def test_half_a_line_waits_while_the_agent_asks_something_else() -> None:
    one = tape()
    assert one.received(1, b"\r\n23415123") == []
    assert one.sent(2, b"AT+CMEE?\r") == [Line(2, Mark.SENT, b"AT+CMEE?\r")]
    (line,) = one.received(3, b"4567890\r\n")
    assert len(line.octets) == 19
    assert line.octets.startswith(b"\r\n234151")
    assert b"4567890" not in line.octets


def test_an_open_prompt_stands_where_it_came() -> None:
    one = tape()
    one.sent(1, b"AT\r")
    assert one.received(2, b"\r\n> ") == []
    assert one.sent(3, b"\x1b") == [Line(3, Mark.RECEIVED, b"\r\n> "), Line(3, Mark.SENT, b"\x1b")]


def test_what_a_person_does_stands_between_the_lines_without_numbers() -> None:
    one = tape()
    assert one.event(7, "  SIM pulled \r") == [Line(7, Mark.EVENT, b"SIM pulled")]
    assert one.event(8, " ") == []
    (line,) = one.event(9, "put in +447700900123")
    assert line.octets.startswith(b"put in +447700")
    assert b"900123" not in line.octets


def test_an_end_that_is_half_a_line_is_blanked() -> None:
    one = tape()
    one.received(1, b"\r\n+CIMI: 2341")
    assert one.end(2) == [Line(2, Mark.RECEIVED, b"\r\n+xxxx: 0000")]
    assert one.end(3) == []


def test_a_line_without_end_costs_no_memory_and_shows_nothing() -> None:
    one = tape()
    lines = [line for _ in range(3000) for line in one.received(0, b"4711")]
    lines += one.received(1, b"234151234567890\r\n\r\nOK\r\n")
    assert set(b"".join(line.octets for line in lines[:-1])) <= set(b"0\r\n")
    assert lines[-1].octets == b"\r\nOK\r\n"


@given(st.lists(st.binary()))
def test_no_octet_is_lost_or_added(pieces: list[bytes]) -> None:
    assert len(played(pieces)) == len(b"".join(pieces))
