"""No identity reaches a transcript in any form, and what replaces it means the same to the agent."""

import re
from collections.abc import Callable

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from identities import ef_iccid, ef_imsi, ef_msisdn, leaks, swapped, ucs2

from agent.at.dialog import Command
from agent.at.values import Crsm, cnum
from agent.at.values import ef_iccid as read_iccid
from agent.at.values import ef_msisdn as read_msisdn
from agent.modems.scrub import Scrubber
from agent.modems.tape import Tape
from agent.modems.transcripts import Header, Line, Mark, Transcript
from agent.sim.identity import Iccid, Imsi

ICCID, IMSI, IMEI, NUMBER = "8944200053671052494", "234151234567890", "490154203237518", "+447700900123"
HEADER = Header(synthetic="x", modem="x")


def luhn_holds(digits: str) -> bool:
    """ISO/IEC 7812-1."""
    return sum(sum(map(int, str(int(digit) * (1 + at % 2)))) for at, digit in enumerate(reversed(digits))) % 10 == 0


def scrubbed(line: str, scrubber: Scrubber | None = None, asked: str = "AT") -> str:
    found = scrubber or Scrubber(b"salt")
    found.sent(asked.encode() + b"\r")
    return found.received(f"\r\n{line}\r\n".encode("latin-1")).decode("latin-1")[2:-2]


# -- what stays --


@pytest.mark.parametrize("salt", [b"", b"a", b"b", b"c"])
def test_an_iccid_keeps_issuer_length_and_a_right_check_digit(salt: bytes) -> None:
    found = scrubbed(f"+QCCID: {ICCID}", Scrubber(salt)).removeprefix("+QCCID: ")
    assert (found[:7], len(found)) == (ICCID[:7], 19)
    assert luhn_holds(ICCID)
    assert luhn_holds(found)
    assert Iccid.parse(found)


def test_an_imsi_keeps_mcc_and_mnc_and_an_imei_its_type_and_check_digit() -> None:
    imsi, imei = scrubbed(IMSI, asked="AT+CIMI"), scrubbed(IMEI, asked="AT+CGSN")
    assert (imsi[:6], len(imsi)) == (IMSI[:6], 15)
    assert Imsi.parse(imsi)
    assert (imei[:8], len(imei)) == (IMEI[:8], 15)
    assert luhn_holds(imei)


@pytest.mark.parametrize(
    "line",
    [
        '+CNUM: "","+447700900123",145',
        '+CNUM: ,"07700900123",129',
        "+CNUM: 07700900123,161",
        f'+CNUM: "","{ucs2("+447700900123")}",145',
        f'+CNUM: "","{ucs2("07700900123").lower()}",129',
    ],
)
def test_a_number_keeps_type_length_and_beginning_and_its_forms_stay_one_number(line: str) -> None:
    found, original = cnum(scrubbed(line)), cnum(line)
    assert found
    assert original
    digits, kind = found
    assert (len(digits), kind) == (len(original[0]), original[1])
    assert digits[:-6] == original[0][:-6]
    plain = cnum(scrubbed('+CNUM: ,"+447700900123",145'))
    assert plain
    assert digits[-6:] == plain[0][-6:] != "900123"


def test_one_identity_has_one_pseudonym_in_all_its_forms() -> None:
    scrubber = Scrubber(b"salt")
    plain = scrubbed(f"+ICCID: {ICCID}", scrubber).removeprefix("+ICCID: ")
    assert scrubbed(f"+ICCID: {ICCID}F", scrubber) == f"+ICCID: {plain}F"
    assert scrubbed(f"^ICCID: {ef_iccid(ICCID)}", scrubber) == f"^ICCID: {ef_iccid(plain)}"
    assert scrubbed(f'+CRSM: 144,0,"{ef_iccid(ICCID)}"', scrubber) == f'+CRSM: 144,0,"{ef_iccid(plain)}"'
    assert scrubbed(f"+CRSM: 144,0,{ef_iccid(ICCID).lower()}", scrubber) == f"+CRSM: 144,0,{ef_iccid(plain).lower()}"
    assert scrubbed(" ".join(re.findall("..", ef_iccid(ICCID))), scrubber) == " ".join(re.findall("..", ef_iccid(plain)))
    assert scrubbed(f"{ICCID[:4]} {ICCID[4:8]} {ICCID[8:12]} {ICCID[12:]}", scrubber).replace(" ", "") == plain
    imsi = scrubbed(IMSI, scrubber, "AT+CIMI")
    assert scrubbed(f'+CRSM: 144,0,"{ef_imsi(IMSI)}"', scrubber) == f'+CRSM: 144,0,"{ef_imsi(imsi)}"'
    assert scrubbed(f"+CIMI: {IMSI}", scrubber, "AT+CMEE?") == f"+CIMI: {imsi}"
    imei = scrubbed(IMEI, scrubber, "AT+CGSN")
    assert scrubbed(f"IMEI: {IMEI}", scrubber, "ATI") == f"IMEI: {imei}"
    assert scrubbed(IMEI, scrubber, "AT+CIMI") == imei
    tail = scrubbed(f'+CLIP: "{NUMBER}",145', scrubber)[15:21]
    assert scrubbed("+44 7700 900123", scrubber) == f"+44 7700 {tail}"
    record = scrubbed(f'+CRSM: 144,0,"{ef_msisdn(NUMBER[1:], 145)}"', scrubber)
    assert record == f'+CRSM: 144,0,"{ef_msisdn("447700" + tail, 145)}"'


