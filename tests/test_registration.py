"""What registration decides on a running gateway: the requirement, and a SIM that comes and goes."""

import asyncio
from pathlib import Path

import pytest
from gate import LIMIT, Gate, gate, racked
from rack import sim

from agent.slots.slot import FLAPS
from hw.simulated.modem import SimulatedModem

NUMBER = "+447700900123"
DENIED, HOME = 3, 1  # TS 27.007 7.2


@pytest.mark.parametrize("stat", [0, 2, 3, 4, 8])
async def test_without_the_requirement_a_sim_that_no_network_serves_is_sold(stat: int, tmp_path: Path) -> None:
    modem = SimulatedModem("generic", sim(registration=stat), delay=0.0)
    async with gate(tmp_path, [modem], more="\n[sale]\nrequire_registration = false\n") as rack:
        await rack.on_sale(NUMBER)


async def lose(rack: Gate, times: int) -> None:
    """The network refuses the SIM and takes it again, so often."""
    for _ in range(times):
        rack.sim(1).registration = DENIED
        await rack.why(1, "refuses the SIM")
        rack.sim(1).registration = HOME
        async with asyncio.timeout(LIMIT):
            await rack.port(1).expect("AT+CREG?")
            await rack.port(1).expect("AT+CPIN?")


async def test_a_sim_that_flaps_is_held_back_until_its_registration_has_lasted(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem("generic", sim(), delay=0.0)], timing={"registered": 3600}) as rack:
        async with rack.running():
            await rack.on_sale(NUMBER)
            await lose(rack, FLAPS)
            await rack.sold_here(1)
            await lose(rack, 1)
            assert "it has to last" in await rack.why(1, "lost more than 3 times")
        rack.file.write_text(rack.file.read_text().replace("3600", "0.3"))
        async with rack.running():
            await rack.on_sale(NUMBER)
            await lose(rack, FLAPS + 1)
            await rack.sold_here(1)
