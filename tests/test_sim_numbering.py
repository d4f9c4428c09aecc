"""MNC length and home network (TS 23.003 2.2, TS 31.102 4.2.18), E.164 completion, and the tables behind them."""

import subprocess
import sys
import tomllib
from contextlib import suppress
from importlib.resources import files

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from tables.derive import codes_of

from agent.errors import IdentityError
from agent.sim.identity import Imsi, Msisdn, Plmn
from agent.sim.numbering import e164, home_plmn, mnc_length, owner_number, region, region_of

UNKNOWN, INTERNATIONAL, NATIONAL = 129, 145, 161

# ITU-T E.212: one MCC in which each region's cards are at home; a sample that is not taken from the product's table.
HOME = {"GB": "234", "DE": "262", "FR": "208", "CN": "460", "US": "310", "RU": "250", "KZ": "401", "IT": "222", "BR": "724", "MX": "334"}
TABLES = tomllib.loads(files("agent.sim").joinpath("numbering.toml").read_text("utf-8"))
MCC_OF = {region: mccs.split()[0] for region, mccs in TABLES["region"].items()} | HOME
MCC_OF |= {also: mcc for mcc, regions in TABLES["region_also"].items() for also in regions}

# National mobiles that stay unresolved. Fewer than seven digits: nothing tells them from a short code.
SHORT = {"AD", "CK", "FK", "FO", "GL", "NC", "NF", "PM", "SH", "TK", "TV", "WF"}
# 059... under MCC 425 is a mobile of both +970 and +972.
AMBIGUOUS = {"PS"}
# Tristan da Cunha has fixed lines only.
NO_MOBILES = {"TA"}


def imsi(start: str) -> Imsi:
    return Imsi.parse(start.ljust(15, "1"))


@pytest.mark.parametrize(
    ("start", "ef_ad", "expected"),
    [
        ("22806", 2, (2, "ef_ad")),
        ("310410", 3, (3, "ef_ad")),
        ("405854", 2, (3, "list")),  # cards of these networks claim two digits
        ("405047", 2, (3, "list")),
        ("405048", 2, (2, "ef_ad")),
        ("502142", 2, (3, "list")),
        ("502144", 2, (2, "ef_ad")),
        ("302370", 2, (3, "list")),
        ("302720", 2, (3, "list")),
        ("310260", 2, (3, "list")),
        ("405854", 3, (3, "ef_ad")),
        ("22801", None, (2, "mcc")),
        ("22801", 15, (2, "mcc")),  # FF in EF_AD
        ("22801", 0, (2, "mcc")),
        ("311480", None, (3, "mcc")),
        ("28967", None, (2, "mcc")),
        ("20801", None, (2, "list")),
        ("20840", None, None),  # nobody's, in an MCC that has both
        ("208700", None, (3, "list")),
        ("208714", None, (3, "list")),
        ("208715", None, None),
        ("208260", None, None),  # 26 is a network too
        ("441213", None, (3, "list")),
        ("310410", None, (3, "mcc")),
        ("310590", None, None),
        ("310410", 2, (3, "mcc")),  # no network of the United States has two digits
        ("208700", 2, (3, "list")),
        ("23415", 3, (3, "ef_ad")),  # three digits are not claimed by mistake
        ("45400", None, (2, "list")),
        ("454290", None, None),  # 29 until ITU-T made ten of it
        ("454380", None, (3, "list")),
        ("454290", 2, (2, "ef_ad")),
        ("334020", None, None),
        ("722010", None, (3, "mcc")),
        ("722070", None, None),  # 07 in one table, 070 in the others
        ("722070", 2, (2, "ef_ad")),
        ("722341", None, None),
        ("405854", None, None),
        ("26201", None, (2, "list")),
        ("262901", None, None),  # one table alone has it
        ("26201", 2, (2, "ef_ad")),
        ("00101", None, None),  # test network: EF_AD only
        ("99999", None, None),  # private network: EF_AD only
        ("00101", 2, (2, "ef_ad")),
        ("29901", None, None),  # an MCC nobody has
    ],
)
def test_the_length_of_the_mnc_is_known_or_honestly_unknown(start: str, ef_ad: int | None, expected: tuple[int, str] | None) -> None:
    assert mnc_length(imsi(start), ef_ad) == expected


def test_the_home_network_is_cut_out_of_the_imsi() -> None:
    assert home_plmn(Imsi("262011106487504"), 2) == (Plmn("262", "01"), "ef_ad")
    assert home_plmn(Imsi("310260123456789"), 2) == (Plmn("310", "260"), "list")
    assert home_plmn(Imsi("289670000000001"), None) == (Plmn("289", "67"), "mcc")
    assert home_plmn(Imsi("208401106487504"), None) is None


