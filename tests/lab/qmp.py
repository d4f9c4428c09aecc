"""The monitor of QEMU, spoken in JSON over a socket."""

import asyncio
import json
from typing import Any

LIMIT = 300.0  # seconds: savevm writes out all memory


class Monitor:
    """One connection; events are dropped, but for those that somebody waits for."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._events: list[dict[str, Any]] = []

    @classmethod
    async def open(cls, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> "Monitor":
        """Past the greeting."""
        monitor = cls(reader, writer)
        await monitor._reader.readline()
        await monitor.ask("qmp_capabilities")
        return monitor

    async def ask(self, execute: str, **arguments: Any) -> Any:
        """What it returns. AssertionError with its own words when it refuses."""
        asked = {"execute": execute, "arguments": {name.replace("_", "-"): value for name, value in arguments.items()}}
        self._writer.write(json.dumps(asked).encode() + b"\n")
        async with asyncio.timeout(LIMIT):
            while True:
                said = await self._read()
                if "event" in said:
                    self._events.append(said)
                    continue
                assert "return" in said, f"{asked}: {said}"
                return said["return"]

    async def human(self, line: str) -> str:
        """A line of the monitor for people, which alone knows savevm and loadvm. AssertionError when it says anything."""
        said: str = await self.ask("human-monitor-command", command_line=line)
        assert not said.strip(), f"{line}: {said}"
        return said

    async def event(self, name: str, **wanted: Any) -> None:
        """Wait until that has happened since the last time that anybody waited."""

        def found(event: dict[str, Any]) -> bool:
            told = event.get("data", {})
            return event["event"] == name and all(told.get(key) == value for key, value in wanted.items())

        async with asyncio.timeout(LIMIT):
            while not any(found(event) for event in self._events):
                said = await self._read()
                if "event" in said:
                    self._events.append(said)
        self._events = [event for event in self._events if not found(event)]

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    async def _read(self) -> dict[str, Any]:
        line = await self._reader.readline()
        assert line, "QEMU has ended"
        said: dict[str, Any] = json.loads(line)
        return said
