"""What the agent promises, checked against the world's own truth at every request and every few seconds; never against the agent's view."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from agent.errors import StoreError
from hw.simulated.sim import SimulatedSim

from .life import Life, Lives
from .place import MUDDLED, Place
from .story import Violation
from .world import PIN, World

LOOK = 10.0  # seconds between two looks at what the endpoint believes
SETTLED = 180.0  # seconds without trouble after which a slot must be sold: 15 until the modem is tried again, its start, two readings
ROUND = 3.0  # seconds that the way to the endpoint takes in fair weather, and the disk before it
CALM = 420.0  # seconds of fair weather after which the endpoint has the newest list: 300 between two tries when only a person can help
TRUSTED = 120.0  # seconds that a right clock may be wrong by
HEARTBEAT = 300.0 + 30.0 + ROUND  # seconds between two lists at most, in fair weather: the interval, and a request that was lost before it
HOURLY = 400  # requests an hour, besides eight for each time that something moved and sixty for each life

REOPENED = 60.0  # seconds after which a database that could not be opened has been opened again, and its numbers are known
RESETS, RESETS_OF_ONE = 20, 6  # an hour, of one life of the agent
AGAIN = 5.0  # seconds within which a modem that does not answer is told to restart in several ways
FORGIVEN = 25 * 3600.0  # seconds that a number may be set aside after the endpoint called it malformed: 24 hours between two tries


class Promises:
    """`broken` is the first that was; the life that broke it has ended then."""

    def __init__(self, world: World, lives: Lives) -> None:
        self._world, self._lives = world, lives
        self.broken: Violation | None = None
        self._selling: dict[str, Place] = {}
        self._of: dict[str, str] = {}
        self._deadline: dict[tuple[str, str], float] = {}  # of a number in a slot: when what is known of it there is too old
        self._lease_ends: dict[tuple[str, str], float] = {}
        self._last: dict[str, str] = {}
        self._level: dict[str, tuple[bool, float]] = {}
        self._gap: dict[str, float] = {}
        self._dates: dict[str, tuple[float, float, str]] = {}  # of a number: date_start, when it was told last, and of which slot
        self._acked: set[frozenset[str]] = {frozenset()}
        self._moves: deque[float] = deque()
        self._births: deque[float] = deque()
        self._born = self._death = self._listed = 0.0
        self._resets: deque[tuple[float, Place]] = deque()
        self._resetting: dict[str, float] = {}
        self._sims: dict[str, SimulatedSim] = {}
        world.far.posted, world.far.heard = self._posted, self._heard
        for place in world.places:
            self._know(place.sim)
            place.moved = self._mover(place)
            place.reset = self._resetter(place)
            place.moved()
        for sim in world.spare:
            self._know(sim)
        world.agenda.after(LOOK, self._look)

    def born(self, life: Life) -> None:
        """A life begins. One that was too short to see anything left the list of the one before."""
        if self._world.disk.left_at - self._born >= SETTLED:
            self._death = self._world.disk.left_at
        self._born = life.began
        self._births.append(life.began)

    def forget_dates(self) -> None:
        """The database was lost, and what it knew with it."""
        self._dates.clear()
        self._acked.add(frozenset())

    # The world's truth -----------------------------------------------------------------------------------------------

    def _know(self, sim: SimulatedSim | None) -> None:
        if sim is not None and sim.number is not None:
            self._sims[sim.number] = sim

    def _mover(self, place: Place) -> Callable[[], None]:
        name, timing = place.name, self._world.timing

        def moved() -> None:
            now = self._world.agenda.now
            self._moves.append(now)
            sells = place.sim.number if place.sim is not None and place.sells() else None
            before = self._of.pop(name, None)
            if before is not None and before != sells:
                if self._selling.get(before) is place:
                    del self._selling[before]
                self._last[name] = before
                self._gap[before] = now
                self._lease_ends[before, name] = self._deadline[before, name] = now + timing.lease + place.slack
            if sells is not None:
                self._of[name] = sells
                self._selling[sells] = place
            self._edge(place, now)

        return moved

    def _edge(self, place: Place, now: float) -> None:
        """A line that has fallen for the settle time is knowledge; one that came back before that was no more than a hint."""
        before, self._level[place.name] = self._level.get(place.name, (place.level, now)), (place.level, now)
        last = self._last.get(place.name)
        if not place.line or last is None or place.deaf_edges:
            return
        if before[0] == place.level:
            self._level[place.name] = before
        if not place.level and (before[0] or self._gap[last] == now):
            self._deadline[last, place.name] = min(self._lease_ends[last, place.name], now + self._world.timing.settle + ROUND)
        elif place.level and not before[0] and now - before[1] < self._world.timing.settle + 0.1:
            self._deadline[last, place.name] = self._lease_ends[last, place.name]

    def _excused_until(self, number: str, port: str, life: Life) -> float:
        """Until when the number may be listed in that slot although its SIM cannot be sold: a new life has to find out first."""
        deadline, timing = self._deadline.get((number, port), 0.0), self._world.timing
        place = next(place for place in self._world.places if place.name == port)
        if place.line and not place.level and not place.deaf_edges:
            return max(deadline, life.began + timing.settle + 2 * ROUND)
        return max(deadline, life.began + timing.startup + place.slack)

    def _due(self, life: Life) -> dict[str, Place]:
        """The numbers that must be on every list now: long sold, nothing has troubled them, and the agent had time to read them."""
        now, far = self._world.agenda.now, self._world.far
        found = {}
        for number, place in self._selling.items():
            if self._hidden(number, place, life):
                continue
            young = life.began > now - SETTLED
            if young and (place.stirred_at > self._death - SETTLED or far.on_sale.get(number, {}).get("port_id") != place.name):
                continue  # perhaps not on the list of before, or gone from the slot that it names
            ready = not place.troubles and place.stirred_at <= now - SETTLED
            if ready and number not in far.endpoint.poison and far.refused.get(number, -FORGIVEN) <= now - FORGIVEN:
                found[number] = place
        return found

    def _hidden(self, number: str, place: Place, life: Life) -> bool:
        """Whether the disk keeps the agent from knowing the number: the owner's table out of reach, or the list of before not written."""
        now, disk, timing = self._world.agenda.now, self._world.disk, self._world.timing
        unread = now < disk.locked_until + REOPENED + timing.startup and life.began <= now - timing.startup
        if unread and number not in self._world.owned.values():
            return True
        unwritten = disk.full_since <= life.began and disk.full_until + timing.poll + ROUND > life.began
        return unwritten and place.stirred_at > disk.full_since - SETTLED and life.began > now - SETTLED

    # Every request ---------------------------------------------------------------------------------------------------

    def _posted(self, body: Mapping[str, Any]) -> None:
        life = self._lives.life
        assert life is not None
        self._frugal()
        if "test" in body:
            return
        self._listed = self._world.agenda.now
        elements = body["numbers"]
        numbers = [element["number"] for element in elements]
        ports = [element["port_id"] for element in elements]
        self._check("no number twice", len(set(numbers)) == len(numbers) and len(set(ports)) == len(ports), f"{sorted(numbers)}")
        now = self._world.agenda.now
        for element in elements:
            self._true(element, life, now)
        for number, place in self._due(life).items():
            self._check("no list without what is known", number in numbers, f"{number} of {place.name} is not on a list of {len(numbers)}")
        for number in [number for number in self._dates if number not in numbers]:
            del self._dates[number]
        self._queue(life)

    def _true(self, element: Mapping[str, Any], life: Life, now: float) -> None:
        number = element["number"]
        sim = self._sims.get(number)
        self._check("no number is invented", sim is not None, f"{number}")
        if sim is None:
            return
        self._check(
            "the right operator", element.get("operator") in (None, int(sim.plmn)), f"{number}: {element.get('operator')} for {sim.plmn}"
        )
        if number not in self._selling:
            until = self._excused_until(number, element["port_id"], life)
            late = now - until
            self._check("nothing false is listed", late <= 0, f"{number} in {element['port_id']} is on a list {late:.1f} s after its time")
        if (date := element.get("date_start")) is not None:
            self._dated(number, date, element["port_id"])

    def _dated(self, number: str, date: float, port: str) -> None:
        true = self._world.wall.true
        self._check("date_start is of a right clock", true - date > -TRUSTED, f"{number}: {date} is {date - true:.0f} s ahead")
        self._check(
            "date_start is of a right clock", date > true - self._world.agenda.now - TRUSTED, f"{number}: {date} is before the rack was"
        )
        now = self._world.agenda.now
        before, at, there = self._dates.get(number, (date, now, port))
        # A listing that ended and began again between two requests cannot be told from one that lasted, except by what troubled it.
        timing, place = self._world.timing, self._selling.get(number)
        quiet = at - timing.lease - timing.startup - MUDDLED
        lasted = there == port and place is not None and not place.troubles and max(place.stirred_at, self._gap.get(number, 0.0)) < quiet
        self._check("date_start stays", date == before or not lasted, f"{number}: {before} has become {date}")
        self._dates[number] = (date, now, port)

    def _frugal(self) -> None:
        now = self._world.agenda.now
        count = self._world.far.count()
        for times in (self._moves, self._births):
            while times and times[0] < now - 3600.0:
                times.popleft()
        limit = HOURLY + 8 * len(self._moves) + 60 * len(self._births)
        self._check("requests an hour are bounded", count <= limit, f"{count} in an hour, {limit} are allowed")

    def _resetter(self, place: Place) -> Callable[[float], None]:
        """Told of each reset that the agent makes, and how long (s) the modem is away because of it."""

        def reset(away: float) -> None:
            now, world = self._world.agenda.now, self._world
            for other in world.places:
                near = other is not place and other.usb.rpartition(".")[0] == place.usb.rpartition(".")[0]
                at_once = near and self._resetting.get(other.name, now) > now
                self._check("never two of one hub at once", not at_once, f"{place.name} is reset while {other.name} is")
            self._resetting[place.name] = now + away + place.modem.boot_for
            while self._resets and self._resets[0][0] < now - 3600.0:
                self._resets.popleft()
            if any(one is place and then > now - AGAIN for then, one in self._resets):
                return  # another word for the same reset
            self._resets.append((now, place))
            limit = RESETS * (1 + sum(born > now - 3600.0 for born in self._births))
            self._check("resets an hour are bounded", len(self._resets) <= limit, f"{len(self._resets)} in an hour, {limit} are allowed")
            own = sum(one is place for _, one in self._resets)
            limit = RESETS_OF_ONE * (1 + sum(born > now - 3600.0 for born in self._births))
            self._check("resets of one modem are bounded", own <= limit, f"{own} of {place.name} in an hour, {limit} are allowed")

        return reset

    def _heard(self, body: Mapping[str, Any]) -> None:
        self._acked.add(frozenset(element["number"] for element in body["numbers"]))

    def _queue(self, life: Life) -> None:
        """What counts as delivered was taken by the endpoint, and the answer came back."""
        if life.gateway is None:
            return
        try:
            outbox = life.gateway.store._outbox  # the rows themselves, not what the agent says of them
            delivered = outbox.last_delivered() if outbox is not None else None
        except StoreError:
            return
        far = self._world.far
        doubtful = far.endpoint.poison | set(far.refused)
        numbers = frozenset(str(one.msisdn) for one in delivered.listings) if delivered is not None else frozenset()
        known = any(numbers - doubtful == acked - doubtful for acked in self._acked)
        self._check("no change is lost", known, f"{sorted(numbers)} counts as delivered, and the endpoint never took it")

    # Every few seconds -----------------------------------------------------------------------------------------------

    def _look(self) -> None:
        world = self._world
        world.agenda.after(LOOK, self._look)
        self._cards()
        life, now, far = self._lives.life, world.agenda.now, world.far
        if life is not None and life.alive and life.gateway is not None:
            stuck = life.gateway.progress.late()
            self._check("the watchdog is fed", not stuck, f"{stuck}")
        if (
            life is None
            or not life.alive
            or far.rough
            or far.smooth_since > now - CALM
            or life.began > now - world.timing.startup - SETTLED
        ):
            return
        self._check("a list goes out every five minutes", self._listed > now - HEARTBEAT, f"none for {now - self._listed:.0f} s")
        for number, element in far.on_sale.items():
            if number not in self._selling:
                late = now - ROUND - max(self._excused_until(number, element["port_id"], life), far.smooth_since + CALM)
                self._check(
                    "nothing false stays", late <= 0, f"{number} in {element['port_id']} is at the endpoint {late:.1f} s after its time"
                )
        for number, place in self._due(life).items():
            if place.stirred_at <= now - SETTLED - ROUND:
                self._check("the list converges", number in far.on_sale, f"{number} of {place.name} is not at the endpoint")

    def _cards(self) -> None:
        for sim in self._sims_with_pins():
            least = 3 if self._world.pins.get(sim.iccid) == PIN else 2
            self._check("a PIN is given once", sim.attempts >= least, f"the SIM {sim.iccid} has {sim.attempts} attempts left")
        for place in self._world.places:
            self._check("nothing forbidden is asked", not place.modem.forbidden, f"{place.name}: {place.modem.forbidden}")

    def _sims_with_pins(self) -> list[SimulatedSim]:
        return [sim for sim in self._everywhere() if sim.pin is not None]

    def _everywhere(self) -> list[SimulatedSim]:
        return [*self._world.spare, *(place.sim for place in self._world.places if place.sim is not None)]

    def _check(self, promise: str, kept: bool, what: str) -> None:
        if not kept and self.broken is None:
            # Not raised: it would go through the agent's own hands.
            self.broken = Violation(promise, what)
            self._world.tell(str(self.broken))
            self._lives.end("broken")
