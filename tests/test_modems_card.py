"""What is read from a SIM: ICCID, home network, own number, as modems print them."""

import pytest
from conversation import Conversation, Said
from sim_talk import ALL_WELL, CRSM_AD, CRSM_ICCID, EC25, GENERIC, ICCID, IMSI, NUMBER, SIM7600, card, nobody, peek, read_with

from agent.modems.identify import identify
from agent.modems.notes import Profile
from agent.slots.events import CardAbsent, CardRead, CardUnreadable

# The example record of EF_MSISDN, 34 octets (TS 31.102 4.2.26).
EIGENE = "456967656E6520527566 6E756D6D6572 FFFFFFFF 0891947172199181F3FFFFFF FFFF".replace(" ", "")


# -- the ICCID --


@pytest.mark.parametrize(
    ("profile", "changes", "digits"),
    [
        (EC25, {CRSM_ICCID: "ERROR", "AT+QCCID": "+QCCID: 898600700907A6019125\nOK"}, "898600700907A6019125"),
        (EC25, {CRSM_ICCID: "+CRSM: 105,130\nOK", "AT+QCCID": "+QCCID: 8937105220100124117F\nOK"}, "8937105220100124117"),
        (EC25, {"AT+QCCID": "ERROR"}, ICCID.digits),
        (EC25, {"AT+QCCID": "+QCCID: \nOK"}, ICCID.digits),
        (EC25, {"AT+QCCID": "+CME ERROR: 3"}, ICCID.digits),
        (SIM7600, {CRSM_ICCID: "+CME ERROR: 3", "AT+CICCID": "+ICCID: 89860318760105620212\nOK"}, "89860318760105620212"),
        (SIM7600, {"AT+CICCID": "ERROR"}, ICCID.digits),
        (GENERIC, {CRSM_ICCID: '+CRSM: 144,0,"98881201000040 0310F0"\nOK'.replace(" ", "")}, "8988211000000430010"),
        (GENERIC, {CRSM_ICCID: "+CRSM: 144,0,98231420326409614067\nOK"}, "89324102234690160476"),
        (GENERIC, {CRSM_ICCID: "ERROR", "AT+CCID": "8944200053671052499\nOK"}, ICCID.digits),
        (GENERIC, {CRSM_ICCID: "+CRSM: 106,130\nOK", "AT+CCID": '+CCID: "8944200053671052499"\nOK'}, ICCID.digits),
        (GENERIC, {CRSM_ICCID: "ERROR", "AT+CCID": "ERROR", "AT+ICCID": "+ICCID: 984402003576012594F9\nOK"}, ICCID.digits),
    ],
)
def test_the_iccid_is_read_from_its_file_or_by_the_makers_command(profile: Profile, changes: dict[str, Said], digits: str) -> None:
    assert card(profile, changes).iccid.digits == digits


def test_neither_iccid_nor_imsi_means_no_sim() -> None:
    gone: dict[str, Said] = {"AT+QCCID": "ERROR", CRSM_ICCID: "+CME ERROR: 13", "AT+CIMI": "+CME ERROR: 13"}
    assert isinstance(read_with(EC25, gone)[0], CardAbsent)
    assert isinstance(peek(gone), CardAbsent)


def test_no_card_without_an_iccid_and_none_without_an_imsi() -> None:
    assert isinstance(read_with(EC25, {"AT+QCCID": "ERROR", CRSM_ICCID: "ERROR"})[0], CardUnreadable)
    assert read_with(EC25, {"AT+CIMI": "ERROR"})[0] == CardUnreadable("the IMSI of the SIM cannot be read", ICCID)


# -- the home network --


@pytest.mark.parametrize(
    ("imsi", "ef_ad", "plmn", "source"),
    [
        ("262011106487504", "00000002", "26201", "ef_ad"),
        ("262011106487504", "00000003", "262011", "ef_ad"),
        ("310260123456789", "00000003", "310260", "ef_ad"),
        ("228062800000208", "01000102", "22806", "ef_ad"),
        ("228062800000208", "000000", "22806", "mcc"),  # an old SIM, three octets
        ("228062800000208", "000000FF", "22806", "mcc"),
        ("302720123456789", "00000002", "302720", "list"),  # cards of this network claim two digits
        ("001010123456063", "000000", None, None),
        ("001010123456063", "000000FF", None, None),
        ("001010123456063", "00000002", "00101", "ef_ad"),
    ],
)
def test_the_length_of_the_mnc_is_read_from_the_card(imsi: str, ef_ad: str, plmn: str | None, source: str | None) -> None:
    found = card(EC25, {"AT+CIMI": f"{imsi}\nOK", CRSM_AD: f'+CRSM: 144,0,"{ef_ad}"\nOK'})
    assert (str(found.plmn) if found.plmn else None, found.mnc_length_from) == (plmn, source)


@pytest.mark.parametrize("said", ["ERROR", "+CRSM: 106,130\nOK", "+CME ERROR: 3", "OK"])
def test_a_card_that_hides_its_mnc_length_has_no_invented_operator(said: str) -> None:
    assert card(EC25, {"AT+CIMI": "001010123456063\nOK", CRSM_AD: said}).plmn is None


