"""The places of the simulated rack as one life of the agent meets them."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

from agent.errors import PortError
from agent.ports import Candidate, Cut, Wiring

from .place import Place
from .port import PlacePort


class PlaceSocket:
    """`ModemSocket` and `PresenceLine` of one place, as one life sees them; a life that has ended sees nothing more."""

    def __init__(self, place: Place, alive: Callable[[], bool]) -> None:
        self._place, self._alive = place, alive

    def candidates(self) -> Sequence[Candidate]:
        """As ModemSocket.candidates."""
        return [Candidate(self._place.tty)] if self._place.tty is not None and self._alive() else []

    def usb_id(self) -> str | None:
        """Nobody knows."""
        return None

    async def open(self, tty: str) -> PlacePort:
        """As ModemSocket.open."""
        place = self._place
        if place.opens_in:
            await asyncio.sleep(place.opens_in)
        if not self._alive() or place.tty != tty:
            raise PortError(f"{tty}: no such tty", "is the modem plugged in?")
        if place.refusing is not None:
            raise place.refusing
        place.ends("reopen")
        return PlacePort(place, tty)

    def on_change(self, callback: Callable[[], None]) -> None:
        """As WatchedSocket.on_change."""
        if self._alive():
            self._place.hint = callback

    @property
    def watched(self) -> bool:
        """As WatchedSocket.watched."""
        return self._place.watched

    def present(self) -> bool:
        """The level now."""
        return self._place.level

    def on_edge(self, callback: Callable[[], None]) -> None:
        """As PresenceLine.on_edge."""
        if self._alive():
            self._place.edge = callback

    def close(self) -> None:
        """Nothing to release."""


class PlacePower:
    """`ModemPower` of one place, of one life; what it takes, a life that is killed does not give back."""

    def __init__(self, place: Place, alive: Callable[[], bool]) -> None:
        self._place, self._alive = place, alive

    def cuts(self) -> frozenset[Cut]:
        """As ModemPower.cuts."""
        return self._place.cuts if self._alive() else frozenset()

    async def cut(self, what: Cut) -> None:
        """As ModemPower.cut."""
        if self._alive():
            self._place.take(what)
        await asyncio.sleep(1.0 if what is Cut.USB else 5.0)
        await self.restore()

    async def restore(self) -> None:
        """As ModemPower.restore."""
        if self._alive():
            self._place.give()


class PlaceBoard:
    """`Board` of one life."""

    def __init__(self, places: Iterable[Place], alive: Callable[[], bool]) -> None:
        self._sockets = {place.name: PlaceSocket(place, alive) for place in places}
        self._powers = {place.name: PlacePower(place, alive) for place in places}
        self._lined = {place.name for place in places if place.line}

    def socket(self, wiring: Wiring) -> PlaceSocket:
        """As Board.socket."""
        return self._sockets[wiring.slot]

    def line(self, wiring: Wiring) -> PlaceSocket | None:
        """As Board.line."""
        return self._sockets[wiring.slot] if wiring.slot in self._lined else None

    def lamp(self, _wiring: Wiring) -> None:
        """Nobody looks."""

    def on_plug(self, _callback: Callable[[], None]) -> None:
        """There is nowhere else."""

    def unclaimed(self) -> Mapping[str, Sequence[Candidate]]:
        """Nothing stands where no slot is."""
        return {}

    def power(self, wiring: Wiring) -> PlacePower:
        """As Board.power."""
        return self._powers[wiring.slot]

    def fake(self, verb: str, slot: str) -> None:
        """Nobody asks."""

    def close(self) -> None:
        """Nothing to let go of."""
