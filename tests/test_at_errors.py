"""+CME and +CMS errors by number and by word, against the lists of TS 27.007 9.2 and TS 27.005 3.2.5."""

import pytest

from agent.at.codes import Cme, Final, Kind, parse_final

CME = """
0 phone failure
1 no connection to phone
2 phone-adaptor link reserved
3 operation not allowed
4 operation not supported
5 PH-SIM PIN required
6 PH-FSIM PIN required
7 PH-FSIM PUK required
10 SIM not inserted
11 SIM PIN required
12 SIM PUK required
13 SIM failure
14 SIM busy
15 SIM wrong
16 incorrect password
17 SIM PIN2 required
18 SIM PUK2 required
20 memory full
21 invalid index
22 not found
23 memory failure
24 text string too long
25 invalid characters in text string
26 dial string too long
27 invalid characters in dial string
30 no network service
31 network timeout
32 network not allowed - emergency calls only
40 network personalization PIN required
41 network personalization PUK required
42 network subset personalization PIN required
43 network subset personalization PUK required
44 service provider personalization PIN required
45 service provider personalization PUK required
46 corporate personalization PIN required
47 corporate personalization PUK required
48 hidden key required
49 EAP method not supported
50 Incorrect parameters
51 command implemented but currently disabled
52 command aborted by user
100 unknown
103 Illegal MS / UE
106 Illegal ME
107 GPRS services not allowed
111 PLMN not allowed
112 Location area not allowed
113 Roaming not allowed in this location area
262 SIM blocked
515 please wait, init or command processing in progress
"""  # 262 and 515: manufacturers' manuals
CMS = """
310 SIM not inserted
311 SIM PIN required
312 PH-SIM PIN required
313 SIM failure
314 SIM busy
315 SIM wrong
316 SIM PUK required
317 SIM PIN2 required
318 SIM PUK2 required
500 unknown
"""
ERRORS = [
    (kind, int(line.split()[0]), line.partition(" ")[2])
    for kind, table in ((Kind.CME, CME), (Kind.CMS, CMS))
    for line in table.split("\n")
    if line
]


@pytest.mark.parametrize(("kind", "number", "words"), ERRORS)
def test_number_and_words_of_an_error_are_one(kind: Kind, number: int, words: str) -> None:
    name = "+CME ERROR" if kind is Kind.CME else "+CMS ERROR"
    assert parse_final(f"{name}: {number}") == Final(kind, number)
    assert parse_final(f"{name}: {words}") == Final(kind, number, words)
    assert parse_final(f"{name}: {words.upper().replace(' ', '')}.") == Final(kind, number, words.upper().replace(" ", "") + ".")
    assert str(Final(kind, number)) == f"{name}: {number} ({words})"


def test_an_error_that_decides_something_has_the_number_of_its_words() -> None:
    words = {number: words for kind, number, words in ERRORS if kind is Kind.CME}
    assert {error.name: words[error].upper() for error in Cme} == {
        "PHONE_FAILURE": "PHONE FAILURE",
        "NOT_ALLOWED": "OPERATION NOT ALLOWED",
        "NOT_SUPPORTED": "OPERATION NOT SUPPORTED",
        "PH_SIM_PIN": "PH-SIM PIN REQUIRED",
        "PH_FSIM_PIN": "PH-FSIM PIN REQUIRED",
        "PH_FSIM_PUK": "PH-FSIM PUK REQUIRED",
        "SIM_NOT_INSERTED": "SIM NOT INSERTED",
        "SIM_PIN": "SIM PIN REQUIRED",
        "SIM_PUK": "SIM PUK REQUIRED",
        "SIM_FAILURE": "SIM FAILURE",
        "SIM_BUSY": "SIM BUSY",
        "SIM_WRONG": "SIM WRONG",
        "INCORRECT_PASSWORD": "INCORRECT PASSWORD",
        "SIM_PIN2": "SIM PIN2 REQUIRED",
        "SIM_PUK2": "SIM PUK2 REQUIRED",
        "NOT_FOUND": "NOT FOUND",
        "NETWORK_PIN": "NETWORK PERSONALIZATION PIN REQUIRED",
        "NETWORK_PUK": "NETWORK PERSONALIZATION PUK REQUIRED",
        "NETWORK_SUBSET_PIN": "NETWORK SUBSET PERSONALIZATION PIN REQUIRED",
        "NETWORK_SUBSET_PUK": "NETWORK SUBSET PERSONALIZATION PUK REQUIRED",
        "SERVICE_PROVIDER_PIN": "SERVICE PROVIDER PERSONALIZATION PIN REQUIRED",
        "SERVICE_PROVIDER_PUK": "SERVICE PROVIDER PERSONALIZATION PUK REQUIRED",
        "CORPORATE_PIN": "CORPORATE PERSONALIZATION PIN REQUIRED",
        "CORPORATE_PUK": "CORPORATE PERSONALIZATION PUK REQUIRED",
        "INCORRECT_PARAMETERS": "INCORRECT PARAMETERS",
        "UNKNOWN": "UNKNOWN",
        "SIM_BLOCKED": "SIM BLOCKED",
        "PLEASE_WAIT": "PLEASE WAIT, INIT OR COMMAND PROCESSING IN PROGRESS",
    }


