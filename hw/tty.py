"""The AT port as a tty: pyserial opens and sets it up apart from the loop, pyserial-asyncio carries the octets."""

import asyncio
import errno
import logging
import os
import termios
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from threading import Thread
from typing import ParamSpec, TypeVar

import serial
import serial_asyncio

from agent.errors import PortError, SimgateError, TakenError

BUFFER = 64 * 1024  # octets held each way
CHUNK = 4096  # octets a read: what a tty's line discipline holds

log = logging.getLogger(__name__)

# ttys whose open or close has passed its limit and has not come back: asking again would only cost one more thread.
_hung: set[str] = set()

P = ParamSpec("P")
T = TypeVar("T")


class Apart(Executor):
    """One daemon thread a call: a tty that hangs holds up no other tty, and not the exit of the process."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run `fn` in a thread of its own."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except (SimgateError, OSError) as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        Thread(target=run, name="tty", daemon=True).start()
        return future


async def open_tty(path: str, *, executor: Executor, limit: float = 5.0) -> "TtyPort":
    """Open exclusively at 115200 8N1, DTR and RTS on. PortError when it is gone, taken, refused or slower than `limit` seconds.

    `executor` outlives the port, and is nobody else's: its threads may hang.
    """
    if path in _hung:
        raise _hangs(path)
    opening = executor.submit(_open_serial, path)
    try:
        async with asyncio.timeout(limit):
            opened = await asyncio.wrap_future(opening)
    except TimeoutError as error:
        _hung.add(path)
        _close_late(opening, path, executor)
        raise _hangs(path) from error
    except asyncio.CancelledError:
        _close_late(opening, path, executor)
        raise
    try:
        return TtyPort(path, opened, executor, limit)
    except (OSError, termios.error) as error:
        executor.submit(opened.close)
        raise _port_error(path, error) from error


class TtyPort(asyncio.Protocol):
    """`Port` over one open tty. Made by `open_tty`."""

    def __init__(self, tty: str, opened: serial.Serial, executor: Executor, limit: float) -> None:
        self._tty = tty
        self._opened = opened
        self._executor = executor
        self._limit = limit
        self._input = bytearray()
        self._news = asyncio.Event()
        self._paused = False
        self._jammed = False
        self._released: Future[None] | None = None
        self._transport = _Transport(asyncio.get_running_loop(), self, opened)

    @property
    def tty(self) -> str:
        """The path that was opened."""
        return self._tty

    @property
    def gone(self) -> bool:
        """True once the tty has hung up or was let go."""
        return self._released is not None

    async def read(self) -> bytes:
        """The octets that have come, at least one; b"" once the port is gone, and ever after."""
        while not self._input and self._released is None:
            self._news.clear()
            await self._news.wait()
        octets = bytes(self._input)
        self._input.clear()
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        return octets

    def write(self, octets: bytes) -> None:
        """Queue octets; dropped whole when the port is gone or has not taken the last 64 KiB."""
        if self._transport.get_write_buffer_size() + len(octets) <= BUFFER:
            self._jammed = False
            self._transport.write(octets)
        elif not self._jammed:
            self._jammed = True
            log.warning("%s takes no octets: writing is dropped until it does", self._tty)

    def hang_up(self) -> None:
        """As if the modem were pulled out: read() gives b"" from now on."""
        self._input.clear()
        self._transport.abort()

    async def close(self) -> None:
        """Let go of the tty within the limit that was given for opening it; safe to call twice."""
        self.hang_up()
        if self._released is None:
            return
        released = asyncio.wrap_future(self._released)
        # wait(), for it does not cancel what it waits for.
        await asyncio.wait({released}, timeout=self._limit)
        if not released.done() and self._tty not in _hung:
            _hung.add(self._tty)
            self._released.add_done_callback(lambda _: _hung.discard(self._tty))
            log.warning("%s hangs while it is closed; it cannot be opened again before that ends", self._tty)

    def data_received(self, data: bytes) -> None:
        """Called by the transport."""
        self._input += data
        if len(self._input) >= BUFFER and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the transport, once: gone, or let go."""
        if exc is not None:
            log.debug("%s is gone: %s", self._tty, exc)
        # Closed at once: the kernel keeps the number of a tty from the next modem for as long as somebody holds it.
        self._released = self._executor.submit(self._opened.close)
        self._news.set()


