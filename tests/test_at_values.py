"""Decoders: examples of TS 27.007, TS 31.102, TS 51.011, E.118 and lines that real modems have sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.at import values
from agent.at.values import (
    Crsm,
    after,
    bcd,
    cnum,
    ef_ad_mnc_length,
    ef_iccid,
    ef_msisdn,
    fields,
    parameters,
    record_length,
    registration,
    ucs2,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("  ", []),
        ("1", ["1"]),
        ("2,,", ["2", None, None]),
        ("2,1,  0 5, 2715", ["2", "1", "05", "2715"]),
        ("2,1, 1F00, 79D903 ,7", ["2", "1", "1F00", "79D903", "7"]),
        ('001,"0001","0001"', ["001", "0001", "0001"]),
        ('"a, b","",c d', ["a, b", None, "c d"]),
        ('"0 5"', ["0 5"]),
        ('0,"open, end', ["0", "open, end"]),
    ],
)
def test_parameters_are_split_at_commas_outside_quotes(text: str, found: list[str | None]) -> None:
    assert fields(text) == found


@pytest.mark.parametrize(
    ("line", "prefix", "found"),
    [
        ("+CREG: 2,1", "+CREG:", ["2", "1"]),
        ("+QSIMSTAT : 1,0", "+QSIMSTAT:", ["1", "0"]),
        ("+creg:2,1", "+CREG:", ["2", "1"]),
        ("+CPIN:", "+CPIN:", []),
        ("+CREGX: 1", "+CREG:", None),
        ("+CGREG: 1", "+CREG:", None),
        ("7,8", "", ["7", "8"]),
    ],
)
def test_parameters_follow_the_prefix(line: str, prefix: str, found: list[str | None] | None) -> None:
    assert parameters(line, prefix) == found


def test_a_prefix_need_have_no_colon() -> None:
    assert after("ICCID 8944", "ICCID") == "8944"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("988812010000400310F0", "8988211000000430010"),
        ("9868000790706A101952", "898600700907A6019125"),
        ("FFFF", ""),
        ("", ""),
        ("123", None),
        ("zz", None),
        ("é", None),
    ],
)
def test_bcd_swaps_nibbles_and_drops_the_filler(text: str, digits: str | None) -> None:
    assert bcd(text) == digits


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("0045006900670065006E", "Eigen"),
        ("002B00340039", "+49"),
        ("4E2D56FD", "中国"),
        ("00340039", "49"),
        ("89860070", None),  # the beginning of an ICCID, not Chinese
        ("004", None),
        ("00450", None),
        ("D800D800", None),
        ("0045FFFF", None),
        ("Eigene Nummer", None),
        ("", None),
    ],
)
def test_ucs2_is_decoded_where_it_is_plausible(text: str, plain: str | None) -> None:
    assert ucs2(text) == plain


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('+CRSM: 144,0,"98881201000040031 0F0"', None),
        ('+CRSM: 144,0,"988812010000400310F0"', Crsm(144, 0, bytes.fromhex("988812010000400310F0"))),
        ("+CRSM: 144,0,00000002", Crsm(144, 0, b"\0\0\0\2")),
        ('+CRSM:144, 0, "00000002" ', Crsm(144, 0, b"\0\0\0\2")),
        ('+CRSM: 144,0,""', Crsm(144, 0)),
        ("+CRSM: 106,130", Crsm(106, 130)),
        ("+CRSM: 106,300", None),
        ("+CRSM: 256,0", None),
        ('+CRSM: 144,0,"123"', None),
        ("+CRSM: 144", None),
        ("+CSIM: 144,0", None),
    ],
)
def test_the_answer_of_the_card_is_read(line: str, found: Crsm | None) -> None:
    assert Crsm.parse(line) == found


def test_sw1_tells_success_from_refusal() -> None:
    accepted = [sw1 for sw1 in range(256) if Crsm(sw1, 0).ok]
    assert accepted == [0x90, 0x91, 0x92, 0x9F]


@pytest.mark.parametrize(
    ("response", "length"),
    [
        ("0000008C6F400401 11FFFF01 02 01 1C", 28),  # TS 51.011 9.2.1, linear fixed
        ("0000000A2FE2040004FFFF01020000", None),  # transparent
        ("0000008C6F400401 11FFFF01 02 03 1C", None),  # cyclic
        ("0000008C7F100201 11FFFF01 02 01 1C", None),  # a DF
        ("0000008C6F400401 11FFFF01 02 01", None),
        ("0000008C6F400401 11FFFF01 02 01 00", None),
        ("621E 8205 4221001C 0A 8302 6F40 A503 C00100 8A01 05 8B03 6F0601 8002 0118 8800", 28),  # TS 102 221 11.1.1.3
        ("62 81 1E 8205 4221001C 0A 8302 6F40", 28),
        ("6214 8302 6F40 8205 4221001C 0A", 28),
        ("6210 8202 4121 8302 2FE2 8002 000A", None),
        ("620B 8205 4121001C 0A 8302 6F40", None),
        ("620B 8205 4221001C", None),
        ("620B 8205 4221011C 0A", None),
        ("62", None),
        ("", None),
    ],
)
def test_the_record_length_stands_in_get_response(response: str, length: int | None) -> None:
    assert record_length(bytes.fromhex(response)) == length


@pytest.mark.parametrize(
    ("octets", "iccid"),
    [
        ("98 88 12 01 00 00 40 03 10 F0", "8988211000000430010"),
        ("98 44 02 00 35 76 01 25 94 F9", "8944200053671052499"),
        ("98 23 14 20 32 64 09 61 40 67", "89324102234690160476"),
        ("98 68 00 07 90 70 6A 10 19 52", "898600700907A6019125"),
        ("89 44 20 00 53 67 10 52 49 9F", "8944200053671052499"),
        ("FF FF FF FF FF FF FF FF FF FF", None),
        ("98 44 02 00 35", None),
        ("12 34 56 78 90 12 34 56 78 90", None),
        ("", None),
    ],
)
def test_an_iccid_is_swapped_unless_it_reads_89(octets: str, iccid: str | None) -> None:
    assert ef_iccid(bytes.fromhex(octets)) == iccid


@pytest.mark.parametrize(
    ("octets", "length"),
    [
        ("00000002", 2),
        ("01000102", 2),
        ("00000003", 3),
        ("0000000300", 3),
        ("000000F3", 3),
        ("000000", None),
        ("000000FF", None),
        ("00000000", None),
        ("", None),
    ],
)
def test_ef_ad_tells_the_mnc_length_or_nothing(octets: str, length: int | None) -> None:
    assert ef_ad_mnc_length(bytes.fromhex(octets)) == length


ALPHA = "456967656E6520527566 6E756D6D6572 FFFFFFFF"  # Eigene Rufnummer


@pytest.mark.parametrize(
    ("record", "number"),
    [
        (ALPHA + "08 91 94 71 72 19 91 81 F3 FF FF FF FF FF", ("4917279119183", 145)),
        ("FF" * 20 + "04 B1 21 43 F5" + "FF" * 9, ("12345", 177)),
        ("422048" + "FF" * 11 + "06 81 06 28 56 08 10" + "FF" * 7, ("6082658001", 129)),
        ("FF" * 14 + "07 91 94 71 02 04 30 50" + "FF" * 6, ("491720400305", 145)),
        ("05 81 A1 3B DC FE" + "FF" * 8, ("1*#3abc", 129)),
        ("FF" * 34, None),
        ("FF" * 20 + "00 91 94" + "FF" * 11, None),
        ("FF" * 20 + "01 91 94" + "FF" * 11, None),
        ("FF" * 20 + "03 91 FF FF" + "FF" * 10, None),
        ("FF" * 20 + "0C 91 94 71" + "FF" * 10, None),
        ("FF" * 13, None),
        ("", None),
    ],
)
def test_a_number_is_read_out_of_its_record(record: str, number: tuple[str, int] | None) -> None:
    assert ef_msisdn(bytes.fromhex(record)) == number


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ('+CNUM: ,"123",161', ("123", 161)),
        ('+CNUM: "","+4917279119183",145', ("4917279119183", 145)),
        ('+CNUM: "Own, mine","07700900123",129,7,4', ("07700900123", 129)),
        ('+CNUM: Mein Anschluss,"+491721234567",145', ("491721234567", 145)),
        ('+CNUM: Anschluss, der meine,"+491721234567",145', ("491721234567", 145)),
        ('+CNUM: "+491721234567",129', ("491721234567", 145)),
        ('+CNUM: "07700900123",129,7,4', ("07700900123", 129)),
        ('+CNUM: "07700900123","145",129', ("145", 129)),
        ('+CNUM: "129","0770090",177', ("0770090", 177)),
        ('+CNUM: "0045","002B00340039003100370032",145', ("49172", 145)),
        ('+CNUM: "","1 234 567",193', ("1234567", 193)),
        ('+CNUM: "","491721234567",129', ("491721234567", 129)),
        ('+CNUM: "","",129', None),
        ('+CNUM: "abc","no number",129', None),
        ('+CNUM: "abc","1234567",7', None),
        ('+CNUM: "abc","1234567"', None),
        ("+CNUM:", None),
        ("+CPBR: 1", None),
    ],
)
def test_own_numbers_are_read_as_modems_print_them(line: str, number: tuple[str, int] | None) -> None:
    assert cnum(line) == number


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("+CREG: 0,1", 1),
        ('+CREG: 2,5,"00D6","03FD",7', 5),
        ("+CREG: 2,1,  0 5, 2715", 1),
        ("+CEREG: 2,1, 1F00, 79D903 ,7", 1),
        ("+CGREG:0,0", 0),
        ("+C5GREG: 2,11", 11),
        ("+CREG: 2,,", None),
        ("+CREG: 1", None),
        ('+CREG: 001,"0001","0001"', None),
        ('+CREG: 1,"0001","0001"', None),
        ("+CREG: 2,12", None),
        ("+COPS: 0,1", None),
    ],
)
def test_registration_is_taken_from_the_read_form_alone(line: str, found: int | None) -> None:
    assert registration(line) == found


TEXT_DECODERS = [fields, bcd, ucs2, cnum, Crsm.parse, registration]
OCTET_DECODERS = [ef_iccid, ef_ad_mnc_length, ef_msisdn, record_length]


@given(st.text(), st.sampled_from(["", "+CNUM:", "+CRSM: ", "+CREG: ", '+CNUM: "a",']))
def test_no_text_makes_a_decoder_raise(text: str, prefix: str) -> None:
    for decode in TEXT_DECODERS:
        decode(prefix + text)
    parameters(text, prefix)
    values.after(text, text)


@given(st.text(alphabet='0123456789ABCDEFf ",+:-*#'), st.sampled_from(["", "+CNUM:", "+CRSM: ", "+CREG: "]))
def test_no_text_like_an_answer_makes_a_decoder_raise(text: str, prefix: str) -> None:
    for decode in TEXT_DECODERS:
        decode(prefix + text)


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x62", b"\x98", b"\x89"]))
def test_no_octets_make_a_decoder_raise(octets: bytes, first: bytes) -> None:
    for decode in OCTET_DECODERS:
        decode(first + octets)


@given(st.from_regex(r"89[0-9]{16,18}", fullmatch=True))
def test_every_iccid_survives_its_ef(iccid: str) -> None:
    padded = iccid.ljust(20, "F")
    swapped = "".join(padded[at + 1] + padded[at] for at in range(0, 20, 2))
    assert ef_iccid(bytes.fromhex(swapped)) == iccid
