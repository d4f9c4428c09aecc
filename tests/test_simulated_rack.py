"""A simulated rack on real ptys: opened, asked, unplugged and plugged in again as an agent would find it."""

import asyncio
import os
import stat
import tomllib
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from simulated_talk import LIMIT, Wire

from agent.errors import PortError
from hw.simulated.modem import SimulatedModem
from hw.simulated.rack import Rack
from hw.simulated.sim import SimulatedSim, fresh


@pytest.fixture
async def rack(tmp_path: Path) -> AsyncIterator[Rack]:
    modems = [
        SimulatedModem("quectel-ec25", SimulatedSim("8944200053671052499", "234151234567890", "+447700900123"), delay=0.0),
        SimulatedModem("simcom-sim7600", SimulatedSim("898600700907A6019125", "310260000000001", "+12065550100", 3), delay=0.0),
    ]
    with Rack(modems, tmp_path) as opened:
        yield opened


@pytest.fixture
async def wire(rack: Rack) -> AsyncIterator[Wire]:
    opened = Wire(rack.slot(1).path)
    assert await opened.line() == "RDY"
    while await opened.line() != "+QIND: PB DONE":
        pass
    await opened.ask("ATE0")
    yield opened
    opened.close()


async def test_a_slot_is_a_symlink_to_a_real_tty(rack: Rack, tmp_path: Path) -> None:
    paths = [port.path for port in rack.ports]
    assert paths == [tmp_path / "slot-01", tmp_path / "slot-02"]
    assert all(path.is_symlink() and stat.S_ISCHR(path.stat().st_mode) for path in paths)


async def test_one_sim_is_identified_over_the_wire(wire: Wire) -> None:
    assert await wire.ask("ATI") == ["Quectel", "EC25", "Revision: EC25EFAR02A09M4G", "OK"]
    assert await wire.ask("AT+CPIN?") == ["+CPIN: READY", "OK"]
    assert await wire.ask("AT+QCCID") == ["+QCCID: 8944200053671052499", "OK"]
    assert await wire.ask("AT+CRSM=176,12258,0,0,10") == ['+CRSM: 144,0,"984402003576012594F9"', "OK"]
    assert await wire.ask("AT+CIMI") == ["234151234567890", "OK"]
    assert await wire.ask("AT+CNUM") == ['+CNUM: "","+447700900123",145', "OK"]


async def test_each_slot_has_its_own_modem(rack: Rack) -> None:
    second = Wire(rack.slot(2).path)
    assert (await second.ask("AT+CICCID"))[-2:] == ["+ICCID: 898600700907A6019125", "OK"]
    second.close()


async def test_a_moved_sim_is_told_on_the_wire(rack: Rack, wire: Wire) -> None:
    await wire.ask("AT+QSIMSTAT=1;+CMEE=1")
    sim = rack.slot(1).eject()
    assert [await wire.line() for _ in range(2)] == ["+QSIMSTAT : 1,0", "+CPIN: NOT READY"]
    assert await wire.ask("AT+CPIN?") == ["+CME ERROR: 10"]
    assert rack.slot(1).insert() is sim
    assert await wire.line() == "+QSIMSTAT : 1,1"


async def test_a_sim_moved_silently_shows_only_when_asked_for(rack: Rack, wire: Wire) -> None:
    await wire.ask("AT+QSIMSTAT=1;+CMEE=1")
    rack.slot(1).eject(silent=True)
    assert await wire.ask("AT+CPIN?") == ["+CME ERROR: 10"]
    rack.slot(1).insert(fresh(5))
    assert await wire.line() == "+QSIMSTAT : 1,1"


async def test_nothing_to_insert_is_an_error(rack: Rack) -> None:
    with pytest.raises(PortError):
        rack.slot(1).insert()


async def test_an_agent_may_close_and_open_without_hanging_up(rack: Rack, wire: Wire) -> None:
    for _ in range(3):
        again = Wire(rack.slot(1).path)
        assert await again.ask("AT+CFUN?") == ["+CFUN: 1", "OK"]
        again.close()
    assert await wire.ask("AT") == ["OK"]


async def test_unplugging_hangs_up_and_takes_the_tty_away(rack: Rack, wire: Wire) -> None:
    port = rack.slot(1)
    port.unplug()
    assert await wire.read() == b""
    assert not port.path.is_symlink()
    assert not port.plugged
    with pytest.raises(PortError):
        port.unplug()


async def test_plugged_in_again_it_boots_with_the_same_sim_and_a_fresh_profile(rack: Rack, wire: Wire) -> None:
    port = rack.slot(1)
    port.unplug()
    port.plug()
    with pytest.raises(PortError):
        port.plug()
    again = Wire(port.path)
    assert [await again.line() for _ in range(2)] == ["RDY", "+CFUN: 1"]
    assert (await again.ask("AT+CIMI"))[-2:] == ["234151234567890", "OK"]
    again.close()
    assert await wire.read() == b""


