"""What is on a simulated SIM is coded as TS 31.102 and the makers' manuals print it."""

import pytest
from simulated_talk import ICCID, IMSI, Talk, plain_sim

from hw.simulated.sim import fresh
from hw.simulated.state import Quirks


def crsm(answer: list[str]) -> str:
    assert answer[-1] == "OK"
    return answer[0].removeprefix("+CRSM: ")


# TS 102 221 13.2 and the manuals' ICCIDs, China Mobile's with a letter among them.
@pytest.mark.parametrize(
    ("iccid", "octets"),
    [
        ("8988211000000430010", "988812010000400310F0"),
        ("8944200053671052499", "984402003576012594F9"),
        ("89324102234690160476", "98231420326409614067"),
        ("898600700907A6019125", "9868000790706A101952"),
    ],
)
def test_ef_iccid_is_nibble_swapped(iccid: str, octets: str) -> None:
    assert crsm(Talk(sim=plain_sim(iccid=iccid)).ask("AT+CRSM=176,12258,0,0,10")) == f'144,0,"{octets}"'


# TS 31.102 4.2.2
@pytest.mark.parametrize(("imsi", "octets"), [("228062800000208", "082982608200002080"), ("262011106487504", "082926101160845740")])
def test_ef_imsi_has_length_parity_and_swapped_digits(imsi: str, octets: str) -> None:
    assert crsm(Talk(sim=plain_sim(imsi=imsi)).ask("AT+CRSM=176,28423,0,0,9")) == f'144,0,"{octets}"'


# TS 31.102 4.2.18
@pytest.mark.parametrize(("length", "octets"), [(2, "00000002"), (3, "00000003")])
def test_ef_ad_tells_the_length_of_the_mnc(length: int, octets: str) -> None:
    assert crsm(Talk(sim=plain_sim(mnc_length=length)).ask("AT+CRSM=176,28589,0,0,4")) == f'144,0,"{octets}"'


def test_an_old_ef_ad_has_three_octets_and_says_so_when_asked_for_four() -> None:
    talk = Talk(sim=plain_sim(mnc_length=None))
    assert crsm(talk.ask("AT+CRSM=176,28589,0,0,4")) == "108,3"
    assert crsm(talk.ask("AT+CRSM=176,28589,0,0,3")) == '144,0,"000000"'


# TS 31.102 4.2.26
@pytest.mark.parametrize(
    ("written", "kind", "alpha", "octets"),
    [
        ("+4917279119183", 145, "Eigene Rufnummer", "456967656E65205275666E756D6D6572FFFFFFFF0891947172199181F3FFFFFFFFFF"),
        ("12345", 177, "", "FF" * 20 + "04B12143F5" + "FF" * 9),
        ("6082658001", 129, "", "FF" * 20 + "06810628560810" + "FF" * 7),
        ("+491720400305", 145, "", "FF" * 20 + "07919471020430" + "50" + "FF" * 6),
    ],
)
def test_ef_msisdn_is_as_the_specification_has_it(written: str, kind: int, alpha: str, octets: str) -> None:
    talk = Talk(sim=plain_sim(number=written, written=written, number_type=kind, alpha=alpha, record_length=34))
    assert crsm(talk.ask("AT+CRSM=178,28480,1,4,34")) == f'144,0,"{octets}"'


def test_an_empty_ef_msisdn_is_all_ff() -> None:
    assert crsm(Talk(sim=plain_sim(number=None)).ask("AT+CRSM=178,28480,1,4,28")) == f'144,0,"{"FF" * 28}"'


