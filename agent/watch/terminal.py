"""The terminal of this process while `with` lasts: single keys, the other screen, no cursor; all of it is given back at the end."""

import asyncio
import errno
import os
import select
import termios
import tty
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from agent.errors import SimgateError

ENTER = b"\x1b[?1049h\x1b[?25l\x1b[2J"
LEAVE = b"\x1b[0m\x1b[?25h\x1b[?1049l"
PATIENCE = 1.0  # seconds for a terminal that is stopped, or at the end of a slow line, to take the last


class Terminal:
    """That of an open stdout, by `with`. Called in the loop: `heard` when keys may be read, `ready` when all that was written is out."""

    def __init__(self, stdout: int) -> None:
        self._stdout, self._fd = stdout, -1
        self._saved: list[Any] = []
        self._backlog = b""
        self._heard: Callable[[], None] = lambda: None
        self._ready: Callable[[], None] = lambda: None
        self.written = 0

    def __enter__(self) -> Self:
        self._fd = self._opened()
        self._saved = termios.tcgetattr(self._fd)
        try:
            tty.setraw(self._fd, termios.TCSANOW)
            self.write(ENTER)
        except BaseException:
            self._give_back()
            raise
        return self

    def _opened(self) -> int:
        """Opened anew, for O_NONBLOCK belongs to whoever shares stdout as well. After `su` it is another user's, and /dev/tty is not."""
        for name in (os.ttyname(self._stdout), "/dev/tty"):
            try:
                return os.open(name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError as error:
                trouble = f"{name}: {error.strerror}"
        raise SimgateError(f"the terminal cannot be used: {trouble}", "use --once, or simgate status")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.unwatch()
        self._give_back()

    def watch(self, heard: Callable[[], None], ready: Callable[[], None]) -> None:
        """Call them from now on."""
        self._heard, self._ready = heard, ready
        asyncio.get_running_loop().add_reader(self._fd, heard)

    def unwatch(self) -> None:
        """Call nobody any more."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # nothing can have been watched
        loop.remove_reader(self._fd)
        loop.remove_writer(self._fd)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows; 80 by 24 where the terminal does not know."""
        columns, rows = os.get_terminal_size(self._fd)
        return columns or 80, rows or 24

    @property
    def busy(self) -> bool:
        """Whether it has yet to take what was written."""
        return bool(self._backlog)

    def read(self) -> bytes | None:
        """What was typed; b"" when it was nothing, None when the terminal is gone."""
        try:
            return os.read(self._fd, 1024) or None
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno == errno.EIO:
                return None
            raise

    def write(self, octets: bytes) -> None:
        """As much as it takes at once, the rest when it can."""
        self.written += len(octets)
        self._backlog += octets
        self._drain()
        if self._backlog:
            asyncio.get_running_loop().add_writer(self._fd, self._go_on)

    def _drain(self) -> None:
        try:
            while self._backlog:
                self._backlog = self._backlog[os.write(self._fd, self._backlog) :]
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            self._backlog = b""  # gone: read() says so

    def _go_on(self) -> None:
        self._drain()
        if not self._backlog:
            asyncio.get_running_loop().remove_writer(self._fd)
            self._ready()

    def _give_back(self) -> None:
        """Half a sequence may have gone out, so the rest goes first."""
        self._backlog += LEAVE
        try:
            self._drain()
            while self._backlog and select.select([], [self._fd], [], PATIENCE)[1]:
                self._drain()
            termios.tcflush(self._fd, termios.TCIFLUSH)  # keys that were meant for the picture are no command
            termios.tcsetattr(self._fd, termios.TCSANOW, self._saved)
        except termios.error as error:
            if error.args[0] != errno.EIO:
                raise
        finally:
            os.close(self._fd)
