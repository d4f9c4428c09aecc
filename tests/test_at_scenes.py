"""Scenes of a conversation, each under every cut of its octets: V.250, TS 27.007, TS 27.005, and the ways in which modems bend them."""

from collections.abc import Callable, Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.at.codes import Final, Kind
from agent.at.dialog import Answer, Answered, Command, Dialog, Event, Fenced, Send, Unsolicited

CPIN = Command("AT+CPIN?", "+CPIN:", timeout=10)
CIMI = Command("AT+CIMI")
CREG = Command("AT+CREG?", "+CREG:", r"\+CREG:\s*\d+\s*,\s*\d")
CNUM = Command("AT+CNUM", "+CNUM:")
ICCID = Command("AT+CCID", ("+CCID:", ""))
ATV1 = Command("ATV1", numeric=True)
OK = Final(Kind.OK)
EXPIRE = "expire"

Step = Command | bytes | str
Cut = Callable[[bytes], Iterator[bytes]]


def answered(command: Command, *lines: str, final: Final = OK) -> Answered:
    return Answered(Answer(command, lines, final))


def heard(*lines: str) -> Unsolicited:
    return Unsolicited(lines)


SCENES: dict[str, tuple[tuple[Step, ...], list[Event]]] = {
    "an answer": ((CPIN, b"\r\n+CPIN: READY\r\n\r\nOK\r\n"), [answered(CPIN, "+CPIN: READY")]),
    "an answer ended by LF alone": ((CPIN, b"+CPIN: READY\nOK\n"), [answered(CPIN, "+CPIN: READY")]),
    "a refusal": ((CPIN, b"\r\n+CME ERROR: 10\r\n"), [answered(CPIN, final=Final(Kind.CME, 10))]),
    "a bare answer": ((CIMI, b"\r\n250010000000000\r\n\r\nOK\r\n"), [answered(CIMI, "250010000000000")]),
    "several lines": (
        (CNUM, b'\r\n+CNUM: ,"123",161\r\n+CNUM: ,"1234567",129\r\n\r\nOK\r\n'),
        [answered(CNUM, '+CNUM: ,"123",161', '+CNUM: ,"1234567",129')],
    ),
    "either with its prefix or bare": (
        (ICCID, b"\r\n+CCID: 8944\r\nOK\r\n", ICCID, b"\r\n8944\r\nOK\r\n"),
        [answered(ICCID, "+CCID: 8944"), answered(ICCID, "8944")],
    ),
    "an echo": ((CIMI, b"AT+CIMI\r\r\n250010000000000\r\n\r\nOK\r\n"), [answered(CIMI, "250010000000000")]),
    "an echo in other letters and blanks": ((CIMI, b"\r\nat + cimi\r\r\n25001\r\nOK\r\n"), [answered(CIMI, "25001")]),
    "an echo cut in front": ((CIMI, b"IMI\r\r\n25001\r\nOK\r\n"), [answered(CIMI, "25001")]),
    "an echo with something before it": ((CIMI, b"\x1bAT+CIMI\r\r\n25001\r\nOK\r\n"), [answered(CIMI, "25001")]),
    "an echo cut in front behind a URC": ((CIMI, b"\r\nRING\r\nIMI\r\r\n25001\r\nOK\r\n"), [heard("RING"), answered(CIMI, "25001")]),
    "a whole echo behind a line that is nobody's": (
        (CPIN, b"\r\nhello\r\nAT+CPIN?\r\r\n+CPIN: READY\r\nOK\r\n"),
        [heard("hello"), answered(CPIN, "+CPIN: READY")],
    ),
    "an echo cut in front comes first or not at all": (
        (CPIN, b"\r\nhello\r\nRING\r\nPIN?\r\n+CPIN: READY\r\nOK\r\n"),
        [heard("hello"), heard("RING"), heard("PIN?"), answered(CPIN, "+CPIN: READY")],
    ),
    "the echo's end is no digit of ATV0": (
        (Command("ATE0", numeric=True), b"0\r"),
        [answered(Command("ATE0", numeric=True), final=Final(Kind.OK, None, "0"))],
    ),
    "information text like the command's end": (
        (Command("ATS3?013"), b"\r\nfirst\r\n013\r\nOK\r\n"),
        [answered(Command("ATS3?013"), "first", "013")],
    ),
    "a command that lists itself": (
        (Command("AT+CLAC"), b"\r\n+CGMI\r\nAT+CLAC\r\nOK\r\n"),
        [answered(Command("AT+CLAC"), "+CGMI", "AT+CLAC")],
    ),
    "a boot URC before the echo is not the answer": (
        (CPIN, b"\r\n+CPIN: READY\r\nAT+CPIN?\r\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"),
        [heard("+CPIN: READY"), answered(CPIN, "+CPIN: SIM PIN")],
    ),
    "of two lines that may be URCs the first is the answer": (
        (CPIN, b"\r\n+CPIN: READY\r\n\r\n+CPIN: NOT READY\r\n\r\nOK\r\n"),
        [heard("+CPIN: NOT READY"), answered(CPIN, "+CPIN: READY")],
    ),
    "URCs before, inside and after": (
        (CIMI, b"\r\nRING\r\n\r\n25001\r\n^RSSI:13\r\n\r\nOK\r\n\r\n+CREG: 5\r\n"),
        [heard("RING"), heard("^RSSI:13"), answered(CIMI, "25001"), heard("+CREG: 5")],
    ),
    "the URC form is not the read answer": (
        (CREG, b'\r\n+CREG: 1,"00D6","03FD"\r\n+CREG: 2,5\r\n+CREG: 0\r\n\r\nOK\r\n'),
        [heard('+CREG: 1,"00D6","03FD"'), heard("+CREG: 0"), answered(CREG, "+CREG: 2,5")],
    ),
    "a line that is nobody's": ((CPIN, b"\r\nhello\r\n+CPIN: READY\r\nOK\r\n"), [heard("hello"), answered(CPIN, "+CPIN: READY")]),
    "a URC of the profile": ((CIMI, b"\r\n!NOISE: 1\r\n25001\r\nOK\r\n"), [heard("!NOISE: 1"), answered(CIMI, "25001")]),
    "a URC of the profile begins its line": ((CIMI, b"\r\n25001 !NOISE: 1\r\nOK\r\n"), [answered(CIMI, "25001 !NOISE: 1")]),
    "a two-line URC inside an answer": (
        (CIMI, b"\r\n25001\r\n+CMT: ,23\r\nOK\r\n\r\nOK\r\n"),
        [heard("+CMT: ,23", "OK"), answered(CIMI, "25001")],
    ),
    "a two-line URC around a question": (
        (b"\r\n+CMT: ,23\r\n", CPIN, b"+CPIN: READY\r\n+CPIN: SIM PIN\r\nOK\r\n"),
        [heard("+CMT: ,23", "+CPIN: READY"), answered(CPIN, "+CPIN: SIM PIN")],
    ),
    "RING and NO CARRIER while idle": ((b"\r\nRING\r\n\r\nNO CARRIER\r\n",), [heard("RING"), heard("NO CARRIER")]),
    "a final result code while idle": ((b"\r\nOK\r\n",), [heard("OK")]),
    "a call that ends is not the end of a command": (
        (CIMI, b"\r\nNO CARRIER\r\n25001\r\nOK\r\n"),
        [heard("NO CARRIER"), answered(CIMI, "25001")],
    ),
    "a call that ends is the end of ATA": (
        (Command("ATA"), b"\r\nNO CARRIER\r\n"),
        [answered(Command("ATA"), final=Final(Kind.NO_CARRIER))],
    ),
    "a command that only has ATA in its name does not dial": (
        (Command("AT+XDATA?"), b"\r\nNO CARRIER\r\nERROR\r\n"),
        [heard("NO CARRIER"), answered(Command("AT+XDATA?"), final=Final(Kind.ERROR))],
    ),
    "CONNECT is a fault": ((CPIN, b"\r\nCONNECT 9600\r\n"), [answered(CPIN, final=Final(Kind.CONNECT, None, "9600"))]),
    "a line begun before the question is not its answer": (
        (b"\r\n+CPIN: RE", CPIN, b"ADY\r\n\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"),
        [heard("+CPIN: READY"), answered(CPIN, "+CPIN: SIM PIN")],
    ),
    "a final result code begun before the question ends nothing": (
        (b"\r\nO", CPIN, b"K\r\n\r\n+CME ERROR: 13\r\n"),
        [heard("OK"), answered(CPIN, final=Final(Kind.CME, 13))],
    ),
    "digits of ATV0": ((ATV1, b"0\r"), [answered(ATV1, final=Final(Kind.OK, None, "0"))]),
    "digits of ATV0 where nobody suspects it": ((CIMI, b"0\r\r\nOK\r\n"), [answered(CIMI, "0")]),
    "the prompt is left": ((CPIN, b"\r\n> ", b"\r\nERROR\r\n"), [Send(b"\x1b"), answered(CPIN, final=Final(Kind.ERROR))]),
    "the fence": ((CPIN, EXPIRE, b"\r\n+CMEE: 1\r\n\r\nOK\r\n"), [Fenced()]),
    "the fence, echoed": ((CPIN, EXPIRE, b"AT+CMEE?\r\r\n+CMEE: 1\r\n\r\nOK\r\n"), [Fenced()]),
    "a late answer before the fence's": (
        (CPIN, EXPIRE, b"\r\n+CPIN: READY\r\n\r\nOK\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n", CIMI, b"25001\r\nOK\r\n"),
        [Fenced(), answered(CIMI, "25001")],
    ),
    "a late answer begun before the time-out": (
        (CPIN, b"\r\n+CPIN: READY\r\n\r\nO", EXPIRE, b"K\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n", CIMI, b"25001\r\nOK\r\n"),
        [Fenced(), answered(CIMI, "25001")],
    ),
    "a late answer that never ends": ((CPIN, EXPIRE, b"\r\n+CPIN: READY\r\n+CMEE: 1\r\nOK\r\n"), [Fenced()]),
    "a late line without prefix": ((CIMI, EXPIRE, b"\r\n25001\r\nOK\r\n+CMEE: 1\r\nOK\r\n"), [Fenced()]),
    "no late line at all": ((CIMI, EXPIRE, b"\r\n+CMEE: 1\r\nOK\r\n"), [Fenced()]),
    "late noise": ((CPIN, EXPIRE, b"\r\n\xff\xfe\r\n+CMEE: 1\r\nOK\r\n"), [Fenced()]),
    "URCs while lost": (
        (CPIN, EXPIRE, b"\r\n+CPIN: READY\r\nRING\r\nOK\r\n+CMEE: 1\r\n+CPIN: NOT READY\r\nNO CARRIER\r\n+CMT: ,9\r\nOK\r\nOK\r\n"),
        [heard("RING"), heard("+CPIN: NOT READY"), heard("NO CARRIER"), heard("+CMT: ,9", "OK"), Fenced()],
    ),
    "a URC like the late answer inside the fence's": (
        (CPIN, EXPIRE, b"\r\n+CMEE: 1\r\n+CPIN: NOT READY\r\nOK\r\n"),
        [heard("+CPIN: NOT READY"), Fenced()],
    ),
    "a fence that is refused is none": ((CPIN, EXPIRE, b"\r\nERROR\r\n\r\nERROR\r\n"), []),
    "information text of a fence without OK is none": (
        (CPIN, EXPIRE, b"\r\n+CMEE: 1\r\nERROR\r\n+CMEE: 1\r\nsomething\r\nOK\r\n"),
        [],
    ),
    "two fences, both answered": (
        (CPIN, EXPIRE, EXPIRE, b'OK\r\n+CMEE: 1\r\nOK\r\n+CSCS: "GSM"\r\nOK\r\n', CIMI, b"25001\r\nOK\r\n"),
        [Fenced(), answered(CIMI, "25001")],
    ),
    "two fences, the first unheard": (
        (CPIN, EXPIRE, EXPIRE, b'\r\n+CSCS: "GSM"\r\nOK\r\n', CIMI, b"25001\r\nOK\r\n"),
        [Fenced(), answered(CIMI, "25001")],
    ),
    "two fences, the first half answered at the second time-out": (
        (CPIN, EXPIRE, b"\r\n+CMEE: 1\r\nO", EXPIRE, b'K\r\n+CSCS: "GSM"\r\nOK\r\n', CIMI, b"25001\r\nOK\r\n"),
        [Fenced(), answered(CIMI, "25001")],
    ),
    "two fences, only the first answered": ((CPIN, EXPIRE, EXPIRE, b"\r\n+CMEE: 1\r\nOK\r\n"), []),
    "a fence after a fence that was answered late": (
        (CPIN, EXPIRE, EXPIRE, b"+CMEE: 1\r\nOK\r\n", EXPIRE, b"ERROR\r\n+CMEE: 1\r\nOK\r\n", CIMI, b"25001\r\nOK\r\n"),
        [Fenced(), answered(CIMI, "25001")],
    ),
    "the lost command was the first fence": (
        (Command("at+cmee?"), EXPIRE, b'\r\n+CMEE: 1\r\nOK\r\n+CSCS: "GSM"\r\nOK\r\n', CIMI, b"25001\r\nOK\r\n"),
        [Fenced(), answered(CIMI, "25001")],
    ),
    "the lost command says what the fence says": (
        (Command("AT&V"), EXPIRE, b"\r\nE0 V1\r\n+CMEE: 1\r\nOK\r\n+CMEE: 1\r\nOK\r\n", CIMI, b"25001\r\nOK\r\n"),
        [Fenced(), answered(CIMI, "25001")],
    ),
    "a fence under ATV0": ((ATV1, EXPIRE, b"0\r\n+CMEE: 1\r\n0\r"), [Fenced()]),
    "a lost call": ((Command("ATA"), EXPIRE, b"\r\nNO CARRIER\r\n+CMEE: 0\r\nOK\r\n"), [Fenced()]),
    "a prompt while lost": ((CPIN, EXPIRE, b"\r\n> "), [Send(b"\x1b")]),
    "a fence under an ATV0 that nobody suspects": (
        (CIMI, b"25001\r\n0\r", EXPIRE, b"+CMEE: 1\r\n0\r", EXPIRE, b'+CSCS: "GSM"\r\n0\r'),
        [Fenced()],
    ),
    "a fence on a port just opened": ((EXPIRE, b"\r\n250010000000000\r\nOK\r\n+CMEE: 2\r\nOK\r\n"), [Fenced()]),
}


