"""What systemd is told of a running gateway: ready, in one line how it is, and that every part of it goes on."""

import asyncio
import logging

from agent.errors import StoreError
from agent.gateway import Gateway
from agent.service.notify import Notify
from agent.service.progress import Late

AGAIN = 1.0  # seconds between two looks at a task that is overdue

log = logging.getLogger(__name__)


class Service:
    """READY=1 once the first list is decided, STATUS= when its text changes, WATCHDOG=1 at half time while nobody is overdue."""

    def __init__(self, gateway: Gateway, notify: Notify) -> None:
        self._gateway, self._notify = gateway, notify
        self._news = asyncio.Event()
        self._ready = False
        self._said: str | None = None
        self._unsent: int | None = None
        self._counted: object = None
        self._late: dict[str, Late] = {}

    async def run(self) -> None:
        """Until cancelled; at once when nobody listens."""
        if not self._notify.heard:
            return
        self._gateway.news = self._news.set
        async with asyncio.TaskGroup() as group:
            group.create_task(self._inform(), name="systemd")
            if self._notify.watchdog is not None:
                group.create_task(self._feed(self._notify.watchdog / 2), name="watchdog")

    async def _inform(self) -> None:
        while True:
            self._news.clear()
            ready, text = not self._gateway.held, await self.text()
            words = ["READY=1"] if ready and not self._ready else []
            words += [f"STATUS={text}"] if text != self._said else []
            if words and self._notify.say(*words):
                self._ready, self._said = ready, text
            await self._news.wait()

    async def text(self) -> str:
        """How the gateway is, for `systemctl status`: it changes only when that does."""
        gateway = self._gateway
        slots = len(gateway.keepers)
        if gateway.held:
            return f"starting: {sum(keeper.told for keeper in gateway.keepers.values())} of {slots} slots have spoken"
        await self._count()
        unsent = "the database is in trouble" if self._unsent is None else f"{self._unsent} change{'s' * (self._unsent != 1)} unsent"
        warning = ", many modems are gone or silent together" if gateway.warning() else ""
        return f"{slots - len(gateway.roster.why)} of {slots} on sale, {unsent}, endpoint {gateway.uplink.report()['state']}{warning}"

    async def _count(self) -> None:
        """The changes that wait, asked for when there may be others."""
        report = self._gateway.uplink.report()
        moment = self._gateway.roster.snapshot, report["state"], report["last_ok"]
        if moment == self._counted:
            return
        try:
            self._unsent = len(await self._gateway.store.pending())
        except StoreError:
            self._unsent = None  # the gateway has said why
        self._counted = moment

    async def _feed(self, half: float) -> None:
        while True:
            late = {one.name: one for one in self._gateway.progress.late()}
            self._tell(late)
            if not late:
                self._notify.say("WATCHDOG=1")
            await asyncio.sleep(min(half, AGAIN) if late else half)

    def _tell(self, late: dict[str, Late]) -> None:
        """ERROR once for each that is stuck, while there is somebody to write it."""
        now = self._gateway.world.clock.monotonic()
        for name, one in late.items():
            if name not in self._late:
                what = (
                    "%s: stuck, it was to be back %.0f s ago; the watchdog is not fed, and systemd starts simgate anew unless it comes back"
                )
                log.error(what, name, now - one.due, extra={"slot": _slot(name)})
        for name in self._late.keys() - late:
            log.info("%s: it goes on", name, extra={"slot": _slot(name)})
        self._late = late


def _slot(name: str) -> str | None:
    """Whose part it is: `slot rack1-01`, `modem of slot rack1-01`; None for one of the whole rack."""
    _, of, slot = name.rpartition("slot ")
    return slot if of else None
