"""What `simgate doctor` wants to know of each slot besides what `simgate status` tells: the line beside the modem's own word."""

import asyncio
from collections.abc import Mapping

from agent.errors import PortError
from agent.keeping.keeper import Keeper
from agent.keeping.seen import Seen, twins
from agent.modems.presence import Presence, sim_state
from agent.slots.slot import State

PATIENCE = 15.0  # seconds for a modem to say whether it sees a card

_SAID = {State.READY: True, State.LOCKED: True, State.NO_SIM: False}


async def examined(keepers: Mapping[str, Keeper]) -> list[Seen]:
    """Every slot. IMEIs are compared here and never leave; where the line says "no card", the modem is asked all the same."""
    modems = {name: keeper.modem for name, keeper in keepers.items()}
    same = twins({name: modem.identity.imei for name, modem in modems.items() if modem})
    cards = await asyncio.gather(*(_card(keeper) for keeper in keepers.values()))
    found = []
    for (name, keeper), card in zip(keepers.items(), cards, strict=True):
        modem = modems[name]
        note = modem.profile.name if modem and modem.profile else None
        found.append(Seen(name, keeper.slot.line, card, note, same.get(name, ())))
    return found


async def _card(keeper: Keeper) -> bool | None:
    """Whether the modem sees a card: True also for one that it cannot use."""
    modem = keeper.modem
    if modem is None or modem.profile is None:
        return None
    if keeper.slot.state is not State.EMPTY:
        return _SAID.get(keeper.slot.state)
    try:
        async with asyncio.timeout(PATIENCE):
            sim = await modem.converse(sim_state(modem.profile))
    except (PortError, TimeoutError):
        return None
    return {Presence.READY: True, Presence.LOCKED: True, Presence.ABSENT: False}.get(sim.presence)