# The words on the wire: V.250 5.7.1 and 6.3, TS 27.007 9.2, TS 27.005 3.2.5; the rest as manufacturers print them.
@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("OK", "OK"),
        ("ERROR", "ERROR"),
        ("+CME ERROR: 1000", "+CME ERROR: 1000"),
        ("+CME ERROR: 999999", "+CME ERROR: 999999"),
        ("+CME ERROR: 1000000", "+CME ERROR: 1000000"),
        ("+CMS ERROR: 14", "+CMS ERROR: 14"),
        ("+CME ERROR:\tSIM failure", "+CME ERROR: 13 (SIM failure)"),
        ("+CME ERROR\t:\tSIM failure", "+CME ERROR: 13 (SIM failure)"),
        ("+EXT ERROR: 7", "+EXT ERROR: 7"),
        ("+EXT ERROR : 7", "+EXT ERROR: 7"),
        ("MODEM ERROR : 7", "MODEM ERROR: 7"),
        ("COMMAND NOT SUPPORT", "COMMAND NOT SUPPORT"),
        ("TOO MANY PARAMETERS", "TOO MANY PARAMETERS"),
        ("ABORTED", "ABORTED"),
        ("NA", "NA"),
        ("CONNECT", "CONNECT"),
        ("CONNECT 115200", "CONNECT 115200"),
        ("CONNECT:9600", "CONNECT 9600"),
        ("NO CARRIER", "NO CARRIER"),
        ("BUSY", "BUSY"),
        ("NO ANSWER", "NO ANSWER"),
        ("NO DIALTONE", "NO DIALTONE"),
        ("NO DIAL TONE", "NO DIALTONE"),
    ],
)
def test_every_final_result_code_is_printed_as_it_came(line: str, shown: str) -> None:
    final = parse_final(line)
    assert str(final) == shown
    assert final == parse_final(f"\t {line} ")
    assert parse_final(f"x{line}") is None
    assert parse_final(line, numeric=True) == final


@pytest.mark.parametrize(
    "line",
    [
        "+CMX ERROR: 1",
        "CME ERROR: 1",
        "CMS ERROR: 1",
        "+CMG ERROR: 1",
        "MODEM ERROR: x",
        "EXT ERROR: 1",
        "OKx",
        "okay",
        "ok",
        "00",
    ],
)
def test_what_only_looks_like_a_final_result_code_is_none(line: str) -> None:
    assert parse_final(line, numeric=True) is None


def test_a_number_longer_than_any_error_is_words() -> None:
    assert parse_final("+CME ERROR: 999999") == Final(Kind.CME, 999999)
    assert parse_final("+CME ERROR: 1000000") == Final(Kind.CME, None, "1000000")


def test_atv0_digits_stand_alone() -> None:
    assert parse_final(" 0 ", numeric=True) == Final(Kind.OK, None, "0")
    assert parse_final("0") is None
