"""Ports that are no AT ports, known from what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import NotAtPortError
from agent.modems.foreign import foreign

# The usual example of NMEA 0183; an LCP packet as RFC 1662 4.2 escapes it, and one without escapes; the check value of CRC-16/X-25, 906E
# over "123456789".
GGA = b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"
LCP = b'~\xff}#\xc0!}!}!} }.}"}&} } } } ~'
PLAIN_LCP = b"~\xff\x03\xc0\x21\x09\x01\x00\x08"
FRAME = b"123456789\x6e\x90~"


@pytest.mark.parametrize("cut", range(0, 40, 7))
def test_positions_are_known_wherever_listening_began(cut: int) -> None:
    error = foreign("ttyUSB1", GGA[cut:] + GGA)
    assert isinstance(error, NotAtPortError)
    assert "ttyUSB1" in str(error)
    assert "positions" in str(error)


@pytest.mark.parametrize("frame", [FRAME, b"\x99\x01" + b"~" + FRAME, FRAME * 2])
def test_diagnostics_are_known_by_a_sound_frame(frame: bytes) -> None:
    error = foreign("ttyUSB0", frame)
    assert isinstance(error, NotAtPortError)
    assert "diagnostics" in str(error)


@pytest.mark.parametrize("said", [LCP, PLAIN_LCP, b"\x01\x02" + LCP])
def test_a_data_connection_says_what_to_end(said: bytes) -> None:
    error = foreign("ttyUSB2", said)
    assert error is not None
    assert not isinstance(error, NotAtPortError)  # it may well be the AT port
    assert "data connection" in str(error)
    assert "ModemManager" in error.mend


@pytest.mark.parametrize(
    "said", [b"", b"AT\r", b"\r\nRDY\r\n", b"^RSSI:19\r\n", b"$QCSIMSTAT: 1\r\n", b"123456789~", b"~~~~", b'+CUSD: 0,"~"\r\n']
)
def test_what_modems_say_is_not_foreign(said: bytes) -> None:
    assert foreign("tty", said) is None


@given(st.text(st.characters(codec="ascii", exclude_characters="$"), max_size=200))
def test_text_without_a_sentence_is_not_taken_for_positions(said: str) -> None:
    error = foreign("tty", said.encode())
    assert error is None or "positions" not in str(error)
