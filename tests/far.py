"""The far end of a pty, and an executor that a test holds back: what the tests of hw/tty share."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from hw.tty import Apart, TtyPort, open_tty


class Far:
    """The modem's end of a pty."""

    def __init__(self) -> None:
        self.fd, near = os.openpty()
        self.path = os.ttyname(near)
        os.close(near)
        os.set_blocking(self.fd, False)

    def say(self, octets: bytes) -> None:
        assert os.write(self.fd, octets) == len(octets)

    async def hear(self, count: int) -> bytes:
        """At least `count` octets."""
        heard = b""
        loop, more = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.fd, more.set)
        try:
            async with asyncio.timeout(5):
                while len(heard) < count:
                    more.clear()
                    await more.wait()
                    with suppress(BlockingIOError):
                        heard += os.read(self.fd, 65536)
        finally:
            loop.remove_reader(self.fd)
        return heard

    def forbid(self) -> None:
        Path(self.path).chmod(0)

    def hang_up(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1


class Held(Executor):
    """Starts nothing before `release` is set."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.release = threading.Event()
        self.then = then

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        def wait_and_run() -> Any:
            assert self.release.wait(10)
            result = fn(*args, **kwargs)
            self.then()
            return result

        return Apart().submit(wait_and_run)

    def finish(self) -> None:
        """Let go, and wait until every call has ended."""
        self.release.set()
        while running := [thread for thread in threading.enumerate() if thread.name == "tty"]:
            running[0].join(5)
            assert not running[0].is_alive()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def opened(far: Far, executor: Executor | None = None, limit: float = 5.0) -> TtyPort:
    return await open_tty(far.path, executor=executor or Apart(), limit=limit)


async def read(port: TtyPort, count: int = 1) -> bytes:
    """At least `count` octets, or what came before the end."""
    got = b""
    async with asyncio.timeout(5):
        while len(got) < count and (more := await port.read()):
            got += more
    return got