def test_a_wrong_record_length_is_answered_with_the_right_one() -> None:
    assert crsm(Talk(sim=plain_sim(record_length=30)).ask("AT+CRSM=178,28480,1,4,28")) == "108,30"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("AT+CRSM=176,28478,0,0,1", "106,130"),  # no EF_GID1
        ("AT+CRSM=176,28480,0,0,28", "105,129"),  # records read as binary
        ("AT+CRSM=178,28480,3,4,28", "106,131"),  # no third record
        ("AT+CRSM=176,12258,0,20,1", "107,0"),  # behind the end
    ],
)
def test_a_refusal_of_the_card_is_an_answer_that_ends_in_ok(command: str, answer: str) -> None:
    assert crsm(Talk(sim=plain_sim()).ask(command)) == answer


def test_get_response_of_2g_has_the_record_length_in_octet_15() -> None:
    octets = bytes.fromhex(crsm(Talk(sim=plain_sim()).ask("AT+CRSM=192,28480,0,0,15")).split('"')[1])
    assert (len(octets), octets[2:4], octets[6], octets[13], octets[14]) == (15, bytes((0, 56)), 4, 1, 28)


def test_get_response_of_3g_is_an_fcp_template() -> None:
    octets = bytes.fromhex(crsm(Talk("quectel-ec25", plain_sim()).ask("AT+CRSM=192,28480,0,0,15")).split('"')[1])
    assert octets[0] == 0x62
    assert octets[1] == len(octets) - 2
    assert b"\x82\x05\x42\x21\x00\x1c\x02" in octets


@pytest.mark.parametrize("family", ["simcom-sim7600", "huawei-e3372", "sierra-mc7455"])
def test_some_makers_want_255_in_get_response(family: str) -> None:
    talk = Talk(family, plain_sim())
    assert crsm(talk.ask("AT+CRSM=192,28480,0,0,15")) == "103,0"
    assert crsm(talk.ask("AT+CRSM=192,28480,0,0,255")).startswith("144,0,")


@pytest.mark.parametrize(
    ("family", "command", "answer"),
    [
        ("quectel-ec25", "AT+QCCID", f"+QCCID: {ICCID}"),
        ("simcom-sim7600", "AT+CICCID", f"+ICCID: {ICCID}"),
        ("huawei-e3372", "AT^ICCID?", "^ICCID: 984402003576012594F9"),
        ("sierra-mc7455", "AT!ICCID?", f"!ICCID: {ICCID}"),
    ],
)
def test_the_iccid_command_is_the_makers_own(family: str, command: str, answer: str) -> None:
    assert Talk(family, plain_sim()).ask(command) == [answer, "OK"]
    assert Talk("generic", plain_sim()).ask(command) == ["ERROR"]


def test_the_imsi_is_bare_digits() -> None:
    assert Talk(sim=plain_sim()).ask("AT+CIMI") == [IMSI, "OK"]


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({}, '+CNUM: "","+447700900123",145'),
        ({"number_type": 129}, '+CNUM: "","447700900123",129'),
        ({"number_type": 161, "written": "07700900123"}, '+CNUM: "","07700900123",161'),
        ({"alpha": "Line 1"}, '+CNUM: "Line 1","+447700900123",145'),
    ],
)
def test_cnum_prints_the_number_as_it_is_written(more: dict[str, object], line: str) -> None:
    assert Talk(sim=plain_sim(**more)).ask("AT+CNUM") == [line, "OK"]


def test_cnum_can_have_its_alpha_without_quotes() -> None:
    talk = Talk(sim=plain_sim(alpha="Line 1"), quirks=Quirks(unquoted_alpha=True))
    assert talk.ask("AT+CNUM") == ['+CNUM: Line 1,"+447700900123",145', "OK"]


def test_strings_are_ucs2_when_cscs_says_so() -> None:
    talk = Talk(sim=plain_sim(number="+4670", alpha="Å"))
    assert talk.ask('AT+CSCS="UCS2";+CSCS?') == ['+CSCS: "UCS2"', "OK"]
    assert talk.ask("AT+CNUM") == ['+CNUM: "00C5","002B0034003600370030",145', "OK"]


