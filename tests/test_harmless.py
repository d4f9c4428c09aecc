"""What may be asked through the running agent: what is harmless, what only with --force, and what never, however it is spelt."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import RefusedError
from agent.modems.harmless import LIMIT, LONGEST, admitted


def sent(text: str, *, force: bool = False) -> str | None:
    """What goes out; None when it is refused."""
    try:
        return admitted(text, force=force).text
    except RefusedError:
        return None


HARMLESS = [
    *("AT", "ATI", "ATI9", "AT&V", "ATS3?", "AT+CSQ", "AT+CSQ=?", "AT+CREG?", "AT+CEREG?", "AT+COPS?", "AT+CPIN?", "AT+CIMI", "AT+CGSN"),
    *("AT+CGMI", "AT+CGMM", "AT+CGMR", "AT+CNUM", "AT+CFUN?", "AT+CGDCONT?", "AT+CCLK?", "AT+CPBS=?", "AT+CLAC", "AT^ICCID?", "AT+CPINR"),
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_tells_is_asked_in_any_spelling(text: str) -> None:
    spread = " ".join(text.lower())
    assert [sent(one) for one in (text, text.lower(), f"  {text}  ", spread)] == [text] * 4
    assert admitted(text).timeout == LIMIT


FORCED = ["AT+CFUN=1", "AT+CFUN=1,1", "AT+CPBR=1,10", "AT+CRSM=176,12258,0,0,10", "AT+CRSM=242,0", "AT^SYSINFOEX?", "AT$QX_Y=?"]


@pytest.mark.parametrize("text", FORCED)
def test_what_may_disturb_needs_force(text: str) -> None:
    with pytest.raises(RefusedError, match="--force asks it"):
        admitted(text)
    assert sent(text, force=True) == text


# From 3GPP TS 27.007, TS 27.005, ITU-T V.250 and what makers' manuals have for it.
EVIL = {
    "calls": ["ATD112;", "ATD112", "ATDT*99#", "ATDL", "ATD>1;", "ATA", "ATO", "ATH", "AT+CHUP", "AT+CDV=112", "AT+CKPD=1", "AT+CECALL=0"],
    "sends": [
        'AT+CMGS="+447700900123"',
        "AT+CMGS=17",
        "AT+CMGW=17",
        "AT+CMSS=1",
        "AT+CMGC=5",
        'AT+CUSD=1,"*100#",15',
        "AT+CUSD=2",
        "AT+CMGD=1,4",
    ],
    "sends, asked": ["AT+CMGS?", "AT+CMGS=?", "AT+CMSS=?", "AT+CUSD?", "AT+CUSD=?", "AT+CMGS", "AT+CMSS", "AT+CMGDA?"],
    "locks": [
        "AT+CPIN=1234",
        'AT+CPIN="1234"',
        "AT+CPIN=1234,5678",
        "AT+CPIN2=1",
        "AT+CPIN2?",
        'AT+CLCK="SC",1,"1234"',
        'AT+CLCK="SC",2',
        "AT+CPWD=?",
    ],
    "identities": [
        'AT+EGMR=1,7,"490154203237518"',
        "AT+EGMR?",
        "AT+SIMEI=490154203237518",
        "AT+SIMEI?",
        "AT^IMEI=490154203237518",
        "AT%IMEI?",
    ],
    "makers' identities": ["AT#IMEISET=?", "AT*MRD_IMEI=W,0,1,2", "AT^CIMEI?", "AT+ZIMEIW?", "AT$MEID=?", "AT!WESN?", "AT+QIMEI=?"],
    "phonebook": ['AT+CPBW=1,"+447700900123",145,"x"', "AT+CPBW=?", 'AT+CNUM=1,"+447700900123"', "AT+CNUMW?", 'AT+CPBS="ON"'],
    "files": [
        "AT+CRSM=214,28486,0,0,4,00000000",
        "AT+CRSM=220,28480,1,4,28,FF",
        "AT+CRSM=176,12258,0,0,10,00",
        "AT+CSIM=10,A0D6000004",
        "AT+CSIM?",
    ],
    "settings": [
        "AT&F",
        "AT&W",
        "AT&F0",
        "ATZ",
        "ATZ0",
        "ATE1",
        "ATV0",
        "ATQ1",
        "ATS3=0",
        "AT+CMEE=0",
        'AT+CSCS="UCS2"',
        "AT+CFUN=0",
        "AT+CFUN=4",
        "AT+IPR=9600",
    ],
    "chains": [
        "AT+CSQ;+CMGS=1",
        "AT+CSQ;D112",
        "ATI;D112;",
        "ATID112",
        "ATIA",
        "ATI0A",
        "ATIZ",
        "AT&V&F",
        "AT&VD112",
        "AT+CSQ?;",
        ";AT",
        "AT;",
        "ATS3?D1",
    ],
    "escapes": [
        "A/",
        "a/",
        "+++",
        "+++ATH",
        "",
        " ",
        "A",
        "T",
        "CSQ",
        "+CSQ",
        "AT AT+CMGS=1",
        "ATATA",
        "AT/",
        "AT+",
        "AT+?",
        "AT?",
        "AT=?",
        "AT\\",
        "ATX4",
    ],
    "long": ["AT+" + "A" * 25 + "?", "AT+CSQ" + "?" * 9, "AT+C" + "1" * LONGEST, "AT+CPBR=1,9999", "AT+CPBR=1,1,1"],
    "minutes": ["AT+COPS=?", "AT+COPS=0", 'AT+COPS=1,2,"23415"'],
    "unknown doings": ["AT^RESET", "AT+QPOWD", "AT$FACTORY", "AT*NVRESTORE", "AT#ENHRST=1", 'AT+QFDEL="*"', 'AT^HCMGS="+447700900123"'],
}


@pytest.mark.parametrize("text", [text for texts in EVIL.values() for text in texts])
def test_what_writes_sends_calls_or_locks_is_never_passed_on_however_it_is_spelt(text: str) -> None:
    chance = random.Random(text)
    for _ in range(20):
        spelt = "".join((letter.lower() if chance.random() < 0.5 else letter) + " " * chance.choice((0, 0, 0, 1, 2)) for letter in text)
        assert sent(spelt, force=True) is None, spelt
        assert sent(spelt) is None, spelt


@pytest.mark.parametrize(
    "between", ["\r", "\n", "\r\n", "\0", "\x1a", "\x1b", "\x08", "\x7f", "\t", "\x0b", "\x85", "\u2028", "\xa0", "\xff", ";"]
)
def test_nothing_goes_out_behind_or_before_a_harmless_command(between: str) -> None:
    for evil in ("AT+CMGS=1", "D112", "ATD112;", "A", "AT&F"):
        for text in (f"AT+CSQ{between}{evil}", f"{evil}{between}AT+CSQ", f"AT+CSQ{between}", f"{between}AT+CSQ", f"AT{between}+CSQ"):
            assert sent(text, force=True) is None, text


@pytest.mark.parametrize("text", ["ＡＴ+CSQ", "AT+CſQ", "AT+CSQ？", "ΑT", "AT+CPıN=1", "AT＋CSQ"])
def test_letters_that_only_look_like_ours_are_refused(text: str) -> None:
    assert sent(text, force=True) is None


SHAPE = re.compile(
    r"AT|ATI\d?|AT&V\d?|ATS\d\d?\?|AT[+^%#$*!@][A-Z][A-Z0-9_]{2,}(=?\?)?|AT\+(CFUN=1(,1)?|CPBR=[\d,]+|CRSM=(176|178|192|242),[\d,]+)"
)


@given(st.one_of(st.text(max_size=30), st.text('AT+CMGSDPINQ=?;,&/"01 \r\n\0', max_size=16).map("AT".__add__)), st.booleans())
def test_whatever_is_typed_only_one_command_of_a_known_shape_goes_out(text: str, force: bool) -> None:
    if (out := sent(text, force=force)) is not None:
        assert SHAPE.fullmatch(out)


@pytest.mark.parametrize("text", ["AT+CPIN=4711", 'at + cpin = "4711"', "4711", "AT+CLCK=SC,1,4711", "ATD4711", "4711\r"])
def test_a_refusal_does_not_repeat_what_may_be_a_pin(text: str) -> None:
    for force in (False, True):
        with pytest.raises(RefusedError) as caught:
            admitted(text, force=force)
        assert "4711" not in str(caught.value)


@given(st.sampled_from(HARMLESS), st.sampled_from(FORCED))
def test_who_is_told_of_force_gets_it(harmless: str, forced: str) -> None:
    assert sent(harmless, force=True) == harmless
    assert sent(forced) is None
