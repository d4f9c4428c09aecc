"""Cards and modems that move at awkward moments: what the slot then says, and what is on sale."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest
from gate import gate
from rack import Berth, berth, sim

from agent.slots.roster import Offer, roster
from agent.slots.slot import Slot, State
from hw.simulated.modem import SimulatedModem
from hw.simulated.state import Quirks

OLD, NEW = "+447700900123", "+447700900124"
PAIRS = {("8944200053671052491", "234151234567891", OLD), ("8944200053671052492", "234151234567892", NEW)}


def why(slot: Slot) -> str:
    offer = Offer("rack1-01")
    return roster([offer], {"rack1-01": slot}, {}, slot.seen, 30.0).why["rack1-01"]


def number(slot: Slot) -> str | None:
    return str(slot.card.msisdn) if slot.card else None


def never_mixed(history: Iterable[Slot]) -> bool:
    """No card was ever put together from two."""
    cards = [slot.card for slot in history if slot.card is not None]
    return all(card.imsi and (card.iccid.digits, card.imsi.digits, str(card.msisdn)) in PAIRS for card in cards)


def swap(slot: Berth) -> None:
    slot.port.eject(silent=True)
    slot.port.insert(sim(2, NEW))


# -- line and modem disagree --


async def test_line_says_in_and_modem_says_none_is_a_contact(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("quectel-ec25", None, delay=0.0), line=True) as slot:
        slot.board.fake("insert", "rack1-01")
        found = await slot.until(lambda now: now.state is State.NO_SIM)
        assert why(found).startswith("line says present, modem sees no SIM: check the tray contact")


async def test_line_says_out_and_the_modem_answers_from_memory_is_off_at_once_and_stays_off(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("quectel-ec25", sim(), delay=0.0), line=True) as slot:
        slot.board.fake("insert", "rack1-01")
        await slot.ready()
        slot.board.fake("eject", "rack1-01")
        gone = await slot.until(lambda now: now.state is State.EMPTY)
        assert why(gone) == "no SIM: the presence line says that the slot is empty"
        slot.keeper.look_again()
        slot.port.restart()
        await slot.port.expect("AT+CMEE=1")  # the modem is up again, its SIM still in
        assert slot.keeper.slot.card is None
        assert slot.keeper.slot.state is State.EMPTY


# -- swaps --


async def test_a_swap_faster_than_the_settle_time_is_seen_although_the_line_rests_where_it_was(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("generic", sim(), delay=0.0), line=True, settle=0.1, poll=3600) as slot:
        slot.board.fake("insert", "rack1-01")
        await slot.ready()
        slot.board.fake("eject", "rack1-01")
        swap(slot)
        slot.board.fake("insert", "rack1-01")
        await slot.until(lambda now: number(now) == NEW)
        assert never_mixed(slot.history)
        assert all(one.state is not State.EMPTY for one in slot.history)


QUESTIONS = ["AT+CPIN?", "AT+CRSM=176,12258", "AT+CRSM=176,28589", "AT+CIMI", "AT+CNUM", "AT+CREG?"]


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_swap_while_the_card_is_read_never_mixes_two_cards(question: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.keeping.keeper.RETRY", 0.01)
    async with berth(tmp_path, SimulatedModem("generic", sim(), delay=0.001)) as slot:
        await slot.port.expect(question)
        swap(slot)
        await slot.until(lambda now: number(now) == NEW)
        assert never_mixed(slot.history)


async def test_a_card_that_leaves_while_it_is_read_is_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.keeping.keeper.RETRY", 0.01)
    async with berth(tmp_path, SimulatedModem("generic", sim(), delay=0.001)) as slot:
        await slot.port.expect("AT+CNUM")
        slot.port.eject(silent=True)
        await slot.until(lambda now: now.state is State.NO_SIM)
        assert all(one.card is None for one in slot.history)


async def test_a_card_that_answers_in_two_slots_is_sold_in_the_one_that_read_it_last(tmp_path: Path) -> None:
    modems = [SimulatedModem("generic", sim(), delay=0.0), SimulatedModem("generic", None, delay=0.0)]
    async with gate(tmp_path, modems) as rack:
        await rack.on_sale(OLD)
        assert rack.endpoint.on_sale[OLD]["port_id"] == "rack1-01"
        rack.port(2).insert(sim())
        assert "rack1-02" in await rack.why(1, "has read this very SIM since")
        for _ in range(3):  # both go on answering
            await asyncio.gather(rack.port(1).expect("AT+CREG?"), rack.port(2).expect("AT+CREG?"))
            assert [(await rack.slot(slot))["on_sale"] for slot in (1, 2)] == [False, True]
        rack.port(2).eject(silent=True)
        await rack.why(2, "no SIM")
        await rack.on_sale(OLD)


async def test_a_hint_on_the_heels_of_another_is_only_put_off(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("quectel-ec25", sim(), delay=0.0), poll=3600) as slot:
        await slot.ready()
        slot.port.eject()
        await slot.until(lambda now: now.state is State.NO_SIM)
        slot.port.insert(sim(2, NEW))
        await slot.until(lambda now: number(now) == NEW)


# -- a modem that restarts by itself --


@pytest.mark.parametrize("family", ["quectel-ec25", "simcom-sim7600", "huawei-e3372", "generic"])
async def test_a_modem_that_restarts_while_its_number_is_on_sale_is_greeted_again(family: str, tmp_path: Path) -> None:
    modem = SimulatedModem(family, sim(), delay=0.0)
    async with berth(tmp_path, modem) as slot:
        await slot.ready()
        slot.port.restart()
        assert (modem.state.modes.echo, modem.state.cmee) == (True, 0)
        assert slot.keeper.modem is not None
        assert slot.keeper.modem.profile is not None
        await slot.port.expect([*slot.keeper.modem.profile.setup, "AT+CGSN"][0])
        await slot.port.expect("AT+CNUM")  # it is read again
        await slot.ready()
        assert (modem.state.modes.echo, modem.state.cmee) == (False, 1)
        assert modem.state.told() is (family in ("quectel-ec25", "simcom-sim7600", "huawei-e3372"))
        assert number(slot.keeper.slot) == OLD


async def test_another_card_that_came_with_a_restart_is_read(tmp_path: Path) -> None:
    async with berth(tmp_path, SimulatedModem("quectel-ec25", sim(), delay=0.0), poll=3600) as slot:
        await slot.ready()
        swap(slot)
        slot.port.restart()
        await slot.until(lambda now: number(now) == NEW)
        assert never_mixed(slot.history)


async def test_a_modem_that_says_all_the_time_that_it_starts_is_not_greeted_without_end(tmp_path: Path) -> None:
    modem = SimulatedModem("quectel-ec25", sim(), delay=0.0, quirks=Quirks(storm=("RDY", "+CFUN: 1")))
    loop = asyncio.get_running_loop()
    async with berth(tmp_path, modem, poll=3600) as slot:
        await slot.ready()
        await slot.port.expect("ATE0")
        begun = loop.time()
        await slot.port.expect("ATE0")
        assert loop.time() - begun > 0.9  # and longer from time to time
        assert slot.keeper.slot.card is not None


# -- a card that changes its IMSI --


async def test_a_card_that_changes_its_imsi_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.keeping.keeper.IMSI_EVERY", 0.0)
    chameleon = sim()
    async with berth(tmp_path, SimulatedModem("generic", chameleon, delay=0.0)) as slot:
        before = await slot.ready()
        chameleon.imsi, chameleon.plmn = "262011106487504", "26201"
        after = await slot.until(lambda now: now.card is not None and str(now.card.plmn) == "26201")
        assert before.card is not None
        assert after.card is not None
        assert after.card.iccid == before.card.iccid


async def test_the_imsi_is_not_read_at_every_look(tmp_path: Path) -> None:
    modem = SimulatedModem("generic", sim(), delay=0.0)
    async with berth(tmp_path, modem) as slot:
        await slot.ready()
        for _ in range(5):
            await slot.port.expect("AT+CREG?")
        assert list(modem.log).count("AT+CIMI") == 1
