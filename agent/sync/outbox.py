"""What is owed to the endpoint, on the disk: one transaction for a change, and no write without one."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from sqlite_utils import Database

from agent.errors import StoreError
from agent.slots.listing import Listing, Snapshot
from agent.sync import database, history, rows
from agent.sync.cards import Cards
from agent.sync.changes import from_text, merged, to_text
from agent.sync.ledger import Ledger
from agent.sync.rebuild import finish, rebuilt
from agent.sync.schema import SEALED
from agent.sync.sound import TABLES

TIDY = 600  # rows changed and sealed, some 75 changes of the list, after which the journal is written back: 20 pages
KEPT = 500  # changes waiting at most: the oldest ones are told as one

Key = tuple[str, str]  # ICCID, +E.164

log = logging.getLogger(__name__)


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
    """One connection, one thread, one owner of the file. Any method may raise StoreError; then nothing of it is written."""

    def __init__(self, path: Path, db: Database) -> None:
        self.path = path
        self.ledger = Ledger(path, db)
        self.cards = Cards(path, db)
        self._db = db
        self._seen: dict[Key, float] = {}
        # Not worth a write of their own: written with the next change. Lost, they cost one more POST of the same list.
        self._ids: dict[str, int] = {}
        self._unsaved: dict[str, Quarantined] = {}
        self._delivered, self._delivered_at = self._marked(), history.UNDATED
        self._tidied, self._put_away = 0, False
        self._snapshot = Snapshot(tuple(self._began()))
        # Of a broken file, for the first list of this one.
        self._salvaged: dict[Key, float] = {
            (iccid, f"+{number}"): float(began) for iccid, number, began in self._rows("SELECT iccid, number, began FROM beginnings")
        }
        self._proof_read()

    @classmethod
    def open(cls, path: Path, wall: float | None = None) -> Self:
        """Open or make the file; a broken one is rebuilt, for a gateway must come back. StoreError: in use, foreign, out of reach, no room.

        `wall`: UNIX seconds for the file's own record, None while the clock is not right.
        """
        finish(path)
        try:
            return cls._opened(path, wall)
        except database.BrokenError as error:
            log.error("%s; %s", error.what, rebuilt(path, wall))
            return cls._opened(path, wall)

    @classmethod
    def _opened(cls, path: Path, wall: float | None) -> Self:
        db = database.connect(path, wall)
        try:
            return cls(path, db)
        except (ValueError, TypeError) as error:
            db.close()
            raise database.BrokenError(f"database {path}: a row cannot be understood") from error
        except StoreError:
            db.close()
            raise

    def _proof_read(self) -> None:
        """Every row read once now, so that none surprises later."""
        self._changes(0)
        for name in SEALED:
            table = TABLES.get(name)
            for _, *row in database.rows_of(self._db, self.path, name):
                if table is not None:
                    table.read(tuple(row[: len(table.columns)]))

    def close(self) -> None:
        """Write what waited for the next change, and let go of the file."""
        try:
            if self._ids or self._unsaved or self._delivered > self._marked() or self.cards.stale():
                with self._transaction():
                    pass
        finally:
            self._db.close()

    # The list --------------------------------------------------------------------------------------------------------

    def record(self, snapshot: Snapshot, wall: float | None, monotonic: float, *, present: Collection[str]) -> Change | None:
        """The list is now this one; None, and nothing is written, when it was already.

        `wall` is None while the clock is not right. `present` are the numbers (`+E.164`) of all cards in the rack, on
        sale or not: a quarantine ends when its number is no longer among them.
        """
        began = self._began()
        known = {**self._salvaged, **{_key(listing): when for listing, when in began.items()}}
        self._seen = {key: self._seen.get(key, monotonic) for key in map(_key, snapshot.listings)}
        now = dict.fromkeys(snapshot.listings)
        added = tuple(listing for listing in now if listing not in began)
        removed = tuple(listing for listing in began if listing not in now)
        freed = [held.number for held in self.quarantined() if held.number not in present]
        last = self._value("SELECT max(id) FROM changes")
        unchanged = bool(last) and not added and not removed
        if unchanged and not freed:
            return None
        for number in freed:
            self._unsaved.pop(number, None)
        with self._transaction():
            for number in freed:
                self._db.table("quarantine").delete_where("number = ?", [number])
            if not unchanged:
                self._trim(last)
                self._relist(added, removed, known, wall)
                self._append(last + 1, wall, added, removed)
        if unchanged:
            return None
        self._snapshot, self._salvaged = snapshot, {}
        return Change(last + 1, wall, added, removed, snapshot)

    def settle(self, wall: float, monotonic: float) -> None:
        """The clock is right at last: when did the listings begin that began before it was?"""
        unknown = [_key(listing) for listing, when in self._began().items() if when is None]
        if not unknown:
            return
        with self._transaction():
            for iccid, number in unknown:
                began = wall - (monotonic - self._seen.get((iccid, number), monotonic))
                self._db.execute("UPDATE listings SET began = ? WHERE iccid = ? AND number = ?", [began, iccid, number[1:]])

    def starts(self) -> dict[Key, int]:
        """When each listing began, UNIX seconds; those are left out that began while the clock was not right."""
        return {_key(listing): int(when) for listing, when in self._began().items() if when is not None}

    # Deliveries ------------------------------------------------------------------------------------------------------

    def newest(self) -> Change | None:
        """The last change, delivered or not; None before the first."""
        last = self._value("SELECT max(id) FROM changes")
        return self._changes(last - 1)[0][-1] if last else None

    def pending(self) -> list[Change]:
        """The changes that the endpoint has not heard of, oldest first."""
        return self._changes(self._delivered)[0]

    def last_delivered(self) -> Snapshot | None:
        """The list as the endpoint has it; None when it was never sent."""
        return self._changes(self._delivered)[1] if self._delivered else None

    def delivered(self, change_id: int, ids: Mapping[str, int | None], wall: float | None = None) -> None:
        """The endpoint has the list of that change, since `wall`; `ids` by `+E.164`. Written with the next change, or by close()."""
        heartbeat = change_id <= self._delivered
        # A change that has been told as one with a later one since: the endpoint has heard of those before the two.
        if (heard := self._value("SELECT max(id) FROM changes WHERE id <= ?", [change_id])) > self._delivered:
            self._delivered, self._delivered_at = heard, history.UNDATED if wall is None else max(history.UNDATED, int(wall))
        known = {f"+{number}": ident for number, ident in self._rows("SELECT number, ident FROM listings")}
        self._ids = {n: ident for n, ident in {**self._ids, **ids}.items() if ident is not None and known.get(n, ident) != ident}
        self._tidy(heartbeat)

    def history(self, wish: history.Wish) -> list[history.Entry]:
        """What came and went, and when the endpoint heard of it."""
        with database.faults(self.path):
            return history.told(self._db.execute, wish, self._delivered, self._delivered_at)

    def _tidy(self, quiet: bool) -> None:
        """After a delivery, so that no change has to do it before it can go out, and none that has put others away pays for both."""
        changed = self._db.conn.total_changes
        if changed - self._tidied > TIDY and (quiet or not self._put_away):
            self._tidied = changed
            database.tidy(self._db, self.path)

    # Quarantine ---------------------------------------------------------------------------------------------------------

    def quarantine(self, number: str, reason: str, wall: float | None, form: str) -> None:
        """Set a number aside; after a StoreError it is still held, but in memory only."""
        self._unsaved[number] = Quarantined(number, reason, wall, form)
        with self._transaction():
            pass

    def release(self, number: str) -> bool:
        """Let a number out again; whether it was in."""
        if number not in [held.number for held in self.quarantined()]:
            return False
        self._unsaved.pop(number, None)
        with self._transaction():
            self._db.table("quarantine").delete_where("number = ?", [number])
        return True

    def quarantined(self) -> list[Quarantined]:
        """The numbers set aside, in their order."""
        saved = {row[0]: Quarantined(*row) for row in self._rows("SELECT number, reason, at, form FROM quarantine")}
        return [held for _, held in sorted({**saved, **self._unsaved}.items())]

    # SQL -------------------------------------------------------------------------------------------------------------

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with database.faults(self.path):
            return self._db.execute(sql, values).fetchall()

    def _value(self, sql: str, values: Sequence[Any] = ()) -> int:
        return self._rows(sql, values)[0][0] or 0

    def _marked(self) -> int:
        return self._value("SELECT max(id) FROM changes WHERE delivered")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """What waited goes along."""
        with database.transaction(self._db, self.path):
            mark = [self._delivered_at, self._delivered]
            self._db.execute("UPDATE changes SET delivered = ? WHERE id = ? AND NOT delivered", mark)
            self._put_away = history.put_away(self._db.execute, self._delivered, self._delivered_at)
            for number, ident in self._ids.items():
                self._db.execute("UPDATE listings SET ident = ? WHERE number = ?", [ident, number[1:]])
            self._db.table("quarantine").insert_all(map(asdict, self._unsaved.values()), replace=True)
            self.cards.stamp()
            yield
        self._ids, self._unsaved = {}, {}

    def _began(self) -> dict[Listing, float | None]:
        found = self._rows(f"SELECT {', '.join(rows.LISTING)}, began FROM listings ORDER BY slot")
        return {rows.to_listing(row[:-1]): row[-1] for row in found}

    def _relist(self, added: Sequence[Listing], removed: Sequence[Listing], known: Mapping[Key, float | None], wall: float | None) -> None:
        table = self._db.table("listings")
        idents = {row[:2]: row[2] for row in self._rows("SELECT iccid, number, ident FROM listings")} if removed and added else {}
        for listing in removed:
            table.delete_where("slot = ? AND iccid = ? AND number = ?", [listing.slot, listing.iccid.digits, listing.msisdn.digits])
        for listing in added:
            row = dict(zip(rows.LISTING, rows.from_listing(listing), strict=True))
            # A card that moves to another slot, or is priced anew, has been listed all the time.
            row["began"] = known.get(_key(listing), wall)
            row["ident"] = idents.get((row["iccid"], row["number"]))
            table.insert(row)
        if self._salvaged:
            self._db.execute("DELETE FROM beginnings")

    def _append(self, change_id: int, wall: float | None, added: Sequence[Listing], removed: Sequence[Listing]) -> None:
        row = {"id": change_id, "at": wall, "delivered": 0, "added": to_text(added), "removed": to_text(removed)}
        self._db.table("changes").insert(row)

    def _trim(self, last: int) -> None:
        """Past KEPT waiting changes the two oldest become one."""
        if last - self._delivered < KEPT:
            return
        waiting = self._rows("SELECT id, at, added, removed FROM changes WHERE id > ? ORDER BY id LIMIT 2", [self._delivered])
        (first, at, *older), (second, _, *newer) = waiting
        self._db.table("changes").delete_where("id = ?", [first])
        added, removed = merged((from_text(older[0]), from_text(older[1])), (from_text(newer[0]), from_text(newer[1])))
        self._db.table("changes").update(second, {"at": at, "added": to_text(added), "removed": to_text(removed)})

    def _changes(self, after: int) -> tuple[list[Change], Snapshot]:
        """The changes after that id, oldest first, and the list before them: the list of now, gone back step by step."""
        found, snapshot = [], self._snapshot
        for number, at, came, went in self._rows("SELECT id, at, added, removed FROM changes WHERE id > ? ORDER BY id DESC", [after]):
            added, removed = from_text(came), from_text(went)
            found.append(Change(number, at, added, removed, snapshot))
            snapshot = Snapshot(tuple(item for item in snapshot.listings if item not in added) + removed)
        return found[::-1], snapshot


def _key(listing: Listing) -> Key:
    return listing.iccid.digits, str(listing.msisdn)