class _Transport(serial_asyncio.SerialTransport):  # type: ignore[misc]
    """Reads and writes the descriptor itself: a third of the CPU, no select() with its limit of 1024; never drains or closes."""

    _closing: bool

    def __init__(self, loop: asyncio.AbstractEventLoop, port: TtyPort, opened: serial.Serial) -> None:
        self._fd = opened.fileno()
        super().__init__(loop, port, opened)

    def write(self, data: bytes) -> None:
        if self._closing:
            return
        rest = data if self._write_buffer else data[self._send(data) :]
        if rest and not self._closing:
            self._write_buffer.append(rest)
            self._ensure_writer()

    def _read_ready(self) -> None:
        try:
            octets = os.read(self._fd, CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._abort(error)
            return
        if octets:
            self._protocol.data_received(octets)
        else:
            self._abort(None)

    def _write_ready(self) -> None:
        waiting = b"".join(self._write_buffer)
        self._write_buffer.clear()
        rest = waiting[self._send(waiting) :]
        if self._closing:
            return
        if rest:
            self._write_buffer.append(rest)
        else:
            self._remove_writer()

    def _send(self, octets: bytes) -> int:
        try:
            return os.write(self._fd, octets)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            self._abort(error)
            return 0

    def _abort(self, exc: Exception | None) -> None:
        # Once only, and without the library's drain and close: the port closes apart from the loop.
        if self._closing:
            return
        self._closing = True
        self._remove_reader()
        self._remove_writer()
        self._write_buffer.clear()
        self._protocol.connection_lost(exc)


class _Serial(serial.Serial):
    """A modem may refuse SET_CONTROL_LINE_STATE (CDC PSTN 1.2, 6.3.12) with a stall and talk AT all the same."""

    def _update_dtr_state(self) -> None:
        with suppress(BrokenPipeError):
            super()._update_dtr_state()  # type: ignore[misc]

    def _update_rts_state(self) -> None:
        with suppress(BrokenPipeError):
            super()._update_rts_state()  # type: ignore[misc]


def _open_serial(path: str) -> serial.Serial:
    try:
        # inter_byte_timeout = 0 is pyserial's way to VMIN = 1: an empty read then means hang-up and nothing else.
        return _Serial(path, 115200, timeout=0, write_timeout=0, inter_byte_timeout=0, exclusive=True)
    except (OSError, ValueError, termios.error) as error:
        raise _port_error(path, error) from error


def _close_late(opening: "Future[serial.Serial]", path: str, executor: Executor) -> None:
    """Nobody waits for this open any more: whenever it succeeds, close it again."""

    def closed(_: Future[None]) -> None:
        _hung.discard(path)

    def opened(done: "Future[serial.Serial]") -> None:
        if done.cancelled() or done.exception() is not None:
            _hung.discard(path)
        else:
            executor.submit(done.result().close).add_done_callback(closed)

    opening.add_done_callback(opened)


def _hangs(path: str) -> PortError:
    return PortError(f"{path} hangs", "unplug the modem and plug it in again, or cut its power")


_GONE = ("no such tty", "is the modem plugged in?")
_TAKEN = ("taken by another process", "`fuser -v {path}` names it: stop it, or let it leave this tty alone")
_FAULTS = {
    errno.ENOENT: _GONE,
    errno.ENODEV: _GONE,
    errno.ENXIO: _GONE,
    errno.EIO: ("nothing answers behind this tty", "is the modem still plugged in?"),
    errno.EAGAIN: _TAKEN,
    errno.EBUSY: _TAKEN,
    errno.EACCES: ("permission denied", "add the user to group dialout"),
    errno.EPERM: ("permission denied", "the service may not open it: allow char-ttyUSB and char-ttyACM by major number, 188 and 166"),
    errno.ENOTTY: ("is no tty", "name the tty of the modem's AT port"),
    errno.EISDIR: ("is no tty", "name the tty of the modem's AT port"),
}
# What no modem is to blame for.
_OTHERS = (errno.EAGAIN, errno.EBUSY, errno.EACCES, errno.EPERM, errno.ENOTTY, errno.EISDIR)


def _port_error(path: str, error: Exception) -> PortError:
    number = getattr(error, "errno", None)
    for cause in (error, error.__context__):
        # termios.error has no errno, and pyserial wraps it without one.
        if number is None and isinstance(cause, termios.error):
            number = cause.args[0]
    what, mend = _FAULTS.get(number or 0, (str(error), "unplug the modem and plug it in again"))
    kind = TakenError if number in _OTHERS else PortError
    return kind(f"{path}: {what}", mend.format(path=path))