def test_cards_with_letters_and_phase_1_cards_stay_what_they_are() -> None:
    letters = scrubbed("+ICCID: 898600700907A6019125")
    assert re.fullmatch(r"\+ICCID: 8986007\d{5}A\d{7}", letters)
    straight = Crsm.parse(scrubbed("+CRSM: 144,0,89324102234690160476"))
    assert straight
    assert (read_iccid(straight.octets) or "").startswith("8932410")


def test_a_number_on_the_card_is_still_a_number_without_a_name() -> None:
    # The example record of TS 31.102 4.2.26.
    eigene = "456967656E652052756666E756D6D6572"[:32] + "FFFFFFFF" + "0891947172199181F3FFFFFFFFFF"
    found = Crsm.parse(scrubbed(f'+CRSM: 144,0,"{eigene}"'))
    assert found
    digits, kind = read_msisdn(found.octets) or ("", 0)
    assert (len(digits), digits[:7], kind) == (13, "4917279", 145)
    assert digits != "4917279119183"
    assert found.octets[:20] == b"x" * 16 + b"\xff" * 4


@pytest.mark.parametrize(
    "line",
    [
        "OK",
        "+CPIN: READY",
        "+CME ERROR: 13",
        '+CREG: 2,1,"D509","80D413D",7',
        "+QSIMSTAT : 1,1",
        "+CSQ: 24,99",
        "+CRSM: 106,130",
        '+CRSM: 144,0,"00000002"',
        f'+CRSM: 144,0,"{"FF" * 28}"',
        '+CNUM: "","",129',
        '^HCSQ:"LTE",46,40,161,22',
        "^NDISSTAT:00000000,0000000000000000",
        '+CCLK: "25/11/23,12:00:00+00"',
    ],
)
def test_what_is_nobody_s_stays_as_it_is(line: str) -> None:
    assert scrubbed(line) == line


@pytest.mark.parametrize(
    "line", ["EC25EFAR02A09M4G", "SWI9X30C_02.24 r7040 2017/05/19 06:23:09", "LE20B04SIM7600M22_20190910", "11.617.00.00.00"]
)
def test_a_firmware_keeps_its_version(line: str) -> None:
    assert scrubbed(line, asked="AT+CGMR") == line


@pytest.mark.parametrize(
    "description",
    [
        "62178205422100200283026F408A01058B036F060480020040",  # TS 102 221 11.1.1.3
        "000000386F40040011FF44010202011C",  # TS 51.011 9.2.1
    ],
)
def test_the_description_of_a_file_stays_and_only_where_it_was_asked_for(description: str) -> None:
    line = f'+CRSM: 144,0,"{description}"'
    assert scrubbed(line, asked="AT+CRSM=192,28480,0,0,15") == line
    assert scrubbed(line, asked="AT+CRSM=178,28480,1,4,28") != line


@pytest.mark.parametrize("salt", [b"a", b"b"])
def test_a_number_of_any_country_stays_a_number_of_that_country(salt: bytes) -> None:
    for country in sorted(phonenumbers.SUPPORTED_REGIONS):
        if (example := phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)) is None:
            continue
        number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        found = scrubbed(f'+CNUM: "","{number}",145', Scrubber(salt)).split('"')[3]
        assert found != number
        parsed = phonenumbers.parse(found)
        assert phonenumbers.is_valid_number(parsed), number
        assert phonenumbers.region_code_for_number(parsed) == phonenumbers.region_code_for_number(example), number


