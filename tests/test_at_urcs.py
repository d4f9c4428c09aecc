"""Every unsolicited result code by one line, and what only looks like one: TS 27.007, TS 27.005, V.250, and the manuals of modems."""

import pytest

from agent.at.codes import is_two_line_urc, is_urc

CALLS_AND_MESSAGES = """
RING
+CRING: VOICE
+CLIP: "+4917",145
+CCWA: "+4917",145,1
+COLP: "+4917",145
+CUSD: 0,"text",15
+CGEV: NW DETACH
+CIEV: 2,3
+CTZE: "+04",0
+CTZV: "+04"
+CUSATP: "D0"
+CUSATEND
+CMTI: "SM",1
+CMT: ,23
+CDSI: "SM",1
+CDS: 24
+CBM: 88
MISSED_CALL: 1
VOICE CALL: BEGIN
"""
NETWORK = """
+CREG: 1
+CREG:11
+CREG: 1,"00D6"
+CREG:1 ,"00D6"
+CGREG: 1
+CEREG:1
+C5GREG: 1
^MODE:5,4
^RSSI:13
^RSSILVL:99
^HCSQ:"LTE",48
^LTERSRP:-90
^SRVST:2
^SYSINFO: 2,3
^NDISSTAT:1
^DSFLOWRPT:0
^LWURC: 1
^ANLEVEL:3
^CSNR:7
^STIN:0
^CCALLSTATE: 1
+ZPASR: "LTE"
+ZDONR: "x"
+ZEND
+UMWI: 0
+NITZ: 25/11/23
+MSTK: 1
+PSBEARER: 1
+SPNWNAME: x
*PSUTTZ: 2025
*PSNWID: "262"
*EBCA: 4
_OSIGQ: 3,0
_OBS: 1
DST: 0
NOT FOND ^
"""
START_AND_SUPPLY = """
+CFUN: 1
+CFUN:0
RDY
APP RDY
Call Ready
SMS Ready
SMS DONE
PB DONE
*ATREADY: 1
+PBREADY
+READY
^SYSSTART
^BOOT:1,0
NORMAL POWER DOWN
POWERED DOWN
UNDER-VOLTAGE
UNDER_VOLTAGE WARNING
UNDER VOLTAGE
OVER-VOLTAGE
*RADIOPOWER: 1
+KSUP: 0
"""
CARD_AND_HOLDER = """
+CPIN: READY
+CPIN:NOT READY
+CPIN: NOT INSERTED
+CPIN: SIM REMOVED
+CPIN: SIM CRASH
+CPIN: SIM PIN
+CPIN: SIM PUK
+QIND: SMS DONE
+QUSIM: 1
+QSIMSTAT : 1,0
+SIMCARD: NOT AVAILABLE
+CSMINS: 1,0
+SIM: Inserted
+UUSIMSTAT: 6
+XSIM: 7
+XLOCK: 0
+SIM DROP
+SIM READY
+ZUSIMR:2
$QCSIMSTAT: 1
#QSS: 0
#USS: 1
#STN: 1
^SIMST:1
^SCKS: 1
^SCN: 0
^SIND: simstatus,5
"""
URCS = [line for block in (CALLS_AND_MESSAGES, NETWORK, START_AND_SUPPLY, CARD_AND_HOLDER) for line in block.strip().split("\n")]

# Answers to questions, and lines that differ from a URC in one place.
OTHERS = """
OK
250010000000000
RINGING
BRING
+CRINGS: 1
+CLI: 1
+CMTX: 1
+CUSAT: 1
+CREG: 1 x
+CREG: x
+CREG 1
+CREG
+CGREGX: 1
+CREGS: 1
+CFUN: 4
+CFUN: 1,0
+CFUN: 10
+CFUN 1
RDY2
APPRDY
APP RDY2
Call Ready 2
SMS Ready2
SMS DONE2
PB DONE2
PB READY
+READY2
+PBREADY: 1
POWERED DOWN 2
NORMAL POWER DOWN 2
POWER DOWN
UNDERVOLTAGE
UNDER.VOLTAGE
+KSUP 0
+CPIN: PH-NET PIN
+CPIN: PH-SIM PIN
+CPIN READY
+QIND
+QCCID: 8944
+QUSIMX: 1
+SIMCOM: 1
+SIMEI: 1
+SIM
+SIM 1
QSS: 0
#QSS 0
#CCID: 8944
SIMSTAT: 1
CPIN: READY
RSSI:13
ZUSIMR:2
ZEND
UMWI: 0
PSUTTZ: 1
ATREADY: 1
RADIOPOWER
QCSIMSTAT
SYSSTART
OSIGQ: 3
DST
NOT FOUND
MISSED
VOICE
+CNUM: ,,129
+CRSM: 144,0
+COPS: 0
+CSQ: 20,99
+CPBR: 1
+CGSN: 1
""".strip().split("\n")


@pytest.mark.parametrize("line", URCS)
def test_this_is_told_unasked(line: str) -> None:
    assert is_urc(line)
    assert not is_urc(f"x{line}")
    assert not is_urc(line[1:]) or line[1:] in URCS


# Behind these anything may follow, so that only their last letter ends them.
OPEN_WORDS = """
+CUSATEND *ATREADY ^SYSSTART UNDER_VOLTAGE OVER-VOLTAGE *RADIOPOWER +ZUSIMR $QCSIMSTAT ^RSSI ^MODE ^DSFLOWRPT ^NDISSTAT ^BOOT ^CSNR ^SIMST
^SRVST ^STIN ^HCSQ ^LTERSRP ^LWURC ^ANLEVEL ^CCALLSTATE ^SCKS ^SCN ^SIND ^SYSINFO +ZDONR +ZPASR +ZEND +UMWI +NITZ +MSTK +PSBEARER +SPNWNAME
*PSUTTZ *PSNWID *EBCA _OSIGQ _OBS MISSED_CALL
"""


@pytest.mark.parametrize(
    "line",
    [
        *OPEN_WORDS.split(),
        *(f"+CPIN: {word}" for word in ("READY", "NOT READY", "NOT INSERTED", "SIM REMOVED", "SIM CRASH", "SIM PIN", "SIM PUK")),
        *("+SIM DROP", "+SIM READY", "NOT FOND ^", "VOICE CALL", "DST:"),
    ],
)
def test_a_word_is_known_when_it_is_whole(line: str) -> None:
    assert is_urc(line)
    assert is_urc(f"{line}: 1")
    assert not is_urc(line[:-1])


@pytest.mark.parametrize("line", OTHERS)
def test_this_is_an_answer_or_nobodys_line(line: str) -> None:
    assert not is_urc(line)


@pytest.mark.parametrize(
    ("line", "two"),
    [
        ("+CMT:", True),
        ("+CMT: ,23", True),
        ("+CBM: 88", True),
        ("+CBM:", True),
        ("+CDS:24", True),
        ("+CDS:  159", True),
        ("+CDS: 24,1", False),
        ("+CDS:", False),
        ("+CDS: x", False),
        ("+CDS: x24", False),
        ("+CMT", False),
        ("+CMTI: 1", False),
        ("+CBMI: 1", False),
        ("+CDSI: 1", False),
        ("x+CMT: 1", False),
        ("CMT: 1", False),
        ("x+CBM: 1", False),
        ("CBM: 1", False),
        ("x+CDS: 1", False),
        ("CDS: 1", False),
    ],
)
def test_a_second_line_follows_a_message_alone(line: str, two: bool) -> None:
    assert is_two_line_urc(line) is two


def test_digits_of_a_urc_are_ascii() -> None:
    assert not is_urc("+CREG: ١")
