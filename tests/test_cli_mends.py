"""What a person is told who may not, who misspells, or who has not begun yet: each time with the command that helps."""

import os
import pwd
import re
from pathlib import Path

import pytest
from child import Done, simgate
from gate import gate, racked

from agent.cli.common import no_agent
from hw.simulated.modem import SimulatedModem

ICCID, NUMBER = "8944200053671052491", "+447911123456"
# Root may everything: without these two it may what a user may (capabilities(7)).
UNPRIVILEGED = "import ctypes; [ctypes.CDLL(None).prctl(24, cap) for cap in (1, 2)]; import os, sys; "
AS_USER = ("-c", f"{UNPRIVILEGED}os.execv(sys.executable, [sys.executable, '-m', 'agent.cli', *sys.argv[1:]])")


async def as_user(file: Path, *words: str) -> Done:
    """That verb, called by somebody whom nothing is allowed that is not written down for him."""
    return await simgate(*words, "--config", str(file), way=AS_USER)


def told(done: Done, code: int, *words: str) -> None:
    """One line that has all of this."""
    assert (done.code, done.err.count("\n")) == (code, 1), done
    assert all(word in done.err for word in words), done.err


async def test_a_tty_that_is_not_there_is_told_with_those_that_are() -> None:
    for words in (("probe",), ("detection",)):
        told(await simgate(*words, "/dev/ttyUSB99"), 1, "there is no tty /dev/ttyUSB99; ")


async def test_a_slot_that_nobody_knows_has_no_history(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("generic", None, delay=0.0)]) as rack:
        file = ("--config", str(rack.file))
        told(await simgate("history", "--slot", "rack1-9", *file), 1, "there is no slot 'rack1-9'; one of: rack1-01")
        assert (await simgate("history", "--slot", "rack1-01", *file)).code == 0


async def test_without_a_configuration_it_is_told_how_one_begins(tmp_path: Path) -> None:
    told(await simgate("status", "--config", str(tmp_path / "none.toml")), 78, "begin one with `simgate config init`")


async def test_a_configuration_that_may_not_be_read(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem()]) as rack:
        rack.file.chmod(0)
        told(await as_user(rack.file, "status"), 78, "cannot be read: Permission denied", "use sudo")


async def test_an_agent_that_somebody_may_not_speak_to(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("generic", None, delay=0.0)]) as rack:
        rack.gateway.settings.control.chmod(0)
        done = await as_user(rack.file, "status")
    told(done, 1, "you may not speak to this agent; use sudo, or sudo adduser ", pwd.getpwuid(os.getuid()).pw_name)


@pytest.mark.parametrize("sealed", ["simgate.db", "."])
async def test_a_database_that_may_not_be_touched(sealed: str, tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem()]) as rack:
        home = tmp_path / "store"
        home.mkdir()
        written = rack.file.read_text()
        rack.file.write_text(re.sub(r"(\[store\]\npath = ).*", rf'\1"{home}/simgate.db"', written))
        assert rack.file.read_text() != written
        assert (await simgate("number", "set", ICCID, NUMBER, "--config", str(rack.file))).code == 0
        (home / sealed).chmod(0)
        told(await as_user(rack.file, "number", "set", ICCID, NUMBER), 1, "you may not write it; use sudo")
        told(await as_user(rack.file, "number", "list"), 1, "you may not read it; use sudo")
        told(await as_user(rack.file, "history"), 1, "you may not read it; use sudo")
        (home / sealed).chmod(0o700)


def test_the_service_is_started_as_a_service_and_an_agent_by_hand_by_hand() -> None:
    assert str(no_agent(Path("/run/simgate/control.sock"))).endswith(
        "start it: sudo systemctl start simgate, and if it does not stay: simgate doctor"
    )
    assert str(no_agent(Path("/tmp/control.sock"))).endswith("start it: simgate run")
