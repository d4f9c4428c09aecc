"""What can still be read of a broken database, row by row, and how much cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.sync import database
from agent.sync.seal import whole
from agent.sync.sound import TABLES, Row, Table

PROBES = 50_000  # rows looked for one by one between those that can be read from either end of a table


@dataclass(frozen=True, slots=True)
class Salvage:
    """The rows of each table that can be read, and of each that cannot be read completely how many rows are lost, None = unknown.

    `vouched`: the SIMs whose lines in the ledger of PINs are complete, though others' are not.
    """

    rows: Mapping[str, Sequence[Row]]
    lost: Mapping[str, int | None]
    vouched: Sequence[str] = ()


def salvage(path: Path) -> Salvage:
    """All that can be read of the file, which stays as it is. StoreError when it cannot be looked into."""
    found: dict[str, Sequence[Row]] = dict.fromkeys(TABLES, ())
    lost: dict[str, int | None] = dict.fromkeys(TABLES)
    vouched: Sequence[str] = ()
    try:
        with database.copied(path) as db:
            version, there = database.version_of(db), database.tables_of(db)
            for name, table in TABLES.items():
                if name in there or table.since <= version:
                    found[name], lost[name] = _rows(db, path, name, table)
                else:
                    lost[name] = 0
            if (version >= 3 or "lost" in there) and _doubtful(db, path):
                vouched = _vouched(db, path) if lost["pins"] == 0 else ()
                lost["pins"] = lost["pins"] or None
    except database.BrokenError:
        pass  # no database at all: everything is lost
    return Salvage(found, {name: count for name, count in lost.items() if count != 0}, vouched)


def _doubtful(db: database.Copy, path: Path) -> bool:
    """Whether PINs had been lost before, as far as can be read."""
    try:
        with database.faults(path):
            sealed = _sealed(db, "lost")
            return any(row[0] == "pins" or (sealed and not whole(row)) for row in db.execute("SELECT * FROM lost"))
    except database.BrokenError:
        return True


def _vouched(db: database.Copy, path: Path) -> Sequence[str]:
    found, complete = _walk(db, path, "SELECT DISTINCT iccid FROM pins WHERE NOT salvaged")
    return [iccid for (iccid,) in found] if complete else ()


def _sealed(db: database.Copy, name: str) -> bool:
    """A file of long ago has no seals."""
    return "seal" in [column for _, column, *_ in db.execute(f"PRAGMA table_info({name})")]


def _rows(db: database.Copy, path: Path, name: str, table: Table) -> tuple[Sequence[Row], int | None]:
    """The sound rows, oldest first, and how many are lost; None = unknown."""
    select = f"SELECT rowid, * FROM {name}"
    found, complete = _walk(db, path, f"{select} ORDER BY rowid")
    missing: int | None = 0
    if not complete:
        behind, _ = _walk(db, path, f"{select} ORDER BY rowid DESC")
        between, missing = _probed(db, path, select, found, behind)
        found += between + behind[::-1]
    sealed, width = _sealed(db, name), len(table.columns)
    sound = [row[1 : width + 1] for row in found if _sound(table, row[1 : width + 1]) and (not sealed or whole(row[1:]))]
    if missing is not None:
        missing += len(found) - len(sound)
        if missing == 0 and not _checked(db, path, name):
            missing = None
    return sound, missing


def _walk(db: database.Copy, path: Path, sql: str) -> tuple[list[Row], bool]:
    """The rows until one cannot be read, and whether that was the end."""
    found: list[Row] = []
    try:
        with database.faults(path):
            for row in db.execute(sql):
                found.append(row)
    except database.BrokenError:
        return found, False
    return found, True


def _probed(db: database.Copy, path: Path, select: str, before: Sequence[Row], behind: Sequence[Row]) -> tuple[list[Row], int | None]:
    """The rows between the two, asked for by their number: damage in the middle does not hide what is sound around it."""
    if not behind:
        return [], None
    low, high = before[-1][0] if before else 0, behind[-1][0]
    found: list[Row] = []
    missing = 0
    for rowid in range(max(low + 1, high - PROBES), high):
        one, readable = _walk(db, path, f"{select} WHERE rowid = {rowid}")
        found += one
        missing += not readable
    return found, missing if high - low <= PROBES else None


def _sound(table: Table, row: Row) -> bool:
    try:
        table.read(row)
    except (ValueError, TypeError):
        return False
    return True


def _checked(db: database.Copy, path: Path, name: str) -> bool:
    """Rows may be missing without a trace where the tree of the table is damaged."""
    verdict, complete = _walk(db, path, f"PRAGMA quick_check({name})")
    return complete and verdict == [("ok",)]
