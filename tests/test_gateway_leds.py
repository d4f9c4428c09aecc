"""The LEDs of a whole gateway on mock pins: what a person in front of the rack sees when things are as they are."""

import asyncio
import errno
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from gate import LIMIT, Gate, gate, next_look, racked
from rack import sim

from hw.board import SlotBoard
from hw.simulated.endpoint import Canned
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh


def modems(count: int) -> list[SimulatedModem]:
    return [SimulatedModem("quectel-ec25", fresh(at), delay=0.0, serial=at) for at in range(count)]


async def shows(rack: Gate, *leds: str, gateway: str | None = None) -> None:
    """Wait until the slots' LEDs, from the first, and the gateway's show these."""
    shown: list[str] = []
    whole = ""
    try:
        async with asyncio.timeout(LIMIT):
            while shown != list(leds) or gateway not in (None, whole):
                await next_look()
                status = await rack.asked("status")
                shown, whole = [slot["led"] for slot in status["slots"]][: len(leds)], status["led"]
    except TimeoutError:
        raise AssertionError(f"LEDs {shown}, gateway's {whole}") from None


def pins(rack: Gate, *names: str) -> list[Any]:
    """Mock pins of the running board."""
    board = rack.gateway.world.board
    assert isinstance(board, SlotBoard)
    found = [board._all_pins().of("", name) for name in names]
    return [factory.pin(name) for factory, name in found]


@asynccontextmanager
async def lit(directory: Path, wired: Sequence[SimulatedModem], **what: Any) -> AsyncIterator[Gate]:
    """A rack whose slots and gateway have LEDs, those of the slots on a chip beside the header; no lines."""
    async with racked(directory, wired, **what) as rack:
        head, *slots = rack.file.read_text().split("[[slot]]\n")
        slots = [f'led = "1-0020:{turn}"\n{slot}' for turn, slot in enumerate(slots)]
        head = head.replace("[gateway]\n", '[gateway]\nled = { r = "GPIO22", g = "GPIO23", b = "GPIO24" }\nled_active = "low"\n')
        rack.file.write_text("[[slot]]\n".join([head, *slots]))
        yield rack


async def test_what_sells_breathes_and_every_matter_has_its_own_rhythm(tmp_path: Path) -> None:
    wired = [
        *modems(1),
        SimulatedModem("quectel-ec25", None, delay=0.0),
        SimulatedModem("quectel-ec25", sim(3, pin="1234"), delay=0.0),
        SimulatedModem("quectel-ec25", sim(4, None), delay=0.0),
        SimulatedModem("quectel-ec25", sim(5, "+447700900125", registration=2), delay=0.0),
        *[SimulatedModem("quectel-ec25", sim(last, "+447700900126"), delay=0.0) for last in (6, 7)],
        SimulatedModem("quectel-ec25", sim(8, "+447700900128"), delay=0.0),
        *modems(1),
    ]
    async with racked(tmp_path, wired, timing={"startup": 1}) as rack:
        rack.endpoint.poison.add("+447700900128")
        rack.port(9).unplug()
        async with rack.running():
            matters = ("on_sale", "empty", "locked", "no_number", "not_registered", "on_sale", "twice", "quarantined", "no_modem")
            await shows(rack, *matters, gateway="on_sale")


async def test_the_line_that_says_present_where_the_modem_sees_none_is_a_matter_of_contact(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem("quectel-ec25", None, delay=0.0)], lines=True) as rack, rack.running():
        await shows(rack, "empty")
        await rack.asked("fake", move="insert", slot="rack1-01")
        await shows(rack, "contact")


async def test_a_modem_that_goes_shows_the_lease_and_then_what_is_the_matter(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(1), timing={"lease": 1}) as rack:
        await shows(rack, "on_sale", gateway="on_sale")
        rack.port(1).unplug()
        await shows(rack, "fading")
        await shows(rack, "no_modem")


async def test_a_modem_that_hangs_is_told_from_one_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.modems.modem.CALLS", (("AT", 0.2),))
    async with racked(tmp_path, modems(2), timing={"startup": 0.3}) as rack:
        rack.port(1).hang()
        rack.port(2).unplug()
        async with rack.running():
            await shows(rack, "modem_silent", "no_modem")


async def test_the_endpoint_s_moods_are_seen_at_every_slot_that_sells(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(2), endpoint={"interval": 1}) as rack:
        rack.endpoint.script(Canned(hold=True))
        async with rack.running():
            await shows(rack, "unsent", "unsent", gateway="unsent")
    async with racked(tmp_path / "again", modems(2), endpoint={"interval": 1}) as rack, rack.running():
        await shows(rack, "on_sale", "on_sale", gateway="on_sale")
        rack.endpoint.key = "another"
        await shows(rack, "key_rejected", "key_rejected", gateway="key_rejected")
    async with racked(tmp_path / "down", modems(2), endpoint={"interval": 1}) as rack, rack.running():
        await shows(rack, "on_sale", "on_sale")
        await rack.endpoint.close()
        await shows(rack, "endpoint_down", "endpoint_down", gateway="endpoint_down")


