"""The tables of the database as numbered steps: step N makes version N of version N - 1, for good."""

from sqlite_utils import Database

OURS = 0x53494D47  # application_id, "SIMG"

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
    # Changes that the endpoint has heard of, many in a row; the oldest row comes first.
    ("CREATE TABLE past (packed BLOB)",),
)
NEWEST = len(STEPS)


def take(db: Database, version: int, wall: float | None) -> None:
    """Step `version` and its record, inside the caller's transaction. `wall`: UNIX seconds, None while the clock is not right."""
    for statement in STEPS[version - 1]:
        db.execute(statement)
    # For people: a file says what was done to it, and when.
    db.execute("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, at REAL)")
    db.execute("INSERT OR REPLACE INTO migrations VALUES (?, ?)", [version, wall])
    db.execute(f"PRAGMA user_version = {version}")
