"""What happens to the demo's rack: short scenes in random order, each undone at its end."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable

from agent.cli.demo.stage import Stage

Scene = Callable[[Stage, str, Callable[[], Awaitable[None]]], AsyncIterator[str]]


async def told(stage: Stage, chance: random.Random, pace: float) -> AsyncIterator[str]:
    """Captions, one for each thing that has just happened; `pace` seconds between two."""

    async def pause() -> None:
        await asyncio.sleep(pace)

    yield f"{len(stage.slots)} modems answer, and every SIM is read"
    await pause()
    while True:
        for scene in chance.sample(_SCENES, len(_SCENES)):
            async for caption in scene(stage, chance.choice(stage.slots), pause):
                yield caption
                await pause()


async def _pulled(stage: Stage, slot: str, _pause: Callable[[], Awaitable[None]]) -> AsyncIterator[str]:
    stage.board.fake("eject", slot)
    yield f"the SIM in {slot} is pulled: its line moves"
    stage.board.fake("insert", slot)
    yield f"the SIM in {slot} is put back"


async def _swapped(stage: Stage, slot: str, _pause: Callable[[], Awaitable[None]]) -> AsyncIterator[str]:
    stage.board.fake("eject", slot)
    yield f"the SIM in {slot} is pulled"
    stage.swap(slot)
    yield f"another SIM goes into {slot}"


async def _bad_contact(stage: Stage, slot: str, _pause: Callable[[], Awaitable[None]]) -> AsyncIterator[str]:
    stage.port(slot).eject(silent=True)
    yield f"the SIM in {slot} loses contact: the line still says it is in, and the modem says nothing"
    stage.port(slot).insert()
    yield f"the SIM in {slot} has contact again"


async def _unplugged(stage: Stage, slot: str, _pause: Callable[[], Awaitable[None]]) -> AsyncIterator[str]:
    stage.port(slot).unplug()
    yield f"the modem of {slot} is unplugged: its number stays for the lease"
    stage.port(slot).plug()
    yield f"the modem of {slot} is plugged in again"


async def _hung(stage: Stage, slot: str, pause: Callable[[], Awaitable[None]]) -> AsyncIterator[str]:
    stage.port(slot).hang()
    yield f"the modem of {slot} hangs: its number stays for the lease, then it goes"
    for _ in range(3):
        await pause()
    stage.port(slot).resume()
    yield f"the modem of {slot} answers again"


async def _outage(stage: Stage, slot: str, _pause: Callable[[], Awaitable[None]]) -> AsyncIterator[str]:
    await stage.cut()
    yield "the endpoint is down"
    stage.board.fake("eject", slot)
    yield f"in the outage the SIM in {slot} is pulled: the change waits in the outbox"
    await stage.mend()
    yield "the endpoint is back: it gets the newest list"
    stage.board.fake("insert", slot)
    yield f"the SIM in {slot} is put back"


_SCENES: tuple[Scene, ...] = (_pulled, _swapped, _bad_contact, _unplugged, _hung, _outage)
