"""What is known of cards besides what they say: numbers that the owner gave, numbers of before, PINs, the network's word."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from agent.at.ussd import WANTS_MORE, Reply
from agent.errors import RefusedError, StoreError
from agent.keeping.voice import Voice
from agent.modems import pin
from agent.modems.enquiry import CLOSE, number_in, request
from agent.modems.modem import Modem
from agent.settings.values import Settings, UssdSettings
from agent.sim.identity import Card, Iccid, Msisdn
from agent.sim.owners import clash
from agent.slots.diary import About
from agent.slots.events import CardLocked, CardRead
from agent.sync.store import Store

DAY = 86400.0  # seconds between two questions to the network about one SIM
PATIENCE = 130.0  # seconds for the network to answer: makers' manuals say 120 at most

Replies = asyncio.Queue[Reply]

_OF_THE_CARD = ("cnum", "ef_msisdn", "phonebook")
_HOME = (1, 6, 9)  # TS 27.007 7.2: registered in the home network, also for SMS only
_GAVE = {
    pin.Outcome.TAKEN: "the SIM was given its PIN, and took it",
    pin.Outcome.REFUSED: "the SIM was given the PIN of its [[card]], and refused it",
    pin.Outcome.UNKNOWN: "the SIM was given its PIN, and what became of it is not known",
}


class Lore:
    """Knows nothing: what a slot is kept with where there is no owner and no database."""

    def owner(self, iccid: Iccid) -> tuple[Msisdn, str] | None:  # noqa: ARG002
        """The owner's number for that SIM, and where it stands: "config" or "table"."""
        return None

    async def complete(self, read: CardRead) -> CardRead:
        """The reading with the number of before, where the card tells none; a number that it tells is remembered."""
        return read

    async def unlock(self, voice: Voice, modem: Modem, locked: CardLocked) -> CardLocked | None:  # noqa: ARG002
        """Give the card its PIN, if that may be; None = it was taken, else why it was not given."""
        return locked

    async def enquire(self, voice: Voice, modem: Modem, card: Card, stat: int | None, replies: Replies) -> bool:  # noqa: ARG002
        """Ask the network for the card's number, if that may be; whether there is news. `replies`: what +CUSD says from now on."""
        return False


