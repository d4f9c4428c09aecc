"""Simulated modems report moved SIMs in their makers' words, and have bad habits when asked to."""

import pytest
from simulated_talk import IMSI, Talk, plain_sim

from agent.errors import PortError
from hw.simulated.state import Quirks

EC25_IN = ["+QSIMSTAT : 1,1", "+QUSIM: 1", "+CPIN: READY", "+QIND: SMS DONE", "+QIND: PB DONE"]


EC25_OUT = ["+QSIMSTAT : 1,0", "+CPIN: NOT READY"]


def test_hot_swap_is_reported_once_it_is_switched_on() -> None:
    talk = Talk("quectel-ec25", plain_sim())
    sim = talk.modem.eject(talk.now)
    assert talk.heard() == []
    assert talk.ask("AT+QSIMSTAT=1;+QSIMSTAT?") == ["+QSIMSTAT: 1,0", "OK"]
    talk.modem.insert(sim, talk.now)
    assert talk.heard() == EC25_IN
    talk.modem.eject(talk.now)
    assert talk.heard() == EC25_OUT


@pytest.mark.parametrize(
    ("family", "out", "back"),
    [
        ("simcom-sim7600", ["+SIMCARD: NOT AVAILABLE", "+CPIN: SIM REMOVED"], ["+CPIN: READY", "SMS DONE", "PB DONE"]),
        ("huawei-e3372", ["^SIMST:255", "^SRVST:0"], ["^SIMST:1", "^SRVST:2", "^MODE:5,4"]),
        ("sierra-mc7455", [], []),
        ("generic", [], []),
    ],
)
def test_hot_swap_has_the_makers_words_or_none(family: str, out: list[str], back: list[str]) -> None:
    talk = Talk(family, plain_sim())
    sim = talk.modem.eject(talk.now)
    assert talk.heard() == out
    talk.modem.insert(sim, talk.now)
    assert talk.heard() == back


def test_a_detect_setting_works_after_a_restart_and_the_wrong_level_hides_the_card() -> None:
    talk = Talk("quectel-ec25", plain_sim())
    assert talk.ask("AT+QSIMDET=1,1;+QSIMDET?") == ["+QSIMDET: 1,1", "OK"]
    assert talk.ask("AT+CPIN?") == ["+CPIN: READY", "OK"]
    talk.ask("AT+CFUN=1,1")
    talk.ask("ATE0+CMEE=1")
    assert talk.ask("AT+CPIN?") == ["+CME ERROR: 10"]
    assert talk.ask("AT+QSIMDET=7") == ["+CME ERROR: 50"]


def test_as_the_factory_left_it_a_modem_reports_nothing() -> None:
    talk = Talk("quectel-ec25", plain_sim(), nv={"+QSIMDET": "0,0"})
    talk.ask("AT+QSIMSTAT=1")
    talk.modem.eject(talk.now)
    assert talk.heard() == []
    assert talk.ask("AT+CPIN?") == ["+CME ERROR: 10"]


def test_the_sim_is_ready_only_after_its_busy_time_and_not_at_all_when_it_left_before() -> None:
    talk = Talk("quectel-ec25")
    talk.ask("AT+QSIMSTAT=1")
    talk.modem.insert(plain_sim(busy_for=2.0), talk.now)
    assert talk.heard() == EC25_IN[:1]
    assert talk.heard(later=2.0) == EC25_IN[1:]
    talk.modem.insert(talk.modem.eject(talk.now), talk.now)
    talk.modem.eject(talk.now)
    talk.heard()
    assert talk.heard(later=9.0) == []


def test_registration_is_told_when_a_card_comes_and_goes() -> None:
    talk = Talk("quectel-ec25", plain_sim())
    talk.ask("AT+QSIMSTAT=1;+CREG=1;+CEREG=2")
    sim = talk.modem.eject(talk.now)
    assert talk.heard() == [*EC25_OUT, "+CREG: 0", "+CEREG: 0"]
    talk.modem.insert(sim, talk.now)
    assert talk.heard() == [*EC25_IN, "+CREG: 1", '+CEREG: 1,"D509","80D413D",7']


def test_two_cards_do_not_fit_and_none_cannot_be_taken_out() -> None:
    talk = Talk(sim=plain_sim())
    with pytest.raises(PortError):
        talk.modem.insert(plain_sim(), talk.now)
    talk.modem.eject(talk.now)
    with pytest.raises(PortError):
        talk.modem.eject(talk.now)


@pytest.mark.parametrize("how", ["quirk", "eject"])
def test_a_silent_ejection_has_no_urc(how: str) -> None:
    talk = Talk("quectel-ec25", plain_sim(), quirks=Quirks(silent=how == "quirk"))
    talk.ask("AT+QSIMSTAT=1;+CREG=1")
    talk.modem.eject(talk.now, silent=how == "eject")
    assert talk.heard() == []
    assert talk.ask("AT+CPIN?") == ["+CME ERROR: 10"]


