"""Result codes: V.250 table 1, TS 27.007 9.2, TS 27.005 3.2.5, and what modems say besides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.at.codes import Cme, Final, Kind, is_two_line_urc, is_urc, parse_final, urc_table


@pytest.mark.parametrize(
    ("line", "final"),
    [
        ("OK", Final(Kind.OK)),
        ("OK  ", Final(Kind.OK)),
        ("ERROR", Final(Kind.ERROR)),
        ("+CME ERROR: 14", Final(Kind.CME, 14)),
        ("+CME ERROR:10", Final(Kind.CME, 10)),
        ("+CME ERROR 13", Final(Kind.CME, 13)),
        ("+CME ERROR : 13", Final(Kind.CME, 13)),
        ("+CME ERROR:", Final(Kind.CME)),
        ("+CME ERROR: 99999999999999999999", Final(Kind.CME, None, "99999999999999999999")),
        ("+CMS ERROR: 310", Final(Kind.CMS, 310)),
        ("+CMS ERROR: 500", Final(Kind.CMS, 500)),
        ("+EXT ERROR: 7", Final(Kind.EXT, None, "7")),
        ("MODEM ERROR:7", Final(Kind.MODEM, None, "7")),
        ("COMMAND NOT SUPPORT", Final(Kind.NOT_SUPPORTED)),
        ("TOO MANY PARAMETERS", Final(Kind.TOO_MANY_PARAMETERS)),
        ("ABORTED", Final(Kind.ABORTED)),
        ("NA", Final(Kind.NA)),
        ("NO CARRIER", Final(Kind.NO_CARRIER)),
        ("BUSY", Final(Kind.BUSY)),
        ("NO ANSWER", Final(Kind.NO_ANSWER)),
        ("NO DIALTONE", Final(Kind.NO_DIALTONE)),
        ("NO DIAL TONE", Final(Kind.NO_DIALTONE)),
        ("CONNECT", Final(Kind.CONNECT)),
        ("CONNECT 115200", Final(Kind.CONNECT, None, "115200")),
    ],
)
def test_a_final_result_code_is_read(line: str, final: Final) -> None:
    assert parse_final(line) == final


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("SIM not inserted", Cme.SIM_NOT_INSERTED),
        ("SIM PIN required", Cme.SIM_PIN),
        ("sim puk required", Cme.SIM_PUK),
        ("SIM failure", Cme.SIM_FAILURE),
        ("SIM busy", Cme.SIM_BUSY),
        ("SIM wrong", Cme.SIM_WRONG),
        ("Incorrect Parameters", Cme.INCORRECT_PARAMETERS),
        ("PH-SIM PIN required", Cme.PH_SIM_PIN),
        ("phone-adaptor link  reserved.", 2),
        ("network not allowed - emergency calls only", 32),
    ],
)
def test_the_words_of_cmee_2_give_the_number(words: str, code: int) -> None:
    assert parse_final(f"+CME ERROR: {words}") == Final(Kind.CME, code, words)


def test_words_of_a_cms_error_have_their_own_numbers() -> None:
    assert parse_final("+CMS ERROR: SIM busy") == Final(Kind.CMS, 314, "SIM busy")


def test_unknown_words_are_kept_without_a_number() -> None:
    assert parse_final("+CME ERROR: SIM is on holiday") == Final(Kind.CME, None, "SIM is on holiday")


@pytest.mark.parametrize(
    "line", ["", "RING", "+CPIN: READY", "OKAY", "CONNECTED", "ERRORS: 3", "MODEM ERROR", "0", "4", "+CMEE: 1", "250010000000000"]
)
def test_other_lines_end_nothing(line: str) -> None:
    assert parse_final(line) is None


@pytest.mark.parametrize(
    ("digit", "kind"),
    [
        ("0", Kind.OK),
        ("1", Kind.CONNECT),
        ("3", Kind.NO_CARRIER),
        ("4", Kind.ERROR),
        ("6", Kind.NO_DIALTONE),
        ("7", Kind.BUSY),
        ("8", Kind.NO_ANSWER),
    ],
)
def test_digits_end_a_command_where_atv0_is_suspected(digit: str, kind: Kind) -> None:
    assert parse_final(digit, numeric=True) == Final(kind, None, digit)


@pytest.mark.parametrize("digit", ["2", "5", "9", "00"])
def test_ring_and_other_digits_end_nothing(digit: str) -> None:
    assert parse_final(digit, numeric=True) is None


def test_only_ok_is_ok() -> None:
    assert [kind for kind in Kind if Final(kind).ok] == [Kind.OK]


@pytest.mark.parametrize(
    ("final", "text"),
    [
        (Final(Kind.OK), "OK"),
        (Final(Kind.CME, 14), "+CME ERROR: 14 (SIM busy)"),
        (Final(Kind.CME, 14, "sim BUSY"), "+CME ERROR: 14 (SIM busy)"),
        (Final(Kind.CME, 999), "+CME ERROR: 999"),
        (Final(Kind.CME, None, "strange"), "+CME ERROR: strange"),
        (Final(Kind.CMS, 310), "+CMS ERROR: 310 (SIM not inserted)"),
        (Final(Kind.CONNECT, None, "9600"), "CONNECT 9600"),
        (Final(Kind.TIMEOUT), "no answer in time"),
    ],
)
def test_people_read_number_and_words(final: Final, text: str) -> None:
    assert str(final) == text


@pytest.mark.parametrize(
    "line",
    [
        "RING",
        "+CRING: VOICE",
        '+CREG: 1,"00D6","03FD"',
        "+CREG: 5",
        "+CEREG: 2",
        "+CMTI: 1",
        "+CFUN: 1",
        "RDY",
        "APP RDY",
        "Call Ready",
        "SMS DONE",
        "PB DONE",
        "*ATREADY: 1",
        "^SYSSTART",
        "+PBREADY",
        "NORMAL POWER DOWN",
        "UNDER-VOLTAGE WARNNING",
        "+CPIN: READY",
        "+CPIN:NOT READY",
        "+CPIN: SIM REMOVED",
        "+QSIMSTAT : 1,0",
        "+QUSIM: 1",
        "+SIMCARD: NOT AVAILABLE",
        "+CSMINS: 1,0",
        "+SIM: Inserted",
        "+UUSIMSTAT: 6",
        "#QSS: 0",
        "^SIMST: 1,0",
        "^RSSI:13",
        "^HCSQ:LTE,48,43,138,28",
        "+ZUSIMR:2",
        "+XSIM: 7",
        "+CIEV: simind,0",
        "_OSIGQ: 3,0",
        "*EBCA: 4",
    ],
)
def test_what_modems_say_unasked_is_known(line: str) -> None:
    assert is_urc(line)


@pytest.mark.parametrize("line", ["OK", "250010000000000", "+CNUM: ,,129", "+CFUN: 4", "+CRSM: 144,0", "BRINGUP", "+COPS: 0", "RDY2"])
def test_answers_are_no_urcs(line: str) -> None:
    assert not is_urc(line)


@pytest.mark.parametrize(
    ("line", "two"),
    [
        ("+CMT: ,23", True),
        ("+CBM: 88", True),
        ("+CDS: 24", True),
        ('+CDS: 6,2,"+4917",145,"25/11/23"', False),
        ("+CMTI: 1", False),
        ("+CDSI: 1", False),
    ],
)
def test_a_message_brings_a_second_line(line: str, two: bool) -> None:
    assert is_two_line_urc(line) is two


def test_patterns_of_a_profile_are_matched_where_a_line_begins_and_know_ascii_alone() -> None:
    ring, digit = urc_table(["RING$", r"\d"])
    assert ring.match("RING")
    assert not ring.match("BRING")
    assert digit.match("1")
    assert not digit.match("١")


def test_a_pattern_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match=r"'\(' is no regular expression"):
        urc_table(["RING$", "("])


@given(st.text() | st.binary().map(lambda octets: octets.decode("latin-1")), st.booleans())
def test_no_line_raises(line: str, numeric: bool) -> None:
    final = parse_final(line, numeric=numeric)
    assert final is None or str(final)
    is_urc(line)
    is_two_line_urc(line)
