"""A running gateway -> Facts."""

import asyncio
from collections import Counter

from agent import VERSION
from agent.errors import StoreError
from agent.gateway import Gateway
from agent.keeping.keeper import Keeper
from agent.metrics.facts import Facts, Queue, Requests, SlotFacts
from agent.modems.recovery import Rung
from agent.slots.roster import Matter
from agent.slots.slot import State
from agent.sync.timed import BOUNDS
from agent.sync.uplink import STATES

DISK = 2.0  # seconds for the database to count what waits
RUNGS = tuple(rung for rung in Rung if rung not in (Rung.ASK, Rung.QUARANTINE))


async def facts(gateway: Gateway) -> Facts:
    """As it stands."""
    report, matters = gateway.uplink.report(), Counter(gateway.roster.matters.values())
    accepted_at = report["last_ok"]
    return Facts(
        version=VERSION,
        gateway=gateway.settings.gateway,
        since=gateway.since,
        clock_ok=gateway.uplink.clock_ok,
        held=gateway.held,
        warned=gateway.warning() is not None,
        strays=len(gateway.strays.found),
        endpoint=str(report["state"]),
        endpoint_states=STATES,
        delivered=sum(gateway.uplink.has(name) for name in gateway.keepers),
        accepted=gateway.uplink.accepted,
        accepted_at=accepted_at if isinstance(accepted_at, float) else None,
        requests=_requests(gateway),
        queue=await _queue(gateway),
        slot_states=[state.value for state in State],
        matters={matter.name.lower(): matters[matter] for matter in Matter},
        slots=[_slot(keeper, keeper.name not in gateway.roster.why) for keeper in gateway.keepers.values()],
    )


def _requests(gateway: Gateway) -> Requests:
    wire = gateway.wire
    return Requests(BOUNDS, tuple(wire.counts), wire.total, wire.last, wire.unanswered)


async def _queue(gateway: Gateway) -> Queue | None:
    try:
        async with asyncio.timeout(DISK):
            pending = await gateway.store.pending()
    except (StoreError, TimeoutError):
        return None  # the gateway tells why
    return Queue(len(pending), pending[0].at if pending else None)


def _slot(keeper: Keeper, on_sale: bool) -> SlotFacts:
    ladder, tally = keeper.mender.ladder, keeper.mender.tally
    resets = {rung.name.lower(): tally.done[rung] for rung in RUNGS}
    return SlotFacts(keeper.name, keeper.slot.state.value, on_sale, ladder.quarantined, tally.timeouts, resets)