def test_a_cached_cpin_says_ready_although_the_card_has_gone() -> None:
    talk = Talk("quectel-ec25", plain_sim(), quirks=Quirks(cached_cpin=True))
    sim = talk.modem.eject(talk.now)
    assert talk.ask("AT+CPIN?;+CREG?") == ["+CPIN: READY", "+CREG: 0,1", "OK"]
    assert [talk.ask("AT" + command) for command in ("+QCCID", "+CIMI", "+CRSM=176,12258,0,0,10")] == [["+CME ERROR: 13"]] * 3
    talk.modem.insert(sim, talk.now)
    assert talk.ask("AT+CIMI") == [IMSI, "OK"]


def test_error_to_everything_spares_nothing() -> None:
    assert Talk(sim=plain_sim(), quirks=Quirks(errors=True)).ask("AT") == ["AT\r", "ERROR"]


def test_a_hung_modem_says_nothing_and_forgets_what_it_was_asked() -> None:
    talk = Talk(sim=plain_sim())
    talk.modem.hang()
    assert talk.ask("AT+CIMI", wait=60.0) == []
    assert talk.modem.due() is None
    talk.modem.resume(talk.now)
    assert talk.ask("AT+CPIN?") == ["+CPIN: READY", "OK"]
    assert list(talk.modem.log)[-2:] == ["AT+CIMI", "AT+CPIN?"]


def test_a_hung_modem_can_answer_late() -> None:
    talk = Talk(sim=plain_sim())
    talk.modem.hang(late=True)
    assert talk.ask("AT+CIMI", wait=60.0) == []
    talk.modem.resume(talk.now)
    assert talk.heard() == [IMSI, "OK"]


def test_power_cures_a_hung_modem() -> None:
    talk = Talk("quectel-ec25", plain_sim())
    talk.modem.hang()
    talk.modem.power_on(talk.now)
    assert talk.heard()[0] == "RDY"


def test_a_slow_answer_about_the_old_card_comes_while_the_new_one_is_in() -> None:
    talk = Talk(sim=plain_sim(), quirks=Quirks(slow={"AT+CIMI": 20.0}))
    assert talk.ask("AT+CIMI", wait=10.0) == []
    talk.modem.eject(talk.now)
    talk.modem.insert(plain_sim(imsi="310260000000001"), talk.now)
    assert talk.ask("AT+CPIN?", wait=9.0) == []
    assert talk.heard(later=2.0) == [IMSI, "OK", "+CPIN: READY", "OK"]


def test_a_urc_can_come_in_front_of_an_answer_and_amid_it() -> None:
    talk = Talk(sim=plain_sim(), quirks=Quirks(before={"AT+CPIN?": "RDY"}, amid={"AT+CIMI": "RING"}))
    assert talk.ask("AT+CPIN?") == ["RDY", "+CPIN: READY", "OK"]
    assert talk.ask("AT+CIMI") == [IMSI, "RING", "OK"]


def test_answers_can_be_cut_anywhere_and_lose_nothing() -> None:
    whole, cut = Talk(sim=plain_sim()), Talk(sim=plain_sim(), quirks=Quirks(chunks=True))
    cut.modem.feed(b"AT+CNUM\r", cut.now)
    pieces = []
    while (due := cut.modem.due()) is not None:
        pieces.append(cut.modem.take(due))
    assert len(pieces) > 3
    whole.modem.feed(b"AT+CNUM\r", whole.now)
    assert b"".join(pieces) == whole.modem.take(whole.now + 1.0)


def test_noise_follows_answers_and_comes_again_from_the_same_seed() -> None:
    noisy = [Talk(sim=plain_sim(), quirks=Quirks(noise=True), seed=seed) for seed in (5, 5, 6)]
    for talk in noisy:
        talk.modem.feed(b"AT\rAT\r", talk.now)
    first, again, other = [talk.modem.take(talk.now + 1.0) for talk in noisy]
    assert first == again != other
    assert first.startswith(b"\r\nOK\r\n")
    assert len(first) > len(b"\r\nOK\r\n" * 2)


def test_a_noisy_stick_chatters_until_it_is_told_not_to() -> None:
    talk = Talk("huawei-e3372", plain_sim(), quiet=False)
    assert {line.split(":")[0] for line in talk.heard(later=60.0)} == {"^RSSI", "^HCSQ", "^DSFLOWRPT"}
    assert talk.ask("AT^CURC=0")[-1] == "OK"
    assert talk.heard(later=60.0) == []
