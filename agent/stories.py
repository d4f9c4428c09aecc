"""One slot's whole story, and one question to its modem: JSON values for whoever stands in front of the rack."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agent.at.lines import printable
from agent.errors import RefusedError
from agent.gateway import Gateway
from agent.keeping.keeper import Keeper
from agent.modems.conclusion import REGISTRATION
from agent.modems.harmless import admitted
from agent.modems.transcripts import Mark
from agent.slots.diary import About
from agent.sync.history import LONGEST as ENTRIES
from agent.sync.history import Wish

LONGEST = 20.0  # seconds for an answer, whatever the note allows: the lease of the slot's number runs on
PATIENCE = 30.0  # seconds for the modem to be free, too

_OF_THE_CARD = ("cnum", "ef_msisdn", "phonebook")


def keeper_of(gateway: Gateway, name: object) -> Keeper:
    """RefusedError when there is no such slot."""
    if not isinstance(name, str) or name not in gateway.keepers:
        raise RefusedError(f"there is no slot {name!r}", f"one of: {', '.join(gateway.keepers)}")
    return gateway.keepers[name]


def story(gateway: Gateway, keeper: Keeper) -> dict[str, Any]:
    """`evidence` with its ages in seconds, `since` and `timeline` in UNIX seconds, `dialogue` with the seconds since each line."""
    clock, diary = gateway.world.clock, keeper.voice.diary
    now = clock.monotonic()
    wall = clock.wall() - now
    return {
        "evidence": _evidence(gateway, keeper, now),
        "since": int(wall + diary.since(now)),
        "timeline": [
            {"at": int(wall + one.at), "about": one.about.value, "what": one.text, "times": one.times, "last": int(wall + one.last)}
            for one in diary.told(now)
        ],
        "dialogue": [
            {"ago": round(now - one.at, 3), "from": "agent" if one.mark is Mark.SENT else "modem", "text": one.text}
            for one in keeper.dialogue.said()
        ],
    }


def _evidence(gateway: Gateway, keeper: Keeper, now: float) -> dict[str, Any]:
    """What vouches for the number, and how old (s) each piece is; None = there is none, or nobody knows."""
    slot, card = keeper.slot, keeper.slot.card

    def age(moment: float | None) -> float | None:
        return None if moment is None else round(now - moment, 1)

    line, read_at = keeper.line, age(keeper.seeker.read_at) if card else None
    number = card.msisdn if card else None
    ends = gateway.roster.ends.get(keeper.name)
    return {
        "line": {"card_in": slot.line, "age": age(line.read_at)} if line else None,
        "card": {"iccid": card.iccid.digits, "here": age(slot.read_at), "read": read_at, "seen": age(slot.seen)} if card else None,
        "registration": {"state": REGISTRATION.get(slot.registration), "served": age(slot.in_service)} if card else None,
        "number": {"number": str(number), "from": card.number_from, "age": read_at if card.number_from in _OF_THE_CARD else None}
        if card and number
        else None,
        "lease_left": None if ends is None else round(max(0.0, ends - now), 1),
    }


async def ask(keeper: Keeper, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to `command`, line by line, and how it ended. RefusedError for what may not be asked, PortError when the modem goes."""
    force = request.get("force") is True
    command = admitted(str(request.get("command", "")), force=force)
    modem = keeper.modem
    if modem is None or modem.profile is None:
        raise RefusedError(f"{keeper.name}: no modem can be asked: {keeper.slot.why or 'none has answered yet'}")
    timed = modem.profile.timed(command)
    if force:
        keeper.voice.say(logging.INFO, About.HAND, f"asked by hand, with --force: {command}")
    try:
        async with asyncio.timeout(PATIENCE):
            await keeper.mender.over()
            answer = await modem.ask(replace(timed, timeout=min(timed.timeout, LONGEST)))
    except TimeoutError as error:
        raise RefusedError(f"{keeper.name}: the modem is busy", "ask again in a minute") from error
    lines = [printable(line) for line in answer.lines]
    return {"slot": keeper.name, "command": str(command), "lines": lines, "final": printable(str(answer.final)), "ok": answer.ok}


def wish(request: Mapping[str, Any]) -> Wish:
    """What of the history a request is about; RefusedError when that is not understood."""
    slot, number, since, limit = (request.get(key) for key in ("slot", "number", "since", "limit"))
    if not (isinstance(slot, str | None) and isinstance(number, str | None) and isinstance(since, int | float | None)):
        raise RefusedError("slot and number are texts, since is a number of seconds")
    if isinstance(limit, bool) or not isinstance(limit, int) or not 0 < limit <= ENTRIES:
        raise RefusedError(f"the limit is 1 to {ENTRIES}")
    return Wish(slot, number, since, limit)
