"""One switch in sysfs: read and written apart from the loop, for the kernel may hang in either, and given back whenever it wakes."""

import asyncio
import errno
import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from pathlib import Path

from agent.errors import PowerError

LIMIT = 20.0  # seconds for one write: the kernel waits for drivers, and for a modem that does not answer on the USB either
SOON = 2.0  # seconds that the end of the agent waits for one that is being written: it may take 5 in all

_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)

log = logging.getLogger(__name__)


class Switch:
    """A file that holds `off` or `on`; `executor` as for open_tty. While a call hangs there is no other one: its thread cannot be ended."""

    def __init__(self, file: Path, off: str, on: str, executor: Executor) -> None:
        self._file, self._off, self._on, self._executor = file, off, on, executor
        self._late: Future[None] | None = None

    async def off(self) -> None:
        """PowerError; what has hung is switched on again as soon as it comes back."""
        if self._hangs:
            raise self._hung()
        await self._apart(lambda: _put(self._file, self._off))

    async def on(self) -> None:
        """PowerError; for one that hangs nothing can be done but to wait a moment."""
        if self._late is not None and not self._late.done():
            await asyncio.wait([asyncio.wrap_future(self._late)], timeout=SOON)
        else:
            await self._apart(self._put_on)

    async def restore(self) -> None:
        """On, where it is really off: whoever may not write is told of nothing where nothing is wrong. PowerError."""
        if not self._hangs:
            await self._apart(lambda: self._put_on() if _text(self._file) == self._off else None)

    @property
    def _hangs(self) -> bool:
        return self._late is not None and not self._late.done()

    async def _apart(self, call: Callable[[], None]) -> None:
        doing = self._executor.submit(call)
        try:
            async with asyncio.timeout(LIMIT):
                await asyncio.wrap_future(doing)
        except TimeoutError as error:
            self._late = self._executor.submit(self._give_back, doing)
            raise self._hung() from error
        except asyncio.CancelledError:
            self._late = self._executor.submit(self._give_back, doing)
            raise
        except FileNotFoundError as error:
            raise PowerError(f"{self._file} is not there", "plug the modem in; hubs show their ports from Linux 6.0 on") from error
        except OSError as error:
            if error.errno in _FORBIDDEN:
                mend = "run install.sh again: its udev rule gives the right to the group of simgate"
                raise PowerError(f"{self._file} may not be written", mend) from error
            raise PowerError(f"{self._file}: {error.strerror}", "unplug the modem and plug it in again") from error

    def _give_back(self, doing: Future[None]) -> None:
        wait([doing])
        try:
            self._put_on()
        except OSError as error:
            log.warning("%s: could not be given back: %s", self._file, error.strerror)

    def _put_on(self) -> None:
        if _text(self._file) != self._on:
            _put(self._file, self._on)

    def _hung(self) -> PowerError:
        return PowerError(f"{self._file} hangs", "unplug the modem and plug it in again")


def _put(file: Path, text: str) -> None:
    # Never made anew: in sysfs a file is there or it is not.
    with file.open("r+", encoding="ascii") as switch:
        switch.write(text)


def _text(file: Path) -> str | None:
    try:
        return file.read_text("ascii", "replace").strip()
    except OSError:
        return None
