"""The database file: whose it is, one owner, one schema, and what its errors mean."""

import os
import re
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from agent.errors import StoreError
from agent.sync import schema
from agent.sync.seal import seal, whole

if TYPE_CHECKING:
    from sqlite_utils import Database

Copy: TypeAlias = sqlite3.Connection  # what may be read, and is thrown away

# Measured: a change of one number costs 7 kB on the card with pages of 1024 octets, 12 kB with 4096.
PAGE = 1024
JOURNAL = 2_000_000  # octets that the journal keeps at most once it has been written back
FRAMES = 1800  # of the journal after which a change writes it back: in a long outage; otherwise a delivery does, long before
SUFFIXES = ("", "-wal", "-journal")
MAGIC = b"SQLite format 3\0"
# SQLITE_ERROR is a table or column that is not there: our statements are always the same. SQLITE_TOOBIG is a length that nobody wrote.
BROKEN = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG))
MENDS = {
    sqlite3.SQLITE_BUSY: "another simgate uses it: end that one, or give this one a [store] path of its own",
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_IOERR: "look at the disk: full, failing or gone",
    sqlite3.SQLITE_READONLY: "make the file, its directory and the file system writable",
    sqlite3.SQLITE_CANTOPEN: "mend [store] path, or make its directory writable",
    sqlite3.SQLITE_CORRUPT: "restart simgate: it sets the file aside and begins a new one",
    sqlite3.SQLITE_NOTADB: "restart simgate: it sets the file aside and begins a new one",
}

# SQLite keeps the statement that made a table, letter for letter (its file format, 2.6).
_MADE_HERE = re.compile(
    rb"CREATE TABLE \W?(?:quarantine\W? \(\s*\W?number|listings\W? \(\s*\W?slot|(?:owners|pins|enquiries|beginnings)\W? \(\s*\W?iccid)"
)


class BrokenError(StoreError):
    """The file holds no database of ours that can be read."""


@contextmanager
def faults(path: Path) -> Iterator[None]:
    """SQLite's errors as StoreError; BrokenError where only a new file helps."""
    try:
        yield
    except sqlite3.Error as error:
        # The primary code; a text that is no UTF-8 has none.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT if isinstance(error, sqlite3.OperationalError) else 0) & 0xFF
        kind = BrokenError if code in BROKEN else StoreError
        raise kind(f"database {path}: {error}", MENDS.get(code, "")) from error
    except UnicodeDecodeError as error:
        # A message that quotes a scribbled schema.
        raise BrokenError(f"database {path}: its tables cannot be understood", MENDS[sqlite3.SQLITE_CORRUPT]) from error


def connect(path: Path, wall: float | None = None) -> "Database":
    """The database in its newest version, locked for this process until it is closed.

    BrokenError: set it aside; StoreError: in use, foreign, out of reach. `wall`: UNIX seconds for the record of a migration.
    """
    try:
        # Numbers and ICCIDs are nobody else's business.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        _ours(path)
    except OSError as error:
        raise StoreError(f"database {path}: {error.strerror}", "mend [store] path, or its directory") from error
    with faults(path):
        conn = sqlite3.connect(path, timeout=0.0, isolation_level=None)
    try:
        with faults(path):
            db = _prepared(conn)
            _check(db, path)
            _migrate(db, path, wall)
    except BaseException:
        conn.close()
        raise
    return db


@contextmanager
def transaction(db: "Database", path: Path) -> Iterator[None]:
    """All or nothing. IMMEDIATE, because a deferred one that reads first fails beside a second writer."""
    with faults(path):
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.conn.execute("COMMIT")
        except BaseException:
            # A full disk may have rolled it back already.
            if db.conn.in_transaction:
                db.conn.execute("ROLLBACK")
            raise


