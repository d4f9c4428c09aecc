"""The database file: one owner, one schema, a way back when it is broken, and what its errors mean."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from agent.errors import StoreError
from agent.sync.rows import CARD, LISTING

OURS = 0x53494D47  # application_id, "SIMG"
VERSION = 2
# Measured: a change of one number costs 7 kB on the card with pages of 1024 octets, 12 kB with 4096.
PAGE = 1024
# SQLITE_ERROR is a table or column that is not there: our statements are always the same.
BROKEN = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR))
MENDS = {
    sqlite3.SQLITE_BUSY: "another simgate uses it: end that one, or give this one a [store] path of its own",
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_IOERR: "look at the disk: full, failing or gone",
    sqlite3.SQLITE_READONLY: "make the file, its directory and the file system writable",
    sqlite3.SQLITE_CANTOPEN: "mend [store] path, or make its directory writable",
    sqlite3.SQLITE_CORRUPT: "restart simgate: it sets the file aside and begins a new one",
    sqlite3.SQLITE_NOTADB: "restart simgate: it sets the file aside and begins a new one",
}

log = logging.getLogger(__name__)


class BrokenError(StoreError):
    """The file holds no database of ours that can be read."""


@contextmanager
def faults(path: Path) -> Iterator[None]:
    """SQLite's errors as StoreError; BrokenError where only a new file helps."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code
        kind = BrokenError if code in BROKEN else StoreError
        raise kind(f"database {path}: {error}", MENDS.get(code, "")) from error


def connect(path: Path) -> Database:
    """The database, locked for this process until it is closed. BrokenError: set it aside; StoreError: a person has to look."""
    try:
        # Numbers and ICCIDs are nobody else's business.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(f"database {path}: {error.strerror}", "mend [store] path, or its directory") from error
    with faults(path):
        conn = sqlite3.connect(path, timeout=0.0, isolation_level=None)
    try:
        with faults(path):
            db = _prepared(conn)
            _check(db, path)
    except BaseException:
        conn.close()
        raise
    return db


@contextmanager
def transaction(db: Database, path: Path) -> Iterator[None]:
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


def set_aside(path: Path) -> Path:
    """Rename a broken database with its journal; the new name. StoreError when that cannot be done."""
    aside = next(name for n in range(1, 10_000) if not (name := path.with_name(f"{path.name}.broken-{n}")).exists())
    try:
        # The journal goes first: left beside a new database it would be replayed into it.
        for suffix in ("-wal", ""):
            journal = path.with_name(path.name + suffix)
            if journal.exists():
                journal.rename(aside.with_name(aside.name + suffix))
    except OSError as error:
        raise StoreError(f"database {path} is broken and cannot be set aside: {error.strerror}", "remove it by hand") from error
    return aside


def _prepared(conn: sqlite3.Connection) -> Database:
    # EXCLUSIVE before the first access: a second agent is refused, the kernel lifts it at kill -9, and no -shm file is written.
    conn.execute("PRAGMA locking_mode = EXCLUSIVE")
    conn.execute(f"PRAGMA page_size = {PAGE}")
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("PRAGMA temp_store = MEMORY")
    return Database(conn, execute_plugins=False)


def _check(db: Database, path: Path) -> None:
    ours = db.execute("PRAGMA application_id").fetchone()[0]
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if ours != OURS:
        if db.table_names():
            raise StoreError(f"{path} is the database of another program", "give simgate a [store] path of its own")
        with transaction(db, path):
            _create(db)
            _own(db)
    elif version > VERSION:
        raise BrokenError(f"database {path} was written by a newer simgate", "install that one again")
    elif version < VERSION:
        with transaction(db, path):
            _own(db)
    verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise BrokenError(f"database {path}: {verdict}")


def _create(db: Database) -> None:
    db.table("changes").create({"id": int, "at": float, "delivered": int, "added": str, "removed": str}, pk="id")
    # No key: its index would be one more page for every change, and a rack has few listings.
    db.table("listings").create({**LISTING, "began": float, "ident": int})
    db.table("quarantine").create({"number": str, "reason": str, "at": float, "form": str}, pk="number")
    db.table("cards").create(CARD, pk="iccid")
    db.execute(f"PRAGMA application_id = {OURS}")


def _own(db: Database) -> None:
    """What version 2 added: by ICCID, what the owner gave and what was tried."""
    db.table("owners").create({"iccid": str, "number": str, "calling_code": int}, pk="iccid")
    db.table("pins").create({"iccid": str, "salt": bytes, "digest": bytes, "left": int, "outcome": str})
    db.table("enquiries").create({"iccid": str, "at": float}, pk="iccid")
    db.execute(f"PRAGMA user_version = {VERSION}")
