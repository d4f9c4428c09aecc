"""The control socket: who may open it, what it answers, and that nobody on it can hold up anybody."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from agent.control import LONGEST_REQUEST, Control
from agent.errors import RefusedError, SimgateError

LIMIT = 20.0


async def echo(request: Mapping[str, Any]) -> Any:
    return request["word"]


async def never(_request: Mapping[str, Any]) -> Any:
    await asyncio.Event().wait()


async def refuse(_request: Mapping[str, Any]) -> Any:
    raise RefusedError("no", "do something else")


async def listening(path: Path) -> None:
    async with asyncio.timeout(LIMIT):
        while True:
            try:
                _, writer = await asyncio.open_unix_connection(path)
            except (FileNotFoundError, ConnectionRefusedError):
                await asyncio.sleep(0)
            else:
                writer.close()
                return


@asynccontextmanager
async def served(path: Path) -> AsyncIterator[None]:
    task = asyncio.create_task(Control(path, {"echo": echo, "never": never, "refuse": refuse}).run())
    try:
        await listening(path)
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
    if not task.cancelled():
        task.result()


async def say(path: Path, octets: bytes) -> Any:
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        writer.write(octets)
        async with asyncio.timeout(LIMIT):
            return json.loads(await reader.readline())
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def asked(verb: str, **words: object) -> bytes:
    return json.dumps({"verb": verb, **words}).encode() + b"\n"


async def test_only_owner_and_group_may_open_it(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    async with served(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660


async def test_a_question_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    async with served(path):
        assert await say(path, asked("echo", word="héllo")) == {"ok": True, "answer": "héllo"}


@pytest.mark.parametrize("octets", [b"no json\n", b"[]\n", b"{}\n", b'{"verb": 1}\n', b'{"verb": "unknown"}\n', b"\xff\xfe\n"])
async def test_nonsense_is_wrong_use(octets: bytes, tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    async with served(path):
        answer = await say(path, octets)
        assert (answer["ok"], answer["exit"]) == (False, 2)


async def test_a_refusal_carries_its_mend_and_its_exit_code(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    async with served(path):
        assert await say(path, asked("refuse")) == {"ok": False, "error": "no; do something else", "exit": 1}


async def test_a_slow_answer_a_silent_client_and_one_that_talks_too_much_hold_up_nobody(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    async with served(path):
        slow = asyncio.create_task(say(path, asked("never")))
        _, silent = await asyncio.open_unix_connection(path)
        _, talker = await asyncio.open_unix_connection(path)
        talker.write(b"x" * (2 * LONGEST_REQUEST))
        assert await say(path, asked("echo", word=1)) == {"ok": True, "answer": 1}
        slow.cancel()
        await asyncio.wait([slow])
        silent.close()
        talker.close()


async def test_the_socket_of_an_agent_that_was_killed_is_cleared_away(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    child = await asyncio.create_subprocess_exec(
        "python3", "-c", f"import socket,os; s=socket.socket(socket.AF_UNIX); s.bind({str(path)!r}); os.kill(os.getpid(), 9)"
    )
    assert await child.wait() == -9
    assert path.exists()
    task = asyncio.create_task(Control(path, {"echo": echo}).run())
    try:
        await listening(path)
        assert await say(path, asked("echo", word=1)) == {"ok": True, "answer": 1}
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_second_agent_is_told_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    async with served(path):
        with pytest.raises(SimgateError, match="another agent is running"):
            await Control(path, {}).run()
        assert await say(path, asked("echo", word=1)) == {"ok": True, "answer": 1}


async def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    path.write_text("precious")
    with pytest.raises(SimgateError, match="cannot make the control socket"):
        await Control(path, {}).run()
    assert path.read_text() == "precious"


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SimgateError, match=r"file/control\.sock"):
        await Control(tmp_path / "file" / "control.sock", {}).run()