def play(dialog: Dialog, steps: tuple[Step, ...], cut: Cut) -> list[Event]:
    events: list[Event] = []
    for step in steps:
        if isinstance(step, Command):
            dialog.send(step)
        elif isinstance(step, str):
            dialog.expire()
        else:
            for piece in cut(step):
                events += dialog.feed(piece)
    return events


def at(place: int) -> Cut:
    return lambda octets: iter((octets[:place], octets[place:]))


@pytest.mark.parametrize("scene", SCENES)
def test_every_cut_of_a_scene_means_the_same(scene: str) -> None:
    steps, events = SCENES[scene]
    longest = max(len(step) for step in steps if isinstance(step, bytes))
    for place in range(longest + 1):
        assert play(Dialog(["!NOISE:"]), steps, at(place)) == events, f"cut at {place}"
    assert play(Dialog(["!NOISE:"]), steps, lambda octets: (bytes([octet]) for octet in octets)) == events


@given(st.sampled_from(sorted(SCENES)), st.randoms(use_true_random=False))
def test_random_chunks_of_a_scene_mean_the_same(scene: str, random: Random) -> None:
    def chunks(octets: bytes) -> Iterator[bytes]:
        while octets:
            size = random.randint(1, 9)
            yield octets[:size]
            octets = octets[size:]

    steps, events = SCENES[scene]
    assert play(Dialog(["!NOISE:"]), steps, chunks) == events
