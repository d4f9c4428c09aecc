"""Decoders at the bounds of what the standards allow, one step inside and one outside."""

import pytest

from agent.at.values import Crsm, after, bcd, cnum, ef_ad_mnc_length, ef_iccid, ef_msisdn, fields, record_length, registration


@pytest.mark.parametrize(
    ("line", "prefix", "rest"),
    [
        ("+CREG: 1 ", "+CREG:", "1"),
        ("+CREG:1", "+creg:", "1"),
        ("+CREG : 1", "+CREG:", "1"),
        (" +CREG: 1", "+CREG:", None),
        ("ICCID 8944 ", "iccid", "8944"),
        ("+CREG", "+CREG:", None),
        ("", "", ""),
    ],
)
def test_a_prefix_is_found_in_any_case_and_its_rest_is_trimmed(line: str, prefix: str, rest: str | None) -> None:
    assert after(line, prefix) == rest


def test_blanks_are_taken_out_of_numbers_alone() -> None:
    assert fields("0 5a,5 0,a 5") == ["0 5a", "50", "a 5"]


def test_only_fillers_at_the_end_are_dropped() -> None:
    assert bcd("1FF2") == "F12"
    assert bcd("21FE") == "12E"


# TS 24.008 10.5.4.7: bit 8 of the type of number is always set, and it is one octet.
@pytest.mark.parametrize(
    ("kind", "known"), [("127", False), ("128", True), ("199", True), ("200", True), ("255", True), ("256", False), ("0145", False)]
)
def test_a_type_of_number_is_one_octet_with_its_first_bit_set(kind: str, known: bool) -> None:
    assert cnum(f'+CNUM: "","0770090",{kind}') == (("0770090", int(kind)) if known else None)


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("*21#", "*21#"),
        ("002a00320031", "*21"),
        ("002A00320023", "*2#"),
        ("002b00330039", "39"),
        ("002B00330039", "39"),
        ("003000370037", "077"),
        ("00300037", "00300037"),  # too short to be a number in UCS2, long enough to be one in digits
        ("0770090x", None),
        ("x0770090", None),
        ("+", None),
        ("++49", None),
        ("٠٧٧٠", None),
    ],
)
def test_a_number_is_dialled_digits_plain_or_in_ucs2(number: str, digits: str | None) -> None:
    found = cnum(f'+CNUM: "","{number}",129')
    assert (found and found[0]) == digits


def test_the_second_parameter_is_the_number_wherever_it_can_be() -> None:
    assert cnum('+CNUM: "200","0770090",145,"0770091",129') == ("0770090", 145)
    assert cnum('+CNUM: "0770090",145,x,y') == ("0770090", 145)
    assert cnum('+CNUM: a, b, c,"0770090",145') == ("0770090", 145)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (" +CREG: 0,1", 1),
        ("+CREG : 0 , 9 , x", 9),
        ("+CREG:0,10", 10),
        ("+CREG: 2,11 ", 11),
        ("x+CREG: 0,1", None),
        ("+CREG: 0,1x", None),
        ("+CXREG: 0,1", None),
    ],
)
def test_registration_is_read_with_blanks_in_any_place(line: str, found: int | None) -> None:
    assert registration(line) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("+CRSM: 255,255", Crsm(255, 255)),
        ("+CRSM: 0 , 0 , 09AFafBe ", Crsm(0, 0, b"\x09\xaf\xaf\xbe")),
        ('+CRSM: 144,0 , " 0A "', Crsm(144, 0, b"\x0a")),
        ("+CRSM: 144,0,", Crsm(144, 0)),
        ("+CRSM: 144,256", None),
        ("+CRSM: ,0", None),
        ("+CRSM: 144,", None),
        ("+CRSM: 144,0,x", None),
        ("+CRSM: 144,0,0A x", None),
        ("+CRSM: x144,0", None),
        ("+CRSM: " + "1" * 5000 + ",0", None),
        ("+CRSM: 144," + "1" * 5000, None),
        ("+CRSM: 144,0,0Gx", None),
    ],
)
def test_sw1_and_sw2_are_octets_and_the_rest_is_hex(line: str, found: Crsm | None) -> None:
    assert Crsm.parse(line) == found


@pytest.mark.parametrize(
    ("response", "length"),
    [
        ("620B 8205 42210001 0A 8302 6F40", 1),
        ("620B 8205 422100FF 0A 8302 6F40", 255),
        ("620B 8205 42210100 0A 8302 6F40", None),
        ("620B 8205 42210000 0A 8302 6F40", None),
        ("620B 8205 4321001C 0A 8302 6F40", None),  # TS 102 221 11.1.1.4.3: structure 011 is reserved
        ("620B 8205 4621001C 0A 8302 6F40", None),  # cyclic
        ("6207 8205 4221001C 0A", 28),
        ("6209 8300 8205 4221001C 0A", 28),
        ("6204 8202 4121", None),
        ("62028205", None),
        ("6282", None),
        ("0000008C6F400401 11FFFF01 02 01 01", 1),
        ("0000008C6F400401 11FFFF01 02 01 FF", 255),
        ("0000008C6F400501 11FFFF01 02 01 1C", None),
    ],
)
def test_a_record_is_one_to_255_octets_long(response: str, length: int | None) -> None:
    assert record_length(bytes.fromhex(response)) == length


@pytest.mark.parametrize(
    ("record", "number"),
    [
        ("0B 91 21 43 65 87 09 21 43 65 87 09 FF FF", ("12345678901234567890", 145)),  # the longest: TON/NPI and ten octets
        ("02 81 21 FF FF FF FF FF FF FF FF FF FF FF", ("12", 129)),
        ("02 81 F1 FF FF FF FF FF FF FF FF FF FF FF", ("1", 129)),
        ("01 81 21 FF FF FF FF FF FF FF FF FF FF FF", None),
        ("00 81 21 FF FF FF FF FF FF FF FF FF FF FF", None),
        ("0C 91 21 43 65 87 09 21 43 65 87 09 21 FF", None),
        ("03 81 21 43 65 87 FF FF FF FF FF FF FF FF", ("1234", 129)),  # what stands behind the length is not the number
        ("03 81 21 F3 45 87 FF FF FF FF FF FF FF FF", ("123", 129)),
        ("02 81 21 FF FF FF FF FF FF FF FF FF FF", None),  # an octet short
        ("04 A1 A0 CB ED FF FF FF FF FF FF FF FF FF", ("0*#abc", 161)),
    ],
)
def test_a_number_is_as_long_as_its_length_says(record: str, number: tuple[str, int] | None) -> None:
    assert ef_msisdn(bytes.fromhex(record)) == number


def test_ef_files_that_are_too_short_say_nothing() -> None:
    assert [ef_ad_mnc_length(b"\0\0\x02"), ef_ad_mnc_length(b"\0\0\0\x12"), ef_ad_mnc_length(b"\0\0\0\x01")] == [None, 2, None]
    assert ef_iccid(bytes.fromhex("89442000536710524991 00")) is None
