"""An endpoint that means harm, on the loopback interface only: what it does is chosen by name."""

import asyncio
import re
import socket
import struct
from contextlib import suppress

from hw.simulated.malice import HONEST, MALICE, Scene


class HostileEndpoint:
    """Answers every request by the `malice` of that name, honestly by none; `heard` are the requests, `elsewhere` counts the calls that
    another port got; `said` is set when an answer has gone out to its end.
    """

    def __init__(self) -> None:
        self.malice: str | None = None
        self.heard: list[bytes] = []
        self.elsewhere = 0
        self.said = asyncio.Event()
        self._servers: list[asyncio.Server] = []
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._port(0)}"

    async def start(self) -> None:
        """Listen, and on another port for those who follow a redirect."""
        for heard in (self._came, self._strayed):
            self._servers.append(await asyncio.start_server(heard, "127.0.0.1", 0))

    async def close(self) -> None:
        """Listen no more, and cut every line."""
        for server in self._servers:
            server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def _port(self, turn: int) -> int:
        port: int = self._servers[turn].sockets[0].getsockname()[1]
        return port

    async def _strayed(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.elsewhere += 1
        writer.close()

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._talk(reader, writer)
        finally:
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        malice = MALICE[self.malice] if self.malice else HONEST
        request = b"" if malice.early else await _request(reader)
        key = re.search(rb"Bearer (\S+)", request)
        for piece in malice.pieces(Scene(key[1] if key else b"", self._port(0), self._port(1))):
            writer.write(piece)
            await writer.drain()
            if malice.pause:
                await asyncio.sleep(malice.pause)
        self.heard.append(request or await _request(reader))
        self.said.set()
        if malice.end == "hold":
            await reader.read()
        elif malice.end == "reset":
            # Lingering for no time at all makes the kernel send RST instead of FIN.
            line: socket.socket = writer.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            writer.close()
            await writer.wait_closed()


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *([0-9]+)", head)
    return head + await reader.readexactly(int(length[1]) if length else 0)
