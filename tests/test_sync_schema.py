"""Files of every version that was ever written become files of the newest, with all they hold, wherever the power fails."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from killed import killed
from owed import NOON, files, listing, number, numbers, opened, record, told

from agent.modems.pin import Outcome
from agent.sim.identity import Card, Plmn
from agent.sync.outbox import Outbox
from agent.sync.seal import whole

NEWEST = 5
# As simgate of version 1 wrote it.
ONE = """
PRAGMA page_size = 1024;
PRAGMA journal_mode = WAL;
CREATE TABLE "changes" ("id" INTEGER PRIMARY KEY, "at" REAL, "delivered" INTEGER, "added" TEXT, "removed" TEXT);
CREATE TABLE "listings" ("slot" TEXT, "iccid" TEXT, "number" TEXT, "calling_code" INTEGER, "mcc" TEXT, "mnc" TEXT, "imsi" TEXT,
    "rent" INTEGER, "price" REAL, "began" REAL, "ident" INTEGER);
CREATE TABLE "quarantine" ("number" TEXT PRIMARY KEY, "reason" TEXT, "at" REAL, "form" TEXT);
CREATE TABLE "cards" ("iccid" TEXT PRIMARY KEY, "imsi" TEXT, "mcc" TEXT, "mnc" TEXT, "mnc_length_from" TEXT, "number" TEXT,
    "calling_code" INTEGER, "number_from" TEXT);
PRAGMA application_id = 1397312839;
PRAGMA user_version = 1;
INSERT INTO changes VALUES (1,
    1763985600.0, 1, '[["rack1-01","8944200053671000001","447700900001",44,"234","15","234150000000001",0,null]]', '[]');
INSERT INTO changes VALUES (2,
    1763985660.0, 0, '[["rack1-02","8944200053671000002","447700900002",44,"234","15","234150000000002",0,null]]', '[]');
INSERT INTO listings VALUES
    ('rack1-01', '8944200053671000001', '447700900001', 44, '234', '15', '234150000000001', 0, NULL, 1763985600.0, 7);
INSERT INTO listings VALUES
    ('rack1-02', '8944200053671000002', '447700900002', 44, '234', '15', '234150000000002', 0, NULL, NULL, NULL);
INSERT INTO quarantine VALUES ('+447700900003', 'NUMBER_FORMAT_ERROR', 1763985600.0, 'plus mcc_mnc');
INSERT INTO cards VALUES ('8944200053671000001', NULL, '234', '15', 'list', '447700900001', 44, 'cnum');
"""
# What version 2 added; the PIN is 1234.
TWO = """
CREATE TABLE "owners" ("iccid" TEXT PRIMARY KEY, "number" TEXT, "calling_code" INTEGER);
CREATE TABLE "pins" ("iccid" TEXT, "salt" BLOB, "digest" BLOB, "left" INTEGER, "outcome" TEXT);
CREATE TABLE "enquiries" ("iccid" TEXT PRIMARY KEY, "at" REAL);
PRAGMA user_version = 2;
INSERT INTO owners VALUES ('8944200053671000002', '447700900002', 44);
INSERT INTO pins VALUES ('8944200053671000001', x'000102030405060708090a0b0c0d0e0f', x'DIGEST', 3, 'refused');
INSERT INTO enquiries VALUES ('8944200053671000001', 1763985600.0);
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "simgate.db"


def digest() -> str:
    return hashlib.scrypt(b"1234", salt=bytes(range(16)), n=2**14, r=8, p=1, maxmem=2**26).hex()


