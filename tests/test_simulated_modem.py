"""Simulated modems keep to V.250 and TS 27.007, write nothing, and stand whatever they are sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated_talk import IMSI, Talk, plain_sim

from agent.errors import NoteError
from hw.simulated.family import families
from hw.simulated.modem import SimulatedModem


def test_an_unknown_family_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(NoteError, match="generic"):
        SimulatedModem("nobody")


@pytest.mark.parametrize("family", sorted(families()))
def test_every_family_identifies_itself_and_has_an_imei_of_the_test_range(family: str) -> None:
    talk = Talk(family, plain_sim(), serial=7)
    assert families()[family].manufacturer in talk.ask("AT+CGMI")
    assert families()[family].model in talk.ask("AT+CGMM")
    imei = talk.ask("AT+CGSN")[-2]
    assert (imei[:12], len(imei)) == ("004999010000", 15)
    assert sum(sum(map(int, str(int(digit) * (1 + at % 2)))) for at, digit in enumerate(reversed(imei))) % 10 == 0


def test_without_a_sim_cme_10_in_number_text_and_plain() -> None:
    talk = Talk()
    assert talk.ask("AT+CPIN?") == ["+CME ERROR: 10"]
    assert talk.ask("AT+CMEE=2;+CMEE?") == ["+CMEE: 2", "OK"]
    assert talk.ask("AT+CPIN?") == ["+CME ERROR: SIM not inserted"]
    assert talk.ask("AT+CMEE=0") == ["OK"]
    assert talk.ask("AT+CPIN?") == ["ERROR"]


def test_with_cfun_0_the_sim_cannot_be_read() -> None:
    talk = Talk("quectel-ec25", plain_sim())
    assert talk.ask("AT+CFUN=0") == ["OK"]
    assert talk.ask("AT+CPIN?;+CFUN?") == ["+CME ERROR: 13"]
    assert talk.ask("AT+CFUN?") == ["+CFUN: 0", "OK"]
    assert talk.ask("AT+CFUN=1") == ["OK", "+QUSIM: 1", "+CPIN: READY", "+QIND: SMS DONE", "+QIND: PB DONE"]


def test_cfun_4_stops_the_radio_only() -> None:
    talk = Talk(sim=plain_sim())
    assert talk.ask("AT+CFUN=4;+CREG?;+CPIN?") == ["+CREG: 0,0", "+CPIN: READY", "OK"]
    talk.ask("AT+CREG=1")
    assert talk.ask("AT+CFUN=1") == ["OK", "+CREG: 1"]


def test_a_false_removal_comes_with_cfun_0_from_some() -> None:
    assert Talk("simcom-sim7600", plain_sim()).ask("AT+CFUN=0") == ["OK", "+SIMCARD: NOT AVAILABLE"]


def test_a_fresh_card_is_busy_for_its_time() -> None:
    talk = Talk(sim=plain_sim(busy_for=5.0))
    assert talk.ask("AT+CPIN?") == ["+CME ERROR: 14"]
    assert talk.ask("AT+CREG?") == ["+CREG: 0,0", "OK"]
    talk.heard(later=5.0)
    assert talk.ask("AT+CPIN?;+CREG?") == ["+CPIN: READY", "+CREG: 0,1", "OK"]


# TS 27.007 7.2 and 10.1.22: "SMS only" is said of the circuit-switched domain alone.
@pytest.mark.parametrize(("stat", "packet"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 1), (7, 5), (8, 8), (9, 1), (10, 5)])
def test_registration_is_what_the_card_was_given(stat: int, packet: int) -> None:
    talk = Talk(sim=plain_sim(registration=stat))
    assert talk.ask("AT+CREG?;+CEREG?") == [f"+CREG: 0,{stat}", f"+CEREG: 0,{packet}", "OK"]


def test_creg_2_adds_the_cell() -> None:
    assert Talk(sim=plain_sim()).ask("AT+CREG=2;+CREG?") == ['+CREG: 2,1,"D509","80D413D",7', "OK"]


def test_cops_names_the_serving_network_never_the_home_network() -> None:
    talk = Talk(sim=plain_sim(registration=5, visited="26202"))
    assert talk.ask("AT+COPS=3,2;+COPS?") == ['+COPS: 0,2,"26202",7', "OK"]
    assert Talk(sim=plain_sim(registration=2)).ask("AT+COPS?") == ["+COPS: 0", "OK"]


def test_commands_on_one_line_stop_at_the_first_refusal() -> None:
    talk = Talk(sim=plain_sim())
    assert talk.ask('AT+CPBS="ON";+CPBR=1;+CIMI') == ['+CPBR: 1,"+447700900123",145,""', IMSI, "OK"]
    assert talk.ask("ATE0V1;+CPIN?;+XYZ;+CIMI") == ["+CPIN: READY", "ERROR"]


def test_a_maker_has_its_own_word_for_an_unknown_command() -> None:
    assert Talk("huawei-e3372", plain_sim()).ask("AT+XYZ")[-1] == "COMMAND NOT SUPPORT"


def test_v250_framing_echo_and_numeric_codes() -> None:
    modem = SimulatedModem(sim=plain_sim(), delay=0.0)
    modem.power_on(0.0)

    def said(octets: bytes) -> bytes:
        modem.feed(octets, 1.0)
        return modem.take(1.0)

    assert said(b"at+cpin?\r\n") == b"at+cpin?\r\r\n+CPIN: READY\r\n\r\nOK\r\n"
    assert said(b"ATE0\r") == b"ATE0\r\r\nOK\r\n"
    assert said(b"ATV0\r") == b"0\r"
    assert said(b"AT+CPIN?\r") == b"+CPIN: READY\r\n0\r"
    assert said(b"AT+XYZ\r") == b"4\r"
    assert said(b"AT+CMEE=1;+CPIN=1\r") == b"\r\n+CME ERROR: 3\r\n"
    assert said(b"ATV1S4=0;S4?\r") == b"\r\x00000\r\x00\r\x00OK\r\x00"
    assert said(b"ATZ\r") == b"\r\nOK\r\n"
    assert said(b"hello\r") == b"hello\r"


def test_esc_and_backspace_take_back_what_was_begun() -> None:
    talk = Talk(sim=plain_sim())
    assert talk.ask("rubbish\x1bAT+CFUX\x08N?") == ["+CFUN: 1", "OK"]


def test_a_restart_forgets_the_profile_and_boots_anew() -> None:
    talk = Talk("quectel-ec25", plain_sim(), boot_for=3.0)
    assert talk.ask("AT+CFUN=1,1") == ["OK"]
    assert talk.ask("AT") == []
    assert talk.heard(later=3.0)[:2] == ["RDY", "+CFUN: 1"]
    assert talk.ask("AT+CMEE?") == ["AT+CMEE?\r", "+CMEE: 0", "OK"]


@pytest.mark.parametrize(
    "command",
    [
        'AT+CPBW=1,"+447700900001",145',
        'AT+EGMR=1,7,"490154203237518"',
        "ATD+447700900001;",
        "ATA",
        'AT+CMGS="+447700900001"',
        'AT+CLCK="SC",0,"1234"',
        'AT+CPWD="SC","1234","4321"',
        'AT+CPIN="12345678","1234"',
        "AT+CRSM=214,28423,0,0,9,082926101160845740",
        "AT+CRSM=220,28480,1,4,28,FF",
        "AT+CSIM=10,00A4000000",
    ],
)
@pytest.mark.parametrize("family", ["generic", "quectel-ec25"])
def test_no_identity_is_written_nothing_is_sent_and_the_attempt_is_kept(family: str, command: str) -> None:
    talk = Talk(family, plain_sim())
    assert talk.ask(command) == ["ERROR"]
    assert len(talk.modem.forbidden) == 1


def test_asking_is_not_forbidden() -> None:
    talk = Talk(sim=plain_sim(pin="1234"))
    assert talk.ask('AT+CPIN="1234"') == ["OK"]
    assert talk.ask('AT+CLCK="SC",2') == ["+CLCK: 1", "OK"]
    assert not talk.modem.forbidden
    assert list(talk.modem.log) == ["ATE0", "AT+CMEE=1", 'AT+CPIN="1234"', 'AT+CLCK="SC",2']


@given(st.binary(max_size=300), st.sampled_from(sorted(families())))
def test_whatever_it_is_sent_it_stays_a_modem(octets: bytes, family: str) -> None:
    talk = Talk(family, plain_sim())
    talk.modem.feed(octets + b"\x1b", talk.now)
    talk.heard(later=60.0)
    talk.modem.power_on(talk.now)
    talk.heard(later=1.0)
    assert [line for line in talk.ask("AT+CFUN?") if not line.startswith("^")] == ["AT+CFUN?\r", "+CFUN: 1", "OK"]


COMMANDS = [
    f"{mark}{name}"
    for mark in "+^"
    for name in ("CRSM", "CPIN", "CNUM", "CPBR", "CPBS", "COPS", "CREG", "CFUN", "CLCK", "CSCS", "CPINR", "CURC")
]


@given(st.sampled_from(COMMANDS), st.sampled_from(["", "?", "=?", "="]), st.text(alphabet='0123456789,"*;SIMONP ', max_size=20))
def test_every_form_of_every_command_has_one_final_result_code(name: str, form: str, rest: str) -> None:
    talk = Talk("huawei-e3372", plain_sim())
    lines = talk.ask(f"AT{name}{form}{rest}", wait=0.5)
    finals = [line for line in lines if line in {"OK", "ERROR", "COMMAND NOT SUPPORT"} or line.startswith("+CME ERROR: ")]
    assert len(finals) == 1


@given(st.lists(st.integers(min_value=1, max_value=40), max_size=20))
def test_the_cut_of_what_comes_in_does_not_matter(sizes: list[int]) -> None:
    octets = b"AT+CPIN?;+CREG?\r\nAT+CRSM=176,12258,0,0,10\rATI\r"
    whole, cut = Talk(sim=plain_sim()), Talk(sim=plain_sim())
    whole.modem.feed(octets, whole.now)
    at = 0
    for size in [*sizes, len(octets)]:
        cut.modem.feed(octets[at : at + size], cut.now)
        at += size
    assert cut.heard(later=1.0) == whole.heard(later=1.0)
