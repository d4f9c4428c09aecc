"""A task that is stuck starves the watchdog, and no trouble that passes does: pure, and with the whole agent on a virtual clock."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from simulation.far import Weather
from simulation.life import Life, Lives
from simulation.world import Timing, World

from agent.notify import Notify
from agent.progress import CONVERSATION, DISK, GRACE, OPEN, PROMPT, Late, Progress
from agent.service import Service
from agent.slots.events import CardRead

WATCHDOG = 30.0  # seconds, as in the unit
STEP = 30.0 + DISK  # seconds for one request and what belongs to it


# -- the promises themselves --


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_nobody_is_late_before_the_time_that_was_promised_and_the_grace_beyond_it() -> None:
    now = Hand()
    progress = Progress(now)
    slot = progress.of("slot")
    slot.within(5)
    now.at = 1005 + GRACE
    assert progress.late() == []
    now.at += 0.001
    assert progress.late() == [Late("slot", 1005)]
    slot.within(5)
    assert progress.late() == []


def test_who_waits_for_an_event_owes_nothing_until_it_has_come() -> None:
    now = Hand()
    progress = Progress(now)
    slot = progress.of("slot")
    slot.within(5)
    slot.waits()
    now.at += 1e9
    assert progress.late() == []
    slot.stirred()
    due = now.at + PROMPT
    now.at += PROMPT + GRACE + 1
    slot.stirred()  # another event does not give it more time
    assert progress.late() == [Late("slot", due)]


def test_an_event_does_not_put_off_what_was_promised() -> None:
    now = Hand()
    progress = Progress(now)
    slot = progress.of("slot")
    slot.within(1)
    slot.stirred()
    now.at += 1 + GRACE + 0.1
    assert [late.name for late in progress.late()] == ["slot"]


def test_the_longest_overdue_is_named_first() -> None:
    now = Hand()
    progress = Progress(now)
    for name, seconds in (("b", 20), ("a", 10), ("c", 30)):
        progress.of(name).within(seconds)
    now.at += 100
    assert [late.name for late in progress.late()] == ["a", "b", "c"]


def test_work_that_another_does_leaves_the_word_as_it_was_or_a_moment_to_come_back() -> None:
    now = Hand()
    progress = Progress(now)
    uplink = progress.of("uplink")
    uplink.within(300)
    with uplink.lent():
        uplink.within(1)
        now.at += 0.5
    assert uplink.due == 1300
    with uplink.lent():
        now.at += 1000
    assert uplink.due == now.at + PROMPT
    uplink.waits()
    with uplink.lent():
        uplink.within(1)
    assert uplink.due is None


# -- the whole agent, on a virtual clock --


class Watched(Life):
    """A life whose service manager listens at `address`."""

    address = ""

    async def _live(self) -> None:
        telling = asyncio.create_task(self._tell())
        try:
            await super()._live()
        finally:
            telling.cancel()
            await asyncio.wait([telling])

    async def _tell(self) -> None:
        while self.gateway is None:  # noqa: ASYNC110 - virtual, and once a life
            await asyncio.sleep(0.1)
        await Service(self.gateway, Notify(self.address, WATCHDOG)).run()


class Machine(logging.Handler):
    """A rack, and an agent of which systemd wants signs of life: `fed` are their moments, `said` is the log with its moments."""

    def __init__(self, world: World, lives: Lives, ear: socket.socket) -> None:
        super().__init__(logging.INFO)
        self.world, self.lives, self._ear = world, lives, ear
        self.fed: list[float] = []
        self.late: set[str] = set()
        self.said: list[tuple[float, str]] = []
        self._listen()

    def emit(self, record: logging.LogRecord) -> None:
        """A line of the log."""
        self.said.append((self.world.agenda.now, f"{record.levelname} {record.getMessage()}"))

    def _listen(self) -> None:
        self.at(self.world.agenda.now + 0.5, self._listen)
        while True:
            try:
                said = self._ear.recv(4096)
            except BlockingIOError:
                break
            if b"WATCHDOG=1" in said:
                self.fed.append(self.world.agenda.now)
        life = self.lives.life
        if life is not None and life.gateway is not None:
            self.late |= {late.name for late in life.gateway.progress.late()}

    def at(self, moment: float, call: Callable[[], Any]) -> None:
        """Something happens then, virtual seconds from the start."""
        self.world.agenda.at(moment, call)

    def run(self, seconds: float) -> float:
        """Live so long; the longest time without a sign of life."""
        self.lives.run(seconds)
        return max(after - before for before, after in zip([0.0, *self.fed], [*self.fed, seconds], strict=True))

    @property
    def life(self) -> Life:
        """The one that is."""
        assert self.lives.life is not None
        return self.lives.life


@contextmanager
def machine(directory: Path, patch: pytest.MonkeyPatch, timing: Timing | None = None) -> Iterator[Machine]:
    """Three slots whose SIMs are sold; the second has no line."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.setblocking(False)
        ear.bind(str(directory / "notify"))
        patch.setattr(Watched, "address", str(directory / "notify"))
        patch.setattr(Lives, "kind", Watched)
        patch.setattr(logging, "disable", lambda _level: None)
        world = World.drawn(11, 3, timing or Timing(poll=30.0, lease=100.0))
        for place, line in zip(world.places, (True, False, True), strict=True):
            place.line = line
        made = Machine(world, Lives(world), ear)
        log = logging.getLogger("agent.service")
        log.addHandler(made)
        log.setLevel(logging.INFO)
        try:
            yield made
        finally:
            log.removeHandler(made)
            log.setLevel(logging.NOTSET)
            world.close()