async def test_a_number_that_the_endpoint_has_not_heard_of_is_not_shown_as_sold(tmp_path: Path) -> None:
    async with gate(tmp_path, [*modems(1), SimulatedModem("quectel-ec25", None, delay=0.0)]) as rack:
        await shows(rack, "on_sale", "empty", gateway="on_sale")
        rack.endpoint.script(Canned(hold=True))
        rack.port(2).insert(fresh(7))
        await shows(rack, "on_sale", "unsent", gateway="unsent")


async def test_while_the_first_list_waits_the_gateway_says_so(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(2), timing={"startup": 3600}) as rack:
        rack.port(2).unplug()
        async with rack.running():
            await shows(rack, "unsent", "no_modem", gateway="starting")


async def test_a_part_that_hangs_shows_where_it_is_and_at_the_gateway(tmp_path: Path) -> None:
    async with gate(tmp_path, modems(2)) as rack:
        await shows(rack, "on_sale", "on_sale", gateway="on_sale")
        rack.gateway.progress.of("work of slot rack1-02").within(-3600.0)
        await shows(rack, "on_sale", "stuck", gateway="stuck")
        rack.gateway.progress.of("uplink").within(-3600.0)
        await shows(rack, "stuck", "stuck", gateway="stuck")


# -- the pins --


async def test_the_pins_do_what_the_pattern_says(tmp_path: Path) -> None:
    async with lit(tmp_path, modems(2)) as rack:
        async with rack.running():
            await shows(rack, "on_sale", "on_sale", gateway="on_sale")
            first, second, red, green, blue = pins(rack, "1-0020:0", "1-0020:1", "GPIO22", "GPIO23", "GPIO24")
            async with asyncio.timeout(LIMIT):
                while not (first.state and second.state and not blue.state):
                    await next_look()
            # Blue alone, and lit by low.
            assert (red.state, green.state) == (True, True)
            written = len(second.states)
            assert await rack.asked("blink", slot="rack1-02", seconds=60) == {"slot": "rack1-02", "seconds": 60}
            await shows(rack, "on_sale", "identify", gateway="on_sale")
            async with asyncio.timeout(LIMIT):
                while len(second.states) < written + 4:
                    await next_look()
            await rack.asked("blink", slot="rack1-02", seconds=0)
            await shows(rack, "on_sale", "on_sale")
            assert await rack.asked("blink", seconds=60) == {"slot": None, "seconds": 60}
            await shows(rack, "on_sale", "on_sale", gateway="identify")
        assert not first.state
        assert not second.state
        assert (red.state, green.state, blue.state) == (True, True, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"slot": "nobody", "seconds": 1}, "there is no slot 'nobody'; one of: rack1-01"),
        ({"slot": "rack1-01", "seconds": 1}, "slot rack1-01 has no LED that works; give it `led`"),
        ({"slot": "", "seconds": 1}, "the gateway has no LED that works; "),
        ({"slot": "rack1-01", "seconds": -1}, "that is no time to blink; say 0 to 3600 seconds"),
        ({"slot": "rack1-01", "seconds": 1e9}, "that is no time to blink"),
        ({"slot": "rack1-01", "seconds": True}, "that is no time to blink"),
        ({"slot": "rack1-01"}, "that is no time to blink"),
        ({"slot": ["rack1-01"], "seconds": 1}, "there is no slot ['rack1-01']"),
    ],
)
async def test_what_cannot_blink_is_told(tmp_path: Path, words: dict[str, object], told: str) -> None:
    async with gate(tmp_path, modems(1)) as rack:
        answer = await rack.refused("blink", **words)
        assert answer.startswith(told)


async def test_an_led_that_fails_while_it_is_in_use_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_level: bool) -> None:
        raise OSError(errno.EREMOTEIO, "Remote I/O error")

    async with lit(tmp_path, modems(2)) as rack, rack.running() as gateway:
        (pin,) = pins(rack, "1-0020:0")
        pin._set_state = fail
        gateway.lights.blink("rack1-01", 60)
        async with asyncio.timeout(LIMIT):
            while gateway.lights.has("rack1-01"):
                await next_look()
        rack.port(2).eject()
        await rack.on_sale(rack.number(1))
        await shows(rack, "identify", "empty")
    told = [record.getMessage().partition("; ")[0] for record in caplog.records if "cannot be set" in record.getMessage()]
    place = "slot rack1-01: 1-0020:0: [Errno 121] Remote I/O error"
    assert told == [f"rack1-01: its LED cannot be set and is left alone from now on: {place}"]
