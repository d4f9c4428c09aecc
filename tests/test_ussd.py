"""The network is asked for a SIM's number: when, how often, and what of its answer is believed (TS 27.007 7.15)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from gate import LIMIT, Gate, gate, next_look, racked
from rack import sim

from hw.simulated.modem import SimulatedModem

CARDS, MOBILE = "+447700900123", "+447911123456"
FILE = '\n[[card]]\niccid = "8944200053671052491"\nnumber = "+447700900125"\n'  # of rack.sim(1)
USSD = '\n[[ussd]]\nplmn = "23415"\ncode = "*#100#"\n'
REPLY = '0,"Your number is 07911123456",15'


def modem(last: int = 1, number: str | None = CARDS, **what: Any) -> SimulatedModem:
    return SimulatedModem("generic", sim(last, number, **what), delay=0.0)


def codes(modem: SimulatedModem) -> list[str]:
    """The questions to the network."""
    return [line for line in modem.log if line.startswith("AT+CUSD=1")]


async def asked(rack: Gate, beginning: str, times: int = 1) -> None:
    """Wait until the modem has heard that so often."""
    async with asyncio.timeout(LIMIT):
        for _ in range(times):
            await rack.port(1).expect(beginning)


async def test_the_network_is_asked_when_the_sim_tells_nothing_and_believed_for_ever(tmp_path: Path) -> None:
    silent = modem(number=None, ussd={"*#100#": REPLY})
    async with racked(tmp_path, [silent], more=USSD) as rack:
        for _ in range(2):
            async with rack.running():
                await rack.on_sale(MOBILE)
                await rack.sold_here(1)
                assert (await rack.slot(1))["number_from"] == "ussd"
    assert codes(silent) == ['AT+CUSD=1,"*#100#",15']
    assert silent.forbidden == []


@pytest.mark.parametrize(
    ("what", "more"),
    [
        ({}, ""),
        ({"registration": 5}, USSD),
        ({}, USSD.replace("23415", "23410")),
        ({"number": CARDS}, USSD),
        ({"number": CARDS, "number_in": "phonebook"}, USSD),
        ({}, USSD + FILE),
    ],
    ids=["switched off", "roaming", "another operator", "cnum", "phonebook", "the owner's"],
)
async def test_the_network_is_not_asked_without_need_or_leave(what: dict[str, Any], more: str, tmp_path: Path) -> None:
    silent = modem(**{"number": None, "ussd": {"*#100#": REPLY}, **what})
    async with gate(tmp_path, [silent], more=more) as rack:
        await rack.endpoint.wait_for(lambda endpoint: endpoint.requests)
        await asked(rack, "AT+CREG?", 3)
        assert codes(silent) == []


async def test_an_answer_without_a_number_is_not_asked_for_again_by_restart_or_new_slot(tmp_path: Path) -> None:
    silent = modem(number=None, ussd={"*#100#": '0,"Thank you",15'})
    async with racked(tmp_path, [silent], more=USSD) as rack:
        for _ in range(2):
            async with rack.running():
                await rack.endpoint.wait_for(lambda endpoint: endpoint.requests)
                await rack.why(1, "does not tell its number")
                await _once(rack, silent)
                rack.port(1).eject()
                await rack.why(1, "no SIM")
                rack.port(1).insert()
                await rack.why(1, "does not tell its number")
                await asked(rack, "AT+CREG?", 3)
    assert len(codes(silent)) == 1


async def _once(rack: Gate, modem: SimulatedModem) -> None:
    async with asyncio.timeout(LIMIT):
        while not codes(modem):
            await next_look()
    await asked(rack, "AT+CREG?", 3)


async def test_a_menu_is_closed_and_its_text_used(tmp_path: Path) -> None:
    menu = modem(number=None, ussd={"*#100#": '1,"07911123456\r\n1 Back",15'})
    async with gate(tmp_path, [menu], more=USSD) as rack:
        await rack.on_sale(MOBILE)
        assert "AT+CUSD=2" in menu.log
        assert not menu.state.session


async def test_while_the_network_thinks_the_slot_is_watched_and_a_pulled_sim_ends_the_question(tmp_path: Path) -> None:
    silent = modem(number=None)  # its network never answers
    async with gate(tmp_path, [silent], more=USSD) as rack:
        await asked(rack, "AT+CUSD=1")
        await asked(rack, "AT+CREG?", 3)
        assert "does not tell its number" in (await rack.slot(1))["why"]
        rack.port(1).eject()
        rack.port(1).insert(sim(2, CARDS))
        await rack.on_sale(CARDS)
        assert [task.get_name() for task in asyncio.all_tasks() if "enquiry" in task.get_name()] == []


async def test_a_network_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.keeping.lore.PATIENCE", 0.2)
    silent = modem(number=None)
    async with gate(tmp_path, [silent], more=USSD) as rack:
        await asked(rack, "AT+CUSD=2")
        await rack.why(1, "does not tell its number")


async def test_a_modem_that_refuses_the_code_is_not_asked_again(tmp_path: Path) -> None:
    refusing = modem(number=None, ussd={"*#100#": REPLY})
    async with racked(tmp_path, [refusing], more=USSD) as rack:
        refusing.state.session = True  # left open by others: the network is busy
        async with rack.running():
            await asked(rack, "AT+CUSD=1")
            await asked(rack, "AT+CREG?", 3)
            await rack.why(1, "does not tell its number")
    assert len(codes(refusing)) == 1


async def test_a_number_of_before_is_sold_until_the_network_tells_a_better_one(tmp_path: Path) -> None:
    async with racked(tmp_path, [modem(ussd={"*#100#": REPLY})]) as rack:
        async with rack.running():
            await rack.on_sale(CARDS)
        rack.sim(1).written = None
        rack.file.write_text(rack.file.read_text() + USSD)
        async with rack.running():
            await rack.on_sale(MOBILE)