@pytest.fixture
def rack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    with machine(tmp_path, monkeypatch) as made:
        yield made


def starved(rack: Machine, began: float, patience: float, who: str) -> None:
    """Nobody but `who` was late, systemd was told nothing from `patience` on, and the log had said why before systemd acted."""
    assert rack.late == {who}
    assert began < rack.fed[-1] <= began + patience + GRACE
    told = [(moment, line) for moment, line in rack.said if line.startswith("ERROR")]
    assert [line.partition(":")[0] for _, line in told] == [f"ERROR {who}"]
    assert "stuck" in told[0][1]
    assert told[0][0] < rack.fed[-1] + WATCHDOG


def test_a_tty_whose_open_never_returns_starves_it(rack: Machine) -> None:
    rack.world.places[1].opens_in = 1e9
    rack.run(OPEN + GRACE + 60)
    starved(rack, 0.0, OPEN, "modem of slot rack1-02")


def test_an_endpoint_whose_answer_never_ends_starves_it(rack: Machine) -> None:
    rack.world.far.patience = 1e9
    rack.world.far.storm(lambda _: Weather(latency=1e8))
    rack.run(60 + STEP + GRACE + 60)
    starved(rack, 0.0, 60 + STEP, "uplink")


def test_a_disk_that_never_answers_starves_it(rack: Machine) -> None:
    rack.at(100.0, lambda: setattr(rack.world.disk, "slow", 300.0))
    rack.at(280.0, lambda: setattr(rack.world.disk, "slow", 0.0))
    rack.at(100.1, lambda: rack.world.places[2].eject(silent=False))
    rack.run(101 + DISK + GRACE + 60)
    starved(rack, 100.0, DISK + 1, "roster")


def test_a_reading_that_never_ends_starves_it(rack: Machine) -> None:
    async def never(_read: CardRead) -> CardRead:
        await asyncio.Event().wait()
        raise AssertionError

    def hang() -> None:
        assert rack.life.gateway is not None
        rack.life.gateway.lore.complete = never  # type: ignore[method-assign, assignment]
        rack.world.places[2].restart()

    rack.at(100.0, hang)
    rack.run(130 + CONVERSATION + GRACE + 60)
    starved(rack, 100.0, CONVERSATION + 30, "work of slot rack1-03")


def test_a_slot_that_does_not_take_its_events_starves_it(rack: Machine) -> None:
    def hang() -> None:
        assert rack.life.gateway is not None
        rack.life.gateway.keepers["rack1-01"]._inbox.get = asyncio.Event().wait  # type: ignore[method-assign, assignment]

    rack.at(100.0, hang)
    rack.run(100 + 60 + PROMPT + GRACE + 60)
    starved(rack, 100.0, PROMPT + 60, "slot rack1-01")  # two polls: the event that it takes still, and the next


