"""Why a number comes on the list or leaves it, in one sentence. Pure."""

from collections.abc import Iterator, Mapping

from agent.slots.guard import Fading
from agent.slots.roster import Matter, Roster
from agent.slots.slot import Slot


def added(number: str, found: Roster, slots: Mapping[str, Slot]) -> str:
    """Why `number` (`+E.164`) is on the list of now; it begins with the slot."""
    for listing in found.snapshot.listings:
        if str(listing.msisdn) == number:
            card = slots[listing.slot].card
            return f"{listing.slot}: the SIM is in and can be sold (number from {card.number_from if card else None})"
    return "it was on the list a moment ago"


def removed(number: str, slot: str | None, found: Roster) -> str:
    """Why `number`, listed in `slot` before (None = nobody knows where), is not on the list of now; it begins with the slot."""
    if any(str(listing.msisdn) == number for listing in found.snapshot.listings):
        return "it is on the list again since a moment"
    if slot is None:
        return "no slot holds its SIM"
    if slot in found.why:
        return f"{slot}: {found.why[slot]}"
    for listing in found.snapshot.listings:
        if listing.slot == slot:
            return f"{slot}: the slot sells another number, {listing.msisdn}"
    return f"{slot}: the slot is no longer configured"


def on_lease(fading: Fading) -> str:
    """Why a number that is listed may leave soon; without its slot."""
    return f"on its lease, {fading.seconds:.0f} s left: {fading.why}"


def news(before: Roster, after: Roster) -> Iterator[tuple[str, str]]:
    """Each slot whose sale has begun, has ended, or is kept from it by another matter than before, and what to say of it."""
    for slot in {**before.matters, **after.matters}:
        was, matter = before.matters.get(slot), after.matters.get(slot)
        if matter is None:
            yield slot, "on sale"
        elif matter is not was:
            # Where no card is known, the state of the slot has just been told, and says why.
            why = "" if matter is Matter.NO_CARD else f": {after.why[slot]}"
            if was is None or why:
                yield slot, f"{'off sale' if was is None else 'not on sale'}{why}"
