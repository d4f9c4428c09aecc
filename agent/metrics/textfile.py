"""Metrics as a file for node_exporter, which never sees half of one."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

EVERY = 60.0  # seconds between two writes at least

Text = Callable[[], Awaitable[bytes]]


class TextFile:
    """Written when something has changed, once a minute at most; gone at the end, for what it says would no longer be true."""

    def __init__(self, path: Path, text: Text) -> None:
        self._path, self._text = path, text
        self._new = path.with_name(f".{path.name}.new")  # node_exporter reads what ends in .prom
        self._written: bytes | None = None

    async def run(self, written: Callable[[], None]) -> None:
        """Until cancelled; `written` is called whenever that has succeeded. OSError when it has not."""
        try:
            while True:
                text = await self._text()
                if text != self._written or not self._path.exists():
                    await asyncio.to_thread(self._write, text)
                    self._written = text
                    written()
                await asyncio.sleep(EVERY)
        finally:
            with suppress(OSError):  # in the place of a cancellation it would keep the agent from ending
                self._new.unlink(missing_ok=True)
                self._path.unlink(missing_ok=True)

    def _write(self, text: bytes) -> None:
        # No fsync: after a power cut it is written anew.
        with self._new.open("wb") as file:
            os.fchmod(file.fileno(), 0o644)  # node_exporter is another user
            file.write(text)
        self._new.replace(self._path)
