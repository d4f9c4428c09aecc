"""What SIMs said of themselves, by ICCID, in the outbox's file: the newest ones, for a gateway sees many in its life."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from agent.sim.identity import Card, Iccid
from agent.sync import database, rows

KEPT = 10_000  # cards at most: those not read for longest go
DAY = 86400.0
YEARS = 400 * DAY  # seconds after which a card that was not read is forgotten


class Cards:
    """On the outbox's connection and thread. Any method may raise StoreError; then nothing of it is written."""

    def __init__(self, path: Path, db: Database) -> None:
        self._path = path
        self._db = db
        # When a card was read is not worth a write of its own.
        self._read: dict[str, float] = {}

    def remember(self, card: Card, wall: float | None = None) -> None:
        """What a SIM said of itself at `wall` (UNIX seconds, None = the clock is not right); written only when it says something new."""
        before = self.recall(card.iccid, wall)
        if before == card:
            return
        iccid = card.iccid.digits
        at = "coalesce(?, (SELECT at FROM cards WHERE iccid = ?))"
        insert = f"INSERT OR REPLACE INTO cards ({', '.join(rows.CARD)}, at) VALUES ({'?, ' * len(rows.CARD)}{at})"
        with database.transaction(self._db, self._path):
            self._db.execute(insert, [*rows.from_card(card), self._read.get(iccid), iccid])
            if before is None:
                self._forget(iccid, wall)

    def recall(self, iccid: Iccid, wall: float | None = None) -> Card | None:
        """What that SIM, which is read at `wall`, said last."""
        if wall is not None:
            self._read[iccid.digits] = wall
        found = next(database.rows_of(self._db, self._path, "cards", "WHERE iccid = ?", [iccid.digits]), None)
        return rows.to_card(found[1:-1]) if found else None

    def stamp(self) -> None:
        """When cards were read, to the day, inside the caller's transaction."""
        for iccid, at in self._read.items():
            self._db.execute("UPDATE cards SET at = ? WHERE iccid = ? AND (at IS NULL OR at < ?)", [at, iccid, at - DAY])
        self._read.clear()

    def stale(self) -> bool:
        """Whether stamp() would write."""
        sql = "SELECT 1 FROM cards WHERE iccid = ? AND (at IS NULL OR at < ?)"
        return any(self._rows(sql, [iccid, at - DAY]) for iccid, at in self._read.items())

    def _forget(self, but: str, wall: float | None) -> None:
        if wall is not None:
            self._db.execute("DELETE FROM cards WHERE at < ? AND iccid != ?", [wall - YEARS, but])
        surplus = self._rows("SELECT count(*) FROM cards")[0][0] - KEPT
        if surplus > 0:
            oldest = "SELECT rowid FROM cards WHERE iccid != ? ORDER BY coalesce(at, 0), rowid LIMIT ?"
            self._db.execute(f"DELETE FROM cards WHERE rowid IN ({oldest})", [but, surplus])

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with database.faults(self._path):
            return self._db.execute(sql, values).fetchall()
