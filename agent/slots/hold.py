"""While the first list after a start is held back: what the list of before has lost for certain. Pure."""

from collections.abc import Collection, Mapping

from agent.sim.identity import Card, Msisdn
from agent.slots.listing import Listing, Snapshot
from agent.slots.slot import Slot, State

_NO_CARD_TO_SELL = (State.EMPTY, State.NO_SIM, State.LOCKED)


def kept(last: Snapshot, slots: Mapping[str, Slot], quarantined: Collection[str]) -> Snapshot:
    """`last` without the numbers whose card is known to be gone; `quarantined` are `+E.164`. Never more than `last`, never anew.

    A slot that has not spoken keeps its number, and so does a card that was read in another slot: the number is there.
    """
    cards = [slot.card for slot in slots.values() if slot.card is not None]
    found: dict[Msisdn, Listing] = {}
    for listing in last.listings:
        if str(listing.msisdn) not in quarantined and not _gone(listing, slots.get(listing.slot), cards):
            found.setdefault(listing.msisdn, listing)
    return Snapshot(tuple(found.values()))


def unheard(last: Snapshot, slots: Mapping[str, Slot]) -> list[str]:
    """The slots of `last` that have not spoken yet, in its order."""
    return [listing.slot for listing in last.listings if listing.slot in slots and not slots[listing.slot].spoken]


def _gone(listing: Listing, slot: Slot | None, cards: Collection[Card]) -> bool:
    if slot is None:
        return True  # no slot of that name any more: its port_id does not exist
    if not slot.spoken or any(_tells(card, listing) for card in cards):
        return False
    if slot.card is not None:
        return True
    return slot.state in _NO_CARD_TO_SELL or slot.half_read not in (None, listing.iccid)


def _tells(card: Card, listing: Listing) -> bool:
    return card.msisdn == listing.msisdn or (card.msisdn is None and card.iccid == listing.iccid)
