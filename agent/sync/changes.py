"""What came to a list and what went from it: as text for the database, and two changes told as one. Pure."""

import json
from collections.abc import Sequence

from agent.slots.listing import Listing
from agent.sync import rows

Difference = tuple[Sequence[Listing], Sequence[Listing]]  # added, removed


def to_text(listings: Sequence[Listing]) -> str:
    """JSON, each listing in the order of rows.LISTING."""
    return json.dumps([rows.from_listing(listing) for listing in listings], separators=(",", ":"))


def from_text(text: str) -> tuple[Listing, ...]:
    """What to_text made. ValueError or TypeError when it did not."""
    return tuple(rows.to_listing(row) for row in json.loads(text))


def merged(first: Difference, second: Difference) -> Difference:
    """Both, one after the other: what came and went again, or went and came back, is no difference."""
    (came, went), (came_then, went_then) = first, second
    added = [item for item in (*came, *came_then) if item not in (went_then if item in came else went)]
    removed = [item for item in (*went, *went_then) if item not in (came_then if item in went else came)]
    return added, removed