def test_who_comes_back_late_is_said_to_go_on_and_the_watchdog_is_fed_again(rack: Machine) -> None:
    rack.world.places[1].opens_in = OPEN + GRACE + 20
    rack.run(200.0)
    lines = [line.partition(":")[0] for _, line in rack.said]
    assert lines == ["ERROR modem of slot rack1-02", "INFO modem of slot rack1-02"]
    assert rack.fed[-1] > 180


# -- what takes its time, and is no reason --


def boots(rack: Machine) -> None:
    rack.world.places[0].modem.boot_for = 60.0
    rack.world.places[0].restart()


def hangs(rack: Machine) -> None:
    for place in rack.world.places:
        place.modem.hang(late=True)
        rack.at(700.0, lambda place=place: place.modem.resume(700.0))  # type: ignore[misc]


def answers_slowly(rack: Machine) -> None:
    for place, seconds in zip(rack.world.places, (4.5, 6.0, 12.0), strict=True):
        place.modem.quirks.slow = {"": seconds}
        place.restart()


def talks_without_end(rack: Machine) -> None:
    rack.world.places[0].modem.quirks.noise = True
    rack.world.places[1].modem.quirks.errors = True


def unplugged(rack: Machine) -> None:
    for place in rack.world.places:
        place.unplug()


def moves(rack: Machine) -> None:
    for place in rack.world.places:
        place.eject(silent=True)


def silent_endpoint(rack: Machine) -> None:
    rack.world.far.storm(lambda _: Weather(latency=40.0, lost="before"))


def key_refused(rack: Machine) -> None:
    rack.world.far.storm(lambda _: Weather(answer=lambda _: (403, b'{"response": "ACCOUNT_BLOCKED"}', {})))


def come_later(rack: Machine) -> None:
    rack.world.far.storm(lambda _: Weather(answer=lambda _: (503, b"{}", {"Retry-After": "550"})))


def search_for_malformed_numbers(rack: Machine) -> None:
    rack.world.far.storm(lambda _: Weather(latency=29.0))
    rack.world.far.endpoint.poison |= {place.sim.number for place in rack.world.places[::2] if place.sim and place.sim.number}
    moves(rack)


def slow_disk(rack: Machine) -> None:
    rack.world.disk.slow = 8.0
    moves(rack)


def full_disk(rack: Machine) -> None:
    rack.world.disk.full = True
    moves(rack)
    rack.at(800.0, lambda: setattr(rack.world.disk, "full", False))


def locked_database(rack: Machine) -> None:
    rack.lives.between.append(rack.world.disk.lock)
    rack.lives.end("kill")


def clock_jumps(rack: Machine) -> None:
    for moment, seconds in ((150.0, 40_000_000.0), (200.0, -80_000_000.0), (250.0, 90_000.0)):
        rack.at(moment, lambda seconds=seconds: rack.world.wall.jump(seconds))  # type: ignore[misc]


def sent_by_hand(rack: Machine) -> None:
    """`simgate sync` between two heartbeats."""
    gateway = rack.life.gateway
    assert gateway is not None
    rack.world.far.storm(lambda _: Weather(latency=29.0))
    task = rack.life._loop.create_task(gateway.uplink.send())
    task.add_done_callback(lambda done: done.result())


PASSING = [
    *(boots, hangs, answers_slowly, talks_without_end, unplugged, moves, silent_endpoint, key_refused, come_later),
    *(search_for_malformed_numbers, slow_disk, full_disk, locked_database, clock_jumps, sent_by_hand),
]


@pytest.mark.parametrize("trouble", PASSING)
def test_what_only_takes_its_time_does_not_starve_it(trouble: Callable[[Machine], None], rack: Machine) -> None:
    rack.at(100.0, lambda: trouble(rack))
    assert rack.run(900.0) < WATCHDOG - GRACE
    assert rack.late == set()
    assert rack.said == []


@pytest.mark.parametrize("settle", [0.0, 60.0])
def test_long_times_in_the_configuration_do_not_starve_it(settle: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with machine(tmp_path, monkeypatch, Timing(settle=settle, poll=1500.0, lease=4000.0, startup=1e4)) as rack:
        rack.at(50.0, lambda: moves(rack))
        assert rack.run(4000.0) < WATCHDOG - GRACE
        assert rack.late == set()
