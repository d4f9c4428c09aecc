"""PINs on simulated modems that count attempts: who gets one, who does not, and what a kill between ledger and PIN leaves."""

import asyncio
import logging
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from child import agent
from gate import LIMIT, Gate, next_look, racked, written
from rack import sim

from agent.modems.pin import Outcome
from agent.sim.identity import Iccid
from agent.sync.outbox import Outbox
from hw.simulated.family import families
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import SimulatedSim, fresh

ICCID, NUMBER = "8944200053671052491", "+447700900123"  # of rack.sim()
ENTERED = "AT+CPIN="
REFUSED = "the PIN in the configuration was refused: 2 attempts left; correct [[card]] pin"


def card(pin: str, iccid: str = ICCID) -> str:
    return f'\n[[card]]\niccid = "{iccid}"\npin = "{pin}"\n'


def locked(pin: str = "1234", *, askable: bool = True, **what: Any) -> SimulatedModem:
    modem = SimulatedModem("generic", sim(pin=pin, **what), delay=0.0)
    if not askable:
        modem.state.family = replace(modem.family, lacks=("+CPINR",))
    return modem


def entered(modem: SimulatedModem) -> list[str]:
    return [line for line in modem.log if line.startswith(ENTERED)]


def card_in(modem: SimulatedModem) -> SimulatedSim:
    assert modem.sim is not None
    return modem.sim


async def asked_again(rack: Gate, times: int = 3) -> None:
    """Wait until the modem has been asked for its SIM so many times more."""
    for _ in range(times):
        async with asyncio.timeout(LIMIT):
            await rack.port(1).expect("AT+CPIN?")


def tries(rack: Gate, pin: str) -> list[tuple[bool, int | None, Outcome]]:
    """What the ledger has while no agent runs."""
    with closing(Outbox.open(rack.file.parent / "simgate.db")) as outbox:
        return [(one.same, one.left, one.outcome) for one in outbox.ledger.pin_tries(Iccid(ICCID), pin)]


@pytest.mark.parametrize("askable", [True, False])
async def test_a_sim_with_its_pin_in_the_configuration_is_unlocked_and_sold(askable: bool, tmp_path: Path) -> None:
    modem = locked(askable=askable)
    async with racked(tmp_path, [modem], more=card("1234")) as rack:
        async with rack.running():
            await rack.on_sale(NUMBER)
        assert tries(rack, "1234") == [(True, 3 if askable else None, Outcome.TAKEN)]
    assert entered(modem) == ['AT+CPIN="1234"']
    assert card_in(modem).attempts == 3


async def test_every_family_tells_its_attempts_in_its_own_way_and_loses_one_at_most(tmp_path: Path) -> None:
    names = list(families())
    sims = [replace(fresh(at), pin="1234") for at in range(len(names))]
    modems = [SimulatedModem(name, card, delay=0.0) for name, card in zip(names, sims, strict=True)]
    async with racked(tmp_path, modems, more="".join(card("9999", one.iccid) for one in sims)) as rack, rack.running():
        for at, modem in enumerate(modems, 1):
            assert await rack.why(at, "was refused") == REFUSED, modem.family.name
    assert [one.attempts for one in sims] == [2] * len(sims)
    assert [entered(modem) for modem in modems] == [['AT+CPIN="9999"']] * len(modems)


async def test_after_a_restart_of_the_modem_the_pin_that_was_taken_is_given_again(tmp_path: Path) -> None:
    modem = locked()
    async with racked(tmp_path, [modem], more=card("1234")) as rack, rack.running():
        for _ in range(2):
            await rack.on_sale(NUMBER)
            rack.port(1).unplug()
            await rack.stands(1, "offline")
            rack.port(1).plug()
            await rack.stands(1, "ready")
        await rack.on_sale(NUMBER)
    assert entered(modem) == ['AT+CPIN="1234"'] * 3


async def test_a_refused_pin_is_told_and_never_tried_again_by_poll_or_restart(tmp_path: Path) -> None:
    modem = locked()
    async with racked(tmp_path, [modem], more=card("9999")) as rack:
        for _ in range(3):
            async with rack.running():
                assert await rack.why(1, "PIN in") == REFUSED
                await asked_again(rack)
                assert (await rack.slot(1))["why"] == REFUSED
                rack.port(1).eject()
                await rack.why(1, "sees no SIM")
                rack.port(1).insert()
                assert await rack.why(1, "PIN in") == REFUSED
    assert entered(modem) == ['AT+CPIN="9999"']
    assert card_in(modem).attempts == 2