def test_names_and_messages_of_people_go() -> None:
    assert scrubbed('+CNUM: "Max Müller","+447700900123",145').startswith('+CNUM: "xxx xxxxxx","+447700')
    assert scrubbed("+CNUM: Max,0770,129") == "+CNUM: xxx," + scrubbed("+CNUM: Max,0770,129")[11:15] + ",129"
    assert scrubbed(f'+CPBR: 1,"+447700900123",145,"{ucs2("Anna B")}"').endswith(f'"{ucs2("xxxx x")}"')
    scrubber = Scrubber(b"")
    scrubber.received(b'\r\n+CMT: "+447700900123",,"25/11/23,12:00:00+00"\r\n')
    assert scrubber.received(b"\n") == b"\n"
    assert scrubber.received(b"Your code is 4711, Anna\r\n") == b"xxxx xxxx xx 0000, xxxx\r\n"
    assert scrubber.received(b"OK\r\n") == b"OK\r\n"


def test_a_pin_goes_from_the_question_and_from_its_echo() -> None:
    scrubber = Scrubber(b"")
    assert scrubber.sent(b'AT+CPIN="4711"\r') == b'AT+CPIN="0000"\r'
    assert scrubber.received(b'AT+CPIN="4711"\r') == b'AT+CPIN="0000"\r'
    assert scrubber.sent(b'AT+CLCK="SC",2\r') == b'AT+CLCK="SC",2\r'


@pytest.mark.parametrize(
    "text", ["AT+CRSM=176,12258,0,0,10", "AT+CRSM=178,28480,1,4,28", 'AT+QURCCFG="urcport","usbat"', "AT+CPBR=1", "AT+CMEE?"]
)
def test_questions_stay_as_they_are(text: str) -> None:
    assert Command(text)
    assert Scrubber(b"").sent(text.encode() + b"\r") == text.encode() + b"\r"


def test_a_position_goes_and_stays_a_sentence() -> None:
    assert scrubbed("$GPRMC,123519,A,4807.038,N,01131.000,E*6A") == "$GPRMC,000000,A,0000.000,N,00000.000,E*0A"


def test_octets_that_are_no_text_are_blanked() -> None:
    frame = b"~\x02\x9f" + bytes.fromhex(ef_imsi(IMSI)) + b"\x8bSN490154203237518\xfe~\r"
    found = Scrubber(b"").received(frame)
    assert len(found) == len(frame)
    assert set(found) <= set(b"~x0\t\r\xff)Ce\x00 !#$%&'(*+,-./:;<=>?@[\\]^_`{|}")
    assert b"490154" not in found


# -- what never comes through --

digits = st.text("0123456789", min_size=12, max_size=12)
iccids = st.builds("{}{}{}".format, st.sampled_from(["8944200", "8949020", "8901260", "8986007"]), digits, st.sampled_from(["", "7"]))
imsis = st.builds("{}{}".format, st.sampled_from(["23415", "310260", "26201", "46000"]), digits).map(lambda text: text[:15])
imeis = st.builds("{}{}".format, st.sampled_from(["35693803", "86012345", "00499901"]), digits).map(lambda text: text[:15])
numbers = st.builds("{}{}".format, st.sampled_from(["+447700", "+4915123", "+8613", "+1206555", "+35460"]), digits).map(
    lambda text: text[:13]
)
people = st.fixed_dictionaries({"iccid": iccids, "imsi": imsis, "imei": imeis, "number": numbers})