@pytest.mark.parametrize(
    ("digits", "type_of_number", "mcc", "expected"),
    [
        ("+4917279119183", INTERNATIONAL, "262", "+4917279119183"),
        ("+491720400305", UNKNOWN, None, "+491720400305"),
        ("4915123456789", UNKNOWN, "262", "+4915123456789"),  # +494915123456789 would be a valid fixed line
        ("015123456789", UNKNOWN, "262", "+4915123456789"),
        ("15123456789", NATIONAL, "262", "+4915123456789"),
        ("13363729668", UNKNOWN, "460", "+8613363729668"),  # +13363729668 would be a valid number of North Carolina
        ("8613363729668", UNKNOWN, "460", "+8613363729668"),
        ("1123456789", UNKNOWN, "722", "+5491123456789"),
        ("541123456789", UNKNOWN, "722", "+5491123456789"),
        ("91123456789", UNKNOWN, "722", "+5491123456789"),
        ("+5215512345678", INTERNATIONAL, "334", "+525512345678"),
        ("5215512345678", UNKNOWN, "334", "+525512345678"),
        ("5512345678", UNKNOWN, "334", "+525512345678"),
        ("0612345678", UNKNOWN, "222", "+390612345678"),
        ("+390612345678", INTERNATIONAL, "222", "+390612345678"),
        ("3123456789", UNKNOWN, "222", "+393123456789"),
        ("89161234567", UNKNOWN, "250", "+79161234567"),
        ("9161234567", UNKNOWN, "250", "+79161234567"),
        ("79161234567", UNKNOWN, "250", "+79161234567"),
        ("87012345678", UNKNOWN, "401", "+77012345678"),
        ("7012345678", NATIONAL, "401", "+77012345678"),
        ("11961234567", UNKNOWN, "724", "+5511961234567"),
        ("004915123456789", UNKNOWN, "262", "+4915123456789"),
        ("0696201234", UNKNOWN, "340", "+596696201234"),  # Martinique shares the MCC of Guadeloupe
        ("+447700900123", INTERNATIONAL, "234", "+447700900123"),  # Ofcom's drama range: in no plan, but possible
        ("447700900123", INTERNATIONAL, "234", "+447700900123"),
        ("+79407123456", None, None, "+79407123456"),
        (" +4915123456789\r", INTERNATIONAL, None, "+4915123456789"),
        ("+491111111111111", INTERNATIONAL, None, "+491111111111111"),  # 15 digits, the most that E.164 has
        ("08001234567", UNKNOWN, "722", "+548001234567"),  # no mobile, with or without a 9
    ],
)
def test_a_number_is_completed_as_its_home_country_would(digits: str, type_of_number: int | None, mcc: str | None, expected: str) -> None:
    assert str(e164(digits, type_of_number, mcc)) == expected


@pytest.mark.parametrize(
    ("digits", "type_of_number", "mcc"),
    [
        ("", UNKNOWN, "262"),
        ("+", INTERNATIONAL, "262"),
        ("123", NATIONAL, "262"),
        ("12345", 177, "262"),
        ("123456", NATIONAL, "262"),
        ("+123456", INTERNATIONAL, "310"),
        ("1800FLOWERS", UNKNOWN, "310"),
        ("+49151x3456789", INTERNATIONAL, "262"),
        ("*100#", UNKNOWN, "262"),
        ("++4915123456789", INTERNATIONAL, "262"),
        ("٤٩١٥١٢٣٤٥٦٧٨٩", UNKNOWN, "262"),
        ("1161234567", UNKNOWN, "724"),  # the 9 of Brazilian mobiles would be a guess
        ("7700900123", UNKNOWN, "234"),  # without plus, possible is not enough
        ("07700900123", UNKNOWN, "234"),
        ("+44770090", INTERNATIONAL, None),  # too short for its country
        ("+491234", INTERNATIONAL, None),  # in Germany possible, in E.164 not
        ("+4911111111111111", INTERNATIONAL, None),
        ("358412345678", UNKNOWN, "232"),  # a mobile of Finland or a fixed line of Austria
        ("1" * 300, UNKNOWN, "262"),
        ("0599123456", UNKNOWN, "425"),  # valid under two calling codes of one MCC
        ("13363729668", UNKNOWN, None),
        ("13363729668", UNKNOWN, "901"),  # no home country: never a plus on suspicion
        ("015123456789", INTERNATIONAL, "262"),
        ("+9991234567", INTERNATIONAL, None),
        ("+4915123456789012345", INTERNATIONAL, "262"),
    ],
)
def test_a_doubtful_number_stays_unresolved(digits: str, type_of_number: int | None, mcc: str | None) -> None:
    assert e164(digits, type_of_number, mcc) is None


@given(st.text(max_size=25) | st.from_regex(r"\+?[0-9]{0,22}", fullmatch=True), st.sampled_from([None, 129, 145, 161, 177, 255]))
def test_any_text_gives_a_number_or_none(text: str, type_of_number: int | None) -> None:
    found = e164(text, type_of_number, "262")
    assert found is None or 7 <= len(found.digits) <= 15


def mobile(home: str) -> phonenumbers.PhoneNumber:
    example = phonenumbers.example_number_for_type(home, PhoneNumberType.MOBILE)
    assert example is not None
    return example