class Known(Lore):
    """The lore of one gateway: its configuration and its database."""

    def __init__(self, settings: Settings, store: Store, wall: Callable[[], float | None], fault: Callable[[StoreError], None]) -> None:
        """`wall`: UNIX seconds, None while the clock is not right; `fault` is told of a database in trouble."""
        self.config: dict[Iccid, Msisdn] = {card.iccid: card.number for card in settings.cards if card.number}
        self.table: Mapping[Iccid, Msisdn] = {}
        self._pins = {card.iccid: card.pin for card in settings.cards if card.pin}
        self._rules = {rule.plmn: rule for rule in settings.ussd}
        self._store, self._wall, self._fault = store, wall, fault
        # Why the table is not known; a number that a card tells might be one that the owner has corrected.
        self.trouble: str | None = "the numbers that you gave to SIMs have not been read yet"
        self._news = False

    # Numbers that the owner gave -------------------------------------------------------------------------------------

    async def load(self) -> bool:
        """The owner's table, before any card is read, unless it is known; whether that is news. While it is not, `trouble` says why."""
        try:
            if self.trouble is not None:
                await self._reload()
        except StoreError as error:
            self._fault(error)
            self.trouble = f"the numbers that you gave to SIMs cannot be read, so only a [[card]] is believed ({error})"
        news, self._news = self._news, False
        return news

    async def _reload(self) -> None:
        self.table = await self._store.owned()
        self._news = self._news or self.trouble is not None
        self.trouble = None

    def owner(self, iccid: Iccid) -> tuple[Msisdn, str] | None:
        """[[card]] wins over the table: the file is what an owner sees and keeps."""
        for numbers, source in ((self.config, "config"), (self.table, "table")):
            if (number := numbers.get(iccid)) is not None:
                return number, source
        return None

    async def own(self, owned: Mapping[Iccid, Msisdn]) -> None:
        """Into the table, all or nothing. RefusedError when a number would then belong to two SIMs; StoreError."""
        if wrong := clash(owned, await self._store.owned(), self.config):
            raise RefusedError(wrong, "unset one of the two")
        await self._store.own(owned)
        await self._reload()

    async def disown(self, iccid: Iccid) -> bool:
        """Out of the table; whether it was in. StoreError."""
        had = await self._store.disown(iccid)
        await self._reload()
        return had

    # Numbers of before -----------------------------------------------------------------------------------------------

    async def complete(self, read: CardRead) -> CardRead:
        """As Lore.complete; a database in trouble makes no number known, and none believed but the configuration's."""
        card, wall = read.card, self._wall()
        if self.trouble is not None:
            return read if card.number_from == "config" else replace(read, card=replace(card, msisdn=None, number_from=None))
        try:
            if card.number_from in _OF_THE_CARD:
                await self._store.remember(card, wall)
            elif card.msisdn is None:
                before = await self._store.recall(card.iccid, wall)
                if before is not None and before.msisdn and before.imsi == card.imsi:
                    source = "ussd" if before.number_from == "ussd" else "last_known"
                    return replace(read, card=replace(card, msisdn=before.msisdn, number_from=source))
        except StoreError as error:
            self._fault(error)
        return read

    # PINs ------------------------------------------------------------------------------------------------------------

    async def unlock(self, voice: Voice, modem: Modem, locked: CardLocked) -> CardLocked | None:
        """As Lore.unlock. PortError when the modem goes away. Without a ledger that can be written no PIN goes out."""
        assert modem.profile is not None
        if not self._pins:
            return locked
        found = await modem.converse(pin.approach(modem.profile))
        if isinstance(found, str):
            return replace(locked, why=found)
        secret = self._pins.get(found.iccid)
        if secret is None:
            return locked
        try:
            why = await self._try(voice, modem, found, secret.reveal())
        except StoreError as error:
            self._fault(error)
            why = f"the SIM wants its PIN, which is not given while the database is in trouble ({error.what})"
        return replace(locked, why=why) if why else None

    async def _try(self, voice: Voice, modem: Modem, locked: pin.Locked, digits: str) -> str:
        assert modem.profile is not None
        tries = await self._store.pin_tries(locked.iccid, digits)
        for one in tries:
            if pin.lost(one, locked.left):
                await self._store.pin_came_back(one.line, pin.Outcome.REFUSED)
        refusal = pin.why_not(tries, locked.left, doubt=await self._store.pin_doubt(locked.iccid))
        if refusal is not None:
            return refusal
        line = await self._store.pin_goes_out(locked.iccid, digits, locked.left)
        outcome, why = await modem.converse(pin.enter(modem.profile, locked, digits))
        voice.say(logging.INFO, About.STATE, _GAVE[outcome], locked.iccid)
        if outcome is not pin.Outcome.UNKNOWN:
            await self._store.pin_came_back(line, outcome)
        return why

    # The network's word ----------------------------------------------------------------------------------------------

    async def enquire(self, voice: Voice, modem: Modem, card: Card, stat: int | None, replies: Replies) -> bool:
        """As Lore.enquire: at home, and once a day at most. PortError."""
        rule, wall = self._rules.get(card.plmn) if card.plmn else None, self._wall()
        if rule is None or wall is None or stat not in _HOME:
            return False
        try:
            if not await self._store.enquire(card.iccid, wall, DAY):
                return False
            number = await self._ask(voice, modem, card, rule, replies)
            if number is not None:
                await self._store.remember(replace(card, msisdn=number, number_from="ussd"), wall)
        except StoreError as error:
            self._fault(error)
            return False
        return number is not None

    async def _ask(self, voice: Voice, modem: Modem, card: Card, rule: UssdSettings, replies: Replies) -> Msisdn | None:
        if refusal := await modem.converse(request(rule.code)):
            voice.say(logging.WARNING, About.STATE, f"the SIM cannot ask its network with {rule.code}: {refusal}", card.iccid)
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                reply = await replies.get()
        except TimeoutError:
            reply = Reply(WANTS_MORE, ())
        if reply.mode == WANTS_MORE:
            await modem.ask(CLOSE)
        number = number_in(reply.texts, rule.pattern, card.imsi.mcc) if card.imsi else None
        if number is None:
            voice.say(logging.WARNING, About.STATE, f"the network does not tell the SIM's number in answer to {rule.code}", card.iccid)
        return number
