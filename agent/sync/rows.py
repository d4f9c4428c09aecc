"""Listings and cards as rows of plain values, for SQLite and JSON, and back. Pure."""

from collections.abc import Sequence
from typing import Any

from agent.sim.identity import Card, Iccid, Imsi, Msisdn, Plmn
from agent.slots.listing import Listing

LISTING = {
    "slot": str,
    "iccid": str,
    "number": str,
    "calling_code": int,
    "mcc": str,
    "mnc": str,
    "imsi": str,
    "rent": int,
    "price": float,
}
CARD = {
    "iccid": str,
    "imsi": str,
    "mcc": str,
    "mnc": str,
    "mnc_length_from": str,
    "number": str,
    "calling_code": int,
    "number_from": str,
}


def from_listing(listing: Listing) -> list[Any]:
    """In the order of LISTING."""
    plmn = listing.plmn
    return [
        listing.slot,
        listing.iccid.digits,
        listing.msisdn.digits,
        listing.msisdn.calling_code,
        plmn and plmn.mcc,
        plmn and plmn.mnc,
        listing.imsi and listing.imsi.digits,
        listing.rent,
        listing.price,
    ]


def to_listing(row: Sequence[Any]) -> Listing:
    """From the values in the order of LISTING. IdentityError, TypeError or ValueError when it is none."""
    slot, iccid, number, calling_code, mcc, mnc, imsi, rent, price = row
    plmn = Plmn(mcc, mnc) if mcc else None
    return Listing(slot, Iccid(iccid), Msisdn(number, calling_code), plmn, Imsi(imsi) if imsi else None, rent, price)


def from_card(card: Card) -> list[Any]:
    """In the order of CARD."""
    plmn, msisdn = card.plmn, card.msisdn
    return [
        card.iccid.digits,
        card.imsi and card.imsi.digits,
        plmn and plmn.mcc,
        plmn and plmn.mnc,
        card.mnc_length_from,
        msisdn and msisdn.digits,
        msisdn and msisdn.calling_code,
        card.number_from,
    ]


def to_card(row: Sequence[Any]) -> Card:
    """From the values in the order of CARD. IdentityError, TypeError or ValueError when it is none."""
    iccid, imsi, mcc, mnc, mnc_length_from, number, calling_code, number_from = row
    plmn = Plmn(mcc, mnc) if mcc else None
    msisdn = Msisdn(number, calling_code) if number else None
    return Card(Iccid(iccid), Imsi(imsi) if imsi else None, plmn, mnc_length_from, msisdn, number_from)
