"""How a modem is restarted from outside: through sysfs, by its place on the USB or its port's power, or by a GPIO line."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from agent.ports import Cut, Wiring
from hw.switch import Switch

AWAY = 1.0  # seconds without its place on the USB: every driver has let go by then
DARK = 5.0  # seconds without power, until the capacitors of a modem are empty


class Supply(Protocol):
    """A GPIO line that gives power."""

    def give(self, on: bool) -> None:
        """LineError when it cannot be set."""


class SlotPower:
    """`ModemPower` of one slot; `sysfs` is /sys, `supply` the slot's power line; `executor` as for open_tty."""

    def __init__(self, wiring: Wiring, supply: Supply | None, executor: Executor, *, sysfs: Path = Path("/sys")) -> None:
        self._wiring, self._supply, self._executor = wiring, supply, executor
        self._home = sysfs / "bus/usb/devices"
        self._switches: dict[Path, Switch] = {}

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
            async with self._dark(self._authorised()):
                await asyncio.sleep(AWAY)
        elif what is Cut.PORT:
            async with self._dark(self._ports()):
                await asyncio.sleep(DARK)
        elif self._supply is not None:
            try:
                self._supply.give(False)
                await asyncio.sleep(DARK)
            finally:
                self._supply.give(True)

    async def restore(self) -> None:
        """What was really left off, and nothing else, is written. PowerError."""
        for switch in (*self._authorised(), *(self._ports() if self._wiring.port_power else ())):
            await switch.restore()

    def _authorised(self) -> Sequence[Switch]:
        return () if self._wiring.usb is None else (self._switch(self._home / self._wiring.usb / "authorized", "0", "1"),)

    def _ports(self) -> Sequence[Switch]:
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
        return [self._switch(place / "disable", "1", "0") for place in (port, peer) if place == port or place.exists()]

    def _switch(self, file: Path, off: str, on: str) -> Switch:
        """The same one each time: it knows whether it hangs."""
        return self._switches.setdefault(file, Switch(file, off, on, self._executor))

    @asynccontextmanager
    async def _dark(self, switches: Sequence[Switch]) -> AsyncIterator[None]:
        """Inside, they are off, and on again afterwards."""
        touched: list[Switch] = []
        try:
            for switch in switches:
                touched.append(switch)
                await switch.off()
            yield
        finally:
            for switch in touched:
                await switch.on()
