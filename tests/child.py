"""The command `simgate` as a process of its own: started, heard, killed."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import warm
from gate import LIMIT, answers, ask

ROOT = Path(__file__).parents[1]
MODULE = ("-m", "agent.cli")
Child = Process | warm.Child


class Done(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What `--json` printed."""
        return json.loads(self.out)


async def begin(*words: str, first: str = "", way: tuple[str, ...] = (), before: Callable[[], None] | None = None, **more: str) -> Child:
    """Start it; `first` is Python that it runs before, `more` goes into its environment.

    With a `way`, or something `before` it, it is a Python of its own, which takes longer.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SIMGATE", "CREDENTIALS", "JOURNAL"))}
    if not way and before is None:
        return await warm.begin(words, {**clean, **more}, first)
    command = (sys.executable, *(way or MODULE), *words)
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, env={**clean, **more}, stdout=PIPE, stderr=PIPE, preexec_fn=before)


async def simgate(*words: str, **more: Any) -> Done:
    """Run it to its end."""
    child = await begin(*words, **more)
    try:
        async with asyncio.timeout(LIMIT):
            out, err = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.communicate()
        raise
    assert child.returncode is not None
    return Done(child.returncode, out.decode(), err.decode())


class Agent:
    """`simgate run` at work; `log` is what it has said so far."""

    def __init__(self, child: Child, socket: Path) -> None:
        self.child, self.socket = child, socket
        self.log = ""
        self._news = asyncio.Condition()
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        assert self.child.stderr is not None
        while line := await self.child.stderr.readline():
            async with self._news:
                self.log += line.decode()
                self._news.notify_all()

    async def says(self, words: str, times: int = 1) -> None:
        """Wait until it has said that so often."""
        try:
            async with asyncio.timeout(LIMIT), self._news:
                await self._news.wait_for(lambda: self.log.count(words) >= times)
        except TimeoutError:
            raise AssertionError(f"{words!r} not in:\n{self.log}") from None

    async def up(self) -> None:
        """Wait until it listens."""
        waiting = asyncio.create_task(self.child.wait())
        try:
            await answers(self.socket, waiting)
            assert not waiting.done(), self.log
        finally:
            waiting.cancel()

    async def asked(self, verb: str, **words: object) -> Any:
        """Its answer."""
        answer = await ask(self.socket, verb, **words)
        assert answer["ok"], answer
        return answer["answer"]

    async def slot(self, number: int) -> dict[str, Any]:
        """What it says of that slot, counted from 1."""
        found: dict[str, Any] = (await self.asked("status"))["slots"][number - 1]
        return found

    async def ended(self, number: int | None = None) -> int:
        """Send that signal, and wait for the end; its exit code."""
        if number is not None:
            self.child.send_signal(number)
        async with asyncio.timeout(LIMIT):
            code = await self.child.wait()
            await self._listening
        return code

    async def close(self) -> None:
        """Whatever it is doing."""
        with suppress(ProcessLookupError):
            self.child.kill()
        await self.child.wait()
        await self._listening


@asynccontextmanager
async def agent(file: Path, *words: str, **more: Any) -> AsyncIterator[Agent]:
    """`simgate run`, listening; killed at the end if it still runs."""
    found = Agent(await begin("run", "--config", str(file), *words, **more), file.parent / "control.sock")
    try:
        await found.up()
        yield found
    finally:
        await found.close()
