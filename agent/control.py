"""The Unix socket between the command line and the running agent: one JSON line asks, one JSON line answers."""

import asyncio
import errno
import json
import logging
import os
import socket as sockets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from agent.errors import SimgateError

Answerer = Callable[[Mapping[str, Any]], Awaitable[Any]]

LONGEST_REQUEST = 1024 * 1024  # octets: the numbers of some ten thousand SIMs
PATIENCE = 10.0  # seconds for a client to say what it wants, and to take the answer

log = logging.getLogger(__name__)


class Control:
    """Answers each client in a task of its own, so that none can hold up the agent or another client."""

    def __init__(self, path: Path, verbs: Mapping[str, Answerer]) -> None:
        self._path = path
        self._verbs = verbs
        self._clients: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until cancelled. SimgateError when the socket cannot be made or another agent answers on it."""
        listening = self._bind()
        try:
            server = await asyncio.start_unix_server(self._meet, sock=listening, limit=LONGEST_REQUEST)
            try:
                await asyncio.Event().wait()
            finally:
                server.close()
                await self._hang_up()
        finally:
            listening.close()
            self._path.unlink(missing_ok=True)

    async def _hang_up(self) -> None:
        """The clients, too: one that waits for its answer must not hold up the end."""
        for client in self._clients:
            client.cancel()
        if self._clients:
            await asyncio.wait(self._clients)

    def _bind(self) -> sockets.socket:
        self._clear_away_a_dead_one()
        listening = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
        # The file must never be open to others, not even between bind and chmod.
        mask = os.umask(0o117)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            listening.bind(str(self._path))
        except OSError as error:
            listening.close()
            raise SimgateError(f"{self._path}: cannot make the control socket: {error.strerror}", "correct [control] socket") from error
        finally:
            os.umask(mask)
        return listening

    def _clear_away_a_dead_one(self) -> None:
        with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self._path))
            except OSError as error:
                if error.errno == errno.ECONNREFUSED and self._path.is_socket():
                    self._path.unlink(missing_ok=True)
                return
        raise SimgateError(f"{self._path}: another agent is running", "stop it first")

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer), name="control client")
        self._clients.add(task)

        def gone(task: asyncio.Task[None]) -> None:
            self._clients.discard(task)
            writer.close()  # here, for a task that is cancelled before its first step has no end of its own

        task.add_done_callback(gone)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                line = await reader.readline()
            answer = await self._answer(line) if line else None
            if answer is not None:
                writer.write(json.dumps(answer).encode() + b"\n")
                async with asyncio.timeout(PATIENCE):
                    await writer.drain()
        except (TimeoutError, ValueError, ConnectionError) as error:
            log.debug("control: a client went away or said too much: %r", error)

    async def _answer(self, line: bytes) -> Mapping[str, Any]:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            return {"ok": False, "error": "the request is no JSON", "exit": 2}
        verb = request.get("verb") if isinstance(request, dict) else None
        answerer = self._verbs.get(verb) if isinstance(verb, str) else None
        if answerer is None:
            return {"ok": False, "error": f"unknown verb {verb!r}", "exit": 2}
        try:
            return {"ok": True, "answer": await answerer(request)}
        except SimgateError as error:
            return {"ok": False, "error": str(error), "exit": error.exit_code}
