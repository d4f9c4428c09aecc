"""The README's way from the box to the first number and the first fault, gone: what it prints is what `simgate status` prints."""

import asyncio
import re
from pathlib import Path

from child import agent, simgate
from gate import LIMIT, Gate, next_look, racked
from rack import sim
from test_readme import between

from hw.simulated.modem import SimulatedModem


def timeless(text: str) -> str:
    """Without ages, and without the blanks that align them."""
    return re.sub(r"\b\d+ (s|min)\b", "…", text).strip()


def printed(name: str) -> str:
    """A block of text of the README."""
    return timeless(between(name).removeprefix("```text\n").removesuffix("```\n"))


async def told(rack: Gate) -> str:
    """What the person sees."""
    return timeless((await simgate("status", "--config", str(rack.file))).out)


async def test_the_first_number_and_the_first_fault_look_as_the_readme_says(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem("quectel-ec25", sim(), delay=0.0)], lines=True) as rack, agent(rack.file) as running:
        await simgate("fake", "insert", "rack1-01", "--config", str(rack.file))
        await rack.endpoint.wait_for(lambda endpoint: set(endpoint.on_sale) == {"+447700900123"})
        await running.asked("sync")
        assert await told(rack) == printed("first number")

        await simgate("fake", "eject", "rack1-01", "--config", str(rack.file))
        rack.port(1).eject()
        await rack.endpoint.wait_for(lambda endpoint: not endpoint.on_sale)
        assert (await running.slot(1))["led"] == "empty"
        await simgate("fake", "insert", "rack1-01", "--config", str(rack.file))
        async with asyncio.timeout(LIMIT):
            while (await running.slot(1))["state"] != "no_sim":
                await next_look()
        assert await told(rack) == printed("first fault")
        assert (await running.slot(1))["led"] == "contact"