def write(path: Path, version: int) -> None:
    """A file of that version."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.executescript(ONE + (TWO.replace("DIGEST", digest()) if version == 2 else ""))


@contextmanager
def looked_into(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as conn:
        yield conn


def check(path: Path, version: int) -> None:
    """Opened, it holds every row that write() wrote."""
    one = listing(1).iccid
    with opened(path) as outbox:
        assert told(outbox.pending()) == [({number(2)}, set())]
        assert numbers(outbox.last_delivered()) == {number(1)}
        assert outbox.starts() == {(one.digits, number(1)): NOON}
        (held,) = outbox.quarantined()
        assert (held.number, held.reason, held.at, held.form) == (number(3), "NUMBER_FORMAT_ERROR", NOON, "plus mcc_mnc")
        assert outbox.cards.recall(one) == Card(one, None, Plmn("234", "15"), "list", listing(1).msisdn, "cnum")
        if version == 2:
            assert outbox.ledger.owned() == {listing(2).iccid: listing(2).msisdn}
            ((same, left, outcome),) = [(one.same, one.left, one.outcome) for one in outbox.ledger.pin_tries(one, "1234")]
            assert (same, left, outcome) == (True, 3, Outcome.REFUSED)
            assert not outbox.ledger.enquire(one, NOON + 5, 86400.0)
        assert not outbox.ledger.pin_doubt(one)
    with looked_into(path) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (NEWEST,)
        for table in ("changes", "listings", "quarantine", "cards", *(("owners", "pins", "enquiries") if version == 2 else ())):
            rows = conn.execute(f"SELECT * FROM {table}").fetchall()
            assert rows
            assert all(whole(row) for row in rows), table
        assert conn.execute("SELECT ident FROM listings WHERE number = '447700900001'").fetchone() == (7,)
        assert [at for (at,) in conn.execute("SELECT version FROM migrations ORDER BY version")] == list(range(version + 1, NEWEST + 1))


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_of_an_older_version_keeps_every_row(path: Path, version: int) -> None:
    write(path, version)
    check(path, version)
    assert sorted(one.name for one in path.parent.iterdir()) == ["simgate.db"]


def test_a_new_file_is_of_the_newest_version_and_says_what_was_done_to_it(path: Path) -> None:
    Outbox.open(path, NOON).close()
    Outbox.open(path, NOON + 5).close()
    with looked_into(path) as conn:
        assert conn.execute("SELECT version, at FROM migrations").fetchall() == [(n, NOON) for n in range(1, NEWEST + 1)]


def test_a_file_of_the_newest_version_is_not_written_when_it_is_opened(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1)
    before = files(path.parent)
    with opened(path):
        pass
    assert files(path.parent) == before


def test_a_file_made_by_the_steps_has_the_tables_of_the_files_of_before(path: Path, tmp_path: Path) -> None:
    write(path, 2)
    Outbox.open(path).close()
    Outbox.open(tmp_path / "new.db").close()
    tables = []
    for one in (path, tmp_path / "new.db"):
        with looked_into(one) as conn:
            names = sorted(name for (name,) in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"))
            tables.append({name: [row[1:] for row in conn.execute(f"PRAGMA table_info({name})")] for name in names})
    assert tables[0] == tables[1]
    assert {"migrations", "lost", "beginnings", "cards", "past"} <= set(tables[0])


def version_of(path: Path) -> int:
    with looked_into(path) as conn:
        return int(conn.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("version", [0, 1, 2])
def test_kill_9_at_any_moment_leaves_one_version_or_the_next_and_loses_nothing(tmp_path: Path, version: int) -> None:
    source, room = tmp_path / "source", tmp_path / "room"
    source.mkdir()
    if version:
        write(source / "simgate.db", version)
    room.mkdir()
    seen = set()
    for path in killed(source, room):
        seen.add(version_of(path))
        with opened(path) as outbox:
            assert told(outbox.pending()) == ([({number(2)}, set())] if version else [])
            assert len(outbox.quarantined()) == (1 if version else 0)
        assert [left.name for left in path.parent.iterdir()] == ["simgate.db"]
        assert version_of(path) == NEWEST
    assert seen == set(range(version, NEWEST + 1)), "killed before, between and after the steps"
