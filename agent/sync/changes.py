"""What came to a list and what went from it: as text for the database, many packed for the past, two told as one. Pure."""

import json
import zlib
from collections.abc import Sequence
from typing import Any

from agent.slots.listing import Listing
from agent.sync import rows

Row = tuple[int, float | None, str, str, int]  # id, at, added, removed, delivered
Difference = tuple[Sequence[Listing], Sequence[Listing]]  # added, removed


def to_text(listings: Sequence[Listing]) -> str:
    """JSON, each listing in the order of rows.LISTING."""
    return json.dumps([rows.from_listing(listing) for listing in listings], separators=(",", ":"))


def from_text(text: str) -> tuple[Listing, ...]:
    """What to_text made. ValueError or TypeError when it did not."""
    return tuple(rows.to_listing(row) for row in json.loads(text))


def packed(changes: Sequence[Row]) -> bytes:
    """Many changes, newest first, in a fifth of their room."""
    return zlib.compress(json.dumps(changes, separators=(",", ":")).encode(), 9)


def unpacked(octets: bytes) -> list[Row]:
    """What packed() made. ValueError or TypeError when it did not."""
    try:
        found: list[Any] = json.loads(zlib.decompress(octets))
    except zlib.error as error:
        raise ValueError("this was not packed") from error
    return [(change, at, came, went, mark) for change, at, came, went, mark in found]


def merged(first: Difference, second: Difference) -> Difference:
    """Both, one after the other: what came and went again, or went and came back, is no difference."""
    (came, went), (came_then, went_then) = first, second
    added = [item for item in (*came, *came_then) if item not in (went_then if item in came else went)]
    removed = [item for item in (*went, *went_then) if item not in (came_then if item in went else came)]
    return added, removed