Form = Callable[[dict[str, str]], str]
FORMS: list[Form] = [
    lambda one: one["iccid"],
    lambda one: f"+QCCID: {one['iccid']}F",
    lambda one: f"ICCID:{one['iccid']},{one['imsi']}",
    lambda one: f"^ICCID: {ef_iccid(one['iccid'])}",
    lambda one: f'+CRSM: 144,0,"{ef_iccid(one["iccid"])}"',
    lambda one: f"+CRSM: 145,12,{ef_iccid(one['iccid']).lower()}",
    lambda one: "-".join(re.findall("..", ef_iccid(one["iccid"]))),
    lambda one: " ".join(re.findall(".{1,4}", one["iccid"])),
    lambda one: ucs2(one["iccid"]),
    lambda one: one["imsi"],
    lambda one: f"+CIMI: {one['imsi']}",
    lambda one: f"id=0{one['imsi']}@wlan.mnc015.mcc234.3gppnetwork.org",
    lambda one: f'+CRSM: 144,0,"{ef_imsi(one["imsi"])}"',
    lambda one: f"^EF:{ef_imsi(one['imsi'])}",
    lambda one: f"{one['imsi']} {one['iccid']}",
    lambda one: one["imei"],
    lambda one: f"IMEI{one['imei']}",
    lambda one: f'+EGMR: "{one["imei"][:14]}"',
    lambda one: f"{one['imei'][:6]}-{one['imei'][6:8]}-{one['imei'][8:14]}-{one['imei'][14]}",
    lambda one: "\0".join(one["imei"]),
    lambda one: f"!IMEI: {one['imei']}01",
    lambda one: f'+CNUM: "Own",”{one["number"]}”,145'.encode("latin-1", "replace").decode("latin-1"),
    lambda one: f'+CNUM: "Own","{one["number"]}",145',
    lambda one: f"+CNUM: Anna, 4,{one['number'][1:]},129",
    lambda one: f'+CNUM: "","{ucs2(one["number"])}",145',
    lambda one: f'+CNUM: "","{one["number"].encode().hex()}",145',
    lambda one: f'+CPBR: 1,"0{one["number"][3:]}",129,"{one["number"]}"',
    lambda one: f'+CRSM: 144,0,"{ef_msisdn(one["number"][1:], 145, "Anna")}"',
    lambda one: f'+CUSD: 0,"Your number is {one["number"]}.",15',
    lambda one: f'+CUSD: 2,"{ucs2("Ihre Nummer: " + one["number"])}",72',
    lambda one: f'+CMT: "{one["number"]}",,"25/11/23,12:00:00+00"\r\ncall {one["number"][1:]}',
    lambda one: f"+CMT: ,24\r\n0791{swapped(one['number'][1:])}040B",
    lambda one: f"#OWNNUM {one['number'][:3]} {one['number'][3:7]} {one['number'][7:]}",
    lambda one: f"subscriber{one['number'][1:]}end",
    lambda one: f"<sip:{one['number']}@ims>",
]
ASKED = ["AT", "ATI", "AT+CGMR", "AT+CGSN", "AT+CIMI", "AT+CNUM", "AT+CRSM=176,12258,0,0,10", "AT+CRSM=192,28480,0,0,15"]


@settings(max_examples=300)
@given(people, st.lists(st.tuples(st.sampled_from(ASKED), st.sampled_from(FORMS)), min_size=1, max_size=6), st.data())
def test_no_form_of_anybody_comes_through_however_the_octets_are_cut(
    one: dict[str, str], said: list[tuple[str, Form]], data: st.DataObject
) -> None:
    tape, lines = Tape(Scrubber(data.draw(st.binary(max_size=4)))), []
    for ms, (asked, form) in enumerate(said):
        octets = f"{asked}\r\r\n{form(one)}\r\n\r\nOK\r\n".encode("latin-1")
        cut = data.draw(st.integers(0, len(octets)))
        # The question is sent in the middle of what comes: a late answer.
        lines += [*tape.received(ms, octets[:cut]), *tape.sent(ms, f"{asked}\r".encode()), *tape.received(ms, octets[cut:])]
    lines += tape.end(len(said))
    assert leaks(Transcript(HEADER, tuple(lines)), list(one.values())) == []
    assert sum(len(line.octets) for line in lines if line.mark is Mark.RECEIVED) == sum(
        len(f"{asked}\r\r\n{form(one)}\r\n\r\nOK\r\n") for asked, form in said
    )


@given(people, st.sampled_from(FORMS), st.sampled_from(ASKED))
def test_the_forms_would_be_found_if_they_came_through(one: dict[str, str], form: Form, asked: str) -> None:
    assert leaks(Transcript(HEADER, (Line(0, Mark.RECEIVED, form(one).encode("latin-1")),)), list(one.values())), asked


@given(st.binary(), st.sampled_from(ASKED), st.binary(max_size=4))
def test_any_octets_keep_their_length_and_their_line_ends(octets: bytes, asked: str, salt: bytes) -> None:
    scrubber = Scrubber(salt)
    scrubber.sent(asked.encode() + b"\r")
    found = scrubber.received(octets)
    assert len(found) == len(octets)
    assert [at for at, octet in enumerate(found) if octet in b"\r\n\0"] == [at for at, octet in enumerate(octets) if octet in b"\r\n\0"]


@given(people, people)
def test_two_people_never_become_one(one: dict[str, str], other: dict[str, str]) -> None:
    scrubber = Scrubber(b"salt")
    for key, asked in (("imsi", "AT+CIMI"), ("imei", "AT+CGSN"), ("iccid", "AT")):
        alike = scrubbed(one[key][:14], scrubber, asked) == scrubbed(other[key][:14], scrubber, asked)
        assert alike == (one[key][:14] == other[key][:14])
