"""All slots at one moment -> the snapshot of what is on sale, why the others are not, and when to look again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from agent.sim.identity import Card, Iccid, Msisdn
from agent.slots.listing import Listing, Snapshot
from agent.slots.slot import FLAPPING, FLAPS, IN_SERVICE, Slot, State


@dataclass(frozen=True, slots=True)
class Offer:
    """What the owner set for one slot's listing."""

    slot: str
    rent: int = 0
    price: float | None = None


class Matter(Enum):
    """What keeps a slot off sale, in one word."""

    NO_CARD = "no card is known"
    SILENT = "nothing has been heard of its SIM for too long"
    NUMBERLESS = "its SIM has no number"
    UNSERVED = "no network serves its SIM"
    TWICE = "another slot has its SIM or its number"
    REFUSED = "the endpoint refuses its number"


@dataclass(frozen=True, slots=True)
class Roster:
    """`why` has one sentence for every slot that is not on sale, `ends` for every other the moment when its evidence is too old.

    `matters` has the same slots as `why`. `ends` and `look_again` are monotonic seconds; `look_again` None = when something happens.
    `refused` would be on the list, if the endpoint did not call their numbers malformed.
    """

    snapshot: Snapshot
    why: Mapping[str, str]
    look_again: float | None
    ends: Mapping[str, float] = field(default_factory=dict)
    refused: tuple[Listing, ...] = ()
    matters: Mapping[str, Matter] = field(default_factory=dict)


# How well a number is proven, best first: two slots that claim one number are decided by it.
_PROOF = {"config": 0, "table": 1, "cnum": 2, "ef_msisdn": 3, "phonebook": 4, "ussd": 5, "last_known": 6}

_REGISTRATION = {
    None: "the modem does not tell whether the SIM is registered: check antenna and modem",
    0: "not registered, and not searching: check the antenna, and whether the operator has switched the SIM off",
    2: "searching for a network: check the antenna",
    3: "the network refuses the SIM: ask its operator whether it is active and allowed here",
    4: "registration unknown: check the antenna",
    8: "emergency calls only: ask the SIM's operator whether it is active",
}


NUMBERLESS = "the SIM does not tell its number: give it one (simgate number set ICCID NUMBER, or [[card]] in the configuration)"


def roster(
    offers: Sequence[Offer],
    slots: Mapping[str, Slot],
    quarantined: Mapping[str, str],
    now: float,
    lease: float,
    *,
    require_registration: bool = True,
    numberless: str = NUMBERLESS,
) -> Roster:
    """What can be sold at `now`; `quarantined` maps a number (`+E.164`) to the reason why the endpoint refuses it.

    `numberless`: why a card that was read has no number.
    Without `require_registration` a card is sold whether or not a network serves it.
    """
    off: dict[str, tuple[Matter, str]] = {}
    found: list[tuple[Offer, Card, Msisdn]] = []
    withheld: list[Listing] = []
    ends: list[float] = []
    homes = _homes(offers, slots, now, lease)
    for offer in offers:
        slot = slots[offer.slot]
        card, matter = _sellable(slot, now, lease, numberless)
        if card is not None and require_registration:
            card, matter = _served(slot, card, now, lease)
        home = homes[card.iccid] if card else offer.slot
        if home != offer.slot:
            off[offer.slot] = Matter.TWICE, f"slot {home} has read this very SIM since: here the modem answers from memory; restart it"
            ends.append(slots[home].seen + lease + 0.001)
        elif card is None or card.msisdn is None:
            off[offer.slot] = matter
        elif (refused := quarantined.get(str(card.msisdn))) is not None:
            off[offer.slot] = Matter.REFUSED, f"the endpoint refuses the number {card.msisdn}: {refused}"
            withheld.append(_listing(offer, card, card.msisdn))
        else:
            found.append((offer, card, card.msisdn))
            ends.append(_ends(slot, lease, require_registration))
    listings = _one_claim_each(found, off)
    on_sale = {listing.slot: _ends(slots[listing.slot], lease, require_registration) for listing in listings}
    why, matters = {name: said for name, (_, said) in off.items()}, {name: matter for name, (matter, _) in off.items()}
    return Roster(Snapshot(tuple(listings)), why, min(ends, default=None), on_sale, tuple(withheld), matters)


