"""What the SD card is spared: an idle day writes nothing, and a change of one number little; octets given to write(2), all files."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from owed import NOON, opened, record
from simulation.day import IO, day, written
from simulation.world import Timing

from agent.sync.outbox import Outbox

CHANGE = 16_000  # octets that a change may write, with all that it makes necessary

BACK = 20_000  # and so much a quiet moment, once in some hundred changes

pytestmark = pytest.mark.skipif(not IO.exists(), reason="this kernel does not count what a process writes (CONFIG_TASK_IO_ACCOUNTING)")


def test_an_idle_day_writes_nothing_and_a_change_after_it_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "disable", lambda _level: None)
    found = day(2, 6, Timing(poll=290.0, lease=700.0))
    assert 86400 / 300 - 1 <= found.lists <= 86400 / 300 + 1  # a heartbeat every five minutes
    assert found.idle == 0
    assert len(found.changes) == 6
    assert all(0 < octets <= CHANGE for octets in found.changes), found.changes


def spent(act: Callable[[], object]) -> int:
    """Octets that it writes."""
    before = written()
    act()
    return written() - before


def flap(outbox: Outbox, number: int) -> list[int]:
    """What each of so many changes writes in a rack of 64: one number goes, and comes with the next one."""
    found, everybody = [], set(range(64))
    for n in range(number):
        there = everybody - ({n // 2 * 37 % 64} if n % 2 else set())

        def change(there: set[int] = there, n: int = n) -> None:
            made = record(outbox, *there, wall=NOON + n)
            if made is not None:
                outbox.delivered(made.id, {})

        found.append(spent(change))
    return found[1:]  # the first is the whole rack


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a database whose room for the past is soon full, as after a year."""
    monkeypatch.setattr("agent.sync.history.ROOM", 2000)
    return tmp_path / "simgate.db"


def test_no_change_has_to_write_the_journal_back_and_a_quiet_moment_does(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(path) as outbox:
        monkeypatch.setattr("agent.sync.outbox.TIDY", 10**9)
        before = path.stat().st_mtime_ns
        assert 0 < max(flap(outbox, 120)) <= CHANGE
        assert path.stat().st_mtime_ns == before
        monkeypatch.undo()
        beats = [spent(lambda: outbox.delivered(120, {})) for _ in range(3)]
        assert 0 < beats[0] <= BACK
        assert beats[1:] == [0, 0]
        assert path.stat().st_mtime_ns > before
        size = path.with_name("simgate.db-wal").stat().st_size
        assert max(flap(outbox, 20)) <= CHANGE
        assert path.with_name("simgate.db-wal").stat().st_size == size  # begun anew


def test_few_changes_are_not_worth_a_quiet_moment(path: Path) -> None:
    with opened(path) as outbox:
        flap(outbox, 60)
        assert spent(lambda: outbox.delivered(60, {})) == 0


def test_a_rack_that_is_never_quiet_writes_its_journal_back_all_the_same(path: Path) -> None:
    with opened(path) as outbox:
        before = path.stat().st_mtime_ns
        written = flap(outbox, 500)
        assert path.stat().st_mtime_ns > before
        assert max(written) <= 1.5 * CHANGE
        assert sum(octets > CHANGE for octets in written) <= 6
        assert path.with_name("simgate.db-wal").stat().st_size < 400_000


def test_an_outage_writes_its_journal_back_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.sync.database.FRAMES", 180)
    with opened(path) as outbox:
        for n in range(200):
            record(outbox, *range(60 + n % 2), wall=NOON + n)
        assert path.with_name("simgate.db-wal").stat().st_size < 300_000
