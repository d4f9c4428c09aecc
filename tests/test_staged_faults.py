"""Faults staged on a real agent with simulated modems, or on a machine of files: each is named, with its mend.

Those of a machine of files stand in test_staged_machine.py.

| fault                               | named by        | staged with                                        |
| ----------------------------------- | --------------- | -------------------------------------------------- |
| no modem, no power                  | slots, doctor   | a modem pulled out                                 |
| SIM upside down                     | slots, doctor   | a line that says present, a modem without a SIM    |
| PIN wanted                          | slots, doctor   | a SIM with a PIN, and none in the configuration    |
| PIN refused                         | slots, doctor   | a wrong one in the configuration                   |
| PUK wanted                          | slots, doctor   | a SIM with no attempts left                        |
| modem silent                        | slots, doctor   | a modem that hangs                                 |
| dead port: no AT port               | slots, doctor   | a tty that tells positions                         |
| tty held by another program         | slots, doctor   | a process that has it open                         |
| number unknown                      | slots, doctor   | a SIM that does not tell it                        |
| not registered                      | slots, doctor   | a SIM that the network refuses                     |
| two modems with one IMEI            | doctor          | two simulated ones of one serial number            |
| wrong line polarity                 | doctor          | lines that say empty where modems read SIMs        |
| wrong key                           | status, doctor  | an endpoint with another key                       |
| endpoint's name not found           | doctor          | a name below .invalid (RFC 2606)                   |
| certificate wrong by the clock      | doctor          | a certificate of another time, a clock nobody sets |
| clock not set                       | doctor          | the same clock; one that stands in 1970            |
| ModemManager running                | doctor          | a process of that name, a tty without the udev tag |
| under-voltage                       | doctor          | vcgencmd, the kernel's file, hwmon                 |
| disk read-only; full; failing       | doctor          | mount options; free octets; ext4's counter         |
| account in no group                 | doctor          | /proc/self/status                                  |
| pin taken by something else         | doctor          | the kernel's word on the line                      |
| USB path empty; modem without slot  | doctor          | a /sys tree                                        |
| more on the USB than it takes       | doctor          | a /sys tree                                        |
| service failed                      | doctor          | systemctl's answer                                 |
"""

import asyncio
import ssl
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from gate import Gate, gate, racked
from rack import sim
from staging import Machine, bad, wrong_clock

from agent.cli.visiting import visited
from agent.doctor.finding import Result, exit_code
from agent.modems.greet import CALLS
from hw.simulated.endpoint import SimulatedEndpoint
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import SimulatedSim, fresh
from hw.simulated.state import Quirks