@pytest.mark.parametrize(
    "said", ["262011106487504\nOK", "+CIMI: 262011106487504\nOK", '+CIMI: "262011106487504"\nOK', "RDY\n262011106487504\nOK"]
)
def test_the_imsi_comes_bare_or_with_a_prefix(said: str) -> None:
    assert card(EC25, {"AT+CIMI": said}).imsi == IMSI


# -- the number --


def ucs2(text: str) -> str:
    return text.encode("utf-16-be").hex().upper()


@pytest.mark.parametrize(
    "said",
    [
        '+CNUM: "Own Number","+4917279119183",145',
        '+CNUM: ,"+4917279119183",145',
        '+CNUM: "","+4917279119183",145',
        '+CNUM: Own Number,"+4917279119183",145',
        '+CNUM: "Own","4917279119183",145',
        '+CNUM: "Own","4917279119183",129',
        '+CNUM: "Own","017279119183",129',
        '+CNUM: "Own","017279119183",161',
        '+CNUM: "Own","+4917279119183",145,7,4',
        '+CNUM:"Own","+4917279119183",145',
        f'+CNUM: "{ucs2("Own")}","{ucs2("+4917279119183")}",145',
        '+CNUM: "a","123",161\n+CNUM: "b","+4917279119183",145\n+CNUM: "c","+491720400305",145',
        '+CREG: 1\n+CNUM: "Own","+4917279119183",145',
    ],
)
def test_own_numbers_are_read_as_modems_print_them(said: str) -> None:
    found = card(EC25, {"AT+CNUM": f"{said}\n\nOK"})
    assert (found.msisdn, found.number_from) == (NUMBER, "cnum")


@pytest.mark.parametrize(
    "cnum", ["OK", '+CNUM: "","",129\nOK', '+CNUM: ,"123",161\nOK', "ERROR", "+CME ERROR: 4", '+CNUM: "x","+491720400305",145\nERROR']
)
@pytest.mark.parametrize(
    ("get_response", "length"),
    [
        ("62178202412183026F40A506C00140DE01008A01058002008881 00".replace(" ", ""), None),  # no linear fixed file
        ("621E8205422100220183026F40A506C00140DE01008A01058B036F06028002002288 00".replace(" ", ""), 34),
        ("000000226F40040011F0FF01020122", 34),
        (None, None),
    ],
)
def test_without_cnum_the_number_comes_from_its_file(cnum: str, get_response: str | None, length: int | None) -> None:
    described = "+CRSM: 106,130\nOK" if get_response is None else f'+CRSM: 144,0,"{get_response}"\nOK'
    modem = Conversation(
        ALL_WELL
        | {
            "AT+CNUM": cnum,
            "AT+CRSM=192,28480,0,0,15": described,
            "AT+CRSM=178,28480,1,4,34": f'+CRSM: 144,0,"{EIGENE}"\nOK',
            **{f"AT+CRSM=178,28480,1,4,{wrong}": "+CRSM: 108,34\nOK" for wrong in (28, 30, 32)},
        }
    )
    reading = modem.hold(identify(EC25, nobody))
    assert isinstance(reading, CardRead)
    assert (reading.card.msisdn, reading.card.number_from) == (NUMBER, "ef_msisdn")
    records = [text for text in modem.asked if text.startswith("AT+CRSM=178")]
    assert length is None or records == [f"AT+CRSM=178,28480,1,4,{length}"]


def test_some_modems_want_255_octets_of_get_response() -> None:
    _, asked = read_with(SIM7600, {"AT+CNUM": "OK"})
    assert "AT+CRSM=192,28480,0,0,255" in asked
    assert "AT+CRSM=192,28480,0,0,15" not in asked


def test_at_last_the_phonebook_of_own_numbers_is_asked() -> None:
    book: dict[str, Said] = {'AT+CPBS="ON"': "OK", "AT+CPBR=1": '+CPBR: 1,"+4917279119183",145,"own"\nOK'}
    found = card(EC25, {"AT+CNUM": "OK", "AT+CRSM=192,28480,0,0,15": '+CRSM: 144,0,""\nOK', **book})
    assert (found.msisdn, found.number_from) == (NUMBER, "phonebook")


@pytest.mark.parametrize("book", ["OK", "ERROR", "+CME ERROR: 22", '+CPBR: 1,"",129,""\nOK', '+CPBR: 1,"110",129,"x"\nOK', "+CPBR: 1\nOK"])
def test_a_card_that_does_not_tell_its_number_has_none(book: str) -> None:
    found = card(EC25, {"AT+CNUM": "OK", 'AT+CPBS="ON"': "OK", "AT+CPBR=1": book})
    assert (found.msisdn, found.number_from) == (None, None)


def test_an_all_ff_record_is_an_empty_number() -> None:
    empty: dict[str, Said] = {
        "AT+CNUM": "OK",
        "AT+CRSM=192,28480,0,0,15": '+CRSM: 144,0,"000000226F40040011F0FF01020122"\nOK',
        "AT+CRSM=178,28480,1,4,34": f'+CRSM: 144,0,"{"FF" * 34}"\nOK',
    }
    assert card(EC25, empty).msisdn is None
