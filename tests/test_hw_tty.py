"""hw/tty on real ptys: the test is the modem at the other end."""

import asyncio
import fcntl
import os
import queue
import resource
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from agent.errors import PortError
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

    def hang_up(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1


class Held(Executor):
    """Starts nothing before `release` is set; `submitted` gives each future in turn."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.submitted: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        def wait_and_run() -> Any:
            assert self.release.wait(10)
            return fn(*args, **kwargs)

        future = Apart().submit(wait_and_run)
        self.submitted.put(future)
        return future

    def finish(self, count: int) -> None:
        """Let go, and wait for the next `count` calls to end."""
        self.release.set()
        for _ in range(count):
            self.submitted.get(timeout=5).result(5)


class After(Executor):
    """Does something in the same thread right after each call."""

    def __init__(self, then: Callable[[], None]) -> None:
        self.then = then

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        def run() -> Any:
            result = fn(*args, **kwargs)
            self.then()
            return result

        return Apart().submit(run)


@pytest.fixture
def far() -> Iterator[Far]:
    end = Far()
    yield end
    end.hang_up()


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


async def test_octets_go_both_ways_and_none_is_changed(far: Far) -> None:
    every = bytes(range(256))
    port = await opened(far)
    port.write(every)
    assert await far.hear(256) == every
    far.say(every)
    assert await read(port, 256) == every
    await port.close()


async def test_the_tty_is_at_115200_8n1_without_flow_control(far: Far) -> None:
    port = await opened(far)
    iflag, _, cflag, lflag, ispeed, ospeed, _ = termios.tcgetattr(far.fd)
    assert ispeed == ospeed == termios.B115200
    assert cflag & termios.CSIZE == termios.CS8
    assert not cflag & (termios.PARENB | termios.CSTOPB | termios.CRTSCTS)
    assert not iflag & (termios.IXON | termios.IXOFF)
    assert not lflag & (termios.ECHO | termios.ICANON | termios.ISIG)
    await port.close()


async def test_the_port_tells_which_tty_it_is(far: Far) -> None:
    port = await opened(far)
    assert port.tty == far.path
    await port.close()


async def test_a_hang_up_ends_a_read_that_waits_and_every_read_after_it(far: Far) -> None:
    port = await opened(far)
    waiting = asyncio.ensure_future(port.read())
    await asyncio.sleep(0)
    far.hang_up()
    async with asyncio.timeout(5):
        assert await waiting == b""
        assert await port.read() == b""
    await port.close()
    assert await port.read() == b""


async def test_writing_after_a_hang_up_is_dropped(far: Far) -> None:
    port = await opened(far)
    far.hang_up()
    port.write(b"AT\r")
    assert await read(port) == b""
    port.write(b"AT\r")
    await port.close()


async def test_a_hang_up_alone_frees_the_tty(far: Far) -> None:
    before = descriptors()
    held = Held()
    held.release.set()
    port = await opened(far, held)
    far.hang_up()
    assert await read(port) == b""
    held.finish(2)
    assert descriptors() == before - 1
    await port.close()


async def test_close_ends_a_read_that_waits(far: Far) -> None:
    port = await opened(far)
    waiting = asyncio.ensure_future(port.read())
    await asyncio.sleep(0)
    await port.close()
    assert await waiting == b""


async def test_close_is_safe_twice_and_at_once(far: Far) -> None:
    port = await opened(far)
    await asyncio.gather(port.close(), port.close())
    await port.close()
    port.write(b"AT\r")
    assert await port.read() == b""


async def test_a_cancelled_read_loses_nothing(far: Far) -> None:
    port = await opened(far)
    waiting = asyncio.ensure_future(port.read())
    await asyncio.sleep(0)
    waiting.cancel()
    far.say(b"OK\r\n")
    assert await read(port, 4) == b"OK\r\n"
    await port.close()


async def test_a_tty_that_is_not_there_is_named_with_a_mend() -> None:
    with pytest.raises(PortError, match=r"^/dev/ttyNONE: no such tty; is the modem plugged in\?$"):
        await open_tty("/dev/ttyNONE", executor=Apart())


@contextmanager
def unprivileged() -> Iterator[None]:
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


async def test_a_tty_that_may_not_be_opened_names_the_group(far: Far) -> None:
    Path(far.path).chmod(0)
    with unprivileged(), pytest.raises(PortError, match="permission denied; add the user to group dialout") as caught:
        await opened(far)
    assert far.path in str(caught.value)


async def test_a_file_is_no_tty(tmp_path: Path) -> None:
    file = tmp_path / "ttyUSB0"
    file.touch()
    for path in (file, tmp_path):
        with pytest.raises(PortError, match="is no tty"):
            await open_tty(str(path), executor=Apart())


async def test_a_tty_whose_other_end_has_gone_is_a_port_error(far: Far) -> None:
    keep = os.open(far.path, os.O_RDWR | os.O_NOCTTY)
    far.hang_up()
    with pytest.raises(PortError):
        await opened(far)
    os.close(keep)


async def test_a_tty_in_use_is_taken_until_it_is_let_go(far: Far) -> None:
    before = descriptors()
    other = os.open(far.path, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(PortError, match="taken by another process"):
        await opened(far)
    os.close(other)
    port = await opened(far)
    await port.close()
    assert descriptors() == before


async def test_one_port_keeps_the_next_one_out(far: Far) -> None:
    port = await opened(far)
    with pytest.raises(PortError, match="taken"):
        await opened(far)
    await port.close()


async def test_an_open_that_hangs_is_given_up_and_closed_when_it_ends(far: Far) -> None:
    before = descriptors()
    held = Held()
    with pytest.raises(PortError, match=f"^{far.path} hangs; "):
        await opened(far, held, limit=0.01)
    with pytest.raises(PortError, match="hangs"):
        await opened(far)
    held.finish(2)
    assert descriptors() == before
    await (await opened(far)).close()


async def test_an_open_that_hangs_and_then_fails_is_forgotten(far: Far) -> None:
    held = Held()
    path = f"{far.path}0"
    with pytest.raises(PortError, match="hangs"):
        await open_tty(path, executor=held, limit=0.01)
    held.release.set()
    assert isinstance(held.submitted.get(timeout=5).exception(5), PortError)
    with pytest.raises(PortError, match="no such tty"):
        await open_tty(path, executor=Apart())


async def test_a_cancelled_open_is_closed_when_it_ends(far: Far) -> None:
    before = descriptors()
    held = Held()
    opening = asyncio.ensure_future(opened(far, held))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    held.finish(2)
    assert descriptors() == before


async def test_a_modem_that_goes_while_it_is_opened_is_a_port_error_or_a_hang_up(far: Far) -> None:
    before = descriptors()
    executor = After(far.hang_up)
    with suppress(PortError):
        port = await opened(far, executor)
        assert await read(port) == b""
        await port.close()
    async with asyncio.timeout(5):
        while descriptors() > before - 1:
            await asyncio.sleep(0)


async def test_a_close_that_hangs_holds_nobody_up(far: Far, caplog: pytest.LogCaptureFixture) -> None:
    held = Held()
    held.release.set()
    port = await opened(far, held, limit=0.01 if sys.flags.dev_mode else 1.0)
    held.release.clear()
    port._limit = 0.01
    await port.close()
    assert f"{far.path} hangs while it is closed" in caplog.text
    with pytest.raises(PortError, match="hangs"):
        await opened(far)
    held.finish(2)
    await port.close()
    await (await opened(far)).close()


async def test_two_hundred_opens_leave_no_descriptor_behind(far: Far) -> None:
    before = descriptors()
    for _ in range(200):
        port = await opened(far)
        await port.close()
    assert descriptors() == before


async def test_descriptors_past_1024_are_as_good_as_others(far: Far) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1200:
        pytest.skip(f"at most {hard} descriptors here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    fill = [os.dup(0) for _ in range(1030)]
    try:
        port = await opened(far)
        port.write(b"AT\r")
        assert await far.hear(3) == b"AT\r"
        far.say(b"OK")
        assert await read(port, 2) == b"OK"
        await port.close()
    finally:
        for fd in fill:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_what_nobody_reads_stays_in_the_tty(far: Far) -> None:
    port = await opened(far)
    sent = bytearray()
    for n in range(2000):
        with suppress(BlockingIOError):
            line = b"%07d\n" % n * 256
            sent += line[: os.write(far.fd, line)]
        await asyncio.sleep(0)
    assert len(sent) < 512 * 1024
    assert await read(port, len(sent)) == sent
    far.say(b"more")
    assert await read(port, 4) == b"more"
    await port.close()


async def test_what_the_modem_does_not_take_is_dropped_in_whole_writes(far: Far, caplog: pytest.LogCaptureFixture) -> None:
    port = await opened(far)
    for n in range(4096):
        port.write(b"%07d\n" % n * 128)
    heard = await far.hear(64 * 1024)
    port.write(b"end\n")
    while not heard.endswith(b"end\n"):
        heard += await far.hear(1)
    numbers = [int(line) for line in heard.split()[:-1]]
    assert numbers == [n for n in range(len(numbers) // 128) for _ in range(128)]
    assert len(heard) < 1024 * 1024
    assert caplog.text.count("takes no octets") == 1
    await port.close()


def test_a_tty_that_hangs_does_not_keep_the_process_from_ending() -> None:
    code = "from hw.tty import Apart; import threading; Apart().submit(threading.Event().wait)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], timeout=20, capture_output=True, check=True)
    assert done.stderr == b""
