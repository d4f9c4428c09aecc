"""The tty of a simulated place, as one life of the agent has opened it."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .place import Place


class PlacePort:
    """`Port` on it, of one life."""

    def __init__(self, place: "Place", tty: str) -> None:
        self.tty = tty
        self._place = place
        self._octets = b""
        self._gone = self._dead = False
        self._reader: asyncio.Future[None] | None = None
        place.ports.append(self)

    async def read(self) -> bytes:
        """As Port.read."""
        while not self._octets and not self._gone:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        octets, self._octets = self._octets, b""
        return octets

    def write(self, octets: bytes) -> None:
        """As Port.write."""
        if not self._gone and not self._dead:
            self._place.hear(octets)

    async def close(self) -> None:
        """As Port.close."""
        self.hang_up()
        if self in self._place.ports:
            self._place.ports.remove(self)

    def receive(self, octets: bytes) -> None:
        """What the modem says."""
        self._octets += octets
        self._wake()

    def hang_up(self) -> None:
        """The tty is gone, or nobody listens on this side any more."""
        self._gone = True
        self._octets = b""
        self._wake()

    def die(self) -> None:
        """Nothing comes any more, not even an end."""
        self._dead = True

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
