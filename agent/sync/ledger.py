"""What the owner gave to each SIM and what was tried on it, by ICCID: in the outbox's file, on the disk before it is done."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from agent.modems.pin import Outcome, Try
from agent.sim.identity import Iccid, Msisdn
from agent.sync import database
from agent.sync.rebuild import finish

KEPT = 10_000  # SIMs at most with lines of PINs, and as many with questions to the network
LONG = 400  # pauses after which the last question about a SIM is forgotten
_COST = {"n": 2**14, "r": 8, "p": 1}  # scrypt: 16 MB, 50 ms on a PC; RFC 7914 2


class Ledger:
    """On the outbox's connection and thread. Any method may raise StoreError; then nothing of it is written."""

    def __init__(self, path: Path, db: Database) -> None:
        self._path = path
        self._db = db

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator["Ledger"]:
        """The ledger alone, while no agent holds the file. StoreError: in use, foreign, broken, out of reach."""
        finish(path)
        db = database.connect(path)
        try:
            yield cls(path, db)
        finally:
            db.close()

    # The owner's numbers ---------------------------------------------------------------------------------------------

    def owned(self) -> dict[Iccid, Msisdn]:
        """The numbers of `simgate number`."""
        found = database.rows_of(self._db, self._path, "owners", "ORDER BY iccid")
        return {Iccid(iccid): Msisdn(number, code) for _, iccid, number, code in found}

    def own(self, owned: Mapping[Iccid, Msisdn]) -> None:
        """These SIMs have these numbers from now on, all of them or none."""
        rows = [{"iccid": iccid.digits, "number": number.digits, "calling_code": number.calling_code} for iccid, number in owned.items()]
        with database.transaction(self._db, self._path):
            self._db.table("owners").insert_all(rows, replace=True)

    def disown(self, iccid: Iccid) -> bool:
        """The SIM has no number of its owner's any more; whether it had one."""
        had = iccid in self.owned()
        if had:
            with database.transaction(self._db, self._path):
                self._db.table("owners").delete_where("iccid = ?", [iccid.digits])
        return had

    # PINs ------------------------------------------------------------------------------------------------------------

    def pin_tries(self, iccid: Iccid, pin: str) -> list[Try]:
        """Every PIN that was ever given to that card, oldest first, compared with this one."""
        return [Try(_same(pin, salt, kept), left, Outcome(out), line) for line, _, salt, kept, left, out, _ in self._lines(iccid)]

    def pin_goes_out(self, iccid: Iccid, pin: str, left: int | None) -> int:
        """Write down that this PIN is about to be given to that card, which has so many attempts; the line for its outcome."""
        salt = secrets.token_bytes(16)
        row = {"iccid": iccid.digits, "salt": salt, "digest": _digest(pin, salt), "left": left, "outcome": Outcome.UNKNOWN.value}
        with database.transaction(self._db, self._path):
            # Of many times that the card took one PIN, or nobody heard, the last says all.
            for line in self._settled(iccid, pin):
                self._db.table("pins").delete_where("rowid = ?", [line])
            line = int(self._db.table("pins").insert(row).last_rowid or 0)
            self._forget()
            return line

    def _forget(self) -> None:
        """The SIMs past KEPT whose last line is oldest, never by age: a card may come back after years. From then on PINs are in doubt."""
        surplus = self._rows("SELECT count(DISTINCT iccid) FROM pins")[0][0] - KEPT
        if surplus > 0:
            oldest = "SELECT iccid FROM pins GROUP BY iccid ORDER BY max(rowid) LIMIT ?"
            gone = self._db.execute(f"DELETE FROM pins WHERE iccid IN ({oldest})", [surplus]).rowcount
            more = "ON CONFLICT DO UPDATE SET rows = rows + excluded.rows"
            self._db.execute(f"INSERT INTO lost (what, rows) VALUES ('pins', ?) {more}", [gone])

    def pin_doubt(self, iccid: Iccid) -> bool:
        """Whether PINs may have been given to that card of which pin_tries() has lost the lines."""
        lost = {what for _, what, *_ in database.rows_of(self._db, self._path, "lost")}
        return "pins" in lost and all(salvaged for *_, salvaged in self._lines(iccid))

    def _lines(self, iccid: Iccid) -> list[tuple[Any, ...]]:
        """Rowid and columns. Of all cards they are read: one that is not whole may be of this very card."""
        return [line for line in database.rows_of(self._db, self._path, "pins", "ORDER BY rowid") if line[1] == iccid.digits]

    def _settled(self, iccid: Iccid, pin: str) -> list[int]:
        kept = Outcome.REFUSED.value
        return [line for line, _, salt, digest, _, out, _ in self._lines(iccid) if out != kept and _same(pin, salt, digest)]

    def pin_came_back(self, line: int, outcome: Outcome) -> None:
        """What became of it."""
        with database.transaction(self._db, self._path):
            self._db.execute("UPDATE pins SET outcome = ? WHERE rowid = ?", [outcome.value, line])

    # Questions to the network ----------------------------------------------------------------------------------------

    def enquire(self, iccid: Iccid, wall: float, pause: float) -> bool:
        """Write down that the network is about to be asked for that SIM's number at `wall` (UNIX seconds); False within `pause` seconds."""
        last = self._rows("SELECT at FROM enquiries WHERE iccid = ?", [iccid.digits])
        if last and wall < last[0][0] + pause:
            return False
        with database.transaction(self._db, self._path):
            self._db.table("enquiries").insert({"iccid": iccid.digits, "at": wall}, replace=True)
            newest = "SELECT iccid FROM enquiries ORDER BY at DESC LIMIT ?"
            self._db.execute(f"DELETE FROM enquiries WHERE at < ? OR iccid NOT IN ({newest})", [wall - LONG * pause, KEPT])
        return True

    def _rows(self, sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        with database.faults(self._path):
            return self._db.execute(sql, values or []).fetchall()


def _same(pin: str, salt: bytes, digest: bytes) -> bool:
    return secrets.compare_digest(_digest(pin, salt), digest)


def _digest(pin: str, salt: bytes) -> bytes:
    """Salted and slow: the file must not say the PIN. Four digits can be tried out all the same, so the file is nobody else's business."""
    return hashlib.scrypt(pin.encode("ascii"), salt=salt, maxmem=2**26, **_COST)
