"""Processes of `simgate` that need not import it first: children of one that has, each with an environment and pipes of its own."""

import asyncio
import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from asyncio import StreamReader, StreamReaderProtocol
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What the verbs import in the end; a name that is gone is told by whoever asks for it first.
IMPORTED = ("asking", "checking", "diagnosing", "numbering", "one_slot", "probing", "running")
LONGEST = 1 << 17  # octets of a request


class Child:
    """As asyncio's Process, of one that somebody else is the parent of."""

    def __init__(self, pid: int, status: "Pipe", stdout: "Pipe", stderr: "Pipe") -> None:
        self.pid, self.stdout, self.stderr = pid, stdout.reader, stderr.reader
        self._end = asyncio.create_task(self._ended(status, stdout, stderr))

    @staticmethod
    async def _ended(status: "Pipe", *others: "Pipe") -> int:
        found = int(await status.reader.readline())
        for pipe in (status, *others):
            await pipe.over.wait()
        return os.waitstatus_to_exitcode(found)

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self._end.result() if self._end.done() else None

    async def wait(self) -> int:
        """Until it has ended."""
        return await asyncio.shield(self._end)

    async def communicate(self) -> tuple[bytes, bytes]:
        """All that it says until it has ended."""
        out, err, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        return out, err

    def send_signal(self, number: int) -> None:
        """ProcessLookupError when it has ended."""
        if self._end.done():
            raise ProcessLookupError
        os.kill(self.pid, number)

    def kill(self) -> None:
        """ProcessLookupError when it has ended."""
        self.send_signal(signal.SIGKILL)


class Pipe(StreamReaderProtocol):
    """What is read from one end; `over` when nobody has the other any more."""

    def __init__(self) -> None:
        self.reader, self.over = StreamReader(), asyncio.Event()
        super().__init__(self.reader)

    def connection_lost(self, exc: Exception | None) -> None:
        """The last of it has been read."""
        super().connection_lost(exc)
        self.over.set()


@cache
def _parent() -> socket.socket:
    """The way to the process that has imported everything; it ends with this one."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, __file__, str(far.fileno())]
    process = subprocess.Popen(command, cwd=ROOT, pass_fds=[far.fileno()])
    far.close()

    def end() -> None:
        near.close()
        process.wait()

    atexit.register(end)
    return near


async def _read(end: int) -> Pipe:
    return (await asyncio.get_running_loop().connect_read_pipe(Pipe, os.fdopen(end, "rb", 0)))[1]


async def begin(words: Sequence[str], environ: Mapping[str, str], first: str = "") -> Child:
    """`simgate` with these words; `first` is Python that it runs before."""
    pipes = [os.pipe() for _ in range(3)]
    try:
        socket.send_fds(_parent(), [json.dumps([words, dict(environ), first]).encode()], [theirs for _, theirs in pipes])
    finally:
        for _, theirs in pipes:
            os.close(theirs)
    status, stdout, stderr = [await _read(ours) for ours, _ in pipes]
    return Child(int(await status.reader.readline()), status, stdout, stderr)


# -- over there --


def _born(status: int, stdout: int, stderr: int) -> bool:
    """False in whoever waits for the child, and tells how it has ended; True in the child."""
    if pid := os.fork():
        os.close(stdout)
        os.close(stderr)
        os.write(status, b"%d\n" % pid)
        os.write(status, b"%d\n" % os.waitpid(pid, 0)[1])
        return False
    os.close(status)
    for end, usual in ((stdout, 1), (stderr, 2)):
        os.dup2(end, usual)
        os.close(end)
    return True


def _next(far: socket.socket) -> tuple[list[str], dict[str, str], str] | None:
    """Returns once for each child, in the child; None where there will be no other."""
    while True:
        request, ends, _, _ = socket.recv_fds(far, LONGEST, 3)
        if not request:
            return None
        if os.fork() == 0:
            far.close()
            if not _born(*ends):
                os._exit(0)
            words, environ, first = json.loads(request)
            return words, environ, first
        for end in ends:
            os.close(end)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def main() -> None:
    """Import, and wait for what is wanted."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever began this decides when it ends
    sys.path[0] = str(ROOT)
    for name in IMPORTED:
        with suppress(ModuleNotFoundError):
            importlib.import_module(f"agent.cli.{name}")
    gc.freeze()  # else every child would copy it all, only to throw it away in the end
    with socket.socket(fileno=int(sys.argv[1])) as far:
        if (wanted := _next(far)) is None:
            return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    words, environ, first = wanted
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    sys.argv = ["simgate", *words]
    exec(first, {})
    runpy.run_module("agent.cli", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
