"""How a modem is restarted from outside: through sysfs, by its place on the USB or its port's power, or by a GPIO line."""

import asyncio
import errno
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from agent.errors import PowerError
from agent.ports import Cut, Wiring

AWAY = 1.0  # seconds without its place on the USB: every driver has let go by then
DARK = 5.0  # seconds without power, until the capacitors of a modem are empty
LIMIT = 20.0  # seconds for one write: the kernel waits for drivers, and for a modem that does not answer on the USB either

_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


class Supply(Protocol):
    """A GPIO line that gives power."""

    def give(self, on: bool) -> None:
        """LineError when it cannot be set."""


class SlotPower:
    """`ModemPower` of one slot; `sysfs` is /sys, `supply` the slot's power line; `executor` as for open_tty."""

    def __init__(self, wiring: Wiring, supply: Supply | None, executor: Executor, *, sysfs: Path = Path("/sys")) -> None:
        self._wiring, self._supply, self._executor = wiring, supply, executor
        self._home = sysfs / "bus/usb/devices"

    def cuts(self) -> frozenset[Cut]:
        """Its place on the USB only while something is there."""
        usb = self._wiring.usb
        there = {
            Cut.USB: usb is not None and (self._home / usb).exists(),
            Cut.PORT: usb is not None and self._wiring.port_power,
            Cut.LINE: self._supply is not None,
        }
        return frozenset(cut for cut, can in there.items() if can)

    async def cut(self, what: Cut) -> None:
        """PowerError, LineError; what was taken is given back in any case."""
        if what is Cut.USB:
            # Without authorisation the kernel unbinds every driver; with it, it configures the modem anew (usb/authorization.rst).
            async with self._written(self._authorised(), "0", "1"):
                await asyncio.sleep(AWAY)
        elif what is Cut.PORT:
            async with self._written(self._ports(), "1", "0"):
                await asyncio.sleep(DARK)
        elif self._supply is not None:
            try:
                self._supply.give(False)
                await asyncio.sleep(DARK)
            finally:
                self._supply.give(True)

    async def restore(self) -> None:
        """Only what is really off is written: whoever may not write is told of nothing where nothing is wrong."""
        for files, off, on in ((self._authorised(), "0", "1"), (self._ports() if self._wiring.port_power else (), "1", "0")):
            for file in files:
                if _text(file) == off:
                    await self._write(file, on)

    def _authorised(self) -> Sequence[Path]:
        return () if self._wiring.usb is None else (self._home / self._wiring.usb / "authorized",)

    def _ports(self) -> Sequence[Path]:
        """The switch of the modem's port, and of its peer: a USB 3 port has power until both are off (sysfs-bus-usb: disable, peer)."""
        if self._wiring.usb is None:
            return ()
        above, dot, number = self._wiring.usb.rpartition(".")
        if dot:
            port = self._home / f"{above}:1.0" / f"{above}-port{number}"
        else:
            bus, _, number = self._wiring.usb.partition("-")
            port = self._home / f"{bus}-0:1.0" / f"usb{bus}-port{number}"
        peer = port / "peer"
        return (port / "disable", *((peer / "disable",) if peer.exists() else ()))

    @asynccontextmanager
    async def _written(self, files: Sequence[Path], off: str, on: str) -> AsyncIterator[None]:
        """Inside, they hold `off`, and `on` again afterwards."""
        touched: list[Path] = []
        try:
            for file in files:
                touched.append(file)
                await self._write(file, off)
            yield
        finally:
            for file in touched:
                if _text(file) != on:
                    await self._write(file, on)

    async def _write(self, file: Path, text: str) -> None:
        writing = self._executor.submit(_put, file, text)
        try:
            async with asyncio.timeout(LIMIT):
                await asyncio.wrap_future(writing)
        except TimeoutError as error:
            raise PowerError(f"{file} hangs", "unplug the modem and plug it in again") from error
        except FileNotFoundError as error:
            raise PowerError(f"{file} is not there", "plug the modem in; hubs show their ports from Linux 6.0 on") from error
        except OSError as error:
            if error.errno in _FORBIDDEN:
                mend = "run install.sh again: its udev rule gives the right to the group of simgate"
                raise PowerError(f"{file} may not be written", mend) from error
            raise PowerError(f"{file}: {error.strerror}", "unplug the modem and plug it in again") from error


def _put(file: Path, text: str) -> None:
    # Never made anew: in sysfs a file is there or it is not.
    with file.open("r+", encoding="ascii") as switch:
        switch.write(text)


def _text(file: Path) -> str | None:
    try:
        return file.read_text("ascii", "replace").strip()
    except OSError:
        return None
