"""The decoders that a firmware note may name: each reads what modems print, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.at.values import ICCID_DECODERS, PIN_DECODERS, pin_attempts


@pytest.mark.parametrize(
    ("decoder", "lines", "left"),
    [
        # TS 27.007 8.65; with and without quotes, the code that is wanted not first, the default left out.
        ("cpinr", ["+CPINR: SIM PIN,3,3"], 3),
        ("cpinr", ['+CPINR: "SIM PIN",2,3'], 2),
        ("cpinr", ["+CPINR: SIM PUK,10,10", "+CPINR: SIM PIN2,3,3", "+CPINR: SIM PIN,1,3"], 1),
        ("cpinr", ["+CPINR: SIM PIN,0"], 0),
        ("cpinr", ["+CPINR: SIM PUK,10,10"], None),
        ("cpinr", ["+CPINR: SIM PIN"], None),
        ("cpinr", ["+CPINR: SIM PIN,-1,3"], None),
        ("qpinc", ['+QPINC: "SC",2,10', '+QPINC: "P2",3,10'], 2),
        ("qpinc", ['+QPINC: "P2",3,10'], None),
        ("first", ["+SPIC: 1,10,3,10"], 1),
        ("first", ["+CPINC: 2, 3, 10, 10"], 2),
        ("first", ["#PCT: 3"], 3),
        ("first", ["+XPINCNT:"], None),
        ("first", ["+XPINCNT: x"], None),
        ("cpin", ["^CPIN: SIM PIN,,10,2,10,3"], 2),
        ("cpin", ["^CPIN: READY,,10,3,10,3"], 3),
        ("cpin", ["^CPIN: SIM PIN"], None),
        ("first", [], None),
    ],
)
def test_the_attempts_that_are_left_are_read_as_modems_print_them(decoder: str, lines: list[str], left: int | None) -> None:
    assert pin_attempts(decoder, lines) == left


@pytest.mark.parametrize(
    ("decoder", "line", "text"),
    [
        ("iccid", "+QCCID: 8944200053671052499", " 8944200053671052499"),
        ("iccid", "8944200053671052499", "8944200053671052499"),
        ("ef_iccid", '+CRSM: 144,0,"984402003576012594F9"', "8944200053671052499"),
        ("ef_iccid", '+CRSM: 106,130,"984402003576012594F9"', None),
        ("ef_iccid", "+CRSM: 106,130", None),
        ("ef_iccid", "noise", None),
    ],
)
def test_an_iccid_is_decoded_by_the_named_decoder(decoder: str, line: str, text: str | None) -> None:
    assert ICCID_DECODERS[decoder](line) == text


@given(st.text() | st.text(st.sampled_from('+CPIN^RSQ:", 0123456789')))
def test_no_decoder_stumbles_over_a_line(line: str) -> None:
    for decode in ICCID_DECODERS.values():
        assert decode(line) is None or isinstance(decode(line), str)
    for decoder in PIN_DECODERS:
        left = pin_attempts(decoder, [line])
        assert left is None or 0 <= left <= 99