def rows_of(db: "Database", path: Path, table: str, where: str = "", values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """Rows of a sealed table: rowid, then all columns but the seal. BrokenError when one is not as it was written."""
    with faults(path):
        for row in db.execute(f"SELECT rowid, * FROM {table} {where}", values):
            if not whole(row[1:]):
                raise BrokenError(f"database {path}: a row of {table} has rotted", MENDS[sqlite3.SQLITE_CORRUPT])
            yield row[:-1]


def checkpoint(db: "Database", path: Path) -> None:
    """Everything from the journal into the file. StoreError when that cannot be done."""
    with faults(path):
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def tidy(db: "Database", path: Path) -> None:
    """The same without cutting the journal, which is then written anew from its beginning. StoreError when that cannot be done."""
    with faults(path):
        db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


@contextmanager
def copied(path: Path, room: Path | None = None) -> Iterator[Copy]:
    """A copy to look into, beside it or in `room`: the file itself stays as it is to the last octet. StoreError when there is no room."""
    room = room or path.with_name(f"{path.name}.copy")
    try:
        shutil.rmtree(room, ignore_errors=True)  # of one that was killed
        room.mkdir(mode=0o700)
        for suffix in SUFFIXES:
            if (one := path.with_name(path.name + suffix)).exists():
                shutil.copyfile(one, room / one.name)
        with faults(path), closing(sqlite3.connect(room / path.name, isolation_level=None)) as conn:
            conn.text_factory = _text
            yield conn
    except OSError as error:
        raise StoreError(f"database {path} cannot be looked into: {error.strerror}", "make room on the disk") from error
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")


def _ours(path: Path) -> None:
    """StoreError for the database of another program, before anything could be written to it; BrokenError for no database at all."""
    with path.open("rb") as file:
        head = file.read(100)
    if not head or int.from_bytes(head[68:72], "big") == schema.OURS:
        return
    if not head.startswith(MAGIC):
        raise BrokenError(f"database {path}: file is not a database")
    try:
        # Killed in its first moment, ours says what it is in its journal alone.
        with copied(path) as db:
            ours = db.execute("PRAGMA application_id").fetchone()[0] == schema.OURS or not tables_of(db)
    except BrokenError:
        ours = False
    files = (path.with_name(path.name + suffix) for suffix in SUFFIXES)
    if not ours and any(_MADE_HERE.search(one.read_bytes()) for one in files if one.exists()):
        raise BrokenError(f"database {path}: its header is spoilt")
    if not ours:
        raise StoreError(f"{path} is the database of another program", "give simgate a [store] path of its own")


def _prepared(conn: sqlite3.Connection) -> "Database":
    # EXCLUSIVE before the first access: a second agent is refused, the kernel lifts it at kill -9, and no -shm file is written.
    conn.execute("PRAGMA locking_mode = EXCLUSIVE")
    conn.execute(f"PRAGMA page_size = {PAGE}")
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute(f"PRAGMA journal_size_limit = {JOURNAL}")
    conn.execute(f"PRAGMA wal_autocheckpoint = {FRAMES}")
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("PRAGMA temp_store = MEMORY")
    conn.execute("PRAGMA trusted_schema = ON")  # its triggers call seal()
    conn.create_function("seal", -1, seal, deterministic=True)
    from sqlite_utils import Database  # noqa: PLC0415  60 ms that whoever only looks into a copy should not pay

    return Database(conn, execute_plugins=False)


def tables_of(db: Copy) -> list[str]:
    """The names of its tables."""
    return [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def version_of(db: "Database | Copy") -> int:
    """0: no table yet."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _check(db: "Database", path: Path) -> None:
    if version_of(db) > schema.NEWEST:
        raise BrokenError(f"database {path} was written by a newer simgate", "install that one again")
    # Measured on the largest file (5.2 MB) on a PC: 75 ms, and quick_check 40 ms, which would miss an index that names the wrong rows.
    verdict = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if verdict != "ok":
        raise BrokenError(f"database {path}: {' '.join(verdict.removeprefix('*** in database main ***').split())}")


def _migrate(db: "Database", path: Path, wall: float | None) -> None:
    old = version_of(db)
    for version in range(old + 1, schema.NEWEST + 1):
        with transaction(db, path):
            schema.take(db, version, wall)
    if old < schema.NEWEST:
        # The file itself has to say whose it is, not its journal alone.
        checkpoint(db, path)
