"""`simgate doctor`: what it prints, how it ends, what it leaves alone, and that it says what it cannot find out."""

import asyncio
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from child import ROOT, simgate
from click.testing import CliRunner
from gate import KEY, gate, racked
from rack import sim
from staging import Machine, bad, results

from agent.cli.diagnosing import doctor
from agent.cli.visiting import visited
from agent.doctor.configured import configured
from agent.doctor.finding import CONFIGURATION, Result
from agent.errors import LineError, SimgateError
from agent.ports import Board, Wiring
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh

CERTIFICATES = Path(__file__).parent / "certificates"
SLOT = 'tty = "/dev/ttyUSB0"'
RESULTS = {"failure", "warning", "unknown", "note", "ok"}


# The verb --------------------------------------------------------------------------------------------------------------


async def test_the_doctor_of_a_running_gateway(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("quectel-ec25", sim(), delay=0.0)]) as rack:
        await rack.on_sale(sim().number)
        words = ("--config", str(rack.file), "--json", "--bundle", str(tmp_path / "help.tar.gz"))
        # In a thread instead of a process: it waits for the agent here, and an interpreter costs a busy machine seconds.
        done = await asyncio.to_thread(CliRunner().invoke, doctor, words)
        sent = [request.test for request in rack.endpoint.requests]
    document = json.loads(done.stdout)
    assert all(set(one) == {"check", "result", "evidence", "mend"} and one["result"] in RESULTS for one in document)
    told = {one["check"]: one["result"] for one in reversed(document)}
    mine = ("configuration", "agent", "slots", "notes", "key", "dns", "tls")
    assert {check: told[check] for check in mine} == dict.fromkeys(mine, "ok")
    assert told["gpio"] == "note", "a mock board"
    assert sent == [None, "test1"]
    assert done.stderr.startswith(f"{tmp_path / 'help.tar.gz'}: written; ")
    assert KEY not in done.stdout
    assert sim().iccid not in done.stdout


async def test_a_wrong_configuration_ends_with_78_and_the_machine_is_looked_at_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "simgate.toml"
    file.write_text("[gateway]\nid = 1\n")
    done = await simgate("doctor", "--json", "--config", str(file))
    told = {one["check"]: one["result"] for one in reversed(done.document)}
    assert (done.code, told["configuration"], told["rack"]) == (78, "failure", "unknown")
    assert {"power", "disk", "ModemManager"} <= told.keys()
    assert any("gateway.id" in one["evidence"] and one["mend"] for one in done.document)


async def test_other_verbs_and_every_help_do_not_pay_for_the_doctor() -> None:
    done = await simgate(way=("-c", "import sys, agent.cli.main, agent.cli.diagnosing, agent.cli.asking; print(*sys.modules)"))
    assert "agent.cli.diagnosing" in done.out
    assert not {"agent.doctor", "agent.doctor.visit", "aiohttp", "hw.inspect"} & set(done.out.split())
    # Files of the door that take it in where they begin; the verb itself asks for these two when it runs.
    doors = {
        path.name for path in (ROOT / "agent/cli").rglob("*.py") if re.search(r"^from (agent\.doctor|hw\.inspect)", path.read_text(), re.M)
    }
    assert doors == {"visiting.py", "packing.py"}


async def test_without_an_agent_the_doctor_asks_the_modems_itself_and_enters_no_pin(tmp_path: Path) -> None:
    modems = [SimulatedModem("quectel-ec25", card, delay=0.0, serial=turn) for turn, card in enumerate((sim(1), sim(2, pin="8642"), None))]
    card = f'\n[[card]]\niccid = "{sim(2).iccid}"\npin = "8642"\n'
    async with racked(tmp_path, modems, more=card) as rack:
        found = (await asyncio.to_thread(visited, str(rack.file))).found
        assert [(request.test, request.numbers) for request in rack.endpoint.requests] == [("test1", [])]
    told = {(one.check, one.result.value, one.evidence) for one in found}
    assert ("slots", "warning", "rack1-02: the SIM wants its PIN") in told
    assert ("slots", "note", "1 of 3 slots can sell, 1 are empty") in told
    assert ("key", "ok", "the endpoint accepts the key (test1: nothing was saved)") in told
    assert not any("AT+CPIN=" in line for modem in modems for line in modem.log)
    assert not (tmp_path / "simgate.db").exists()


# What it leaves alone --------------------------------------------------------------------------------------------------


