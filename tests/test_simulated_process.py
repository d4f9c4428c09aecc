"""A simulated rack of its own process: files, lines on stdin, signals."""

import asyncio
import signal
import stat
import sys
import tomllib
from pathlib import Path

import pytest
from simulated_talk import LIMIT, Wire


async def start(directory: Path, *more: str) -> asyncio.subprocess.Process:
    """A rack of its own process that is up."""
    command = (sys.executable, "-m", "hw.simulated", "--dir", str(directory), "--modems", "3", "--delay", "0", *more)
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    assert await heard(process) == "ready"
    return process


async def heard(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), LIMIT)).decode().rstrip("\n")


async def said(process: asyncio.subprocess.Process, line: str) -> str:
    assert process.stdin is not None
    process.stdin.write(line.encode() + b"\n")
    return await heard(process)


def written(directory: Path) -> list[Path]:
    return list(directory.iterdir())


async def test_a_rack_of_its_own_process_obeys_lines(tmp_path: Path) -> None:
    process = await start(tmp_path, "--family", "quectel-ec25")
    assert len(tomllib.loads((tmp_path / "simgate.toml").read_text())["slot"]) == 3
    assert stat.S_IMODE((tmp_path / "api.key").stat().st_mode) == 0o600
    assert await said(process, "eject 3 silent") == "ok eject 3 silent"
    assert await said(process, "eject 3") == "error slot-03: no SIM is in; insert one first"
    assert await said(process, "list") == "1 rack1-01 quectel-ec25 plugged +447700900000"
    assert (await heard(process)).split()[3] == "plugged"
    assert (await heard(process)).split()[4] == "no-sim"
    assert await said(process, "insert 3") == "ok insert 3"
    assert await said(process, "unplug 2") == "ok unplug 2"
    assert not (tmp_path / "slot-02").is_symlink()
    assert await said(process, "plug 2") == "ok plug 2"
    opened = Wire(tmp_path / "slot-02")
    assert await opened.line() == "RDY"
    opened.close()
    assert (await said(process, "jump 1")).startswith("error not a command")
    assert process.stdin is not None
    process.stdin.write(b"quit\n")
    assert await asyncio.wait_for(process.wait(), LIMIT) == 0
    assert {path.name for path in written(tmp_path)} == {"api.key", "simgate.toml"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_rack_of_its_own_process_ends_cleanly_on_a_signal_not_with_stdin(tmp_path: Path, number: signal.Signals) -> None:
    process = await start(tmp_path)
    assert process.stdin is not None
    process.stdin.write(b"list\n")
    process.stdin.close()
    assert [(await heard(process)).split()[0] for _ in range(3)] == ["1", "2", "3"]
    opened = Wire(tmp_path / "slot-01")
    assert (await opened.ask("AT"))[-1] == "OK"
    opened.close()
    process.send_signal(number)
    assert await asyncio.wait_for(process.wait(), LIMIT) == 0
    assert not (tmp_path / "slot-01").is_symlink()


async def test_with_until_eof_it_ends_with_stdin(tmp_path: Path) -> None:
    process = await start(tmp_path, "--until-eof")
    assert process.stdin is not None
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), LIMIT) == 0
