"""The gateway is started again: what became of the rack in the meantime, and when the endpoint hears of it."""

import asyncio
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from gate import Gate, racked
from rack import sim

from hw.simulated.endpoint import SimulatedEndpoint
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh

NUMBER = "+447700900123"


def modems(count: int) -> list[SimulatedModem]:
    return [SimulatedModem("quectel-ec25", fresh(at), delay=0.0, serial=at) for at in range(count)]


async def sold_before(rack: Gate, *slots: int) -> list[str]:
    """Run once, until these slots' numbers are on sale; what the endpoint heard is forgotten."""
    numbers = [rack.number(slot) for slot in slots]
    async with rack.running():
        await rack.on_sale(*numbers)
        await rack.waits()
    rack.endpoint.requests.clear()
    return numbers


async def held_for_longer_than_a_start(rack: Gate, *slots: int) -> tuple[list[str], float]:
    """As `sold_before`; and from now on the first list is held back for far longer than that took, in seconds."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    numbers = await sold_before(rack, *slots)
    startup = 0.5 + 5 * (loop.time() - began)
    text, found = re.subn(r"(?m)^startup = .*$", f"startup = {startup}", rack.file.read_text())
    assert found == 1
    rack.file.write_text(text)
    return numbers, startup


def heard_of(rack: Gate) -> Callable[[SimulatedEndpoint], bool]:
    return lambda _: bool(heard(rack))


def heard(rack: Gate) -> list[list[str]]:
    return [request.numbers for request in rack.endpoint.requests]


@pytest.mark.parametrize("silent", [False, True], ids=["unplugged", "hung"])
async def test_what_was_pulled_leaves_at_once_while_a_silent_slot_holds_the_first_list(silent: bool, tmp_path: Path) -> None:
    async with racked(tmp_path, modems(4), timing={"startup": 3600}) as rack:
        numbers = await sold_before(rack, 1, 2, 3, 4)
        rack.port(1).hang() if silent else rack.port(1).unplug()
        rack.port(2).eject()
        async with rack.running():
            await rack.on_sale(numbers[0], *numbers[2:])
            rack.port(3).eject()  # and so does what is pulled in the meantime
            await rack.on_sale(numbers[0], numbers[3])
            rack.port(2).insert()
            await rack.sold_here(2)
            assert heard(rack) == [[numbers[0], *numbers[2:]], [numbers[0], numbers[3]]], "nothing is added before every slot has spoken"
            rack.port(1).resume() if silent else rack.port(1).plug()
            await rack.on_sale(numbers[0], numbers[1], numbers[3])


async def test_a_card_that_is_busy_at_the_start_does_not_leave_the_first_list(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(3)) as rack:
        numbers = await sold_before(rack, 1, 2, 3)
        rack.sim(2).busy_for = 1.5
        rack.port(2).restart()
        async with rack.running():
            await rack.endpoint.wait_for(heard_of(rack))
            assert heard(rack)[0] == numbers, "its first reading says that it is busy, which is not that it is gone"


async def test_the_hold_ends_after_its_time_and_the_slot_that_never_spoke_is_off(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(2)) as rack:
        numbers, startup = await held_for_longer_than_a_start(rack, 1, 2)
        rack.port(1).unplug()
        rack.port(2).eject()
        begun = asyncio.get_running_loop().time()
        async with rack.running():
            await rack.on_sale(numbers[0])
            assert asyncio.get_running_loop().time() - begun < startup
            await rack.on_sale()
            assert asyncio.get_running_loop().time() - begun >= startup - 0.1


async def test_a_hub_that_is_gone_at_a_start_is_told_when_its_numbers_leave(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with racked(tmp_path, modems(4)) as rack:
        numbers, _ = await held_for_longer_than_a_start(rack, 1, 2, 3, 4)
        for slot in (1, 2, 3):
            rack.port(slot).unplug()
        async with rack.running():
            await rack.on_sale(numbers[3])
            (error,) = [one.getMessage() for one in caplog.records if (one.levelname, one.name) == ("ERROR", "agent.gateway")]
            assert "3 of 4 numbers leave the list" in error
            assert "rack1-01, rack1-02, rack1-03" in error


async def test_a_slot_that_is_no_longer_configured_takes_its_number_along_at_once(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(2), timing={"startup": 3600}) as rack:
        numbers = await sold_before(rack, 1, 2)
        rack.port(1).unplug()
        rack.file.write_text(rack.file.read_text().replace('name = "rack1-02"', 'name = "rack1-77"'))
        async with rack.running():
            await rack.on_sale(numbers[0])
            rack.port(1).plug()
            await rack.on_sale(*numbers)
            assert rack.endpoint.on_sale[numbers[1]]["port_id"] == "rack1-77"


async def test_new_terms_wait_for_the_end_of_the_hold(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(3), timing={"startup": 3600}) as rack:
        numbers = await sold_before(rack, 1, 2, 3)
        rack.port(1).unplug()
        rack.port(3).eject()
        rack.file.write_text(rack.file.read_text().replace('name = "rack1-02"', 'name = "rack1-02"\nrent = 1'))
        async with rack.running():
            await rack.on_sale(*numbers[:2])
            assert rack.endpoint.on_sale[numbers[1]]["rent"] == 0
            rack.port(1).plug()
            await rack.endpoint.wait_for(lambda end: end.on_sale[numbers[1]]["rent"] == 1)
            assert len(heard(rack)) == 2


async def test_a_card_that_moved_to_another_slot_meanwhile_is_listed_all_the_time(tmp_path: Path) -> None:
    both = [SimulatedModem("generic", sim(), delay=0.0), SimulatedModem("generic", None, delay=0.0)]
    async with racked(tmp_path, [*both, *modems(1)], timing={"startup": 3600}) as rack:
        numbers = await sold_before(rack, 1, 3)
        moved = rack.port(1).eject()
        rack.port(1).hang()
        rack.port(2).insert(moved)
        rack.port(3).eject()
        async with rack.running():
            await rack.on_sale(NUMBER)
            assert rack.endpoint.on_sale[NUMBER]["port_id"] == "rack1-01"
            rack.port(1).resume()
            await rack.endpoint.wait_for(lambda end: end.on_sale[NUMBER]["port_id"] == "rack1-02")
            assert heard(rack) == [[NUMBER], [NUMBER]]
            assert numbers[0] == NUMBER


async def test_what_is_quarantined_in_a_slot_that_has_not_spoken_is_not_let_out(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(3), timing={"startup": 3600}) as rack:
        first = rack.number(1)
        rack.endpoint.poison.add(first)
        await sold_before(rack, 2, 3)
        rack.port(1).unplug()
        rack.port(3).eject()
        async with rack.running():
            await rack.on_sale(rack.number(2))
            rack.port(1).plug()
            assert "endpoint refuses" in await rack.why(1, "endpoint refuses")
        assert not any(first in numbers for numbers in heard(rack))


async def test_without_a_disk_the_shorter_list_goes_out_from_memory(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(3), timing={"startup": 3600}) as rack:
        numbers = await sold_before(rack, 1, 2, 3)
        with closing(sqlite3.connect(tmp_path / "simgate.db", isolation_level=None)) as conn:
            conn.execute("CREATE TRIGGER full BEFORE INSERT ON changes BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
        rack.port(1).unplug()
        rack.port(3).eject()
        async with rack.running():
            await rack.on_sale(*numbers[:2])


async def test_the_very_first_start_sends_nothing_before_the_hold_ends(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(2), timing={"startup": 3600}) as rack:
        rack.port(1).unplug()
        rack.port(2).eject()
        async with rack.running():
            await rack.why(2, "no SIM")
            await rack.why(1, "no modem")
            assert heard(rack) == []