async def test_a_sim_can_be_moved_while_the_modem_is_unplugged(rack: Rack) -> None:
    port = rack.slot(2)
    port.unplug()
    port.eject()
    port.insert(fresh(4))
    port.plug()
    second = Wire(port.path)
    assert (await second.ask("AT+CIMI"))[-2:] == [fresh(4).imsi, "OK"]
    second.close()


async def test_a_hung_modem_answers_only_what_is_asked_after_it_came_back(rack: Rack, wire: Wire) -> None:
    port = rack.slot(1)
    port.hang()
    expected = port.expect("AT+CIMI")
    wire.write("AT+CIMI")
    await asyncio.wait_for(expected, LIMIT)
    port.resume()
    assert await wire.ask("AT+CFUN?") == ["+CFUN: 1", "OK"]


async def test_a_hung_modem_can_answer_late(rack: Rack, wire: Wire) -> None:
    port = rack.slot(1)
    port.hang(late=True)
    expected = port.expect("AT+CIMI")
    wire.write("AT+CIMI")
    await asyncio.wait_for(expected, LIMIT)
    port.resume()
    assert [await wire.line(), await wire.line()] == ["234151234567890", "OK"]


async def test_unplugging_cures_a_hung_modem(rack: Rack) -> None:
    port = rack.slot(1)
    port.hang()
    port.unplug()
    port.plug()
    again = Wire(port.path)
    assert await again.line() == "RDY"
    again.close()


async def test_an_answer_takes_its_delay(rack: Rack, wire: Wire) -> None:
    loop = asyncio.get_running_loop()
    rack.slot(1).modem.delay = 0.05
    began = loop.time()
    await wire.ask("AT")
    assert loop.time() - began >= 0.05


async def test_a_modem_that_nobody_reads_loses_what_it_says_and_stays_alive(rack: Rack) -> None:
    port = rack.slot(2)
    for _ in range(500):
        port.eject()
        port.insert()
    opened = Wire(port.path)
    with suppress(BlockingIOError):
        while os.read(opened.fd, 4096):
            pass
    assert (await opened.ask("AT+CFUN?"))[-2:] == ["+CFUN: 1", "OK"]
    opened.close()


async def test_64_modems_answer_side_by_side(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()

    async def talk(path: Path) -> None:
        opened = Wire(path)
        for _ in range(10):
            assert (await opened.ask("AT+CFUN?"))[-2:] == ["+CFUN: 1", "OK"]
        opened.close()

    with Rack.of(64, tmp_path, family="generic", delay=0.02) as crowd:
        began = loop.time()
        await asyncio.gather(*(talk(port.path) for port in crowd.ports))
        assert 0.2 <= loop.time() - began < 2.0  # one after the other: 12.8 s


def names(directory: str | Path) -> list[str]:
    return sorted(path.name for path in Path(directory).iterdir())


async def test_closing_leaves_no_tty_and_no_open_file(tmp_path: Path) -> None:
    before = len(names("/proc/self/fd"))
    for _ in range(3):
        with Rack.of(8, tmp_path) as crowd:
            crowd.slot(3).unplug()
    assert names(tmp_path) == []
    assert len(names("/proc/self/fd")) == before


async def test_a_mixed_rack_has_every_family_and_no_two_sims_alike(tmp_path: Path) -> None:
    modems = [port.modem for port in Rack.of(16, tmp_path).ports]
    assert len({modem.family.name for modem in modems}) >= 5
    assert len({modem.sim.iccid for modem in modems if modem.sim}) == 16
    assert len({modem.state.imei for modem in modems}) == 16


def test_a_slot_that_is_not_there_is_an_error_that_says_which_are(tmp_path: Path) -> None:
    for number in (0, 5, -1):
        with pytest.raises(PortError, match="1 to 4"):
            Rack.of(4, tmp_path).slot(number)


def test_the_configuration_is_complete(tmp_path: Path) -> None:
    table = tomllib.loads(Rack.of(2, tmp_path).toml("http://127.0.0.1:8000", timing={"settle": 0.1}))
    assert table == {
        "gateway": {"id": "rack1"},
        "endpoint": {"url": "http://127.0.0.1:8000", "api_key_file": "api.key"},
        "store": {"path": str(tmp_path / "simgate.db")},
        "control": {"socket": str(tmp_path / "control.sock")},
        "board": {"kind": "mock"},
        "timing": {"settle": 0.1},
        "slot": [{"name": f"rack1-0{slot}", "tty": str(tmp_path / f"slot-0{slot}")} for slot in (1, 2)],
    }


@pytest.mark.parametrize(("count", "presence", "leds"), [(14, 14, 14), (15, 15, 0), (28, 28, 0), (29, 0, 0)])
def test_lines_and_leds_are_given_while_the_header_has_pins(tmp_path: Path, count: int, presence: int, leds: int) -> None:
    slots = tomllib.loads(Rack.of(count, tmp_path).toml("http://127.0.0.1", lines=True))["slot"]
    pins = [slot[key] for key in ("presence", "led") for slot in slots if key in slot]
    assert (sum("presence" in slot for slot in slots), sum("led" in slot for slot in slots)) == (presence, leds)
    assert len(set(pins)) == len(pins)
    assert set(pins) <= {f"GPIO{pin}" for pin in range(28)}
