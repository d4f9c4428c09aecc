"""The doctor's own look at every slot while no agent runs: in the words that the agent would use."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from agent.errors import LineError, PortError
from agent.keeping.seen import Seen, twins
from agent.modems.attach import Notes, attached
from agent.modems.identify import OwnerNumber, Reading, identify
from agent.ports import Board, Wiring
from agent.settings.values import Settings
from agent.slots import leds
from agent.slots.events import CardAbsent, CardUnreadable, Event, LineIn, LineOut, LineUnreadable, ModemGone, ModemUp
from agent.slots.roster import Offer, roster
from agent.slots.slot import Slot, first, step

AT_ONCE = 8  # ttys opened at the same time: each costs the kernel much
PATIENCE = 60.0  # seconds for one modem


class Look:
    """One look at all slots of a board."""

    def __init__(self, settings: Settings, board: Board, notes: Notes, owner: OwnerNumber, *, real: bool) -> None:
        self._settings, self._board, self._notes, self._owner = settings, board, notes, owner
        self._real = real
        self._few = asyncio.Semaphore(AT_ONCE)

    async def all(self) -> list[Seen]:
        """Every slot; IMEIs are compared and forgotten."""
        wirings = [slot.wiring for slot in self._settings.slots]
        looks = await asyncio.gather(*(self._modem(wiring) for wiring in wirings))
        same = twins({wiring.slot: imei for wiring, (_, _, imei) in zip(wirings, looks, strict=True)})
        lines = [self._line(wiring) for wiring in wirings]
        slots = {wiring.slot: _slot(line, reading, wiring) for wiring, line, (reading, _, _) in zip(wirings, lines, looks, strict=True)}
        found = roster([Offer(name) for name in slots], slots, {}, 0.0, 1.0, require_registration=self._settings.require_registration)
        seen = []
        for wiring, line, (reading, note, _) in zip(wirings, lines, looks, strict=True):
            name, slot = wiring.slot, slots[wiring.slot]
            plugged = bool(self._board.socket(wiring).candidates())
            sign = leds.of_slot(slot, found.matters.get(name), endpoint="ok", taken=True, plugged=plugged).name.lower()
            level = None if not isinstance(line, LineIn | LineOut) else isinstance(line, LineIn)
            seen.append(Seen(name, level, _card(reading), note, same.get(name, ()), self._led(wiring), found.why.get(name), sign))
        return seen

    async def _modem(self, wiring: Wiring) -> tuple[Reading | ModemGone, str | None, str]:
        """What it says of its card, its note, its IMEI. No PIN is entered."""
        note, imei = None, ""
        try:
            async with self._few, asyncio.timeout(PATIENCE), attached(self._board.socket(wiring), self._notes, lambda _: None) as modem:
                assert modem.profile is not None
                note, imei = modem.profile.name, modem.identity.imei
                return await modem.converse(identify(modem.profile, self._owner)), note, imei
        except PortError as error:
            return ModemGone(str(error)), note, imei
        except TimeoutError:
            return ModemGone(f"the modem has not come to an end within {PATIENCE:g} s; restart it"), note, imei

    def _line(self, wiring: Wiring) -> LineIn | LineOut | LineUnreadable | None:
        """None also on a mock board: its lines live in the agent alone."""
        if not self._real or wiring.presence is None:
            return None
        try:
            line = self._board.line(wiring)
            assert line is not None
            return LineIn() if line.present() else LineOut()
        except LineError as error:
            return LineUnreadable(f"the presence line cannot be read: {error}")

    def _led(self, wiring: Wiring) -> bool | None:
        if not self._real or wiring.led is None:
            return None
        try:
            self._board.lamp(wiring)
        except LineError:
            return False
        return True


def _slot(line: LineIn | LineOut | LineUnreadable | None, reading: Reading | ModemGone, wiring: Wiring) -> Slot:
    """The slot as the agent's own machine would have it after that look."""
    slot = first(has_line=wiring.presence is not None and line is not None)
    events: Sequence[Event | None] = (line, None if isinstance(reading, ModemGone) else ModemUp(), reading)
    for event in events:
        if event is not None:
            slot, _ = step(slot, event, 0.0)
    return slot


def _card(reading: Reading | ModemGone) -> bool | None:
    return None if isinstance(reading, ModemGone | CardUnreadable) else not isinstance(reading, CardAbsent)


def boards(settings: Settings, build: Callable[[str, Sequence[Wiring]], Board]) -> tuple[Board, bool]:
    """The board, and whether its pins are real; one without pins where they cannot be had: its modems can be asked all the same."""
    try:
        return build(settings.board, settings.wirings), settings.board != "mock"
    except LineError:
        bare = [replace(one, presence=None, led=None, power=None) for one in settings.wirings]
        return build(settings.board, bare), False