@pytest.mark.parametrize("home", sorted(phonenumbers.SUPPORTED_REGIONS - NO_MOBILES))
def test_every_countrys_mobile_survives_as_it_is_written_there(home: str) -> None:
    example = mobile(home)
    written = phonenumbers.format_number(example, PhoneNumberFormat.E164)
    assert str(e164(written, INTERNATIONAL, None)) == written
    assert str(owner_number(written)) == written
    if mcc := MCC_OF.get(home):
        national = phonenumbers.national_significant_number(example)
        assert str(e164(written.removeprefix("+"), UNKNOWN, mcc)) == written
        assert str(e164(national, NATIONAL, mcc)) == ("None" if home in SHORT | AMBIGUOUS else written)


def test_almost_every_country_has_a_home_mcc_in_the_table() -> None:
    without = phonenumbers.SUPPORTED_REGIONS - MCC_OF.keys()
    # Served from the MCC of a neighbour with the same calling code, or without a network of their own.
    assert without <= {"AC", "AX", "BL", "BQ", "CC", "CX", "EH", "GG", "IM", "IO", "JE", "MF", "SJ", "TA", "UM", "YT"}
    assert set(TABLES["region"]) <= phonenumbers.SUPPORTED_REGIONS


def test_a_number_belongs_to_the_region_whose_plan_has_it() -> None:
    assert region_of(Msisdn("77012345678", 7)) == "KZ"
    assert region_of(Msisdn("79161234567", 7)) == "RU"
    assert region_of(Msisdn("16042345678", 1)) == "CA"
    assert region_of(Msisdn("883510012345678", 883)) is None
    assert region_of(Msisdn("447700900123", 44)) is None
    assert region_of(Msisdn("9991234567", 999)) is None


def test_an_mcc_belongs_to_the_region_that_e212_says() -> None:
    assert {mcc: region(mcc) for mcc in HOME.values()} == {mcc: home for home, mcc in HOME.items()}
    assert [region(mcc) for mcc in ("316", "405", "340", "901", "999", "001", "000")] == ["US", "IN", "GP", None, None, None, None]


def test_an_owner_may_put_blanks_between_the_digits() -> None:
    assert owner_number("\t+44 7700 900123 \r\n") == Msisdn("447700900123", 44)


def test_an_owner_is_told_what_is_wrong() -> None:
    with pytest.raises(IdentityError, match="write it with a plus"):
        owner_number("447700900123")
    with pytest.raises(IdentityError, match="compare it with the contract"):
        owner_number("+4477009001234567")


@pytest.mark.parametrize("text", ["447700900123", "07700900123", "", "+", "+44 77", "+44-7700-900123", "+0044770090", "+44x7700900123"])
def test_an_owners_number_without_plus_or_with_a_wrong_length_is_refused(text: str) -> None:
    with pytest.raises(IdentityError) as caught:
        owner_number(text)
    assert len(text) < 3 or text not in str(caught.value)


@pytest.mark.parametrize("text", ["+9200000000004901", "+49000425051734", "+27000051060992"])
def test_a_number_that_begins_with_more_than_a_trunk_prefix_is_refused(text: str) -> None:
    with pytest.raises(IdentityError, match="no country has numbers"):
        owner_number(text)


@given(st.from_regex(r"\+[1-9][0-9]?0{0,4}[0-9]{5,11}", fullmatch=True))
def test_a_number_that_is_taken_is_read_again_as_itself(text: str) -> None:
    with suppress(IdentityError):
        taken = owner_number(text)
        assert owner_number(str(taken)) == taken


def test_importing_the_numbering_reads_no_plan_and_no_table() -> None:
    probe = "import sys, agent.sim.numbering as n; print('phonenumbers' in sys.modules, n._tables.cache_info().currsize)"
    answer = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "0"]


def test_the_tables_of_mnc_lengths_do_not_contradict_each_other() -> None:
    two, three = set(TABLES["only"]["two"].split()), set(TABLES["only"]["three"].split())
    assert not two & three
    assert not TABLES["listed"].keys() & (two | three)
    assert len(codes_of(TABLES["ef_ad_wrong"])) == 152
    for mcc, row in TABLES["listed"].items():
        mncs = {code[3:] for code in codes_of({mcc: row})}
        assert not {mnc[:2] for mnc in mncs if len(mnc) == 3} & mncs


def test_the_table_of_usb_ports_is_whole_and_never_says_both() -> None:
    tables = tomllib.loads(files("agent.modems").joinpath("at_ports.toml").read_text("utf-8"))
    speaks, spared = tables["at"], tables["not_at"]
    assert speaks["2c7c:0125"] == [2, 3]  # the maker's USB guide: 2 AT, 3 modem, 0 DIAG, 1 NMEA
    assert spared["2c7c:0125"] == [0, 1]
    for usb_id in speaks.keys() | spared.keys():
        assert [len(part) for part in usb_id.split(":")] == [4, 4]
        assert not set(speaks.get(usb_id, ())) & set(spared.get(usb_id, ()))
