"""hw/tty when a tty hangs, floods, jams or goes at the wrong moment: nothing waits, nothing leaks."""

import asyncio
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from far import Far, Held, descriptors, opened, read

from agent.errors import PortError
from hw.tty import Apart, open_tty


@pytest.fixture
def far() -> Iterator[Far]:
    end = Far()
    yield end
    end.hang_up()


async def test_a_hang_up_alone_frees_the_tty(far: Far) -> None:
    before = descriptors()
    held = Held()
    held.release.set()
    port = await opened(far, held)
    assert descriptors() > before
    far.hang_up()
    assert await read(port) == b""
    held.finish()
    assert descriptors() == before - 1
    await port.close()


async def test_an_open_that_hangs_is_given_up_and_closed_when_it_ends(far: Far) -> None:
    before = descriptors()
    held = Held()
    with pytest.raises(PortError, match=f"^{far.path} hangs; "):
        await opened(far, held, limit=0.01)
    with pytest.raises(PortError, match="hangs"):
        await opened(far)
    held.finish()
    assert descriptors() == before
    await (await opened(far)).close()


async def test_an_open_that_hangs_and_then_fails_is_forgotten(tmp_path: Path) -> None:
    held = Held()
    path = str(tmp_path / "tty")
    with pytest.raises(PortError, match="hangs"):
        await open_tty(path, executor=held, limit=0.01)
    held.finish()
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
    held.finish()
    assert descriptors() == before


async def test_a_modem_that_goes_while_it_is_opened_is_a_port_error_or_a_hang_up(far: Far) -> None:
    before = descriptors()
    held = Held(then=far.hang_up)
    held.release.set()
    with suppress(PortError):
        port = await opened(far, held)
        assert await read(port) == b""
    held.finish()
    assert descriptors() == before - 1


async def test_a_close_that_hangs_holds_nobody_up(far: Far, caplog: pytest.LogCaptureFixture) -> None:
    held = Held()
    held.release.set()
    port = await opened(far, held, limit=1.0)
    held.release.clear()
    await port.close()
    assert f"{far.path} hangs while it is closed" in caplog.text
    with pytest.raises(PortError, match="hangs"):
        await opened(far)
    held.finish()
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
