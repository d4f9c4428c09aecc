"""`simgate run` when a part of it fails as nobody expected: it ends, and says why."""

from pathlib import Path

import pytest
from child import simgate
from gate import KEY, racked

from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh


@pytest.mark.parametrize(
    ("breakage", "said"),
    [
        ("import hw.gpio as m; m.GpioLine.present = lambda self: 1 // 0", "ZeroDivisionError"),
        ("import hw.leds as m; m.GpioLamp.show = lambda self, lit: 1 // 0", "ZeroDivisionError"),
        ("import agent.sync.wire as m; m.json = None", "AttributeError"),
        ("import agent.keeping.keeper as m; m.step = None", "TypeError"),
    ],
)
async def test_a_part_that_dies_ends_the_whole_with_a_message(breakage: str, said: str, tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem("generic", fresh(0), delay=0.0)], lines=True) as rack:
        done = await simgate("run", "--config", str(rack.file), first=breakage)
        assert done.code not in (0, None)
        assert said in done.err
        assert KEY not in done.err
