"""What a person is shown before it happens: what the next list changes and why, what runs on its lease, what went silent together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from child import Done, simgate
from gate import Gate, gate, racked
from rack import sim

from hw.simulated.endpoint import Canned
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh

NUMBER = "+447700900123"


def two() -> list[SimulatedModem]:
    """One with a SIM, one without."""
    return [SimulatedModem("quectel-ec25", sim(), delay=0.0), SimulatedModem("generic", None, delay=0.0)]


@asynccontextmanager
async def selling(directory: Path, **what: Any) -> AsyncIterator[Gate]:
    """A gateway that sells one SIM and has one slot without."""
    async with gate(directory, two(), **what) as rack:
        await rack.on_sale(NUMBER)
        await rack.waits()
        yield rack


async def at(rack: Gate, *words: str) -> Done:
    """That verb, asked of the running gateway."""
    return await simgate(*words, "--config", str(rack.file))


async def test_a_dry_run_sends_nothing_and_tells_what_the_next_post_changes(tmp_path: Path) -> None:
    async with selling(tmp_path) as rack:
        nothing = {"add": [], "remove": [], "why": {}, "fading": [], "held": False}
        assert (await at(rack, "sync", "--dry-run", "--json")).document == nothing
        assert (await at(rack, "sync", "--dry-run")).out == "nothing to add, nothing to remove\n"
        rack.endpoint.script(*[Canned(500)] * 100)
        rack.port(1).eject()
        await rack.why(1, "no SIM")
        document = (await at(rack, "sync", "--dry-run", "--json")).document
        assert document == {**nothing, "remove": [NUMBER], "why": {NUMBER: "rack1-01: the modem sees no SIM"}}
        sent = len([request for request in rack.endpoint.requests if NUMBER in request.numbers])
        assert (await at(rack, "sync", "--dry-run")).out == f"- {NUMBER}  rack1-01: the modem sees no SIM\n"
        assert sent == 1
        rack.port(2).insert(sim(2, "+447700900124"))
        await rack.sold_here(2)
        shown = (await at(rack, "sync", "--dry-run")).out
        assert shown.startswith("+ +447700900124  rack1-02: ")
        assert shown.endswith(f"- {NUMBER}  rack1-01: the modem sees no SIM\n")


async def test_a_number_on_its_lease_is_shown_as_fading(tmp_path: Path) -> None:
    async with selling(tmp_path, timing={"lease": 3600}) as rack:
        rack.port(1).unplug()
        await rack.stands(1, "offline")
        (fading,) = (await at(rack, "sync", "--dry-run", "--json")).document["fading"]
        assert (fading["number"], fading["slot"]) == (NUMBER, "rack1-01")
        assert 3500 < fading["seconds"] <= 3600
        assert "the modem" in fading["why"]
        assert f"~ {NUMBER}  rack1-01: on its lease, 3" in (await at(rack, "sync", "--dry-run")).out
        slot = (await at(rack, "slots", "--json")).document[0]
        assert (slot["on_sale"], slot["led"]) == (True, "fading")
        assert slot["why"].startswith("on its lease, 3")
        assert "on its lease" in (await at(rack, "status")).out


async def test_while_the_first_list_is_held_a_dry_run_takes_nothing_off_and_says_so(tmp_path: Path) -> None:
    async with racked(tmp_path, two(), timing={"startup": 3600}) as rack:
        async with rack.running():
            await rack.on_sale(NUMBER)
            await rack.waits()
        rack.port(2).unplug()
        async with rack.running():
            await rack.sold_here(1)
            assert (await rack.asked("difference")) == {"add": [], "remove": [], "why": {}, "fading": [], "held": True}
            assert "waits until every slot has spoken" in (await at(rack, "sync", "--dry-run")).out


async def test_modems_that_go_together_are_a_warning_in_status(tmp_path: Path) -> None:
    modems = [SimulatedModem("generic", fresh(one), delay=0.0) for one in range(3)]
    async with gate(tmp_path, modems, timing={"lease": 3600}) as rack:
        await rack.on_sale(*(rack.number(slot) for slot in (1, 2, 3)))
        assert (await rack.asked("status"))["warning"] is None
        assert "warning" not in (await at(rack, "status")).out
        for slot in (1, 2, 3):
            rack.port(slot).unplug()
        warning = await rack.warned()
        assert "3 of 3 numbers" in warning
        assert f"warning: {warning[:40]}" in (await at(rack, "status")).out
