"""The list of numbers on sale: the one value that the roster makes and the endpoint is owed."""

from dataclasses import dataclass

from agent.sim.identity import Iccid, Imsi, Msisdn, Plmn


@dataclass(frozen=True, slots=True)
class Listing:
    """One number on sale in one slot; `rent` 0 or 1; `price` only when the owner set one."""

    slot: str
    iccid: Iccid
    msisdn: Msisdn
    plmn: Plmn | None = None
    imsi: Imsi | None = None
    rent: int = 0
    price: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every number on sale at one moment, in the order of the slots; equal when the endpoint would see the same."""

    listings: tuple[Listing, ...] = ()
