"""What came on the list and went from it, and when the endpoint heard of it: from the changes, and from the past, in the database."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from agent.slots.listing import Listing
from agent.sync import rows
from agent.sync.changes import Row, from_text, packed, unpacked

LONGEST = 10_000  # entries of one answer
SEVERAL = 8  # changes that go into the past together: each alone would cost a page more
ROOM = 60_000  # octets of the past: some 2,500 changes of one number
UNDATED = 1  # `delivered` of a change that the endpoint has, nobody knows since when; of others it is UNIX seconds, 0 = not yet

Entry = dict[str, Any]
Query = Callable[[str], Iterable[Sequence[Any]]]
Execute = Callable[[str, Sequence[Any]], Any]

CHANGES = "SELECT id, at, added, removed, delivered FROM changes"
PAST = "SELECT packed FROM past ORDER BY rowid DESC"
LISTINGS = f"SELECT {', '.join(rows.LISTING)}, began FROM listings ORDER BY began DESC"


@dataclass(frozen=True, slots=True)
class Wish:
    """What of it: of one slot, one number (digits alone), since then (UNIX seconds); the newest `limit` entries."""

    slot: str | None = None
    number: str | None = None
    since: float | None = None
    limit: int = 100


def marked(changes: Iterable[Sequence[Any]], heard: int, heard_at: int) -> Iterator[Row]:
    """Newest first. Only the last of the changes that went out together is marked, and that not at once: `heard` is the newest of all."""
    reached = heard_at
    for change, at, came, went, mark in changes:
        reached = mark or reached
        yield change, at, came, went, reached if change <= heard else 0


def put_away(execute: Execute, heard: int, heard_at: int) -> bool:
    """What came before the change `heard` goes into the past, SEVERAL changes at once; what there is no room for is forgotten.

    Inside the caller's transaction. Whether anything went.
    """
    gone = execute(f"{CHANGES} WHERE id < ? ORDER BY id DESC", [heard]).fetchall()
    if len(gone) < SEVERAL:
        return False
    execute("INSERT INTO past (packed) VALUES (?)", [packed(list(marked(gone, heard, heard_at)))])
    execute("DELETE FROM changes WHERE id < ?", [heard])
    room = "SELECT rowid, sum(length(packed)) OVER (ORDER BY rowid DESC) AS so_far FROM past"
    execute(f"DELETE FROM past WHERE rowid <= (SELECT max(rowid) FROM ({room}) WHERE so_far > ?)", [ROOM])
    return True


def told(query: Query, wish: Wish, heard: int, heard_at: int) -> list[Entry]:
    """Oldest first, read row by row from the newest on, and no further than is wished."""
    found: list[Entry] = []
    came: set[str] = set()
    past = chain.from_iterable(unpacked(packed) for (packed,) in query(PAST))
    for change, at, added, removed, mark in chain(marked(query(f"{CHANGES} ORDER BY id DESC"), heard, heard_at), past):
        if wish.since is not None and at is not None and at < wish.since:
            continue
        for what, listing, slots in _moves(from_text(added), from_text(removed)):
            came |= {listing.msisdn.digits} if what != "went" else set()
            if wish.slot in (None, *slots) and wish.number in (None, listing.msisdn.digits):
                found.append(_entry(what, listing, at, mark, change))
                if len(found) == wish.limit:
                    return found[::-1]
    # Of what came so long ago that its change is forgotten, the list itself knows when it began.
    for *row, began in query(LISTINGS):
        listing = rows.to_listing(row)
        fits = wish.slot in (None, listing.slot) and wish.number in (None, listing.msisdn.digits)
        if fits and listing.msisdn.digits not in came and len(found) < wish.limit and (wish.since is None or (began or 0.0) >= wish.since):
            found.append(_entry("came", listing, began, UNDATED, None))
    return found[::-1]


def of_file(path: Path, wish: Wish) -> list[Entry]:
    """The same from the file, while no agent has it open. StoreError."""
    from agent.sync.unopened import read  # noqa: PLC0415  of use to nobody whose agent answers

    with read(path) as db:
        marks = db.execute("SELECT id, delivered FROM changes WHERE delivered ORDER BY id DESC LIMIT 1").fetchall()
        heard, heard_at = marks[0] if marks else (0, 0)
        return told(db.execute, wish, heard, heard_at)


def _moves(came: Sequence[Listing], went: Sequence[Listing]) -> Iterator[tuple[str, Listing, set[str]]]:
    """Newest first: a number that came and went in one change is one that has changed slot, operator or price."""
    before, after = {one.msisdn: one for one in went}, {one.msisdn for one in came}
    for listing in came:
        old = before.get(listing.msisdn)
        yield ("came" if old is None else "changed"), listing, {listing.slot, old.slot if old else listing.slot}
    for listing in went:
        if listing.msisdn not in after:
            yield "went", listing, {listing.slot}


def _entry(what: str, listing: Listing, at: float | None, mark: int, change: int | None) -> Entry:
    return {
        "change": change,
        "at": at,
        "what": what,
        "number": str(listing.msisdn),
        "slot": listing.slot,
        "iccid": listing.iccid.digits,
        "operator": str(listing.plmn) if listing.plmn else None,
        "reached": mark if mark > UNDATED else None,
        "pending": not mark,
    }