async def test_a_corrected_pin_is_tried_and_a_second_wrong_one_is_the_last(tmp_path: Path) -> None:
    modem = locked()
    async with racked(tmp_path, [modem], more=card("9999")) as rack:
        whole = rack.file.read_text()
        async with rack.running():
            await rack.why(1, "2 attempts left")
        rack.file.write_text(whole.replace('"9999"', '"8888"'))
        async with rack.running():
            assert "1 attempt left" in await rack.why(1, "PIN in")
        rack.file.write_text(whole.replace('"9999"', '"1234"'))
        async with rack.running():
            assert "telephone" in await rack.why(1, "1 attempt left, which simgate leaves to you")
        assert card_in(modem).attempts == 1
        card_in(modem).attempts = 3  # a person has given the right one elsewhere
        async with rack.running():
            await rack.on_sale(NUMBER)
    assert entered(modem) == ['AT+CPIN="9999"', 'AT+CPIN="8888"', 'AT+CPIN="1234"']


async def test_where_attempts_cannot_be_asked_one_pin_is_given_once_ever(tmp_path: Path) -> None:
    modem = locked(askable=False)
    async with racked(tmp_path, [modem], more=card("9999")) as rack:
        whole = rack.file.read_text()
        async with rack.running():
            await rack.why(1, "was refused")
        rack.file.write_text(whole.replace('"9999"', '"1234"'))
        async with rack.running():
            assert "once only" in await rack.why(1, "once only")
    assert entered(modem) == ['AT+CPIN="9999"']
    assert card_in(modem).attempts == 2


async def test_a_wrong_pin_that_nobody_heard_of_stays_wrong_after_a_right_one_has_given_the_attempts_back(tmp_path: Path) -> None:
    modem = locked(attempts=2)
    async with racked(tmp_path, [modem], more=card("1234")) as rack:
        with closing(Outbox.open(tmp_path / "simgate.db")) as outbox:
            outbox.ledger.pin_goes_out(Iccid(ICCID), "9999", 3)
        async with rack.running():
            await rack.on_sale(NUMBER)
        rack.file.write_text(rack.file.read_text().replace('"1234"', '"9999"'))
        rack.port(1).unplug()
        rack.port(1).plug()
        async with rack.running():
            assert "3 attempts left" in await rack.why(1, "was refused")
    assert entered(modem) == ['AT+CPIN="1234"']


@pytest.mark.parametrize("attempts", [0, 1])
async def test_the_last_attempt_and_the_puk_are_left_to_a_person(attempts: int, tmp_path: Path) -> None:
    modem = locked(attempts=attempts)
    async with racked(tmp_path, [modem], more=card("1234")) as rack, rack.running():
        await rack.why(1, "telephone")
        await asked_again(rack)
    assert entered(modem) == []
    assert (card_in(modem).attempts, card_in(modem).puk_attempts) == (attempts, 10)


@pytest.mark.parametrize("more", ["", card("1234", "8944200053671052499")], ids=["no card", "another card"])
async def test_a_sim_without_a_pin_in_the_configuration_is_given_none(more: str, tmp_path: Path) -> None:
    modem = locked()
    async with racked(tmp_path, [modem], more=more) as rack, rack.running():
        assert "[[card]] pin" in await rack.why(1, "wants its PIN")
        await asked_again(rack)
    assert entered(modem) == []


async def test_a_busy_sim_is_waited_for_and_then_unlocked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.keeping.keeper.RETRY", 0.05)
    modem = locked(busy_for=0.3)
    async with racked(tmp_path, [modem], more=card("1234")) as rack, rack.running():
        await rack.on_sale(NUMBER)
    assert entered(modem) == ['AT+CPIN="1234"']


