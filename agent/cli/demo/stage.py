"""What the story moves: SIMs together with their lines, modems, the endpoint."""

from hw.board import SlotBoard
from hw.simulated.endpoint import SimulatedEndpoint
from hw.simulated.rack import Rack, SimulatedPort
from hw.simulated.sim import fresh


class Stage:
    """The simulated rack and its mock board, moved as one: a card that is pulled leaves the modem and opens its line."""

    board: SlotBoard

    def __init__(self, rack: Rack, endpoint: SimulatedEndpoint) -> None:
        self._rack = rack
        self._endpoint = endpoint
        self._next = len(rack.ports)
        self._ports = {rack.slot_name(number): rack.slot(number) for number in range(1, len(rack.ports) + 1)}

    @property
    def slots(self) -> list[str]:
        """Every slot's name."""
        return list(self._ports)

    def port(self, slot: str) -> SimulatedPort:
        """The simulated modem of a slot."""
        return self._ports[slot]

    def follow(self, verb: str, slot: str) -> None:
        """The board fakes something, from the story or from `simgate fake`: the simulated modem goes along."""
        port = self._ports[slot]
        has_sim = port.modem.sim is not None
        if verb == "insert" and not has_sim:
            port.insert()
        elif verb == "eject" and has_sim:
            port.eject()

    def fill(self) -> None:
        """Every line says that its card is in, as it is."""
        for slot in self._ports:
            self.board.fake("insert", slot)

    def swap(self, slot: str) -> None:
        """A SIM that was never seen before goes into an empty slot."""
        self._ports[slot].insert(fresh(self._next))
        self._next += 1
        self.board.fake("insert", slot)

    async def cut(self) -> None:
        """The endpoint is down."""
        await self._endpoint.close()

    async def mend(self) -> None:
        """The endpoint is back, where it was."""
        await self._endpoint.start(self._endpoint.port)
