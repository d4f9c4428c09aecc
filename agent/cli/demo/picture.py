"""The live picture of the demo: on a terminal that of `simgate watch`, elsewhere one line for everything that happens."""

import asyncio
import os
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.gateway import Gateway
from agent.requests import Requests
from agent.watch.canvas import Pen
from agent.watch.show import Show
from agent.watch.terminal import Terminal

BEAT = 0.125  # seconds between two looks for what is new


class Picture:
    """Draws until cancelled, or until `q`; `caption` is what has just happened, `heard` what the endpoint was sent, `notes` the log."""

    def __init__(self, gateway: Gateway, file: Path, heard: deque[str], notes: deque[str]) -> None:
        self._gateway, self._file, self._heard, self._notes = gateway, file, heard, notes
        self._requests = Requests(gateway)
        self._said = ""
        self.caption = "the rack is switched on"

    async def run(self) -> None:
        """Draw, again and again."""
        if sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in ("", "dumb", "unknown"):
            terminal, wall = Terminal(sys.stdout.fileno()), self._gateway.world.clock.wall
            await Show(terminal, self, wall, Pen.of(os.environ, sys.stdout.encoding)).run()
            return
        while True:
            self._tell()
            await asyncio.sleep(BEAT)

    async def status(self) -> Mapping[str, Any]:
        """As over the control socket."""
        return await self._requests.status({})

    async def blink(self, slot: str, seconds: float) -> None:
        """As over the control socket."""
        await self._requests.blink({"slot": slot, "seconds": seconds})

    def tail(self) -> Sequence[str]:
        """What happens around the agent."""
        return [
            f"> {self.caption}",
            "the endpoint hears:",
            *(f"  {line}" for line in list(self._heard)[-3:]),
            *(f"  {note}" for note in list(self._notes)[-2:]),
            f"elsewhere: simgate status --config {self._file}",
        ]

    def _tell(self) -> None:
        """One line for each thing that is new."""
        news = [f"> {self.caption}"] if self.caption != self._said else []
        self._said = self.caption
        for queue, name in ((self._heard, "endpoint"), (self._notes, "agent")):
            while queue:
                news.append(f"{name}: {queue.popleft()}")
        for line in news:
            print(line, flush=True)
