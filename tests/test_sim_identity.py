"""Identities: TS 102 221 13.2 and E.118 for the ICCID, TS 23.003 2.2 for the IMSI, E.164 for numbers."""

import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import IdentityError
from agent.sim.identity import Card, Iccid, Imsi, Msisdn, Plmn

HEX = "0123456789ABCDEF"
iccids = st.text(HEX[:10], min_size=16, max_size=18).map(lambda rest: "89" + rest)
imsis = st.text(HEX[:10], min_size=3, max_size=12).map(lambda rest: "262" + rest)


def swapped(nibbles: str) -> str:
    return "".join(nibbles[at + 1] + nibbles[at] for at in range(0, len(nibbles), 2))


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("98 88 12 01 00 00 40 03 10 F0", "8988211000000430010"),
        ("98 44 02 00 35 76 01 25 94 F9", "8944200053671052499"),
        ("98 23 14 20 32 64 09 61 40 67", "89324102234690160476"),
        ("984402003576012594f9", "8944200053671052499"),
        ("8944200053671052499", "8944200053671052499"),
        ("8944 2000 5367 1052 499", "8944200053671052499"),
        ('"89860025128306012474"\r\n', "89860025128306012474"),
        ("8937105220100124117F", "8937105220100124117"),
        ("8937105220100124117f", "8937105220100124117"),
        ("898600700907A6019125", "898600700907A6019125"),
        ("898600810906F8048812", "898600810906F8048812"),
        ("898602f9091830030220", "898602F9091830030220"),
        ("898602abcdef30030220", "898602ABCDEF30030220"),
        ("898604981022C0256459", "898604981022C0256459"),
        ("894420005367105249", "894420005367105249"),
    ],
)
def test_an_iccid_reads_the_same_swapped_quoted_spaced_or_filled(text: str, digits: str) -> None:
    assert Iccid.parse(text).digits == digits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "F" * 20,
        "89442000536710524",  # 17 digits
        "894420005367105249912",  # 21 digits
        "4944200053671052499",  # not telecommunications (E.118: 89)
        "9844020035760125949",  # swapped, a nibble short
        "8944-2000-5367-1052-499",
        "894420005367105249G",
        "٨٩44200053671052499",
        "894420005367105249ﬀ",  # upper() makes FF of this letter
        "X8944200053671052499X",
        "9844020035760125949ff",  # one filler, not two
    ],
)
def test_what_is_no_iccid_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(IdentityError) as caught:
        Iccid.parse(text)
    assert not text or text not in str(caught.value)


@given(iccids.filter(lambda digits: len(digits) > 18))
def test_an_iccid_survives_the_way_through_its_elementary_file(digits: str) -> None:
    assert Iccid.parse(swapped(digits.ljust(20, "F"))) == Iccid.parse(digits)


@pytest.mark.parametrize("digits", ["262011106487504", "228062800000208", "001010123456063", "901700000000001", "310260"])
def test_an_imsi_is_read_as_it_stands(digits: str) -> None:
    assert Imsi.parse(f' "{digits}"\r\n').digits == digits
    assert Imsi.parse(digits).mcc == digits[:3]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26201",
        "2620111064875041",
        "26201110648750F",
        "000000000000000",
        "894420005367105",
        "１２３456",
        "+262011106487504",
        "X262011106487504X",
    ],
)
def test_what_is_no_imsi_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(IdentityError) as caught:
        Imsi.parse(text)
    assert not text or text not in str(caught.value)


@given(st.one_of(st.text(max_size=30), st.text(HEX + string.whitespace + '"f', max_size=30)))
def test_parsing_raises_nothing_but_identity_errors(text: str) -> None:
    for parse in (Iccid.parse, Imsi.parse, Plmn.parse):
        with contextlib.suppress(IdentityError):
            parse(text)


@given(iccids)
def test_a_printed_iccid_never_reveals_its_middle(digits: str) -> None:
    iccid = Iccid.parse(digits)
    for shown in (str(iccid), repr(iccid), f"{iccid}", f"{iccid!r}", repr(Card(iccid)), "{}".format(iccid)):  # noqa: UP032
        assert f"{digits[:4]}…{digits[-4:]}" in shown
        assert digits[4:-4] not in shown


@given(imsis)
def test_a_printed_imsi_shows_no_digit_of_the_subscriber(digits: str) -> None:
    imsi = Imsi.parse(digits)
    assert str(imsi) == f"{digits[:5]}…"
    assert repr(imsi) == f"Imsi({digits[:5]}…)"
    assert digits not in repr(Card(Iccid.parse("8944200053671052499"), imsi))


def test_an_iccid_shows_what_it_is() -> None:
    assert repr(Iccid("8944200053671052499")) == "Iccid(8944…2499)"


def test_two_readings_of_one_card_are_equal_and_hash_alike() -> None:
    first, second = Iccid.parse("98440200357601 2594F9"), Iccid.parse("8944200053671052499")
    assert first == second
    assert len({first, second}) == 1
    assert Imsi("262011106487504") != Imsi("262011106487505")


def test_a_network_is_a_text_and_a_number() -> None:
    assert str(Plmn("289", "67")) == "28967"
    assert Plmn.parse("28967").code == 28967
    assert Plmn.parse("310260") == Plmn("310", "260")
    assert Plmn("262", "01") != Plmn("262", "010")


@pytest.mark.parametrize(
    ("mcc", "mnc"), [("26", "201"), ("2620", "01"), ("262", "1"), ("262", "0123"), ("262", "0x"), ("２６２", "01"), ("", "")]
)
def test_a_network_of_wrong_length_is_refused(mcc: str, mnc: str) -> None:
    with pytest.raises(IdentityError):
        Plmn(mcc, mnc)


def test_a_number_is_printed_with_its_plus() -> None:
    assert str(Msisdn("79407123456", 7)) == "+79407123456"


@pytest.mark.parametrize(
    ("digits", "code"), [("123456", 1), ("1234567890123456", 1), ("0123456789", 0), ("+79407123456", 7), ("79407123456", 44)]
)
def test_a_number_that_is_not_e164_is_refused(digits: str, code: int) -> None:
    with pytest.raises(IdentityError):
        Msisdn(digits, code)
