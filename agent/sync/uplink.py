"""The newest list to the endpoint: on every change, and every five minutes without one."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence

from agent.errors import RefusedError
from agent.ports import Clock
from agent.service.progress import DISK, PROMPT, Promise
from agent.slots.listing import Listing, Snapshot
from agent.sync import answers
from agent.sync.agreement import Agreement
from agent.sync.answers import Accepted, BadDate, Implausible, Malformed, Passing, Redirected, Refused, Verdict
from agent.sync.offence import Offence
from agent.sync.outbox import Change
from agent.sync.pace import Pace, Wait
from agent.sync.request import Endpoint, body
from agent.sync.store import Store
from agent.sync.tolerance import Tolerance
from agent.sync.wire import Carrier, Reply, Wire

STATES = ("idle", "waiting", "ok", "retrying", "refused")

log = logging.getLogger(__name__)


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
        promise: Promise | None = None,
    ) -> None:
        self._endpoint, self._store, self._clock = endpoint, store, clock
        self._pause, self._changed = pause, changed
        self._pace = Pace(rng, interval=endpoint.interval, base=base, cap=cap, slow=slow)
        self._wire: Carrier = wire or Wire(endpoint, patience)
        self._promise, self._step = promise or Promise("uplink", clock.monotonic), patience + DISK
        self._tolerance = Tolerance()
        self._offence = Offence(endpoint, store, clock, rng, self._tolerance, self._checked)
        self._agreement = Agreement()
        self._turn = asyncio.Lock()
        self._knock = asyncio.Event()
        self._newest: Change | Snapshot | None = None
        self._sent: tuple[Listing, ...] | None = None
        self._taken_last: Change | Snapshot | None = None
        self._had: frozenset[str] = frozenset()
        self._told: set[int] = set()
        self.accepted = 0  # lists that the endpoint has taken
        self._state = "idle"
        self._last_ok: float | None = None
        self._last_error: str | None = None
        self._next_try: float | None = None

    @property
    def clock_ok(self) -> bool:
        """The wall clock is right: a time service says so, or it agreed with the endpoint's and was not set since."""
        return self._clock.synchronised() or self._agreement.holds(self._clock.wall(), self._clock.monotonic())

    @property
    def unsent(self) -> bool:
        """Whether the endpoint has yet to take the newest list, or any at all."""
        return self._newest is None or self._newest is not self._taken_last

    def has(self, slot: str) -> bool:
        """Whether the endpoint has taken a list with that slot's number, and nothing about it has changed since."""
        return slot in self._had

    def offer(self, what: Change | Snapshot) -> None:
        """This is the list now. It goes out as soon as the endpoint may be asked, and no older one does any more."""
        self._newest = what
        self._compare()
        if self._state == "idle":
            self._state = "waiting"
        self._knock.set()
        self._promise.stirred()

    def _compare(self) -> None:
        self._had = frozenset(listing.slot for listing in set(self._sent or ()).intersection(_listings(self._newest)))

    def withhold(self, listings: Sequence[Listing]) -> None:
        """These would be on the list, were they not set aside: what changes about one has it tried again at once."""
        if self._offence.withhold(listings) and self._newest is not None:
            self._knock.set()

    def report(self) -> dict[str, object]:
        """`state`: idle (no list yet), waiting (not answered yet), ok, retrying, refused (a person has to help); UNIX seconds."""
        return {"state": self._state, "last_ok": self._last_ok, "last_error": self._last_error, "next_try": self._next_try}

    async def run(self) -> None:
        """Until cancelled. What is the endpoint's or the network's fault is tried again; anything else ends it."""
        try:
            await self._knock.wait()
            while True:
                began = self._clock.monotonic()
                self._promise.within(self._step)
                async with self._turn:
                    verdict = await self._sync()
                wait = self._pace.after(verdict, self._clock.monotonic())
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
        if self._newest is None:
            raise RefusedError("there is no list to send yet", "wait until the rack has been read")
        async with self._turn:
            with self._promise.lent():
                if test is None:
                    return self._outcome(await self._sync())
                reply = await self._post(await self._sellable(self._newest), self.clock_ok, test)
        verdict = self._judged(reply)
        if test == "test2" and isinstance(reply, Reply) and reply.status == 200 and not isinstance(verdict, Malformed | BadDate | Refused):
            return {"verdict": "echo", "why": "", "echo": reply.body.decode("utf-8", "replace")}
        return self._outcome(verdict)

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
        self._promise.within(self._step)
        self._next_try = None
        await self._date()
        verdict, complaint = await self._carry()
        self._note(verdict, complaint)
        # The answer may have proven the clock: written now, beside the change, and not by a heartbeat of an idle day.
        await self._date()
        if isinstance(verdict, Accepted):
            await self._second_chance()
        return verdict

    async def _date(self) -> None:
        """Listings that began while the clock was not right are dated as soon as it is."""
        if self.clock_ok:
            await self._tolerance.of(self._store.settle(self._clock.wall(), self._clock.monotonic()), None)

    async def _carry(self) -> tuple[Verdict, str | None]:
        """The newest list, less what the endpoint takes offence at; with a complaint where it took some."""
        dated, complaint = self.clock_ok, None
        aside: tuple[Listing, ...] = ()
        while True:
            # A search may have taken long: what has come meanwhile is the newest list.
            what = self._taken()
            listings = tuple(listing for listing in await self._sellable(what) if listing not in aside)
            verdict = self._judged(await self._post(listings, dated))
            match verdict:
                case BadDate() if dated:
                    dated, complaint = False, "ERROR_DATE: the endpoint takes the list only without date_start"
                    continue
                case Malformed():
                    guilty, trouble = await self._offence.guilty(listings, self._sent, aside)
                    if trouble is None:
                        aside += guilty
                        continue
                    verdict = trouble
                case Accepted(ids):
                    self._sent, self._taken_last = listings, what
                    self._compare()
                    if isinstance(what, Change):
                        wall = self._clock.wall() if self.clock_ok else None
                        await self._tolerance.of(self._store.delivered(what.id, ids, wall), None)
            if aside and not isinstance(verdict, Implausible):
                await self._offence.set_aside(aside, self._clock.wall() if self.clock_ok else None)
                self._changed()
            return verdict, complaint if isinstance(verdict, Accepted) else None

    def _taken(self) -> Change | Snapshot:
        assert self._newest is not None
        self._knock.clear()
        return self._newest

    async def _second_chance(self) -> None:
        """The endpoint takes lists: does it take what it has called malformed?"""
        listings = _listings(self._newest)
        let_out = await self._offence.try_again(listings)
        if let_out:
            self._changed()
        if any(str(listing.msisdn) in let_out for listing in listings):
            self._knock.set()

    async def _sellable(self, what: Change | Snapshot) -> tuple[Listing, ...]:
        return await self._offence.sellable(_listings(what))

    async def _checked(self, listings: Sequence[Listing]) -> Verdict:
        """What the endpoint says of them, saving nothing."""
        return self._judged(await self._post(listings, False, "test1"))

    async def _post(self, listings: Sequence[Listing], dated: bool, test: str | None = None) -> Reply | Passing:
        self._promise.within(self._step)
        starts = await self._tolerance.of(self._store.starts(), {}) if dated else {}
        return await self._wire.post(body(listings, self._endpoint, starts, test=test, with_date_start=dated))

    def _judged(self, reply: Reply | Passing) -> Verdict:
        wall = self._clock.wall()
        if isinstance(reply, Passing):
            return answers.by_the_clock(reply, wall, self.clock_ok)
        spoken = answers.spoken_at(reply.headers)
        if spoken is not None:
            self._agreement.heard(spoken, wall, self._clock.monotonic())
        return answers.judge(reply.status, reply.headers, reply.body, wall if self.clock_ok else None)

    def _outcome(self, verdict: Verdict) -> dict[str, str]:
        return {"verdict": type(verdict).__name__.lower(), "why": self._why(verdict)}

    def _why(self, verdict: Verdict) -> str:
        # The endpoint may have spelt the key in a way that only reading it brings to light.
        return self._endpoint.api_key.hidden_in(verdict.why)

    # Between two -----------------------------------------------------------------------------------------------------

    def _note(self, verdict: Verdict, complaint: str | None) -> None:
        """WARNING once at the first failure (ERROR where a person has to help), DEBUG after, one INFO when it is back."""
        helpless = isinstance(verdict, Refused | Redirected | Implausible)
        level = logging.ERROR if helpless else logging.WARNING
        if isinstance(verdict, Accepted):
            if self._state in ("retrying", "refused"):
                log.info("the endpoint takes the list again")
            self.accepted += 1
            self._state, self._last_ok, trouble = "ok", self._clock.wall(), complaint
        else:
            self._state, trouble = "refused" if helpless else "retrying", self._why(verdict)
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
        self._promise.within(wait.seconds + PROMPT)
        if await self._pause(self._knock, wait.seconds):
            rest = wait.least - (self._clock.monotonic() - began)
            if rest > 0:
                self._next_try = self._clock.wall() + rest
                self._promise.within(rest + PROMPT)
                await self._pause(asyncio.Event(), rest)


def _listings(what: Change | Snapshot | None) -> tuple[Listing, ...]:
    snapshot = what.snapshot if isinstance(what, Change) else what
    return snapshot.listings if snapshot is not None else ()


def _missing(listings: Sequence[Listing], among: Sequence[Listing]) -> list[str]:
    there = {listing.msisdn for listing in among}
    return sorted(str(listing.msisdn) for listing in listings if listing.msisdn not in there)
