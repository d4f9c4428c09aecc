"""A modem's ports, listened to: what goes either way is noted, and goes on."""

from collections.abc import Callable, Sequence

from agent.modems.dialogue import Dialogue
from agent.modems.transcripts import Mark
from agent.ports import Candidate, ModemSocket, Port


class Overheard:
    """A modem's socket whose ports are listened to."""

    def __init__(self, socket: ModemSocket, dialogue: Dialogue, now: Callable[[], float]) -> None:
        self._socket, self._dialogue, self._now = socket, dialogue, now

    def candidates(self) -> Sequence[Candidate]:
        """As the socket's."""
        return self._socket.candidates()

    def usb_id(self) -> str | None:
        """As the socket's."""
        return self._socket.usb_id()

    async def open(self, tty: str) -> Port:
        """As the socket's."""
        return _Ear(await self._socket.open(tty), self._dialogue, self._now)


class _Ear:
    """A port that is listened to."""

    def __init__(self, port: Port, dialogue: Dialogue, now: Callable[[], float]) -> None:
        self._port, self._dialogue, self._now = port, dialogue, now

    @property
    def tty(self) -> str:
        return self._port.tty

    async def read(self) -> bytes:
        octets = await self._port.read()
        if octets:
            self._dialogue.hear(self._now(), Mark.RECEIVED, octets)
        return octets

    def write(self, octets: bytes) -> None:
        if octets:
            self._dialogue.hear(self._now(), Mark.SENT, octets)
        self._port.write(octets)

    async def close(self) -> None:
        await self._port.close()
