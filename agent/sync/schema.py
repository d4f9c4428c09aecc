"""The tables of the database as numbered steps: step N makes version N of version N - 1, for good."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

OURS = 0x53494D47  # application_id, "SIMG"


def _sealing(table: str, *columns: str) -> tuple[str, ...]:
    """Every row of the table gets its seal, and keeps it whoever writes: read back from the table, for there a price of 5 is 5.0."""
    sealed = f"UPDATE {table} SET seal = seal({', '.join(columns)})"
    # What had rotted before is not vouched for by a change of another column.
    whole = f"old.seal IS seal({', '.join(f'old.{column}' for column in columns)})"
    changed = f"AFTER UPDATE OF {', '.join(columns)} ON {table} WHEN {whole}"
    return (
        # As long as what takes its place: a row that grows after its insertion would split pages.
        f"ALTER TABLE {table} ADD COLUMN seal INTEGER DEFAULT {2**31 - 1}",
        sealed,
        f"CREATE TRIGGER {table}_made AFTER INSERT ON {table} BEGIN {sealed} WHERE rowid = new.rowid; END",
        f"CREATE TRIGGER {table}_changed {changed} BEGIN {sealed} WHERE rowid = new.rowid; END",
    )


# A step that has been shipped is never changed: files of every version are out there. Spelled out, for the code's own tables move on.
STEPS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE changes (id INTEGER PRIMARY KEY, at REAL, delivered INTEGER, added TEXT, removed TEXT)",
        # No key: its index would be one more page for every change, and a rack has few listings.
        """CREATE TABLE listings (slot TEXT, iccid TEXT, number TEXT, calling_code INTEGER, mcc TEXT, mnc TEXT, imsi TEXT,
        rent INTEGER, price REAL, began REAL, ident INTEGER)""",
        "CREATE TABLE quarantine (number TEXT PRIMARY KEY, reason TEXT, at REAL, form TEXT)",
        """CREATE TABLE cards (iccid TEXT PRIMARY KEY, imsi TEXT, mcc TEXT, mnc TEXT, mnc_length_from TEXT, number TEXT,
        calling_code INTEGER, number_from TEXT)""",
        f"PRAGMA application_id = {OURS}",
    ),
    # By ICCID, what the owner gave and what was tried.
    (
        "CREATE TABLE owners (iccid TEXT PRIMARY KEY, number TEXT, calling_code INTEGER)",
        'CREATE TABLE pins (iccid TEXT, salt BLOB, digest BLOB, "left" INTEGER, outcome TEXT)',
        "CREATE TABLE enquiries (iccid TEXT PRIMARY KEY, at REAL)",
    ),
    # Cards of long ago may be forgotten; what could not be read of a broken file is remembered.
    (
        "ALTER TABLE cards ADD COLUMN at REAL",
        "ALTER TABLE pins ADD COLUMN salvaged INTEGER NOT NULL DEFAULT 0",
        # The ledger of PINs stays in doubt for as long as the file lives; `rows` NULL: nobody knows how many.
        "CREATE TABLE lost (what TEXT PRIMARY KEY, rows INTEGER, at REAL)",
        # Of listings that a broken file had, until the first list in the new one.
        "CREATE TABLE beginnings (iccid TEXT, number TEXT, began REAL)",
    ),
    # What has rotted is found: seal() is agent/sync/seal.py.
    (
        *_sealing("changes", "id", "at", "delivered", "added", "removed"),
        *_sealing("listings", *["slot", "iccid", "number", "calling_code", "mcc", "mnc", "imsi", "rent", "price", "began", "ident"]),
        *_sealing("quarantine", "number", "reason", "at", "form"),
        *_sealing("cards", *["iccid", "imsi", "mcc", "mnc", "mnc_length_from", "number", "calling_code", "number_from", "at"]),
        *_sealing("owners", "iccid", "number", "calling_code"),
        *_sealing("pins", "iccid", "salt", "digest", '"left"', "outcome", "salvaged"),
        *_sealing("enquiries", "iccid", "at"),
        *_sealing("lost", "what", "rows", "at"),
        *_sealing("beginnings", "iccid", "number", "began"),
    ),
    # Changes that the endpoint has heard of, many in a row; the oldest row comes first.
    ("CREATE TABLE past (packed BLOB)", *_sealing("past", "packed")),
)
NEWEST = len(STEPS)
SEALED = ("changes", "listings", "quarantine", "cards", "owners", "pins", "enquiries", "lost", "beginnings", "past")


def take(db: "Database", version: int, wall: float | None) -> None:
    """Step `version` and its record, inside the caller's transaction. `wall`: UNIX seconds, None while the clock is not right."""
    for statement in STEPS[version - 1]:
        db.execute(statement)
    # For people: a file says what was done to it, and when.
    db.execute("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, at REAL)")
    db.execute("INSERT OR REPLACE INTO migrations VALUES (?, ?)", [version, wall])
    db.execute(f"PRAGMA user_version = {version}")