def _homes(offers: Sequence[Offer], slots: Mapping[str, Slot], now: float, lease: float) -> dict[Iccid, str]:
    """Each card's slot: a card is in one, and where two answer for it, it went to the one that read it last."""
    homes: dict[Iccid, tuple[float, str]] = {}
    for offer in offers:
        slot = slots[offer.slot]
        if slot.card is not None and now - slot.seen <= lease:
            read_at = float("-inf") if slot.read_at is None else slot.read_at
            if slot.card.iccid not in homes or read_at > homes[slot.card.iccid][0]:
                homes[slot.card.iccid] = read_at, offer.slot
    return {iccid: name for iccid, (_, name) in homes.items()}


def _sellable(slot: Slot, now: float, lease: float, numberless: str) -> tuple[Card | None, tuple[Matter, str]]:
    card = slot.card
    if card is None:
        return None, (Matter.NO_CARD, _no_card(slot))
    if now - slot.seen > lease:
        silence = f"nothing heard of the SIM for {now - slot.seen:.0f} s: {slot.why or 'the modem is slow to answer'}"
        return None, (Matter.SILENT, silence)
    # Of a card that can be sold, the matter is read by nobody.
    return (None if card.msisdn is None else card), (Matter.NUMBERLESS, numberless)


def _served(slot: Slot, card: Card, now: float, lease: float) -> tuple[Card | None, tuple[Matter, str]]:
    in_service = slot.in_service is not None and now - slot.in_service <= lease
    return (card if in_service else None), (Matter.UNSERVED, unserved(slot))


def unserved(slot: Slot) -> str:
    """Why no network serves its SIM, as the modem told it last, or none that counts."""
    if slot.returned is not None:
        return f"its registration was lost more than {FLAPS} times in {FLAPPING / 60:.0f} minutes: it has to last before it counts"
    registration = None if slot.registration in IN_SERVICE else slot.registration
    return _REGISTRATION.get(registration, f"registration state {registration}: not in service")


def _ends(slot: Slot, lease: float, require_registration: bool) -> float:
    last = min(slot.seen, slot.in_service) if require_registration and slot.in_service is not None else slot.seen
    # Just past the end, so that looking then finds it over.
    return last + lease + 0.001


def _no_card(slot: Slot) -> str:
    match slot.state:
        case State.EMPTY:
            return "no SIM: the presence line says that the slot is empty"
        case State.SETTLING:
            return slot.why or "the presence line has just moved"
        case State.READING:
            return "the SIM is being read"
        case State.NO_SIM if slot.line:
            return f"line says present, modem sees no SIM: check the tray contact ({slot.why})"
        case _:
            return slot.why or "nothing known of this slot yet"


def _one_claim_each(found: Sequence[tuple[Offer, Card, Msisdn]], off: dict[str, tuple[Matter, str]]) -> list[Listing]:
    """The better-proven claim to a number keeps it; the other slot says why it does not."""
    holder: dict[Msisdn, str] = {}
    for offer, _, msisdn in sorted(found, key=lambda claim: _PROOF.get(claim[1].number_from or "", 9)):
        if msisdn in holder:
            off[offer.slot] = Matter.TWICE, f"slot {holder[msisdn]} already sells the number {msisdn}: one of the two is wrong"
        else:
            holder[msisdn] = offer.slot
    return [_listing(*claim) for claim in found if claim[0].slot not in off]


def _listing(offer: Offer, card: Card, msisdn: Msisdn) -> Listing:
    return Listing(offer.slot, card.iccid, msisdn, card.plmn, card.imsi, offer.rent, offer.price)
