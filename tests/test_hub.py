"""A USB hub drops or resets: ignorance about its SIMs, which runs through leases and is told aloud."""

import asyncio
from pathlib import Path

import pytest
from gate import gate

from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh


def modems(count: int) -> list[SimulatedModem]:
    return [SimulatedModem("quectel-ec25", fresh(at), delay=0.0, serial=at) for at in range(count)]


async def test_a_hub_that_drops_is_told_once_at_each_turn_and_its_numbers_stay_for_the_lease(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "agent.gateway")

    def said() -> list[str]:
        return [one.levelname for one in caplog.records if one.name == "agent.gateway"]

    async with gate(tmp_path, modems(4), timing={"lease": 3}) as rack:
        numbers = [rack.number(slot) for slot in (1, 2, 3, 4)]
        await rack.on_sale(*numbers)
        gone = asyncio.get_running_loop().time()
        for slot in (1, 2, 3):
            rack.port(slot).unplug()
        await rack.warned()
        assert said() == ["WARNING"]
        assert set(rack.endpoint.on_sale) == set(numbers)
        await rack.on_sale(numbers[3])
        assert rack.endpoint.requests[-1].at - gone >= 2.5
        assert said() == ["WARNING", "ERROR"]
        for slot in (1, 2, 3):
            rack.port(slot).plug()
        await rack.on_sale(*numbers)
        assert said() == ["WARNING", "ERROR", "INFO"]


async def test_a_hub_that_resets_takes_no_number_off(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(3), timing={"lease": 20}) as rack:
        numbers = [rack.number(slot) for slot in (1, 2, 3)]
        await rack.on_sale(*numbers)
        for slot in (1, 2, 3):
            rack.port(slot).unplug()
        for slot in (1, 2, 3):
            await rack.stands(slot, "offline")
            rack.port(slot).plug()
        for slot in (1, 2, 3):
            await rack.stands(slot, "ready")
        assert len(rack.endpoint.requests) == 1
