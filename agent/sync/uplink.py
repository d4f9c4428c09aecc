"""The newest list to the endpoint: on every change, and every five minutes without one."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from agent.errors import RefusedError, StoreError
from agent.ports import Clock
from agent.slots.listing import Listing, Snapshot
from agent.sync.answers import Accepted, BadDate, Malformed, Passing, Redirected, Refused, Rejected, Verdict, bisect, judge, spoken_at
from agent.sync.outbox import Change
from agent.sync.pace import Pace, Wait
from agent.sync.request import Endpoint, body
from agent.sync.store import Store
from agent.sync.wire import Carrier, Reply, Wire

TRUSTED = 120.0  # seconds between the endpoint's clock and ours at which ours is believed to be right

log = logging.getLogger(__name__)

T = TypeVar("T")


async def until(event: asyncio.Event, seconds: float) -> bool:
    """Wait that long at most; True when the event came."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


class Uplink:
    """Owes the endpoint the newest list. `pause` is how it waits; `changed` is called when report() or the quarantine may differ."""

    def __init__(
        self,
        endpoint: Endpoint,
        store: Store,
        clock: Clock,
        *,
        rng: random.Random,
        pause: Callable[[asyncio.Event, float], Awaitable[bool]] = until,
        changed: Callable[[], None] = lambda: None,
        base: float = 1.0,
        cap: float = 120.0,
        slow: tuple[float, float] = (120.0, 300.0),
        patience: float = 30.0,
        wire: Carrier | None = None,
    ) -> None:
        self._endpoint, self._store, self._clock = endpoint, store, clock
        self._pause, self._changed = pause, changed
        self._pace = Pace(rng, interval=endpoint.interval, base=base, cap=cap, slow=slow)
        self._wire: Carrier = wire or Wire(endpoint, patience)
        self._turn = asyncio.Lock()
        self._knock = asyncio.Event()
        self._newest: Change | Snapshot | None = None
        self._sent: tuple[Listing, ...] | None = None
        self._date_agrees = False
        self._told: set[int] = set()
        self._disk_told: set[str] = set()
        self._state = "idle"
        self._last_ok: float | None = None
        self._last_error: str | None = None
        self._next_try: float | None = None

    @property
    def clock_ok(self) -> bool:
        """The wall clock is right: a time service says so, or the endpoint's last answer agreed with it."""
        return self._clock.synchronised() or self._date_agrees

    def offer(self, what: Change | Snapshot) -> None:
        """This is the list now. It goes out as soon as the endpoint may be asked, and no older one does any more."""
        self._newest = what
        if self._state == "idle":
            self._state = "waiting"
        self._knock.set()

    def report(self) -> dict[str, object]:
        """`state`: idle (no list yet), waiting (not answered yet), ok, retrying, refused (a person has to help); UNIX seconds."""
        return {"state": self._state, "last_ok": self._last_ok, "last_error": self._last_error, "next_try": self._next_try}

    async def run(self) -> None:
        """Until cancelled. What is the endpoint's or the network's fault is tried again; anything else ends it."""
        try:
            await self._tolerate(self._store.reform(self._endpoint.form), None)
            await self._knock.wait()
            while True:
                began = self._clock.monotonic()
                async with self._turn:
                    verdict = await self._sync()
                wait = self._pace.after(verdict)
                if isinstance(verdict, Accepted):
                    # Heartbeats are counted from POST to POST.
                    wait = Wait(max(0.0, wait.seconds - (self._clock.monotonic() - began)))
                await self._rest(wait)
        finally:
            await self.close()

    async def close(self) -> None:
        """End the session; run() does it by itself."""
        await self._wire.close()

    async def send(self, test: str | None = None) -> dict[str, str]:
        """Send now: `verdict`, `why`. With `test` "test1" or "test2" nothing is saved, and `echo` is test2's answer. RefusedError."""
        async with self._turn:
            if self._newest is None:
                raise RefusedError("there is no list to send yet", "wait until the rack has been read")
            if test is None:
                verdict = await self._sync()
                return _outcome(verdict)
            reply = await self._post(await self._sellable(self._newest), self.clock_ok, test)
        verdict = self._judged(reply)
        if test == "test2" and isinstance(reply, Reply) and reply.status == 200 and not isinstance(verdict, Malformed | BadDate | Refused):
            return {"verdict": "echo", "why": "", "echo": reply.body.decode("utf-8", "replace")}
        return _outcome(verdict)

    async def release(self, number: str) -> bool:
        """Let a quarantined number (`+E.164`) out and try it again; whether it was in. StoreError."""
        was_in = await self._store.release(number)
        if was_in and self._newest is not None:
            self._knock.set()
        self._changed()
        return was_in

    async def next_difference(self) -> dict[str, list[str]]:
        """The numbers that the next POST adds to the endpoint's list and removes from it."""
        now = await self._sellable(self._newest or Snapshot())
        there = self._sent
        if there is None:
            there = await self._sellable(await self._store.last_delivered() or Snapshot())
        return {"add": _missing(now, there), "remove": _missing(there, now)}

    # One sync --------------------------------------------------------------------------------------------------------

    async def _sync(self) -> Verdict:
        assert self._newest is not None
        what = self._newest
        self._knock.clear()
        self._next_try = None
        await self._date()
        verdict, complaint = await self._carry(what)
        self._note(verdict, complaint)
        # The answer may have proven the clock: written now, beside the change, and not by a heartbeat of an idle day.
        await self._date()
        return verdict

    async def _date(self) -> None:
        """Listings that began while the clock was not right are dated as soon as it is."""
        if self.clock_ok:
            await self._tolerate(self._store.settle(self._clock.wall(), self._clock.monotonic()), None)

    async def _carry(self, what: Change | Snapshot) -> tuple[Verdict, str | None]:
        """The list, less what the endpoint takes offence at; with a complaint where it took some."""
        listings, dated, complaint = await self._sellable(what), self.clock_ok, None
        while True:
            verdict = self._judged(await self._post(listings, dated))
            match verdict:
                case BadDate() if dated:
                    dated, complaint = False, "ERROR_DATE: the endpoint takes the list only without date_start"
                case Malformed():
                    guilty, trouble = await self._guilty(listings)
                    if trouble is not None:
                        return trouble, None
                    await self._set_aside(guilty)
                    listings = tuple(listing for listing in listings if listing not in guilty)
                case Accepted(ids):
                    self._sent = listings
                    if isinstance(what, Change):
                        await self._tolerate(self._store.delivered(what.id, ids), None)
                    return verdict, complaint
                case _:
                    return verdict, None

    async def _guilty(self, listings: Sequence[Listing]) -> tuple[Sequence[Listing], Verdict | None]:
        """The malformed ones, found by asking without saving; or the trouble that ended the search, and then nobody is convicted."""
        search = bisect(listings)
        answer: bool | None = None
        while True:
            try:
                part = search.send(answer) if answer is not None else next(search)
            except StopIteration as end:
                nobody = Rejected("NUMBER_FORMAT_ERROR for the list, yet takes each of its numbers alone")
                return end.value, None if end.value else nobody
            verdict = self._judged(await self._post(part, False, "test1"))
            if not isinstance(verdict, Accepted | Malformed):
                return (), verdict
            answer = isinstance(verdict, Accepted)

    async def _set_aside(self, guilty: Sequence[Listing]) -> None:
        at = self._clock.wall() if self.clock_ok else None
        for listing in guilty:
            log.warning("%s: the endpoint calls the number %s malformed; it is set aside", listing.slot, listing.msisdn)
            await self._tolerate(self._store.quarantine(str(listing.msisdn), "NUMBER_FORMAT_ERROR", at, self._endpoint.form), None)
        self._changed()

    async def _sellable(self, what: Change | Snapshot) -> tuple[Listing, ...]:
        snapshot = what.snapshot if isinstance(what, Change) else what
        held = {quarantined.number for quarantined in await self._tolerate(self._store.quarantined(), [])}
        return tuple(listing for listing in snapshot.listings if str(listing.msisdn) not in held)

    async def _post(self, listings: Sequence[Listing], dated: bool, test: str | None = None) -> Reply | Passing:
        starts = await self._tolerate(self._store.starts(), {}) if dated else {}
        return await self._wire.post(body(listings, self._endpoint, starts, test=test, with_date_start=dated))

    def _judged(self, reply: Reply | Passing) -> Verdict:
        if isinstance(reply, Passing):
            return reply
        spoken = spoken_at(reply.headers)
        if spoken is not None:
            self._date_agrees = abs(spoken - self._clock.wall()) <= TRUSTED
        return judge(reply.status, reply.headers, reply.body, self._clock.wall())

    # Between two -----------------------------------------------------------------------------------------------------

    def _note(self, verdict: Verdict, complaint: str | None) -> None:
        """WARNING once at the first failure (ERROR where a person has to help), DEBUG after, one INFO when it is back."""
        helpless = isinstance(verdict, Refused | Redirected)
        level = logging.ERROR if helpless else logging.WARNING
        if isinstance(verdict, Accepted):
            if self._state in ("retrying", "refused"):
                log.info("the endpoint takes the list again")
            self._state, self._last_ok, trouble = "ok", self._clock.wall(), complaint
        else:
            self._state, trouble = "refused" if helpless else "retrying", verdict.why
        self._last_error = trouble
        if trouble is None:
            self._told.clear()
        else:
            log.log(logging.DEBUG if level in self._told else level, "endpoint: %s", trouble)
            self._told.add(level)
        self._changed()

    async def _rest(self, wait: Wait) -> None:
        began = self._clock.monotonic()
        self._next_try = self._clock.wall() + wait.seconds
        if await self._pause(self._knock, wait.seconds):
            rest = wait.least - (self._clock.monotonic() - began)
            if rest > 0:
                self._next_try = self._clock.wall() + rest
                await self._pause(asyncio.Event(), rest)

    async def _tolerate(self, asked: Awaitable[T], otherwise: T) -> T:
        """A disk that fails must not take the rack off sale: said loudly, done without."""
        try:
            return await asked
        except StoreError as error:
            log.log(logging.DEBUG if str(error) in self._disk_told else logging.ERROR, "%s", error)
            self._disk_told.add(str(error))
            return otherwise


def _outcome(verdict: Verdict) -> dict[str, str]:
    return {"verdict": type(verdict).__name__.lower(), "why": verdict.why}


def _missing(listings: Sequence[Listing], among: Sequence[Listing]) -> list[str]:
    there = {listing.msisdn for listing in among}
    return sorted(str(listing.msisdn) for listing in listings if listing.msisdn not in there)
