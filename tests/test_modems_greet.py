"""Greeting a modem: to a known state, and its names."""

import pytest
from conversation import Conversation, Said
from hypothesis import given
from hypothesis import strategies as st
from sim_talk import digits_in, garbage

from agent.errors import PortError
from agent.modems.greet import Identity, introduce, wake


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
