"""Greeting a modem: to a known state, and its names."""

import pytest
from conversation import Conversation, Said
from hypothesis import given
from hypothesis import strategies as st
from sim_talk import digits_in, garbage

from agent.errors import PortError
from agent.modems.greet import Identity, answers, booted, introduce, letters, wake


def test_a_modem_is_woken_and_told_to_be_plain() -> None:
    modem = Conversation({"AT": "OK", "ATE0": "OK", "AT+CMEE=1": "OK"})
    modem.hold(wake())
    assert modem.asked == ["AT", "ATE0", "AT+CMEE=1"]


def test_a_modem_that_answers_in_digits_is_told_to_use_words() -> None:
    modem = Conversation({"AT": "0", "ATE0": "0", "ATV1": "OK", "AT+CMEE=1": "ERROR", "AT+CMEE=2": "OK"})
    modem.hold(wake())
    assert modem.asked == ["AT", "ATE0", "ATV1", "AT+CMEE=1", "AT+CMEE=2"]


@pytest.mark.parametrize("said", [{}, {"AT": None, "ATE0": None, "AT+CMEE=1": None, "AT+CMEE=2": None}, {"AT": "CONNECT 115200"}])
def test_what_refuses_everything_or_is_in_a_call_is_no_modem(said: dict[str, Said]) -> None:
    with pytest.raises(PortError):
        Conversation(said).hold(wake())


@pytest.mark.parametrize("charset", ['"GSM"', '"IRA"', "GSM", '"ira"'])
def test_strings_that_are_letters_already_stay_so(charset: str) -> None:
    modem = Conversation({"AT+CSCS?": f"+CSCS: {charset}\nOK"})
    modem.hold(letters())
    assert modem.asked == ["AT+CSCS?"]


@pytest.mark.parametrize(
    ("knows", "asked"),
    [
        ('AT+CSCS="GSM"', ['AT+CSCS="GSM"']),
        ('AT+CSCS="IRA"', ['AT+CSCS="GSM"', 'AT+CSCS="IRA"']),
        ('AT+CSCS="00470053004D"', ['AT+CSCS="GSM"', 'AT+CSCS="IRA"', 'AT+CSCS="00470053004D"']),
    ],
)
@pytest.mark.parametrize("charset", ['"UCS2"', '"HEX"', '"0055004300530032"', '"PCCP437"'])
def test_a_character_set_that_somebody_left_on_is_taken_back(charset: str, knows: str, asked: list[str]) -> None:
    modem = Conversation({"AT+CSCS?": f"+CSCS: {charset}\nOK", knows: "OK"})
    modem.hold(letters())
    assert modem.asked == ["AT+CSCS?", *asked]


@pytest.mark.parametrize(
    "said", [b"\r\nOK\r\n", b"AT\r\r\nOK\r\n", b"0\r", b"4\r", b"ERROR\n", b"\r\nRDY\r\n\r\nOK\r\n", b"\r\n+CME ERROR: 3\r\n"]
)
def test_a_final_result_code_is_an_answer(said: bytes) -> None:
    assert answers(said)


@pytest.mark.parametrize("said", [b"", b"AT\r", b"\r\nRDY\r\n", b"\r\nO", b"OK", b"^RSSI:19\r\n", b"$GPGGA,,,,,,0,,,,,,,,*66\r\n", b"T\r"])
def test_echo_and_noise_are_none(said: bytes) -> None:
    assert not answers(said)


@pytest.mark.parametrize("line", ["RDY", "APP RDY", "+CFUN: 1", "^SYSSTART", "*ATREADY: 1", "+READY", "+KSUP: 0"])
def test_a_boot_is_known_by_what_modems_say_of_it(line: str) -> None:
    assert booted(line)


# Huawei sticks send ^BOOT again and again; the others come with a SIM as well.
@pytest.mark.parametrize(
    "line", ["^BOOT:20151214,0,0,0,20", "+CFUN: 0", "+CPIN: READY", "PB DONE", "SMS DONE", "Call Ready", "+QUSIM: 1", "RING"]
)
def test_what_comes_at_other_times_too_is_no_boot(line: str) -> None:
    assert not booted(line)


@pytest.mark.parametrize(
    ("said", "identity"),
    [
        (
            {"AT+CGMI": "Quectel\nOK", "AT+CGMM": "EC25\nOK", "AT+CGMR": "EC25EFAR02A09M4G\nOK", "AT+CGSN": "490154203237518\nOK"},
            Identity("Quectel", "EC25", "EC25EFAR02A09M4G", "490154203237518"),
        ),
        (
            {
                "AT+CGMI": '+CGMI: "huawei"\nOK',
                "AT+CGMM": "+CGMM: E3372\nOK",
                "AT+CGMR": "+CGMR: 21.180\nOK",
                "AT+CGSN": "+CGSN: 490154203237518\nOK",
            },
            Identity("huawei", "E3372", "21.180", "490154203237518"),
        ),
        (
            {"ATI": "Manufacturer: SIMCOM INCORPORATED\nModel: SIMCOM_SIM7600E\nRevision: x\nIMEI: 490154203237518\n+GCAP: +CGSM\nOK"},
            Identity("SIMCOM INCORPORATED", "SIMCOM_SIM7600E"),
        ),
        ({"ATI": "Quectel\nEC25\nRevision: EC25EFAR02A09M4G\nOK"}, Identity("Quectel", "EC25")),
        ({"ATI": "SIM800 R14.18\nOK"}, Identity("SIM800 R14.18", "SIM800 R14.18")),
        ({}, Identity()),
    ],
)
def test_a_modem_introduces_itself(said: dict[str, Said], identity: Identity) -> None:
    assert Conversation(said).hold(introduce()) == identity


@given(st.dictionaries(st.sampled_from(["AT", "ATE0", "ATV1", "ATI", "AT+CMEE=1", "AT+CGMI", "AT+CGMM", "AT+CGSN"]), garbage))
def test_garbage_is_a_modem_or_none(said: dict[str, Said]) -> None:
    modem = Conversation(said)
    refused = False
    try:
        modem.hold(wake())
    except PortError:
        refused = True
    identity = modem.hold(introduce())
    assert refused or modem.asked
    assert identity.imei == "" or identity.imei in digits_in(said.get("AT+CGSN"))
