"""A terminal that is lent to a picture: given back as it was, never waited for, and gone when it is gone."""

import asyncio
import os
import pty
import select
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from agent.watch.terminal import ENTER, LEAVE, Terminal

MUCH = b"x" * 200_000  # more than a pty takes while nobody reads


@contextmanager
def terminal() -> Iterator[tuple[int, Terminal, int]]:
    """The person's end, the terminal, and a stdout that is one."""
    near, far = pty.openpty()
    try:
        yield near, Terminal(far), far
    finally:
        for end in (near, far):
            with suppress(OSError):
                os.close(end)


def heard(near: int) -> bytes:
    """Everything that has come so far."""
    said = b""
    while select.select([near], [], [], 0)[0]:
        said += os.read(near, 65536)
    return said


def test_it_is_given_back_as_it_was() -> None:
    with terminal() as (near, lent, far):
        before = termios.tcgetattr(far)
        with lent:
            assert termios.tcgetattr(far) != before
            assert heard(near) == ENTER
        assert termios.tcgetattr(far) == before
        assert heard(near) == LEAVE


def test_it_is_given_back_after_an_error_too() -> None:
    with terminal() as (near, lent, far):
        before = termios.tcgetattr(far)
        with pytest.raises(ZeroDivisionError), lent:
            raise ZeroDivisionError
        assert termios.tcgetattr(far) == before
        assert heard(near).endswith(LEAVE)


def test_single_keys_are_read_and_ctrl_c_is_one() -> None:
    with terminal() as (near, lent, _), lent:
        assert lent.read() == b""
        os.write(near, b"a\x03\x1b[A")
        assert lent.read() == b"a\x03\x1b[A"
        assert lent.read() == b""


def test_keys_that_nobody_has_read_are_no_command_for_the_shell() -> None:
    with terminal() as (near, lent, far):
        with lent:
            os.write(near, b"rm\n")
        assert not select.select([far], [], [], 0)[0]


def test_whoever_shares_stdout_does_not_get_it_without_waiting() -> None:
    with terminal() as (_, lent, far), lent:
        assert os.get_blocking(far)


def test_its_size_is_the_terminal_s_and_80_by_24_where_it_has_none() -> None:
    with terminal() as (_, lent, far), lent:
        termios.tcsetwinsize(far, (50, 200))
        assert lent.size == (200, 50)
        termios.tcsetwinsize(far, (0, 0))
        assert lent.size == (80, 24)


async def test_a_terminal_that_takes_nothing_holds_up_nobody_and_gets_the_rest_later() -> None:
    ready = asyncio.Event()
    with terminal() as (near, lent, _), lent:
        lent.watch(lambda: None, ready.set)
        lent.write(MUCH)
        assert lent.busy
        said = b""
        while len(said) < len(ENTER + MUCH):
            said += await asyncio.to_thread(os.read, near, 65536)
        assert said == ENTER + MUCH
        async with asyncio.timeout(20):
            await ready.wait()
        assert not lent.busy


async def test_the_end_of_a_slow_line_gets_the_last_in_order() -> None:
    with terminal() as (near, lent, far):
        before, said = termios.tcgetattr(far), bytearray()

        def read_all() -> None:
            while not said.endswith(LEAVE):
                said.extend(os.read(near, 65536))

        reader = threading.Thread(target=read_all)
        with lent:
            lent.write(MUCH)
            assert lent.busy
            reader.start()
        await asyncio.to_thread(reader.join)
        assert bytes(said) == ENTER + MUCH + LEAVE
        assert termios.tcgetattr(far) == before


async def test_a_terminal_that_never_takes_the_last_is_given_back_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.watch.terminal.PATIENCE", 0.05)
    with terminal() as (_, lent, far):
        before = termios.tcgetattr(far)
        with lent:
            lent.write(MUCH)
        assert termios.tcgetattr(far) == before


async def test_a_terminal_that_is_gone_is_told_and_left_without_an_error() -> None:
    with terminal() as (near, lent, far), lent:
        os.close(far)
        os.close(near)
        assert lent.read() is None
        lent.write(b"to nobody")
        assert not lent.busy
