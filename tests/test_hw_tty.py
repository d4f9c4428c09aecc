"""hw/tty on real ptys: the test is the modem at the other end."""

import asyncio
import fcntl
import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from far import Far, descriptors, opened, read

from agent.errors import PortError
from hw.tty import Apart, open_tty


@pytest.fixture
def far() -> Iterator[Far]:
    end = Far()
    yield end
    end.hang_up()


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
    try:
        yield
    finally:
        os.seteuid(user)


async def test_a_tty_that_may_not_be_opened_names_the_group(far: Far) -> None:
    far.forbid()
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
