"""Every family: its note and its simulated modem, written apart from each other, understand one another."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conversation import Conversation
from notes_urcs import DOCUMENTED, MOVED, NOISE, TELL_BOTH
from simulated_talk import ICCID, IMSI, NUMBER, Talk, plain_sim

from agent.at.codes import is_urc
from agent.at.dialog import Command
from agent.at.values import ICCID_DECODERS, pin_attempts
from agent.cli.main import simgate
from agent.errors import IdentityError
from agent.modems.library import shipped
from agent.modems.notes import Ask, Profile
from agent.modems.presence import sim_state
from agent.sim.identity import Iccid
from hw.simulated.family import families
from hw.simulated.modem import SimulatedModem
from hw.simulated.rack import Rack

PROFILES = {profile.name: profile for profile in shipped().profiles}
SPOKEN_TO = sorted(name for name, profile in PROFILES.items() if profile.at)
every_family = pytest.mark.parametrize("name", SPOKEN_TO)
# 25 families are known, one of them without any AT port.
UNSPEAKABLE = {"huawei-hilink"}


def claimed(talk: Talk, ask: Ask) -> list[str]:
    """The information text of the answer, as the dialog would take it."""
    command = Command(ask.send, prefix=ask.prefix)
    return [line for line in talk.ask(ask.send)[:-1] if command.claims(line, urc=is_urc(line))]


def iccid_by(talk: Talk, ask: Ask) -> str | None:
    for line in claimed(talk, ask):
        try:
            return Iccid.parse(ICCID_DECODERS[ask.decoder](line) or "").digits
        except IdentityError:
            continue
    return None


def prepared(name: str, **sim: Any) -> tuple[Profile, Talk]:
    """A modem of the family, set up as its note wants it."""
    profile, talk = PROFILES[name], Talk(name, plain_sim(**sim))
    for text in profile.setup:
        assert talk.ask(text)[-1] == "OK", text
    return profile, talk


def test_25_families_have_a_note_and_every_one_with_an_at_port_a_simulated_modem() -> None:
    assert len(PROFILES) == 25
    assert PROFILES.keys() - set(SPOKEN_TO) == UNSPEAKABLE
    assert set(families()) == set(SPOKEN_TO)


# -- over a real pty, on the way of `simgate probe` --


@every_family
async def test_probe_tells_everything_about_a_modem_of_every_family(name: str, tmp_path: Path) -> None:
    sim = plain_sim()
    modem = SimulatedModem(name, sim, delay=0.0)
    with Rack([modem], tmp_path) as rack:
        words = ["probe", str(rack.slot(1).path), "--json"]
        done = await asyncio.to_thread(CliRunner(env={"SIMGATE_CONFIG": None}).invoke, simgate, words)
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert found.pop("elapsed_ms") >= 0
    assert found.pop("firmware").removeprefix("+CGMR: ") in modem.family.revision
    assert found == {
        "manufacturer": modem.family.manufacturer,
        "model": modem.family.model,
        "imei": modem.state.imei,
        "sim_state": "ready",
        "iccid": ICCID,
        "imsi": IMSI,
        "operator": "23415",
        "mnc_length_from": "ef_ad",
        "number": NUMBER,
        "number_from": "cnum",
        "country_id": 44,
        "registration": "home",
        "note": name,
        "why": None,
    }
    assert modem.forbidden == []


# -- the ICCID --


@every_family
def test_the_makers_own_command_gives_the_iccid_too(name: str) -> None:
    profile, talk = prepared(name)
    found = [iccid_by(talk, ask) for ask in profile.iccid]
    assert set(found) <= {ICCID, None}
    assert found[0] == ICCID
    assert ICCID in found[1:] or name == "generic"


@every_family
@pytest.mark.parametrize("iccid", ["89882110000004300106", "898600700907A6019125"])
def test_an_iccid_of_twenty_places_loses_none(name: str, iccid: str) -> None:
    profile, talk = prepared(name, iccid=iccid)
    assert {iccid_by(talk, ask) for ask in profile.iccid} <= {iccid, None}


# -- moved cards --


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, lines in MOVED.items() for line in lines])
def test_what_the_documents_say_of_a_moved_card_is_a_hint(name: str, line: str) -> None:
    assert PROFILES[name].hints_at_card(line)


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, lines in NOISE.items() for line in lines])
def test_what_the_documents_call_start_and_noise_is_no_hint_and_no_answer(name: str, line: str) -> None:
    profile = PROFILES[name]
    assert not profile.hints_at_card(line)
    assert is_urc(line) or any(re.match(urc, line) for urc in profile.urcs)


def test_every_family_has_its_row_of_the_documents() -> None:
    assert set(MOVED) == set(NOISE) == set(SPOKEN_TO)


@every_family
def test_a_modem_set_up_by_its_note_tells_of_a_card_that_goes_and_one_that_comes(name: str) -> None:
    profile, talk = prepared(name)
    talk.heard(later=5.0)
    sim = talk.modem.eject(talk.now)
    gone = [line for line in talk.heard() if profile.hints_at_card(line)]
    talk.modem.insert(sim, talk.now)
    back = [line for line in talk.heard() if profile.hints_at_card(line)]
    assert (bool(gone) and bool(back)) == (name in TELL_BOTH)


@pytest.mark.parametrize("name", [name for name in SPOKEN_TO if PROFILES[name].detection])
def test_detection_can_be_seen_switched_on_and_undone(name: str) -> None:
    profile, talk = prepared(name)
    switch = profile.detection
    assert switch is not None

    def shown() -> tuple[bool, bool]:
        (line,) = claimed(talk, switch.ask)
        return re.match(switch.on, line) is not None, re.match(switch.off, line) is not None

    assert shown() == (True, False)
    for text in switch.undo:
        assert talk.ask(text)[-1] == "OK"
    assert shown() == (False, True)
    for low in (True, False):
        for text in switch.enabling(low=low):
            assert talk.ask(text)[-1] == "OK"
        assert shown() == (True, False)


# -- restarts --


@pytest.mark.parametrize("name", [name for name in SPOKEN_TO if PROFILES[name].sim_reset])
def test_a_restart_of_the_card_alone_says_nothing_that_the_note_does_not_expect(name: str) -> None:
    profile, talk = prepared(name)
    reset = profile.sim_reset
    assert reset is not None
    said: list[str] = []
    for text in reset.commands:
        answer = talk.ask(text)
        assert "OK" in answer
        said += [line for line in answer + talk.heard(later=reset.pause) if profile.hints_at_card(line)]
    assert [line for line in said if not any(re.match(urc, line) for urc in reset.false_urcs)] == []
    assert "+CPIN: READY" in talk.ask("AT+CPIN?")


@every_family
def test_the_restart_of_the_note_restarts_the_modem(name: str) -> None:
    profile, talk = prepared(name)
    assert profile.modem_reset is not None
    talk.ask("AT+CREG=1")
    answers = []
    for text in profile.modem_reset.commands:
        answers.append("OK" in talk.ask(text))
        if answers[-1]:
            break
    assert answers[-1]
    talk.heard(later=profile.modem_reset.boot)
    talk.ask("ATE0")
    assert "+CREG: 0,1" in talk.ask("AT+CREG?")


# -- PIN, limits, habits --


@every_family
@pytest.mark.parametrize("left", [3, 2, 1, 0])
def test_the_attempts_that_the_pin_has_left_can_be_asked_for(name: str, left: int) -> None:
    profile, talk = prepared(name, pin="1234", attempts=left)
    told = [pin_attempts(ask.decoder, claimed(talk, ask)) for ask in profile.pin_attempts]
    assert next((number for number in told if number is not None), None) == left
    assert set(told) <= {left, None}


@pytest.mark.parametrize(("name", "command", "seconds"), DOCUMENTED)
def test_no_limit_is_shorter_than_the_time_that_the_maker_allows_itself(name: str, command: str, seconds: float) -> None:
    timed = PROFILES[name].timed(Command(command, timeout=20 if command == "AT+CIMI" else 10))
    assert timed.timeout > seconds


def test_a_modem_whose_flight_mode_takes_the_sims_power_says_why_there_is_none() -> None:
    talk = Talk("telit-le910", plain_sim())
    assert talk.ask("AT+CFUN=4")[0] == "OK"
    assert talk.ask("AT+CPIN?") == ["+CME ERROR: 13"]
    for name, said in (("telit-le910", "AT+CFUN? = 4"), ("generic", "SIM failure")):
        modem = Conversation({"AT+CPIN?": "+CME ERROR: 13", "AT+CFUN?": "+CFUN: 4\nOK"})
        assert said in modem.hold(sim_state(PROFILES[name])).why


def test_a_name_is_never_in_the_way_of_the_number() -> None:
    assert Talk("simcom-sim7000", plain_sim(alpha="Line 1")).ask("AT+CNUM") == [f'+CNUM: "","{NUMBER}",145', "OK"]


def test_an_empty_holder_can_be_named_instead_of_refused() -> None:
    talk = Talk("simcom-sim800")
    assert talk.ask("AT+CPIN?") == ["+CPIN: NOT INSERTED", "OK"]
    talk.ask("AT+CFUN=0")
    assert talk.ask("AT+CPIN?") == ["+CME ERROR: 13"]
