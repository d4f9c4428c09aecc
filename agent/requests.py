"""What the command line may ask of a running gateway; every answer is a JSON value."""

import asyncio
import os
from collections.abc import Collection, Mapping
from typing import Any

from agent import stories
from agent.control import Answerer, Control
from agent.errors import RefusedError, StoreError
from agent.gateway import Gateway
from agent.keeping.examining import examined
from agent.metrics.telling import Telling
from agent.service.notify import Notify
from agent.service.systemd import Service
from agent.sim.identity import Iccid
from agent.sim.numbering import owner_number
from agent.slots import reasons

LONGEST_BLINK = 3600  # seconds


class Requests:
    """One method per request."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.verbs: Mapping[str, Answerer] = {
            "status": self.status,
            "queue": self.queue,
            "sync": self.sync,
            "difference": self.difference,
            "fake": self.fake,
            "blink": self.blink,
            "examine": self.examine,
            "numbers": self.numbers,
            "own": self.own,
            "disown": self.disown,
            "story": self.story,
            "ask": self.ask,
            "history": self.history,
        }

    async def status(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """The document of `simgate status --json`."""
        gateway = self._gateway
        on_lease = {fading.slot: reasons.on_lease(fading) for fading in gateway.fading()}
        return {
            "gateway": gateway.settings.gateway,
            "since": int(gateway.since),
            "clock_ok": gateway.uplink.clock_ok,
            "endpoint": gateway.uplink.report(),
            "queue": await self._waiting(),
            "warning": gateway.warning(),
            "unclaimed": [{"usb": one.usb, "usb_id": one.usb_id} for one in gateway.strays.found],
            "led": gateway.pattern("").name.lower(),
            "rack": {"columns": gateway.settings.columns},
            "slots": [self._slot(name, on_lease.get(name)) for name in gateway.keepers],
        }

    async def _waiting(self) -> dict[str, float | None]:
        try:
            pending = await self._gateway.store.pending()
        except StoreError:
            # The slots are still worth seeing; `simgate queue` says what is wrong with the database.
            return {"pending": None, "oldest": None}
        return {"pending": len(pending), "oldest": pending[0].at if pending else None}

    def _slot(self, name: str, on_lease: str | None) -> dict[str, Any]:
        keeper = self._gateway.keepers[name]
        slot, modem = keeper.slot, keeper.modem
        card = slot.card
        return {
            "slot": name,
            "state": slot.state.value,
            "state_since": self._wall(slot.stand.since),
            "on_sale": name not in self._gateway.roster.why,
            "why": self._gateway.roster.why.get(name, on_lease),
            "number": str(card.msisdn) if card and card.msisdn else None,
            "number_from": card.number_from if card else None,
            "operator": str(card.plmn) if card and card.plmn else None,
            "iccid": card.iccid.digits if card else None,
            "registration": slot.registration,
            "modem": modem.profile.name if modem and modem.profile else None,
            "tty": modem.port.tty if modem else None,
            "recovery": keeper.mender.report(),
            "led": self._gateway.pattern(name).name.lower(),
        }

    async def examine(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """For `simgate doctor`: the agent's `pid`, and per slot what `agent.keeping.seen.Seen` has; the modem of an empty slot is asked."""
        gateway = self._gateway
        slots = [one.document() for one in await examined(gateway.keepers)]
        return {"pid": os.getpid(), "slots": [{**one, "led": gateway.lights.has(one["slot"])} for one in slots]}

    def _wall(self, moment: float | None) -> int | None:
        """UNIX seconds of a moment on the monotonic clock, by the wall clock of now: a jump of it makes nothing older or younger."""
        clock = self._gateway.world.clock
        return None if moment is None else round(clock.wall() - clock.monotonic() + moment)

    async def story(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The document of `simgate slots SLOT --json`."""
        gateway, keeper = self._gateway, stories.keeper_of(self._gateway, request.get("slot"))
        on_lease = {fading.slot: reasons.on_lease(fading) for fading in gateway.fading()}
        return {**self._slot(keeper.name, on_lease.get(keeper.name)), **stories.story(gateway, keeper)}

    async def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One AT `command` to the modem of `slot`; with `force`, true, also what is not known to be harmless."""
        return await stories.ask(stories.keeper_of(self._gateway, request.get("slot")), request)

    async def history(self, request: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What came and went, oldest first: of `slot`, of `number`, `since` UNIX seconds, the newest `limit`."""
        return await self._gateway.store.history(stories.wish(request))

    async def queue(self, _request: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Changes that the endpoint has not taken yet, oldest first."""
        pending = await self._gateway.store.pending()
        return [
            {
                "id": change.id,
                "at": change.at,
                "added": [str(listing.msisdn) for listing in change.added],
                "removed": [str(listing.msisdn) for listing in change.removed],
            }
            for change in pending
        ]

    async def sync(self, request: Mapping[str, Any]) -> Mapping[str, object]:
        """One POST now; `test` = "test1" or "test2"."""
        test = request.get("test")
        if test not in (None, "test1", "test2"):
            raise RefusedError(f"there is no test {test!r}", "test1 or test2")
        return await self._gateway.uplink.send(test)

    async def difference(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """What the next POST would add and remove, `why`, and what is `fading`: listed by its lease alone. `held`: after a start."""
        gateway = self._gateway
        changes, roster, slots = await gateway.difference(), gateway.roster, gateway.slots()
        where = await self._where() if changes["remove"] else {}
        why = {number: reasons.added(number, roster, slots) for number in changes["add"]}
        why |= {number: reasons.removed(number, where.get(number), roster) for number in changes["remove"]}
        fading = [
            {"number": str(one.number), "slot": one.slot, "seconds": round(one.seconds, 1), "why": one.why} for one in gateway.fading()
        ]
        return {**changes, "why": why, "fading": fading, "held": gateway.held}

    async def _where(self) -> dict[str, str]:
        """The slot in which each number was listed last, as far as the database can tell."""
        try:
            there, pending = await self._gateway.store.last_delivered(), await self._gateway.store.pending()
        except StoreError:
            return {}
        listings = [*(there.listings if there else ()), *(listing for change in pending for listing in (*change.added, *change.removed))]
        return {str(listing.msisdn): listing.slot for listing in listings}

    async def numbers(self, _request: Mapping[str, Any]) -> dict[str, str]:
        """The owner's table: ICCID -> number. RefusedError while it cannot be read."""
        if (trouble := self._gateway.lore.trouble) is not None:
            raise RefusedError(trouble)
        return {iccid.digits: str(number) for iccid, number in self._gateway.lore.table.items()}

    async def own(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Put `numbers`, ICCID -> number, into the owner's table, all or nothing."""
        numbers = request.get("numbers")
        if not isinstance(numbers, dict):
            raise RefusedError("there are no numbers to set", "give an object: ICCID to number")
        owned = {Iccid.parse(str(iccid)): owner_number(str(number)) for iccid, number in numbers.items()}
        await self._gateway.lore.own(owned)
        self._look_again(owned)
        return {"set": len(owned)}

    async def disown(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Take `iccid` out of the owner's table."""
        iccid = Iccid.parse(str(request.get("iccid")))
        had = await self._gateway.lore.disown(iccid)
        self._look_again([iccid])
        return {"unset": had}

    def _look_again(self, iccids: Collection[Iccid]) -> None:
        for keeper in self._gateway.keepers.values():
            if keeper.slot.card is None or keeper.slot.card.iccid in iccids:
                keeper.look_again()

    async def fake(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Move the line or modem of a mock board."""
        slot, move = stories.keeper_of(self._gateway, request.get("slot")).name, request.get("move")
        self._gateway.world.board.fake(str(move), slot)
        return {"slot": slot, "moved": move}

    async def blink(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Show where a `slot` is, "" = the gateway itself, for so many `seconds`; 0 ends it."""
        slot, seconds = request.get("slot", ""), request.get("seconds")
        if slot != "":
            stories.keeper_of(self._gateway, slot)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_BLINK:
            raise RefusedError("that is no time to blink", f"say 0 to {LONGEST_BLINK} seconds")
        if not self._gateway.lights.has(slot):
            whose = f"slot {slot} has" if slot else "the gateway has"
            raise RefusedError(f"{whose} no LED that works", "give it `led` in the configuration; the log says of an LED that fails")
        self._gateway.lights.blink(slot, seconds)
        return {"slot": slot or None, "seconds": seconds}


class Served:
    """A gateway together with the socket on which the command line meets it, and what systemd is told of it."""

    def __init__(self, gateway: Gateway, notify: Notify | None = None) -> None:
        self._gateway = gateway
        self._service, self._metrics = Service(gateway, notify or Notify()), Telling(gateway)
        self._control = Control(gateway.settings.control, Requests(gateway).verbs)

    async def run(self) -> None:
        """Serve the rack and the command line until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._control.run(), name="control")
            group.create_task(self._gateway.run(), name="gateway")
            group.create_task(self._service.run(), name="service")
            group.create_task(self._metrics.run(), name="metrics")
