"""Where a SIM's number comes from: the owner's table, the card, what it told before; on a running gateway."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from gate import LIMIT, Gate, ask, gate, racked
from rack import sim

from hw.simulated.modem import SimulatedModem

ICCID, OTHER = "8944200053671052491", "8944200053671052492"  # of rack.sim(1) and rack.sim(2)
CARDS, GIVEN, FILED, MOBILE = "+447700900123", "+447700900124", "+447700900125", "+447911123456"
FILE = f'\n[[card]]\niccid = "{ICCID}"\nnumber = "{FILED}"\n'


def modem(last: int = 1, number: str | None = CARDS, **what: Any) -> SimulatedModem:
    return SimulatedModem("generic", sim(last, number, **what), delay=0.0)


async def source(rack: Gate, slot: int = 1) -> str | None:
    found: str | None = (await rack.slot(slot))["number_from"]
    return found


async def asked(rack: Gate, beginning: str, times: int = 1) -> None:
    """Wait until the modem has heard that so often."""
    async with asyncio.timeout(LIMIT):
        for _ in range(times):
            await rack.port(1).expect(beginning)


# -- the owner's table --


async def test_a_number_that_is_set_is_sold_at_once_and_unset_gives_the_cards_own_back(tmp_path: Path) -> None:
    async with gate(tmp_path, [modem(), modem(2, GIVEN)]) as rack:
        await rack.on_sale(CARDS, GIVEN)
        assert await rack.asked("own", numbers={ICCID: FILED}) == {"set": 1}
        await rack.on_sale(FILED, GIVEN)
        assert await source(rack) == "table"
        assert await rack.asked("disown", iccid=ICCID) == {"unset": True}
        await rack.on_sale(CARDS, GIVEN)
        assert await source(rack) == "cnum"
        assert await rack.asked("disown", iccid=ICCID) == {"unset": False}


async def test_a_sim_that_tells_nothing_is_sold_once_its_owner_says_its_number(tmp_path: Path) -> None:
    async with racked(tmp_path, [modem(number=None)]) as rack:
        async with rack.running():
            await rack.why(1, "simgate number set")
            await rack.asked("own", numbers={ICCID: GIVEN})
            await rack.on_sale(GIVEN)
        async with rack.running():
            assert await rack.asked("numbers") == {ICCID: GIVEN}
            await rack.sold_here(1)
            assert await source(rack) == "table"


async def test_a_number_that_is_set_while_the_card_is_being_read_is_not_missed(tmp_path: Path) -> None:
    slow = modem(number=None)
    slow.quirks.slow["AT+CNUM"] = 0.2
    async with racked(tmp_path, [slow]) as rack:
        reading = rack.port(1).expect("AT+CNUM")
        async with rack.running():
            await reading
            await rack.asked("own", numbers={ICCID: GIVEN})
            await rack.on_sale(GIVEN)


async def test_the_configuration_wins_over_the_table(tmp_path: Path) -> None:
    async with gate(tmp_path, [modem()], more=FILE) as rack:
        await rack.asked("own", numbers={ICCID: GIVEN})
        await asked(rack, "AT+CPIN?", 3)
        await rack.on_sale(FILED)
        assert await source(rack) == "config"
        assert not any(GIVEN in request.numbers for request in rack.endpoint.requests)


async def test_no_number_of_a_request_is_taken_when_one_is_wrong(tmp_path: Path) -> None:
    async with gate(tmp_path, [modem()], more=FILE) as rack:
        wrong: list[object] = [
            {ICCID: GIVEN, OTHER: GIVEN},
            {ICCID: GIVEN, OTHER: "07911"},
            {ICCID: GIVEN, "89": MOBILE},
            {OTHER: FILED},
            [],
        ]
        for numbers in wrong:
            assert not (await ask(rack.gateway.settings.control, "own", numbers=numbers))["ok"]
        assert await rack.asked("numbers") == {}


# -- what was known before --


def empty(rack: Gate) -> None:
    rack.sim(1).written = None


async def test_a_number_that_the_sim_told_before_is_good_until_it_tells_one_again(tmp_path: Path) -> None:
    async with racked(tmp_path, [modem()]) as rack:
        async with rack.running():
            await rack.on_sale(CARDS)
        empty(rack)
        async with rack.running():
            await rack.sold_here(1)
            assert await source(rack) == "last_known"
        rack.sim(1).written = rack.sim(1).number = GIVEN
        async with rack.running():
            await rack.on_sale(GIVEN)
            assert await source(rack) == "cnum"


async def test_what_was_known_before_goes_with_the_sim_into_another_slot_and_not_with_the_slot(tmp_path: Path) -> None:
    async with racked(tmp_path, [modem(), modem(2, None)]) as rack, rack.running():
        await rack.on_sale(CARDS)
        empty(rack)
        left, right = rack.port(1).eject(), rack.port(2).eject()
        await rack.on_sale()
        rack.port(1).insert(right)
        rack.port(2).insert(left)
        await rack.on_sale(CARDS)
        assert (await source(rack, 1), await source(rack, 2)) == (None, "last_known")


async def test_another_imsi_on_the_same_card_has_no_number_of_before(tmp_path: Path) -> None:
    async with racked(tmp_path, [modem()]) as rack:
        async with rack.running():
            await rack.on_sale(CARDS)
        empty(rack)
        rack.sim(1).imsi = "234159999999999"
        async with rack.running():
            await rack.why(1, "does not tell its number")


async def test_a_number_of_before_loses_against_a_card_that_tells_it_now(tmp_path: Path) -> None:
    async with racked(tmp_path, [modem(), modem(2, None)]) as rack:
        async with rack.running():
            await rack.on_sale(CARDS)
        empty(rack)
        rack.sim(2).written = rack.sim(2).number = CARDS  # the number has moved to a new SIM
        rack.sim(2).number_in = "phonebook"
        async with rack.running():
            assert "rack1-02 already sells" in await rack.why(1, "rack1-02")
            await rack.sold_here(2)


async def test_an_owners_number_is_not_remembered_as_the_sims(tmp_path: Path) -> None:
    async with racked(tmp_path, [modem(number=None)]) as rack, rack.running():
        await rack.asked("own", numbers={ICCID: GIVEN})
        await rack.on_sale(GIVEN)
        await rack.asked("disown", iccid=ICCID)
        await rack.why(1, "does not tell its number")


# -- a number that comes late --


async def test_a_sim_that_gets_its_number_after_registration_is_asked_again(tmp_path: Path) -> None:
    async with gate(tmp_path, [modem(number=None, registration=2)]) as rack:
        await rack.why(1, "does not tell its number")
        rack.sim(1).number = rack.sim(1).written = MOBILE
        rack.sim(1).registration = 1
        await rack.on_sale(MOBILE)


async def test_a_number_of_before_is_asked_for_again_after_registration(tmp_path: Path) -> None:
    async with racked(tmp_path, [modem()]) as rack:
        async with rack.running():
            await rack.on_sale(CARDS)
        empty(rack)
        rack.sim(1).registration = 2
        async with rack.running():
            await rack.why(1, "searching")
            assert await source(rack) == "last_known"
            rack.sim(1).written = rack.sim(1).number = MOBILE
            rack.sim(1).registration = 1
            await rack.on_sale(MOBILE)


async def test_a_sim_without_a_number_is_asked_again_after_a_while_and_not_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    late = modem(number=None)
    async with gate(tmp_path, [late]) as rack:
        await rack.why(1, "does not tell its number")
        await asked(rack, "AT+CREG?", 3)
        assert late.log.count("AT+CNUM") == 1
        monkeypatch.setattr("agent.keeping.seeker.ASK_AGAIN", 0.3)
        rack.sim(1).number = rack.sim(1).written = MOBILE
        await rack.on_sale(MOBILE)
        count = late.log.count("AT+CNUM")
        await asked(rack, "AT+CREG?", 3)
        assert late.log.count("AT+CNUM") == count, "a number that is known is not asked for again"


async def test_a_number_of_before_stays_on_sale_while_the_sim_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.keeping.seeker.ASK_AGAIN", 0.2)
    async with racked(tmp_path, [modem()]) as rack:
        async with rack.running():
            await rack.on_sale(CARDS)
        empty(rack)
        async with rack.running():
            await rack.sold_here(1)
            before = len(rack.endpoint.requests)
            await asked(rack, "AT+CNUM", 3)
        assert all(request.numbers == [CARDS] for request in list(rack.endpoint.requests)[before:])
