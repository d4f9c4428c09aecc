"""A task that is stuck starves the watchdog, and no trouble that passes does: the whole agent on a virtual clock."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest
from machine import WATCHDOG, Machine, machine
from simulation.board import PlaceBoard, PlacePower
from simulation.far import Weather
from simulation.world import Timing

from agent.ports import Cut, Wiring
from agent.service.progress import CONVERSATION, DISK, GRACE, OPEN, PROMPT
from agent.slots.events import CardRead
from hw.power import SlotPower
from hw.simulated.sim import SimulatedSim
from hw.tty import Apart

P = ParamSpec("P")
T = TypeVar("T")

STEP = 30.0 + DISK  # seconds for one request and what belongs to it


@pytest.fixture
def rack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    with machine(tmp_path, monkeypatch) as made:
        yield made


def starved(rack: Machine, began: float, patience: float, who: str) -> None:
    """Nobody but `who` was late, systemd was told nothing from `patience` on, and the log had said why before systemd acted."""
    assert rack.late == {who}
    assert began < rack.fed[-1] <= began + patience + GRACE
    assert rack.fed[-1] > began + patience + GRACE - 75, "what takes its time must have it"
    told = [(moment, line) for moment, line in rack.said if line.startswith("ERROR")]
    assert [line.partition(":")[0] for _, line in told] == [f"ERROR {who}"]
    assert "stuck" in told[0][1]
    assert told[0][0] < rack.fed[-1] + WATCHDOG


def test_a_tty_whose_open_never_returns_starves_it(rack: Machine, caplog: pytest.LogCaptureFixture) -> None:
    rack.world.places[1].opens_in = 1e9
    rack.run(OPEN + GRACE + 60)
    starved(rack, 0.0, OPEN, "modem of slot rack1-02")
    assert [record.__dict__["slot"] for record in caplog.records if "stuck" in record.getMessage()] == ["rack1-02"]


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


def test_a_cut_that_never_ends_starves_it_though_its_modem_is_away(rack: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    place, began = rack.world.places[1], list[float]()

    async def never(_power: PlacePower, what: Cut) -> None:
        began.append(rack.world.agenda.now)
        place.take(what)
        await asyncio.Event().wait()

    monkeypatch.setattr(PlacePower, "cut", never)
    place.cuts = frozenset({Cut.USB})
    for moment in range(100, 1000):  # whatever it is told: of a silent modem its attendant would wait for the cut, too
        rack.at(moment, lambda: place.busied("nothing"))
    rack.run(1700.0)
    starved(rack, began[0], CONVERSATION, "recovery of slot rack1-02")


class Asleep(Apart):
    """A kernel that returns from no call."""

    def submit(self, fn: Callable[P, T], /, *_args: P.args, **_kwargs: P.kwargs) -> Future[T]:  # noqa: ARG002 - as Executor has it
        return Future()


def test_a_switch_of_the_usb_that_hangs_is_its_own_slot_s_trouble(
    rack: Machine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "bus/usb/devices/1-1.2").mkdir(parents=True)
    power, given = SlotPower(Wiring("rack1-02", usb="1-1.2"), None, Asleep(), sysfs=tmp_path), PlaceBoard.power
    monkeypatch.setattr(PlaceBoard, "power", lambda board, wiring: power if wiring.slot == "rack1-02" else given(board, wiring))
    off_sale: list[set[str]] = []

    def look() -> None:
        assert rack.life.gateway is not None
        off_sale.append(set(rack.life.gateway.roster.why))

    rack.at(100.0, lambda: rack.world.places[1].wedged("nothing"))
    other = rack.world.places[0]
    for moment in range(200, 1400, 200):
        rack.at(moment, lambda: sims.append(other.eject(silent=True)))
        rack.at(moment + 50, look)
        rack.at(moment + 100, lambda: other.insert(sims.pop()))
        rack.at(moment + 190, look)
    sims: list[SimulatedSim] = []
    assert rack.run(1500.0) < WATCHDOG - GRACE
    assert (rack.late, rack.said) == (set(), [])
    assert "rack1-02: recovery could not do that" in caplog.text
    assert "authorized hangs" in caplog.text
    assert off_sale[-6:] == [{"rack1-01", "rack1-02"}, {"rack1-02"}] * 3


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