async def test_a_sim_that_takes_the_place_of_another_before_the_pin_goes_out_does_not_get_it(tmp_path: Path) -> None:
    modem = locked()
    other = sim(2, "+447700900124", pin="5555")
    modem.quirks.slow["AT+CPINR"] = 0.1
    async with racked(tmp_path, [modem], more=card("1234")) as rack:
        asked = rack.port(1).expect("AT+CPINR")
        async with rack.running():
            await asked
            rack.port(1).eject(silent=True)
            rack.port(1).insert(other)
            await rack.why(1, "PIN")
            await asked_again(rack)
        assert (entered(modem), other.attempts) == ([], 3)
        assert tries(rack, "1234") == [(True, 3, Outcome.UNKNOWN)]


async def test_without_a_database_that_can_be_written_no_pin_goes_out(tmp_path: Path) -> None:
    modem = locked()
    async with racked(tmp_path, [modem], more=card("1234")) as rack:
        async with rack.running():
            await rack.on_sale(NUMBER)
        modem.log.clear()
        with closing(sqlite3.connect(tmp_path / "simgate.db", isolation_level=None)) as conn:
            conn.execute("CREATE TRIGGER full BEFORE INSERT ON pins BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
        rack.port(1).unplug()
        rack.port(1).plug()
        async with rack.running():
            assert "database" in await rack.why(1, "database")
            await asked_again(rack)
    assert entered(modem) == []


async def test_a_pin_is_in_no_log_no_answer_and_no_file_but_the_configuration(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pins = ["86420975", "97531864"]
    modem = locked(pins[0])
    with caplog.at_level(logging.DEBUG):
        async with racked(tmp_path, [modem], more=card(pins[1])) as rack:
            async with rack.running():
                await rack.why(1, "was refused")
                status = str(await rack.asked("status"))
            rack.file.write_text(rack.file.read_text().replace(pins[1], pins[0]))
            async with rack.running():
                await rack.on_sale(NUMBER)
                status += str(await rack.asked("status"))
    files = b"".join((tmp_path / file).read_bytes() for file in written(tmp_path))
    assert len(entered(modem)) == 2
    for pin in pins:
        assert pin not in status + caplog.text
        assert pin.encode() not in files
    assert ICCID not in caplog.text


# -- kill -9 --


async def unlocked_or_why(rack: Gate) -> str | None:
    """Start another agent; None once it sells the SIM, else why not."""
    async with agent(rack.file) as again, asyncio.timeout(LIMIT):
        while True:
            slot = await again.slot(1)
            if slot["on_sale"] or "PIN" in slot["why"]:
                why: str | None = slot["why"]
                return why
            await next_look()


@pytest.mark.parametrize("askable", [True, False])
async def test_kill_9_between_ledger_and_pin_costs_no_attempt(askable: bool, tmp_path: Path) -> None:
    modem = locked(askable=askable)
    modem.quirks.slow["AT+CRSM=176,12258"] = 0.3
    async with racked(tmp_path, [modem], more=card("1234")) as rack:
        port = rack.port(1)
        named = port.expect("AT+CPINR")
        async with agent(rack.file) as running:
            await named
            # The ledger is written between the attempts and the second look at the ICCID.
            await port.expect("AT+CRSM=176,12258")
            port.hang()
            await running.ended(9)
        port.resume()
        assert entered(modem) == []
        assert tries(rack, "1234") == [(True, 3 if askable else None, Outcome.UNKNOWN)]
        why = await unlocked_or_why(rack)
        if askable:
            assert why is None, "no attempt is gone, so it never went out"
            assert entered(modem) == ['AT+CPIN="1234"']
        else:
            assert "was not heard" in (why or "")
            assert entered(modem) == []
        assert card_in(modem).attempts == 3


@pytest.mark.parametrize("askable", [True, False])
async def test_kill_9_while_a_wrong_pin_is_on_its_way_never_sends_it_again(askable: bool, tmp_path: Path) -> None:
    modem = locked(askable=askable)
    modem.quirks.slow[ENTERED] = 3600.0
    async with racked(tmp_path, [modem], more=card("9999")) as rack:
        out = rack.port(1).expect(ENTERED)
        async with agent(rack.file) as running:
            await out
            await running.ended(9)
        modem.quirks.slow.clear()
        rack.port(1).unplug()
        rack.port(1).plug()
        why = await unlocked_or_why(rack)
        assert why == REFUSED if askable else "was not heard" in (why or "")
    assert entered(modem) == ['AT+CPIN="9999"']
    assert card_in(modem).attempts == 2