CERTIFICATES = Path(__file__).parent / "certificates"
HOLDS = """
import fcntl, os, sys
fcntl.flock(os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY), fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def modem(turn: int, card: SimulatedSim | None, **quirks: Any) -> SimulatedModem:
    return SimulatedModem("quectel-ec25", card, delay=0.0, serial=turn, quirks=Quirks(**quirks))


async def doctor(rack: Gate) -> tuple[int, dict[str, tuple[str, str]]]:
    """Exit code, and what is not well; in a thread of its own, for it waits for the agent as the verb does."""
    found = (await asyncio.to_thread(visited, str(rack.file))).found
    not_well = [one for one in found if one.result in (Result.FAILURE, Result.WARNING)]
    return exit_code(found), {f"{one.check} {one.evidence}": (one.result.value, one.mend) for one in not_well}


@asynccontextmanager
async def held(tty: Path) -> AsyncIterator[str]:
    """Another program has it: its name, as ps(1) shows it, and its number."""
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDS, str(tty), stdin=PIPE, stdout=PIPE)
    try:
        assert child.stdout is not None
        await child.stdout.readline()
        comm = (Path("/proc") / str(child.pid) / "comm").read_text()
        yield f"{comm.strip()} ({child.pid})"
    finally:
        child.kill()
        await child.wait()


# Slots: what `simgate slots` says (`why`), and what the doctor makes of it (evidence, mend) -------------------------------

SLOTS = {
    1: (
        "no modem: its tty is not there",
        "no modem: its tty is not there",
        "plug the modem in, or correct usb or tty in the configuration",
    ),
    2: ("line says present, modem sees no SIM", "line says present, modem sees no SIM", "check the tray contact"),
    3: (
        "the SIM wants its PIN",
        "the SIM wants its PIN",
        "write it into the configuration ([[card]] pin), or switch its PIN off in a telephone",
    ),
    4: ("PIN in the configuration was refused", "the PIN in the configuration was refused: 2 attempts left", "correct [[card]] pin"),
    5: ("the SIM is blocked and wants its PUK", "the SIM is blocked and wants its PUK", "unblock it in a telephone"),
    6: (
        "the modem does not answer",
        "the modem does not answer",
        "starting up? wait; otherwise unplug it and plug it in again, or replace it",
    ),
    7: ("it tells positions (NMEA): this is no AT port", "this is no AT port", "name the modem's AT port in the configuration"),
    8: ("taken by another process", "taken by another process", "`fuser -v "),
    9: ("the SIM does not tell its number", "the SIM does not tell its number", "give it one (simgate number set ICCID NUMBER"),
    10: ("the network refuses the SIM", "the network refuses the SIM", "ask its operator whether it is active and allowed here"),
}


async def test_each_slot_in_trouble_is_named_with_its_mend_and_one_that_sells_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.modems.modem.CALLS", CALLS[:2])
    speaks = b"$GPGGA,,,,,,0,,,,,,,,*66\r\n"
    cards: list[SimulatedSim | None] = [
        sim(1),
        None,
        sim(3, pin="8642"),
        sim(4, pin="8642"),
        sim(5, pin="8642", attempts=0),
        sim(6),
        None,
        sim(8),
    ]
    modems = [modem(turn, card, **({"speaks": speaks} if turn == 7 else {})) for turn, card in enumerate(cards, 1)]
    modems += [modem(9, sim(9, None)), modem(10, fresh(0)), modem(11, fresh(1))]
    fresh_card = modems[9].sim
    assert fresh_card is not None
    fresh_card.registration = 3
    card = '\n[[card]]\niccid = "8944200053671052494"\npin = "9999"\n'
    async with (
        racked(tmp_path, modems, lines=True, more=card, timing={"startup": 0.5}) as rack,
        held(tty := rack.port(8).path.resolve()) as other,
    ):
        for turn in (1, 6):
            rack.port(turn).unplug() if turn == 1 else rack.port(turn).hang()
        async with rack.running():
            for turn in range(1, 12):
                rack.gateway.world.board.fake("insert", rack.rack.slot_name(turn))
            for turn, (why, _, _) in SLOTS.items():
                await rack.why(turn, why)
            await rack.on_sale(rack.number(11))
            code, found = await doctor(rack)
    assert code == 1
    for turn, (_, evidence, mend) in SLOTS.items():
        name = rack.rack.slot_name(turn)
        own = [told for what, told in found.items() if what.startswith(f"slots {name}: ") and evidence in what]
        assert own, (turn, found)
        assert own[0][1].startswith(mend), (turn, own)
    assert sum(what.startswith("slots ") for what in found) == len(SLOTS)
    (who,) = [what for what in found if what.startswith("ttys ")]
    assert who == f"ttys rack1-08: {tty} is held by {other}"


async def test_two_modems_with_one_imei_are_named_and_the_imei_is_not(tmp_path: Path) -> None:
    modems = [modem(7, fresh(0)), modem(8, fresh(1)), modem(7, fresh(2))]
    async with gate(tmp_path, modems) as rack:
        await rack.on_sale(*(rack.number(turn) for turn in (1, 2, 3)))
        code, found = await doctor(rack)
        told = await rack.asked("examine")
    pair = "imei rack1-01 and rack1-03 have modems with one and the same IMEI"
    assert (code, found[pair]) == (1, ("warning", "operators refuse or block such pairs: exchange one of these modems"))
    assert modems[0].state.imei not in str(told)


async def test_lines_that_say_empty_where_modems_read_sims_are_the_wrong_way_round(tmp_path: Path) -> None:
    async with gate(tmp_path, [modem(turn, fresh(turn)) for turn in range(3)], lines=True) as rack:
        for turn in (1, 2, 3):
            await rack.stands(turn, "empty")
            await rack.answers(turn)
        _, found = await doctor(rack)
        rack.gateway.world.board.fake("insert", "rack1-01")
        rack.gateway.world.board.fake("insert", "rack1-02")
        await rack.on_sale(rack.number(1), rack.number(2))
        _, one = await doctor(rack)
    most = "polarity 3 of 3 lines say that no card is in where the modem reads one"
    assert found[most] == ("failure", 'say presence_active = "high" (it is "low"), or turn the wiring round')
    (single,) = [what for what in one if what.startswith("polarity ")]
    assert single == "polarity rack1-03: the line says that no card is in, the modem reads one"
    assert one[single][1].startswith("its switch or wire")


# The endpoint ----------------------------------------------------------------------------------------------------------


async def test_a_wrong_key_is_named_by_the_agent_and_without_one(tmp_path: Path) -> None:
    async with racked(tmp_path, [modem(1, fresh(0))]) as rack:
        rack.endpoint.key = "another"
        _, alone = await doctor(rack)
        assert [(request.test, request.numbers) for request in rack.endpoint.requests] == [("test1", [])]
        async with rack.running():
            await rack.sold_here(1)
            code, found = await doctor(rack)
            status = await rack.asked("status")
    mend = "put the right one into the key file (api.key beside the configuration, or what api_key_file names), and restart simgate"
    assert status["endpoint"]["last_error"] == f"ERROR_WRONG_KEY: the key is wrong: {mend}"
    for told in (alone, found):
        assert told["key ERROR_WRONG_KEY: the key is wrong"] == ("failure", mend)
    assert code == 1


async def test_a_name_that_nobody_knows(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    found = bad((await machine.visited(machine.configure("https://partner.invalid", 'tty = "/dev/ttyUSB0"'))).found)
    evidence, mend = found["dns"]
    assert evidence.startswith("the name partner.invalid is not found: ")
    assert "[endpoint] url" in mend
    assert "key" not in found


@pytest.mark.parametrize(("name", "told"), [("early", "not yet valid"), ("expired", "expired")])
async def test_a_certificate_that_a_wrong_clock_cannot_judge(name: str, told: str, tmp_path: Path) -> None:
    machine, far = Machine(tmp_path), SimulatedEndpoint("5ecret-k3y")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    await far.start(tls=context)
    try:
        file = machine.configure(far.url, 'tty = "/dev/ttyUSB0"')
        authority = ssl.create_default_context(cafile=CERTIFICATES / "authority.pem")
        unset = bad((await machine.visited(file, clock=wrong_clock(), trusted=authority)).found)
        right = bad((await machine.visited(file, trusted=authority)).found)
    finally:
        await far.close()
    assert unset["tls"] == (
        f"the endpoint's TLS certificate is {told} on Mon, 24 Nov 2025 12:00:00 GMT, which this gateway believes it is"
        ", but its clock is not set",
        "mend that first (NTP, or a real-time clock)",
    )
    assert unset["clock"][1] == "let it reach a time server (timedatectl), or fit a real-time clock"
    assert right["tls"] == (f"the endpoint's TLS certificate is {told}", "ask the partner to mend it")
    assert "clock" not in right
    assert far.requests == type(far.requests)(maxlen=far.requests.maxlen)
