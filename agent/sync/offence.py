"""Numbers that the endpoint calls malformed: found, set aside, and tried again later."""

import logging
import random
from collections.abc import Awaitable, Callable, Collection, Sequence

from agent.ports import Clock
from agent.slots.listing import Listing
from agent.sync.answers import Accepted, Implausible, Malformed, Rejected, Verdict, bisect
from agent.sync.outbox import Quarantined
from agent.sync.pace import Budget
from agent.sync.request import Endpoint, facts
from agent.sync.retrials import Retrials
from agent.sync.store import Store
from agent.sync.tolerance import Tolerance

REASON = "NUMBER_FORMAT_ERROR"
SEARCHES = 4  # of a whole list in an hour
FEW, INQUIRIES = 4, 12  # so many newcomers are asked about one by one, so often in an hour
PLAUSIBLE = 2  # so many numbers may be malformed, be the rack as small as it will

log = logging.getLogger(__name__)

Ask = Callable[[Sequence[Listing]], Awaitable[Verdict]]
Finding = tuple[tuple[Listing, ...], Verdict | None]


class Offence:
    """The numbers set aside. `ask` has the endpoint check a list, saving nothing.

    Of n numbers on the list, and whatever the endpoint answers, finding the malformed ones costs in any hour at most

        SEARCHES * 2 n + INQUIRIES * (FEW + 1)

    requests: bisect() needs 2 n - 1 at most, and the list goes out again after each finding. Trying numbers again costs one request
    after each list that was taken; a search through many whose facts changed together is one of the SEARCHES. A list goes out
    twice at most, the second time without its dates. So with what Pace promises of lists, a number that is let out being a change
    too, no hour has more requests than

        2 * lists + (2 + changes + 3600 / interval) + SEARCHES * 2 n + INQUIRIES * (FEW + 1)
    """

    def __init__(self, endpoint: Endpoint, store: Store, clock: Clock, rng: random.Random, tolerance: Tolerance, ask: Ask) -> None:
        self._endpoint, self._store, self._clock = endpoint, store, clock
        self._tolerance, self._ask = tolerance, ask
        self._retrials = Retrials(rng)
        self._searches, self._inquiries = Budget(SEARCHES), Budget(INQUIRIES)
        self._withheld: tuple[Listing, ...] = ()
        self._held: dict[str, Quarantined] = {}
        self._implausible: Implausible | None = None

    async def sellable(self, listings: Sequence[Listing]) -> tuple[Listing, ...]:
        """Those that are not set aside."""
        held = await self._look()
        return tuple(listing for listing in listings if str(listing.msisdn) not in held)

    def withhold(self, listings: Sequence[Listing]) -> bool:
        """These would be on the list, were they not set aside; whether what the endpoint would be sent of one has changed."""
        if self._withheld == tuple(listings):
            return False
        self._withheld = tuple(listings)
        return any(self._changed(listing) for listing in listings)

    async def guilty(self, listings: Sequence[Listing], sent: Collection[Listing] | None, aside: Sequence[Listing]) -> Finding:
        """The malformed ones of a refused list, or the trouble that ended the search, and then nobody is convicted.

        `sent` is the list that was taken last; `aside` was found in this sync already.
        """
        newcomers = [listing for listing in listings if sent is not None and listing not in sent]
        found: Finding = (), None
        # Once in a sync: when it has not helped, it does not help again.
        if 0 < len(newcomers) <= FEW and not aside and self._inquiries.granted(self._clock.monotonic()):
            found = await self._each(newcomers)
        if not any(found):
            found = await self._searched(listings)
        if found[0]:
            guilty, of = len(found[0]) + len(aside), len(listings) + len(aside)
            self._implausible = Implausible(guilty, of) if guilty > max(PLAUSIBLE, of / 2) else None
            found = ((), self._implausible) if self._implausible else found
        return found

    async def set_aside(self, guilty: Sequence[Listing], at: float | None) -> None:
        """These are malformed; `at` in UNIX seconds, None while the clock is not right."""
        for listing in guilty:
            said = "%s: the endpoint calls the number %s malformed; it is set aside"
            log.warning(said, listing.slot, listing.msisdn, extra={"slot": listing.slot, "iccid": str(listing.iccid)})
            await self._keep(listing, at)
        await self._look()

    async def try_again(self, listings: Sequence[Listing]) -> tuple[str, ...]:
        """Ask about those whose facts have changed, or about one whose time has come; the numbers that are let out.

        `listings` may have some that are set aside; the others are those last withheld.
        """
        held, now = await self._look(), self._clock.monotonic()
        here = {number: one for one in (*listings, *self._withheld) if (number := str(one.msisdn)) in held}
        due = [here[number] for number in self._retrials.due({number: self._changed(one) for number, one in here.items()}, now)]
        if not due:
            return ()
        verdict = await self._ask(due)
        guilty: Sequence[Listing] = ()
        if isinstance(verdict, Malformed):
            guilty, trouble = (due, None) if len(due) == 1 else await self._searched(due)
            if trouble is not None:
                return ()
        elif not isinstance(verdict, Accepted):
            return ()
        for listing in guilty:
            self._retrials.failed(str(listing.msisdn), now)
            await self._keep(listing, held[str(listing.msisdn)].at)
        await self._look()
        return tuple([str(one.msisdn) for one in due if one not in guilty and await self._let_out(one)])

    async def _each(self, listings: Sequence[Listing]) -> Finding:
        guilty = []
        for listing in listings:
            verdict = await self._ask([listing])
            if isinstance(verdict, Malformed):
                guilty.append(listing)
            elif not isinstance(verdict, Accepted):
                return (), verdict
        return tuple(guilty), None

    async def _searched(self, listings: Sequence[Listing]) -> Finding:
        if not listings:
            return (), Rejected(f"{REASON} for an empty list")
        if not self._searches.granted(self._clock.monotonic()):
            return (), self._implausible or Rejected(f"{REASON} again, after {SEARCHES} searches for malformed numbers within an hour")
        self._implausible = None
        search = bisect(listings)
        answer: bool | None = None
        while True:
            try:
                part = search.send(answer) if answer is not None else next(search)
            except StopIteration as end:
                nobody = Rejected(f"{REASON} for the list, yet takes each of its numbers alone")
                return end.value, None if end.value else nobody
            verdict = await self._ask(part)
            if not isinstance(verdict, Accepted | Malformed):
                return (), verdict
            answer = isinstance(verdict, Accepted)

    def _changed(self, listing: Listing) -> bool:
        held = self._held.get(str(listing.msisdn))
        return held is not None and held.form != facts(listing, self._endpoint)

    async def _look(self) -> dict[str, Quarantined]:
        held = await self._tolerance.of(self._store.quarantined(), list(self._held.values()))
        self._held = {one.number: one for one in held}
        self._retrials.keep(self._held, self._clock.monotonic())
        return self._held

    async def _keep(self, listing: Listing, at: float | None) -> None:
        form = facts(listing, self._endpoint)
        held = self._held.get(str(listing.msisdn))
        if held is None or held.form != form:
            await self._tolerance.of(self._store.quarantine(str(listing.msisdn), REASON, at, form), None)

    async def _let_out(self, listing: Listing) -> bool:
        said = "%s: the endpoint takes the number %s that it had called malformed"
        log.info(said, listing.slot, listing.msisdn, extra={"slot": listing.slot, "iccid": str(listing.iccid)})
        return await self._tolerance.of(self._store.release(str(listing.msisdn)), False)
