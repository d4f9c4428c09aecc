"""Looks for the number of a card that has told none, or only one of before: asks again after a while, and the network beside that."""

import asyncio
import logging
from collections.abc import Callable

from agent.at.ussd import Gather, Reply
from agent.errors import PortError
from agent.keeping.lore import Lore
from agent.keeping.voice import Voice
from agent.modems.identify import Reading
from agent.modems.modem import Modem
from agent.ports import Clock
from agent.sim.identity import Card
from agent.slots.diary import About
from agent.slots.events import CardRead
from agent.slots.slot import IN_SERVICE

ASK_AGAIN = 600.0  # seconds between two readings of a card that has told no number yet


class Seeker:
    """One slot's; `look_again` has the card read anew.

    `read_at`: when it was read last, monotonic seconds; `read_in_service`: a network served it then.
    """

    def __init__(self, voice: Voice, lore: Lore, clock: Clock, look_again: Callable[[], None]) -> None:
        self.read_in_service = False
        self._voice, self._lore, self._clock, self._look_again = voice, lore, clock, look_again
        self.read_at: float | None = None
        self._gather, self._replies = Gather(), asyncio.Queue[Reply]()
        self._enquiry: asyncio.Task[None] | None = None
        self._card: Card | None = None

    def heard(self, line: str) -> None:
        """One unsolicited line: it may be of the network's answer."""
        if (reply := self._gather.feed(line)) is not None:
            self._replies.put_nowait(reply)

    def has_read(self, reading: Reading) -> None:
        """The card has been asked for everything that it tells."""
        self.read_at = self._clock.monotonic()
        self.read_in_service = isinstance(reading, CardRead) and reading.registration in IN_SERVICE

    def seek(self, group: asyncio.TaskGroup, modem: Modem, card: Card, stat: int | None) -> None:
        """The card was seen with that registration: is it time to ask it again, or its network?"""
        if card.number_from not in (None, "last_known"):
            return
        if self._clock.monotonic() - (self.read_at or 0.0) >= ASK_AGAIN or (stat in IN_SERVICE and not self.read_in_service):
            self._look_again()
        elif self._enquiry is None or self._enquiry.done():
            self._card = card
            self._enquiry = group.create_task(self._enquire(modem, card, stat), name=f"enquiry {self._voice.slot}")

    async def only_for(self, card: Card | None) -> None:
        """This is the card now: a question about another one ends."""
        asked = self._enquiry
        if asked is not None and not asked.done() and (card is None or self._card is None or card.iccid != self._card.iccid):
            asked.cancel()
            await asyncio.wait([asked])

    async def _enquire(self, modem: Modem, card: Card, stat: int | None) -> None:
        while not self._replies.empty():
            self._replies.get_nowait()
        try:
            if await self._lore.enquire(self._voice, modem, card, stat, self._replies):
                self._look_again()
        except PortError:
            self._voice.say(logging.DEBUG, About.MODEM, "the modem went away during a question to the network")
