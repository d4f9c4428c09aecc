"""`simgate slots SLOT`: what vouches for a number, what happened, what was done, what was said."""

import asyncio
from pathlib import Path
from typing import Any

from child import simgate
from gate import LIMIT, Gate, gate, next_look
from rack import sim

from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh

ICCID, IMSI, NUMBER = "8944200053671052491", "234151234567891", "+447700900123"


async def story(rack: Gate, slot: str = "rack1-01") -> dict[str, Any]:
    found: dict[str, Any] = await rack.asked("story", slot=slot)
    return found


def happened(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(entry["about"], entry["what"]) for entry in told["timeline"]]


async def test_each_piece_of_evidence_has_its_age_and_the_lease_its_end(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("quectel-ec25", sim(), delay=0.0)], lines=True) as rack:
        await rack.asked("fake", move="insert", slot="rack1-01")
        await rack.on_sale(NUMBER)
        told = await story(rack)
    assert (told["slot"], told["state"], told["on_sale"], told["why"]) == ("rack1-01", "ready", True, None)
    found = told["evidence"]
    assert (found["line"]["card_in"], found["card"]["iccid"]) == (True, ICCID)
    assert (found["registration"]["state"], found["number"]["number"], found["number"]["from"]) == ("home", NUMBER, "cnum")
    ages = [
        found["line"]["age"],
        *(found["card"][key] for key in ("here", "read", "seen")),
        found["registration"]["served"],
        found["number"]["age"],
    ]
    assert all(0 <= age < LIMIT for age in ages), ages
    assert found["card"]["here"] >= found["card"]["read"] >= found["card"]["seen"]
    assert 0 < found["lease_left"] <= 20.1


async def test_the_timeline_has_one_entry_for_each_thing_that_changed(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("quectel-ec25", sim(), delay=0.0)], lines=True) as rack:
        await rack.stands(1, "empty")
        began = rack.gateway.world.clock.wall()
        await rack.asked("fake", move="insert", slot="rack1-01")
        await rack.on_sale(NUMBER)
        await rack.asked("fake", move="eject", slot="rack1-01")
        await rack.on_sale()
        told = await story(rack)
    wanted = ("no SIM is in", "the SIM has been read", "on sale", "off sale")
    words = [what for _, what in happened(told) if what in wanted]
    assert words == ["no SIM is in", "the SIM has been read", "on sale", "no SIM is in", "off sale"]
    assert ("sale", "on sale") in happened(told)
    times = [entry["at"] for entry in told["timeline"]]
    assert times == sorted(times)
    assert told["since"] <= times[0] <= began <= times[-1] + 1 < began + LIMIT
    assert (told["evidence"]["card"], told["evidence"]["number"], told["evidence"]["lease_left"]) == (None, None, None)
    assert told["evidence"]["line"]["card_in"] is False


async def test_why_it_is_not_on_sale_is_remembered_too(tmp_path: Path) -> None:
    modem = SimulatedModem("quectel-ec25", sim(registration=2), delay=0.0)
    async with gate(tmp_path, [modem]) as rack:
        await rack.why(1, "searching")
        told = await story(rack)
        assert ("sale", "not on sale: searching for a network: check the antenna") in happened(told)
        rack.sim(1).registration = 1
        await rack.on_sale(NUMBER)
        assert happened(await story(rack))[-1] == ("sale", "on sale")


async def test_what_was_done_for_a_modem_is_told(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("quectel-ec25", sim(), delay=0.0)]) as rack:
        await rack.on_sale(NUMBER)
        await rack.asked("ask", slot="rack1-01", command="AT+CFUN=1,1", force=True)
        async with asyncio.timeout(LIMIT):
            while ("modem", "the modem has restarted") not in happened(await story(rack)):
                await next_look()
        rack.gateway.keepers["rack1-01"].mender._say(30, "recovery opens its port anew, because it is a test (try 1)")
        done = await simgate("slots", "rack1-01", "--config", str(rack.file))
    part = done.out.partition("What was done for its modem\n")[2].partition("\n\n")[0]
    assert part.endswith("recovery opens its port anew, because it is a test (try 1)")


async def test_what_was_said_is_told_without_identities(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("quectel-ec25", sim(), delay=0.0)], timing={"poll": 19}) as rack:
        await rack.on_sale(NUMBER)
        await rack.asked("ask", slot="rack1-01", command="AT+CIMI")
        told = await story(rack)
    lines = [(line["from"], line["text"]) for line in told["dialogue"]]
    assert lines[-3:] == [("agent", "AT+CIMI"), ("modem", "23415…"), ("modem", "OK")]
    assert all(line["ago"] >= 0 for line in told["dialogue"])
    assert [line["ago"] for line in told["dialogue"]] == sorted((line["ago"] for line in told["dialogue"]), reverse=True)
    every = str(lines)
    assert IMSI not in every
    assert ICCID not in every
    assert NUMBER[-6:] not in every
    assert sum(len(line["text"]) for line in told["dialogue"]) < 5000


async def test_an_idle_slot_takes_no_more_memory(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("quectel-ec25", sim(), delay=0.0)], timing={"poll": 0.1}) as rack:
        await rack.on_sale(NUMBER)
        before, polls = (await story(rack))["timeline"], len(rack.port(1).modem.log)
        async with asyncio.timeout(LIMIT):
            while len(rack.port(1).modem.log) < polls + 30:
                await next_look()
        assert (await story(rack))["timeline"] == before
        assert rack.gateway.keepers["rack1-01"].dialogue._size <= 4096


async def test_people_read_it_and_the_table_of_all_is_as_it_was(tmp_path: Path) -> None:
    modems = [SimulatedModem("quectel-ec25", sim(), delay=0.0), SimulatedModem("generic", None, delay=0.0)]
    async with gate(tmp_path, modems) as rack:
        await rack.on_sale(NUMBER)
        await rack.why(2, "no SIM")
        at = ("--config", str(rack.file))
        one, two, nobody, every, document = await asyncio.gather(
            simgate("slots", "rack1-01", *at),
            simgate("slots", "rack1-02", *at),
            simgate("slots", "rack9-99", *at),
            simgate("slots", "--json", *at),
            simgate("slots", "rack1-01", "--json", *at),
        )
    assert (one.code, one.err, one.out.splitlines()[0]) == (0, "", "rack1-01: on sale")
    for words in (
        "What vouches for it",
        NUMBER,
        ICCID,
        "home",
        "What happened since 20",
        "the SIM has been read",
        "> AT+C",
        "lease",
        " ago",
    ):
        assert words in one.out, words
    assert two.out.startswith("rack1-02: not on sale: the modem sees no SIM\n")
    assert (nobody.code, nobody.err) == (1, "simgate: there is no slot 'rack9-99'; one of: rack1-01, rack1-02\n")
    assert [slot["slot"] for slot in every.document] == ["rack1-01", "rack1-02"]
    assert {"slot", "state", "on_sale", "why", "evidence", "since", "timeline", "dialogue", "recovery"} <= set(document.document)


async def test_two_slots_do_not_mix_their_stories(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("generic", fresh(n), delay=0.0) for n in range(2)]) as rack:
        await rack.on_sale(rack.number(1), rack.number(2))
        rack.port(2).eject()
        await rack.on_sale(rack.number(1))
        assert ("sale", "off sale") in happened(await story(rack, "rack1-02"))
        assert ("sale", "off sale") not in happened(await story(rack))
