"""What is owed to the endpoint, on the disk: one transaction for a change, and no write without one."""

import json
import logging
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Self

from sqlite_utils import Database

from agent.errors import IdentityError, StoreError
from agent.sim.identity import Card, Iccid
from agent.slots.listing import Listing, Snapshot
from agent.sync import database, rows

KEPT = 500  # changes waiting at most; older ones are told as one

log = logging.getLogger(__name__)

Key = tuple[str, str]  # ICCID, +E.164


@dataclass(frozen=True, slots=True)
class Change:
    """Numbers came or went at `at` (UNIX seconds, None = the clock was not right); `snapshot` is the whole list after it."""

    id: int
    at: float | None
    added: tuple[Listing, ...]
    removed: tuple[Listing, ...]
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A number (`+E.164`) that the endpoint refuses when it is written in that `form` (Endpoint.form)."""

    number: str
    reason: str
    at: float | None
    form: str


class Outbox:
    """One connection, one thread, one owner of the file. Every method but close() and those of reading may raise StoreError: then nothing is written."""

    def __init__(self, path: Path, db: Database) -> None:
        self.path = path
        self._db = db
        self._seen: dict[Key, float] = {}
        # What is not worth a write of its own: lost, it costs one more POST of the same list.
        self._ids: dict[str, int] = {}
        self._unsaved: dict[str, Quarantined] = {}
        self._delivered: int = self._value("SELECT max(id) FROM changes WHERE delivered")
        self._last: int = self._value("SELECT max(id) FROM changes")
        self._snapshot = Snapshot(tuple(began for began in self._listings()))

    @classmethod
    def open(cls, path: Path) -> Self:
        """The outbox in that file; a broken file is set aside, for a gateway must come back. StoreError when in use, foreign or out of reach."""
        for last_try in (False, True):
            try:
                return cls._opened(path)
            except database.BrokenError as error:
                if last_try:
                    raise
                log.error("%s; set aside as %s, a new one is begun", error, database.set_aside(path))
        raise AssertionError

    @classmethod
    def _opened(cls, path: Path) -> Self:
        db = database.connect(path)
        try:
            outbox = cls(path, db)
            outbox._history()
        except (IdentityError, ValueError, TypeError) as error:
            db.close()
            raise database.BrokenError(f"database {path}: a row cannot be understood") from error
        except StoreError:
            db.close()
            raise
        return outbox

    def close(self) -> None:
        """Write what waited for the next change, and let go of the file."""
        try:
            if self._ids or self._unsaved or self._delivered > self._value("SELECT max(id) FROM changes WHERE delivered"):
                with self._transaction():
                    pass
        finally:
            self._db.close()
