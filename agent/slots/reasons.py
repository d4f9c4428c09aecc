"""Why a number comes on the list or leaves it, in one sentence that begins with its slot. Pure."""

from collections.abc import Mapping

from agent.slots.guard import Fading
from agent.slots.roster import Roster
from agent.slots.slot import Slot


def added(number: str, found: Roster, slots: Mapping[str, Slot]) -> str:
    """Why `number` (`+E.164`) is on the list of now."""
    for listing in found.snapshot.listings:
        if str(listing.msisdn) == number:
            card = slots[listing.slot].card
            return f"{listing.slot}: the SIM is in and can be sold (number from {card.number_from if card else None})"
    return "it was on the list a moment ago"


def removed(number: str, slot: str | None, found: Roster) -> str:
    """Why `number`, listed in `slot` before (None = nobody knows where), is not on the list of now."""
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
