"""A new database in place of a broken one, with what can be saved of it; whole at every moment, wherever it is killed."""

import os
from contextlib import closing
from pathlib import Path

from agent.errors import StoreError
from agent.sync import database
from agent.sync.salvage import Salvage, salvage
from agent.sync.sound import TABLES

ASIDE = 3  # broken files kept for a person to look at
MEND = "mend [store] path, or make its directory writable"
# In the words of the log.
WORDS = {
    "owners": "of the owner's numbers",
    "pins": "of the ledger of PINs",
    "quarantine": "of the numbers set aside",
    "cards": "of the cards read before",
    "enquiries": "of the questions to the network",
    "listings": "of the listings' beginnings",
    "beginnings": "of those saved before",
    "past": "of the history, many changes in each",
}


def rebuilt(path: Path, wall: float | None) -> str:
    """What became of the broken file and its rows, for a person. StoreError when there is no room, and then it is left as it is."""
    saved = salvage(path)
    building, new = path.with_name(f"{path.name}.building"), _new(path)
    try:
        for one in (building, new):
            _remove(one)
        _build(building, saved, wall)
        building.rename(new)
        _flush(path.parent)
        aside = _swap(path)
    except OSError as error:
        raise StoreError(
            f"database {path} is broken and cannot be set aside: {error.strerror}", "mend [store] path, or its directory"
        ) from error
    return f"it is now {aside}, and a new one is begun; {_told(saved)}"


def finish(path: Path) -> None:
    """What a rebuild that was killed between its two renames has left to do. StoreError."""
    try:
        if _new(path).exists() and not path.exists():
            _swap(path)
    except OSError as error:
        raise StoreError(f"database {path} cannot be put in its place: {error.strerror}", MEND) from error


def _build(path: Path, saved: Salvage, wall: float | None) -> None:
    with closing(database.connect(path, wall)) as db:
        with database.transaction(db, path):
            for name, table in TABLES.items():
                if name != "listings":
                    places = ", ".join("?" * len(table.columns))
                    db.conn.executemany(f"INSERT OR REPLACE INTO {name} ({', '.join(table.columns)}) VALUES ({places})", saved.rows[name])
            began = [(row[1], row[2], row[-1]) for row in saved.rows["listings"] if row[-1] is not None]
            db.conn.executemany("INSERT INTO beginnings (iccid, number, began) VALUES (?, ?, ?)", began)
            db.conn.executemany(
                "INSERT INTO lost (what, rows, at) VALUES (?, ?, ?)", [(name, count, wall) for name, count in saved.lost.items()]
            )
            if "pins" in saved.lost:
                db.conn.execute("UPDATE pins SET salvaged = 1")
                db.conn.executemany("UPDATE pins SET salvaged = 0 WHERE iccid = ?", [(iccid,) for iccid in saved.vouched])
        database.checkpoint(db, path)


def _swap(path: Path) -> Path:
    """The new file in the place of the broken one, which goes aside with its journal; the oldest ones aside go."""
    turns = _turns(path)
    if path.exists():
        turns.append(turns[-1] + 1 if turns else 1)
        path.rename(_aside(path, turns[-1]))
    aside = _aside(path, turns[-1] if turns else 1)
    for suffix in database.SUFFIXES[1:]:
        # Left beside a new database it would be replayed into it.
        if (journal := path.with_name(path.name + suffix)).exists():
            journal.rename(aside.with_name(aside.name + suffix))
    _new(path).rename(path)
    _flush(path.parent)
    for turn in turns[:-ASIDE]:
        _remove(_aside(path, turn))
    return aside


def _turns(path: Path) -> list[int]:
    stem = f"{path.name}.broken-"
    ends = [one.name.removeprefix(stem) for one in path.parent.iterdir() if one.name.startswith(stem)]
    return sorted(int(end) for end in ends if end.isdecimal())


def _aside(path: Path, turn: int) -> Path:
    return path.with_name(f"{path.name}.broken-{turn}")


def _new(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _remove(path: Path) -> None:
    for suffix in database.SUFFIXES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _flush(directory: Path) -> None:
    """A rename outlives a power cut only once its directory is on the disk."""
    handle = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _told(saved: Salvage) -> str:
    kept = [f"{len(saved.rows[name])} {words}" for name, words in WORDS.items()]
    lost = [f"{'some' if saved.lost[name] is None else saved.lost[name]} {words}" for name, words in WORDS.items() if name in saved.lost]
    doubt = "; until the ledger knows it again, a SIM gets its PIN only if it has all its attempts" if "pins" in saved.lost else ""
    return f"kept: {', '.join(kept)}; lost: {', '.join(lost) or 'nothing'}{doubt}"
