"""A rack for tests: simulated modems on real ptys, mock pins, and waiting for what is true instead of sleeping."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from agent.keeping.keeper import Keeper
from agent.modems.library import shipped
from agent.ports import Wiring
from agent.slots.slot import Slot, State
from hw.board import SlotBoard, build
from hw.clock import SystemClock
from hw.simulated.modem import SimulatedModem
from hw.simulated.rack import Rack, SimulatedPort
from hw.simulated.sim import SimulatedSim

NOTES = shipped()
LIMIT = 40.0  # seconds until a test gives up


def sim(last: int = 1, number: str | None = "+447700900123", **what: object) -> SimulatedSim:
    """A SIM of a GB operator; the number is from Ofcom's range for drama."""
    return SimulatedSim(f"894420005367105249{last}", f"23415123456789{last}", number, **what)  # type: ignore[arg-type]


class Berth:
    """One kept slot on one simulated modem; `until` waits for what is true of the slot."""

    def __init__(self, port: SimulatedPort, board: SlotBoard, wiring: Wiring, *, settle: float, poll: float) -> None:
        self.port, self.board, self.wiring = port, board, wiring
        self.history: list[Slot] = []
        self.keeper = Keeper(
            wiring.slot,
            board.socket(wiring),
            board.line(wiring),
            NOTES,
            lambda _iccid: None,
            SystemClock(),
            settle=settle,
            poll=poll,
            changed=self._note,
        )

    def _note(self) -> None:
        self.history.append(self.keeper.slot)
        self._news.set()

    async def until(self, true: Callable[[Slot], bool]) -> Slot:
        """The first slot, from now on, of which it is true."""
        async with asyncio.timeout(LIMIT):
            while not true(self.keeper.slot):
                self._news.clear()
                await self._news.wait()
        return self.keeper.slot

    async def ready(self) -> Slot:
        """Wait until the SIM has been identified."""
        return await self.until(lambda slot: slot.state is State.READY)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """The keeper at work; its errors come out here."""
        self._news = asyncio.Event()
        task = asyncio.create_task(self.keeper.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
        if not task.cancelled():
            task.result()


@asynccontextmanager
async def berth(
    directory: Path, modem: SimulatedModem, *, line: bool = False, settle: float = 0.01, poll: float = 0.05
) -> AsyncIterator[Berth]:
    """One modem in one kept slot, with a mock presence line if asked for."""
    with Rack([modem], directory) as rack:
        async with berth_on(rack.slot(1), line=line, settle=settle, poll=poll) as kept:
            yield kept


@asynccontextmanager
async def berth_on(port: SimulatedPort, *, line: bool = False, settle: float = 0.01, poll: float = 0.05) -> AsyncIterator[Berth]:
    """The same on a modem that is there already."""
    wiring = Wiring("rack1-01", tty=str(port.path), presence="GPIO17" if line else None)
    board = build("mock", [wiring])
    try:
        kept = Berth(port, board, wiring, settle=settle, poll=poll)
        async with kept.kept():
            yield kept
    finally:
        board.close()