def never(*_words: object) -> NoReturn:
    raise AssertionError("the agent has it")


async def test_what_a_running_agent_has_is_not_opened(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("quectel-ec25", sim(), delay=0.0)]) as rack:
        await rack.on_sale(sim().number)
        said: dict[str, Any] = {verb: await rack.asked(verb) for verb in ("status", "examine")}
    said["sync"] = {"verdict": "accepted", "why": ""}
    machine = Machine(tmp_path / "machine")
    file = machine.configure("http://127.0.0.1:9", SLOT, kind="mock")
    file.write_text(file.read_text().replace("rack1-01", said["status"]["slots"][0]["slot"]))
    visit = await machine.visited(file, asks=lambda verb, **_words: said[verb], build=never, table=never)
    assert (visit.agent, results(visit.found)["slots"]) == ("runs", Result.OK)


async def test_an_agent_that_may_not_be_asked_is_left_alone(tmp_path: Path) -> None:
    def refuses(*_words: object, **_more: object) -> NoReturn:
        raise SimgateError("/run/simgate/control.sock: not allowed", "run as root, or join the group that owns the socket")

    machine = Machine(tmp_path)
    file = machine.configure("http://127.0.0.1:9", 'tty = "/dev/ttyUSB0"\npresence = "GPIO17"')
    visit = await machine.visited(file, asks=refuses, build=never, table=never)
    found = results(visit.found)
    assert (visit.agent, found["agent"], found["slots"]) == ("unasked", Result.UNKNOWN, Result.UNKNOWN)


async def test_pins_that_cannot_be_had_do_not_keep_the_doctor_from_the_modems(tmp_path: Path) -> None:
    asked: list[Sequence[Wiring]] = []

    def build(kind: str, wirings: Sequence[Wiring]) -> Board:
        asked.append(wirings)
        if any(one.presence for one in wirings):
            raise LineError("no GPIO here")
        return machine.board(kind, wirings)

    machine = Machine(tmp_path)
    machine.modem("1-1.2", "2c7c:0125")
    visit = await machine.visited(machine.configure("http://127.0.0.1:9", 'usb = "1-1.2"\npresence = "GPIO17"'), build=build)
    assert [[one.presence for one in wirings] for wirings in asked] == [[None, "GPIO17"], [None, None]]
    assert "no AT port" in bad(visit.found)["slots"][0]
    assert bad(visit.found)["gpio"][0] == "there is no GPIO chip, and slots have pins"


async def test_each_check_is_told_before_it_begins(tmp_path: Path) -> None:
    told: list[str] = []
    machine = Machine(tmp_path)
    await machine.visited(machine.configure("http://127.0.0.1:9", SLOT), says=told.append)
    assert told == ["configuration", "agent", "machine", "modems", "clock, network", "key"]


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root reads everything."""
    me = os.geteuid()
    os.seteuid(65534 if me == 0 else me)
    try:
        yield
    finally:
        os.seteuid(me)


def test_a_key_that_this_account_may_not_read_is_no_mistake() -> None:
    with TemporaryDirectory() as place:  # pytest's own is closed to others
        root = Path(place)
        root.chmod(0o755)
        file = Machine(root).configure("http://127.0.0.1:9", SLOT)
        right = configured(file, {})
        (root / "api.key").chmod(0)
        with as_nobody():
            shut = configured(file, {})
        (root / "api.key").unlink()
        absent = configured(file, {})
    assert right.keyed is not None
    assert ([one.result for one in shut.findings], shut.keyless) == ([Result.OK], "the key may not be read by this account")
    assert shut.settings is not None
    assert shut.keyed is None
    (one,) = absent.findings
    assert (one.check, one.result) == (CONFIGURATION, Result.FAILURE)
    assert one.mend.startswith("put it into api.key")


async def test_the_agent_tells_the_line_beside_the_modem_s_own_word(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("generic", fresh(turn), delay=0.0, serial=turn) for turn in range(2)], lines=True) as rack:
        rack.gateway.world.board.fake("insert", "rack1-01")
        await rack.on_sale(rack.number(1))
        told = await rack.asked("examine")
    assert told["pid"] == os.getpid()
    shown = [(one["slot"], one["line"], one["card"], one["note"], one["led"]) for one in told["slots"]]
    assert shown == [("rack1-01", True, True, "generic", True), ("rack1-02", False, True, "generic", True)]
