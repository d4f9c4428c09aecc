"""Targets: what a modem may say, octet by octet and line by line."""

import re

from agent.at import ussd, values
from agent.at.codes import Final, is_two_line_urc, is_urc, parse_final
from agent.at.dialog import FENCES, MAX_ANSWER, Answered, Command, Dialog, Event, State
from agent.at.lines import MAX_LINE, Line, Splitter

from .target import promise, text_of

# A piece of an input: what is done, and the octets that it is done with.
PIECES = re.compile(rb"([\x80-\x87])([^\x80-\x87]*)", re.DOTALL)
COMMANDS = (
    Command("AT+CPIN?", "+CPIN:", timeout=10),
    Command("AT+CIMI"),
    Command("AT+CREG?", "+CREG:", r"[^:]*:\s*\d\s*,"),
    Command("ATV1", numeric=True),
    Command("AT+CRSM=176,28589,0,0,4", ("+CRSM:", "")),
    Command("ATD112"),
)
DIGITS = re.compile(r"[0-9*#a-c]+")


def lines(octets: bytes) -> None:
    """The splitter: every cut gives the same lines, trimmed and bounded."""
    limit = 8 + octets[0] if octets else MAX_LINE
    whole, cut = Splitter(limit), Splitter(limit)
    found = whole.feed(octets)
    step = 1 + (octets[-1] & 7 if octets else 0)
    pieces: list[Line] = []
    for at in range(0, len(octets), step):
        pieces += cut.feed(octets[at : at + step])
    promise(found == pieces, "a cut changed the lines")
    promise(whole.overlong == cut.overlong, "a cut changed what was too long")
    promise(all(0 < len(line.text) <= limit and "\r" not in line.text and "\n" not in line.text for line in found), "no line, or no end")


def dialog(octets: bytes) -> None:
    """Two dialogues hear the same, one of them in small pieces: they say the same, and neither grows."""
    one, two = Dialog(["UGSM:"]), Dialog(["UGSM:"])
    for verb, said in PIECES.findall(octets):
        match verb[0] & 7:
            case 6:
                promise(one.expire() == two.expire(), "a cut changed the fence")
            case 7:
                one.feed(said[:1]), two.feed(said[:1])
            case number if one.state is State.IDLE:
                promise(one.send(COMMANDS[number]) == two.send(COMMANDS[number]), "a cut changed the question")
        events: list[Event] = []
        step = 1 + len(said) % 5
        for at in range(0, len(said), step):
            events += two.feed(said[at : at + step])
        promise(one.feed(said) == events, "a cut changed the events")
        promise(one.state is two.state, "a cut changed the state")
        promise(len(one._lines) <= MAX_ANSWER and len(one._fences) <= len(FENCES), "it keeps too much")
        promise(all(len(event.answer.lines) <= MAX_ANSWER for event in events if isinstance(event, Answered)), "an endless answer")


def decoders(octets: bytes) -> None:
    """Every decoder of a line and of an EF: None, or what its standard allows."""
    text = text_of(octets)
    number = values.cnum(text)
    promise(number is None or (re.fullmatch(r"[0-9*#]+", number[0]) and 128 <= number[1] <= 255), "+CNUM")
    stat = values.registration(text)
    promise(stat is None or 0 <= stat <= 11, "+CREG")
    crsm = values.Crsm.parse(text)
    if crsm:
        promise(max(crsm.sw1, crsm.sw2) <= 255, "+CRSM")
        _files(crsm.octets)
    _files(octets)
    for name, decoder in values.ICCID_DECODERS.items():
        found = decoder(text)
        promise(found is None or isinstance(found, str), name)
    for name in values.PIN_DECODERS:
        left = values.pin_attempts(name, [text])
        promise(left is None or 0 <= left <= 99, name)
    for prefix in ("+CNUM:", "+CRSM:", ""):
        values.parameters(text, prefix)
    for one in (values.bcd(text), values.ucs2(text)):
        promise(one is None or isinstance(one, str), "no text")


def _files(octets: bytes) -> None:
    length = values.record_length(octets)
    promise(length is None or 0 < length < 256, "record length")
    iccid = values.ef_iccid(octets)
    promise(iccid is None or (len(iccid) <= 20 and iccid.isascii()), "EF_ICCID")
    promise(values.ef_ad_mnc_length(octets) in (None, 2, 3), "EF_AD")
    msisdn = values.ef_msisdn(octets)
    promise(msisdn is None or (DIGITS.fullmatch(msisdn[0]) and 0 <= msisdn[1] <= 255), "EF_MSISDN")


def codes(octets: bytes) -> None:
    """Result codes: what is final says so again, what is a URC is no final of OK."""
    text = text_of(octets)
    plain, numeric = parse_final(text), parse_final(text, numeric=True)
    promise(plain is None or plain == numeric, "digits change what is no digit")
    for final in (plain, numeric):
        if isinstance(final, Final):
            promise(str(final), "a result code without a name")
            promise(final.code is None or 0 <= final.code < 1_000_000, "a number of no error")
    promise(not (is_two_line_urc(text) and not is_urc(text)), "two lines of what is no URC")
    promise(not (plain and plain.ok and is_urc(text)), "OK is no URC")


def replies(octets: bytes) -> None:
    """+CUSD over several lines, and the texts that it may be."""
    gather = ussd.Gather()
    for line in text_of(octets[1:]).split("\n"):
        reply = gather.feed(line)
        if reply:
            promise(0 <= reply.mode <= 5 and all(reply.texts), "a reply of nothing")
            promise(str(reply.texts) not in repr(reply) or not reply.texts, "a reply shows its text")
    promise(len(gather._lines) < ussd.LONGEST, "a reply without end")
    found = ussd.texts(text_of(octets[1:]), octets[0] if octets else 0)
    promise(len(set(found)) == len(found) <= 4, "one text twice")
