"""Simulated modems behind USB adapters that QEMU emulates: FTDI chips, plugged in and pulled out while the guest runs."""

import asyncio
from itertools import count
from typing import cast

from hw.simulated.modem import SimulatedModem

from .guest import Guest

_COUNTED = count(1)


class Wire(asyncio.Protocol):
    """A modem at the far end of a character socket; time is the loop's."""

    def __init__(self, modem: SimulatedModem) -> None:
        self.modem = modem
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Power for the modem."""
        self._transport = cast(asyncio.Transport, transport)
        self.modem.power_on(self._loop.time())
        self.speak()

    def data_received(self, data: bytes) -> None:
        """What the guest's driver has sent."""
        self.modem.feed(data, self._loop.time())
        self.speak()

    def connection_lost(self, _exc: Exception | None) -> None:
        """No power."""
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()

    def speak(self) -> None:
        """Say what is due, and come back when the next thing is."""
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is None:
            return
        self._transport.write(self.modem.take(self._loop.time()))
        due = self.modem.due()
        if due is not None:
            self._timer = self._loop.call_at(due, self.speak)


class Plug:
    """One adapter with its modem, in one port: `3`, or `1.3` behind a hub. While its socket has a peer it is plugged in."""

    def __init__(self, guest: Guest, port: str, modem: SimulatedModem) -> None:
        self.port, self.modem = port, modem
        self._guest = guest
        self._name = f"modem{next(_COUNTED)}"
        self._transport: asyncio.Transport | None = None
        self._wire: Wire
        self._there = False

    @property
    def usb(self) -> str:
        """What `usb` of its slot says."""
        return f"1-{self.port}"

    @property
    def number(self) -> str:
        """Of the SIM that is in."""
        assert self.modem.sim is not None
        assert self.modem.sim.number is not None
        return self.modem.sim.number

    async def plug(self) -> None:
        """Into its port; the modem gets power."""
        assert self._transport is None, f"{self._name} is plugged in"
        if not self._there:
            await self._add()
        loop = asyncio.get_running_loop()
        path = self._guest.place / self._name
        self._transport, self._wire = await loop.create_unix_connection(lambda: Wire(self.modem), str(path))

    async def unplug(self) -> None:
        """Out of it, whoever has it open."""
        assert self._transport is not None, f"{self._name} is not plugged in"
        self._transport.close()
        self._transport = None

    async def move(self, port: str) -> None:
        """Out, and into another port."""
        await self.remove()
        self.port = port
        await self.plug()

    async def remove(self) -> None:
        """Out, and the adapter is gone for good. The hub may have taken it away before."""
        if self._transport is not None:
            await self.unplug()
        if self._there:
            await self._guest.monitor.ask("device_del", id=self._name)
            await self._guest.monitor.event("DEVICE_DELETED", device=self._name)
            await self._guest.monitor.ask("chardev-remove", id=self._name)
            (self._guest.place / self._name).unlink(missing_ok=True)
            self._there = False

    async def lost(self) -> None:
        """The machine has lost its power, and QEMU its adapters: the next plug() makes it anew."""
        if self._transport is not None:
            self._transport.close()
        self._transport, self._there = None, False
        (self._guest.place / self._name).unlink(missing_ok=True)

    def speak(self) -> None:
        """After something was done to the modem."""
        self._wire.speak()

    async def _add(self) -> None:
        address = {"type": "unix", "data": {"path": self._name}}
        backend = {"type": "socket", "data": {"addr": address, "server": True, "wait": False}}
        await self._guest.monitor.ask("chardev-add", id=self._name, backend=backend)
        await self._guest.monitor.ask(
            "device_add", driver="usb-serial", id=self._name, bus="xhci.0", port=self.port, chardev=self._name, serial=self._name
        )
        self._there = True


class Hub:
    """A hub with eight ports, in a port of the controller."""

    def __init__(self, guest: Guest, port: str) -> None:
        self.port = port
        self._guest = guest
        self._name = f"hub{next(_COUNTED)}"

    async def plug(self) -> None:
        """Into its port, with nothing in it."""
        await self._guest.monitor.ask("device_add", driver="usb-hub", id=self._name, bus="xhci.0", port=self.port)

    async def remove(self) -> None:
        """Out, with all that is in it: `Plug`s behind it are told so by lose()."""
        await self._guest.monitor.ask("device_del", id=self._name)
        await self._guest.monitor.event("DEVICE_DELETED", device=self._name)
