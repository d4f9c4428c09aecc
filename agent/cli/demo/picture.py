"""The live picture of the demo: on a terminal redrawn in place, elsewhere one line for everything that happens."""

import asyncio
import shutil
import sys
from collections import deque
from pathlib import Path
from typing import Any

from agent.gateway import Gateway
from agent.requests import Requests
from agent.slots.leds import Pattern, lit

BEAT = 0.125  # seconds between two pictures


class Picture:
    """Draws until cancelled; `caption` is what has just happened, `heard` what the endpoint was sent, `notes` what the agent logged."""

    def __init__(self, gateway: Gateway, file: Path, heard: deque[str], notes: deque[str]) -> None:
        self._gateway, self._file, self._heard, self._notes = gateway, file, heard, notes
        self._requests = Requests(gateway)
        self._terminal = sys.stdout.isatty()
        self._said = ""
        self.caption = "the rack is switched on"

    async def run(self) -> None:
        """Draw, again and again."""
        if self._terminal:
            sys.stdout.write("\x1b[2J\x1b[?25l")
        while True:
            if self._terminal:
                self._draw(await self._requests.status({}))
            else:
                self._tell()
            await asyncio.sleep(BEAT)

    def last(self) -> None:
        """Give the terminal its cursor back."""
        if self._terminal:
            sys.stdout.write("\x1b[?25h\n")

    def _draw(self, status: dict[str, Any]) -> None:
        columns, rows = shutil.get_terminal_size()
        lines = self._lines(status)
        lines = lines[: rows - 1]
        sys.stdout.write("\x1b[H" + "".join(f"{line[:columns]}\x1b[K\n" for line in lines) + "\x1b[J")
        sys.stdout.flush()

    def _lines(self, status: dict[str, Any]) -> list[str]:
        endpoint, slots = status["endpoint"], status["slots"]
        on_sale = sum(slot["on_sale"] for slot in slots)
        now = self._gateway.world.clock.monotonic()
        return [
            f"{_led(status, now)} simgate demo   {on_sale} of {len(slots)} on sale   endpoint: {endpoint['state']}"
            f"   waiting: {status['queue']['pending']}",
            "",
            *(self._slot(slot, now) for slot in slots),
            "",
            f"> {self.caption}",
            "",
            "the endpoint hears:",
            *(f"  {line}" for line in list(self._heard)[-4:]),
            *(f"  {note}" for note in list(self._notes)[-3:]),
            "",
            f"in another terminal: simgate status --config {self._file}   (Ctrl-C ends the demo)",
        ]

    @staticmethod
    def _slot(slot: dict[str, Any], now: float) -> str:
        state = "on sale" if slot["on_sale"] else slot["state"]
        cells = (slot["number"] or "-", slot["operator"] or "-", slot["modem"] or "-", slot["why"] or "")
        return f" {_led(slot, now)} {slot['slot']:9} {state:9} {cells[0]:15} {cells[1]:7} {cells[2]:15} {cells[3]}"

    def _tell(self) -> None:
        """One line for each thing that is new."""
        news = [f"> {self.caption}"] if self.caption != self._said else []
        self._said = self.caption
        for queue, name in ((self._heard, "endpoint"), (self._notes, "agent")):
            while queue:
                news.append(f"{name}: {queue.popleft()}")
        for line in news:
            print(line, flush=True)


def _led(of: dict[str, Any], now: float) -> str:
    return "●" if lit(Pattern[of["led"].upper()], now) else "○"
