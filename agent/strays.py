"""Modems that stand where no slot is: somebody has plugged one into the wrong socket, or not written its slot yet."""

import asyncio
import logging
from dataclasses import dataclass

from agent.keeping.plugged import QUIET
from agent.modems.at_ports import has_at
from agent.modems.attach import Notes
from agent.ports import Board

AGAIN = 60.0  # seconds between two looks where nothing is told

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stray:
    """A modem, by `vid:pid`, at a USB path."""

    usb: str
    usb_id: str


class Strays:
    """`found`: those that are there, by path. Each is told once for as long as it stands there."""

    def __init__(self, board: Board, notes: Notes) -> None:
        self.found: tuple[Stray, ...] = ()
        self._board, self._notes = board, notes

    async def run(self) -> None:
        """Look whenever something has been plugged in and has come to rest."""
        hinted = asyncio.Event()
        self._board.on_plug(hinted.set)
        while True:
            await asyncio.sleep(QUIET)
            hinted.clear()
            self._look()
            try:
                async with asyncio.timeout(AGAIN):
                    await hinted.wait()
            except TimeoutError:
                continue

    def _look(self) -> None:
        stand = [Stray(usb, ttys[0].usb_id) for usb, ttys in self._board.unclaimed().items() if ttys[0].usb_id]
        found = tuple(one for one in stand if has_at(one.usb_id, self._notes.profiles, self._notes.roles))
        for one in found:
            if one not in self.found:
                log.info('a modem (%s) stands at %s, where no slot is; give it a [[slot]] with usb = "%s"', one.usb_id, one.usb, one.usb)
        self.found = found