@pytest.mark.parametrize(
    ("place", "cnum", "record", "phonebook"),
    [("cnum", 1, "144", 1), ("ef_msisdn", 0, "144", 0), ("phonebook", 0, "106", 1)],
)
def test_a_number_stands_where_it_was_put(place: str, cnum: int, record: str, phonebook: int) -> None:
    talk = Talk(sim=plain_sim(number_in=place))
    assert len(talk.ask("AT+CNUM")) - 1 == cnum
    assert crsm(talk.ask("AT+CRSM=178,28480,1,4,28")).startswith(record)
    assert talk.ask('AT+CPBS="ON";+CPBS?')[0].startswith(f'+CPBS: "ON",{phonebook},')
    assert talk.ask("AT+CPBR=1") == ['+CPBR: 1,"+447700900123",145,""', "OK"][1 - phonebook :]


def test_before_its_pin_a_card_gives_iccid_and_ad_but_no_imsi() -> None:
    talk = Talk(sim=plain_sim(pin="1234"))
    assert talk.ask("AT+CPIN?") == ["+CPIN: SIM PIN", "OK"]
    assert talk.ask("AT+CIMI") == ["+CME ERROR: 11"]
    assert crsm(talk.ask("AT+CRSM=176,28423,0,0,9")) == "105,130"
    assert crsm(talk.ask("AT+CRSM=176,12258,0,0,10")).startswith("144,0")
    assert crsm(talk.ask("AT+CRSM=176,28589,0,0,4")).startswith("144,0")


def test_the_right_pin_opens_the_card_and_registers_it() -> None:
    talk = Talk("quectel-ec25", plain_sim(pin="1234"))
    assert talk.boot == ["RDY", "+CFUN: 1", "+CPIN: SIM PIN"]
    talk.ask("AT+CREG=1")
    answer = talk.ask('AT+CPIN="1234"')
    assert (answer[0], answer[2], answer[-1]) == ("OK", "+CPIN: READY", "+CREG: 1")
    assert talk.ask("AT+CIMI") == [IMSI, "OK"]


def test_three_wrong_pins_block_the_card_wherever_it_is_put() -> None:
    talk = Talk(sim=plain_sim(pin="1234"))
    assert talk.ask('AT+CPIN="0000"') == ["+CME ERROR: 16"]
    assert talk.ask('AT+CPINR="SIM PIN"') == ["+CPINR: SIM PIN,2,3", "OK"]
    talk.modem.insert(talk.modem.eject(talk.now), talk.now)
    assert talk.ask('AT+CPINR="SIM P*"') == [
        "+CPINR: SIM PIN,2,3",
        "+CPINR: SIM PUK,10,10",
        "+CPINR: SIM PIN2,3,3",
        "+CPINR: SIM PUK2,10,10",
        "OK",
    ]
    assert talk.ask("AT+CPIN=0000") == ["+CME ERROR: 16"]
    assert talk.ask("AT+CPIN=0000") == ["+CME ERROR: 12"]
    assert talk.ask("AT+CPIN?") == ["+CPIN: SIM PUK", "OK"]
    assert talk.ask("AT+CPIN=1234") == ["+CME ERROR: 12"]


def test_fresh_sims_are_plausible_and_no_two_alike() -> None:
    sims = [fresh(index) for index in range(3000)]
    for kind in ("iccid", "imsi", "number"):
        assert len({getattr(sim, kind) for sim in sims}) == 3000
    for sim in sims:
        assert (sim.iccid[:2], len(sim.imsi)) == ("89", 15)
        assert len(sim.iccid) in {19, 20}
        assert sum(sum(map(int, str(int(digit) * (1 + at % 2)))) for at, digit in enumerate(reversed(sim.iccid))) % 10 == 0
    assert {"310260", "302720", "23415", "20801"} <= {sim.plmn for sim in sims}
    assert {sim.number_in for sim in sims} == {"cnum", "ef_msisdn", "phonebook"}
    assert {sim.mnc_length for sim in sims} == {2, 3, None}
