"""The outbox on a real card: what it costs, and what full disks, broken files and kill -9 do to it."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from owed import NOON, by_hand, files, full_disk, listing, number, numbers, opened, record, told, written

from agent.errors import StoreError
from agent.sim.identity import Card, Plmn
from agent.sync.outbox import Outbox

CARD = Card(listing(1).iccid, plmn=Plmn("234", "15"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "simgate.db"


# What it costs the card ----------------------------------------------------------------------------------------------


def test_no_change_no_write(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, *range(64))
        outbox.cards.remember(Card(listing(1).iccid))
        before = files(path.parent)
        octets = written()
        for _ in range(20):
            assert record(outbox, *range(64)) is None
            outbox.delivered(1, {number(n): n for n in range(64)})
            outbox.settle(NOON, 5.0)
            outbox.cards.remember(Card(listing(1).iccid))
            assert not outbox.release(number(1))
            assert len(outbox.starts()) == 64
            assert len(outbox.pending()) == 0
            assert outbox.quarantined() == []
        assert files(path.parent) == before
        assert written() == octets


def test_a_change_in_a_rack_of_64_costs_the_card_less_than_16_kb(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, *range(64))
        octets = written()
        for n in range(100):
            change = record(outbox, *(k for k in range(64) if k != n % 64 or n % 2))
            if change is not None:
                outbox.delivered(change.id, {number(n % 64): 1000 + n})
        assert written() - octets <= 100 * 16_000


def test_the_file_does_not_grow_with_the_years(path: Path) -> None:
    with opened(path) as outbox:
        for n in range(300):
            change = record(outbox, n % 9)
            assert change is not None
            outbox.delivered(change.id, {})
    assert path.stat().st_size < 64_000


# Faults --------------------------------------------------------------------------------------------------------------


def test_a_disk_that_takes_no_more_is_a_store_error_with_nothing_half_done(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1)
        outbox.delivered(1, {number(1): 7})
        with full_disk(path.with_name("simgate.db-wal")):
            for _ in range(3):
                with pytest.raises(StoreError, match=r"simgate\.db.*disk"):
                    record(outbox, 1, 2)
            with pytest.raises(StoreError):
                outbox.quarantine(number(1), "NUMBER_FORMAT_ERROR", NOON, "plus")
            assert [held.number for held in outbox.quarantined()] == [number(1)], "held in memory all the same"
            assert outbox.newest() is not None
            assert outbox.pending() == []
            assert numbers(outbox.last_delivered()) == {number(1)}
            assert list(outbox.starts()) == [(listing(1).iccid.digits, number(1))]
        assert record(outbox, 1, 2) is not None
    with opened(path) as outbox:
        assert told(outbox.pending()) == [({number(2)}, set())]
        assert [held.number for held in outbox.quarantined()] == [number(1)], "written when there was room"


def test_on_a_full_disk_the_file_still_opens_and_tells_what_it_has(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1)
        outbox.ledger.own({listing(1).iccid: listing(1).msisdn})
    path.with_name("none").touch()
    with full_disk(path.with_name("none")), opened(path) as outbox:
        assert outbox.ledger.owned() == {listing(1).iccid: listing(1).msisdn}
        assert len(outbox.pending()) == 1
        with pytest.raises(StoreError):
            record(outbox, 1, 2)
    with opened(path) as outbox:
        assert told(outbox.pending()) == [({number(1)}, set())]


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database\n" * 500)


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:3000])


def scribbled(path: Path) -> None:
    octets = bytearray(path.read_bytes())
    octets[1024:4096] = b"\xa5" * 3072
    path.write_bytes(octets)


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


def nonsense(statement: str) -> Callable[[Path], None]:
    def harm(path: Path) -> None:
        by_hand(path, statement)

    return harm


NONSENSE = ("UPDATE listings SET number = 'none'", "UPDATE changes SET added = '[[]]'", "UPDATE cards SET mnc = 7", "DROP TABLE changes")


Harm = Callable[[Path], None]
HARMS: list[Harm] = [garbage, torn, scribbled, newer, *map(nonsense, NONSENSE)]


@pytest.mark.parametrize("harm", HARMS)
def test_a_broken_file_is_set_aside_loudly_and_a_new_one_begun(path: Path, harm: Harm, caplog: pytest.LogCaptureFixture) -> None:
    with opened(path) as outbox:
        record(outbox, 1, 2, 3)
        outbox.cards.remember(CARD)
    for n in (1, 2):
        harm(path)
        broken = path.read_bytes()
        with opened(path) as outbox:
            assert outbox.newest() is None
            assert record(outbox, 1, 2, 3) is not None
            outbox.cards.remember(CARD)
        assert path.with_name(f"simgate.db.broken-{n}").read_bytes() == broken
        assert f"simgate.db.broken-{n}" in caplog.records[-1].getMessage()
        assert caplog.records[-1].levelname == "ERROR"


def test_the_journal_of_a_broken_file_is_not_replayed_into_the_new_one(path: Path, tmp_path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1, 2, 3, wall=None)
    with opened(path) as outbox:
        outbox.settle(NOON, 0.0)  # a journal without the first page, so that SQLite cannot mend the file with it
        killed = tmp_path / "killed.db"
        shutil.copy(path.with_name("simgate.db-wal"), tmp_path / "killed.db-wal")
    killed.write_bytes(b"no database")
    with opened(killed) as outbox:
        assert outbox.starts() == {}, "the pages in the journal are those of listings"
        assert outbox.newest() is None
    assert (tmp_path / "killed.db.broken-1").read_bytes().startswith(b"no database")


def test_an_empty_file_is_a_new_database(path: Path) -> None:
    path.touch()
    with opened(path) as outbox:
        assert outbox.newest() is None
    assert sorted(one.name for one in path.parent.iterdir()) == ["simgate.db"]


def test_another_programs_database_is_left_alone(path: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    killed = tmp_path_factory.mktemp("killed") / "room"
    with closing(sqlite3.connect(path)) as db, closing(sqlite3.connect(tmp_path / "living.db")) as living:
        db.execute("CREATE TABLE theirs (x)")
        living.execute("PRAGMA journal_mode = WAL")
        living.execute("CREATE TABLE theirs (x)")
        shutil.copytree(tmp_path, killed)  # with a journal of its own
    for one in (path, killed / "living.db"):
        before = {file.name: file.read_bytes() for file in one.parent.iterdir() if file.is_file()}
        with pytest.raises(StoreError, match="another program"):
            Outbox.open(one)
        assert {file.name: file.read_bytes() for file in one.parent.iterdir() if file.is_file()} == before


def test_a_directory_or_a_way_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no" / "simgate.db"):
        with pytest.raises(StoreError, match=str(path)):
            Outbox.open(path)


def test_the_file_is_nobody_elses_business(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1)
        assert {oct(one.stat().st_mode & 0o777) for one in path.parent.iterdir()} == {"0o600"}


def test_a_second_agent_on_the_same_file_is_refused_and_may_come_when_the_first_has_gone(path: Path) -> None:
    with opened(path) as outbox:
        code = "import sys, pathlib; from agent.sync.outbox import Outbox; Outbox.open(pathlib.Path(sys.argv[1]))"
        second = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
        assert "StoreError" in second.stderr
        assert "another simgate uses it" in second.stderr
        with pytest.raises(StoreError, match="another simgate uses it"):
            Outbox.open(path)
        assert record(outbox, 1, 2) is not None
    with opened(path) as outbox:
        assert len(outbox.pending()) == 1


RECORDER = """
import itertools, pathlib, sys
sys.path[:0] = sys.argv[2:]
from agent.sync.outbox import Outbox
from owed import record
outbox = Outbox.open(pathlib.Path(sys.argv[1]))
for n in itertools.count():
    change = record(outbox, n % 10, 10 + n % 7, wall=float(n))
    if n % 3 == 1:
        outbox.delivered(change.id - 1, {})
    print(change.id, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 2, 3, 17, 60])
def test_what_was_recorded_survives_kill_9_at_any_moment(path: Path, lines: int) -> None:
    tests = Path(__file__).parent
    child = subprocess.Popen([sys.executable, "-c", RECORDER, str(path), str(tests), str(tests.parent)], stdout=subprocess.PIPE, text=True)
    with child:
        assert child.stdout is not None
        last = [int(child.stdout.readline()) for _ in range(lines)][-1]
        child.kill()
    with opened(path) as outbox:
        newest = outbox.newest()
        assert newest is not None
        assert newest.id >= last
        n = newest.id - 1  # what the child records is a function of the change's turn
        assert numbers(newest.snapshot) == {number(n % 10), number(10 + n % 7)}
        for change in outbox.pending():
            assert numbers(change.snapshot) == {number((change.id - 1) % 10), number(10 + (change.id - 1) % 7)}
            assert change.at == change.id - 1
