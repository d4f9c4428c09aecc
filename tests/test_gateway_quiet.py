"""A gateway in whose rack nothing happens: the endpoint hears of it, the disk does not."""

from pathlib import Path

from gate import gate, written

from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh


async def test_heartbeats_come_and_nothing_is_written(tmp_path: Path) -> None:
    async with gate(
        tmp_path, [SimulatedModem("quectel-ec25", fresh(at), delay=0.0, serial=at) for at in range(2)], endpoint={"interval": 1}
    ) as rack:
        await rack.endpoint.wait_for(lambda endpoint: len(endpoint.requests) == 2)
        before = written(tmp_path)
        await rack.endpoint.wait_for(lambda endpoint: len(endpoint.requests) == 3)
        assert before
        assert written(tmp_path) == before
