"""Simulated SIMs: what is on them, and an endless supply of plausible ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(eq=False, slots=True)
class SimulatedSim:
    """One SIM; `pin` set = asked for. `attempts` are on the card: they survive ejection.

    `mnc_length`: what EF_AD says, None = the octet is missing. `number_in`: "cnum", "ef_msisdn" or "phonebook", the first place where
    it can be found. `number_type`: 129, 145, 161 (TS 24.008 10.5.4.7); `written`: the number as it stands on the card.
    `registration`: +CREG stat (TS 27.007 7.2); `busy_for`: seconds after insertion. `ussd`: what its network answers to a code, as it
    stands behind `+CUSD: ` (TS 27.007 7.15); a code that is not there is never answered.
    """

    iccid: str
    imsi: str
    number: str | None = None
    mnc_length: int | None = 2
    number_in: str = "cnum"
    number_type: int = 145
    written: str | None = None
    alpha: str = ""
    pin: str | None = None
    attempts: int = 3
    puk_attempts: int = 10
    registration: int = 1
    busy_for: float = 0.0
    plmn: str = ""
    operator: str = "Simulated"
    visited: str = "90110"
    usim: bool = True
    record_length: int = 28
    ussd: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.plmn:
            self.plmn = self.imsi[: 3 + (self.mnc_length or 2)]
        if self.written is None and self.number is not None:
            self.written = self.number if self.number_type == 145 else self.number.lstrip("+")

    @property
    def serving(self) -> str:
        """The network it is registered in, `23415`; "" when it is not registered."""
        if self.registration in {1, 6, 9}:
            return self.plmn
        return self.visited if self.registration in {5, 7, 10} else ""

    def verify(self, pin: str) -> bool:
        """VERIFY PIN (TS 102 221 11.1.9): a wrong one costs an attempt, a right one gives them back."""
        if self.attempts == 0 or pin != self.pin:
            self.attempts = max(0, self.attempts - 1)
            return False
        self.attempts = 3
        return True


class Issuer(NamedTuple):
    """An operator: PLMN, ICCID prefix and length, and the first of its `numbers` that nobody will ever own."""

    name: str
    plmn: str
    mnc_length: int | None
    iccid: str
    length: int
    first: int
    numbers: int


# PLMNs as the ITU Operational Bulletin lists them; 208 has MNCs of both lengths. The numbers are kept for drama and fiction by Ofcom,
# NANPA (555-01XX), ARCEP, Bundesnetzagentur, PTS and ComReg.
ISSUERS = (
    Issuer("Vodafone UK", "23415", 2, "894415", 19, 447700900000, 1000),
    Issuer("T-Mobile US", "310260", 3, "8901260", 19, 12065550100, 100),
    Issuer("Orange F", "20801", 2, "893301", 19, 33639980000, 10000),
    Issuer("Rogers", "302720", 3, "89302720", 20, 14165550100, 100),
    Issuer("Telekom.de", "26201", 2, "894902", 19, 491713920000, 100),
    Issuer("Tele2 SE", "24007", None, "894607", 19, 46701740605, 95),
)
PLENTY = Issuer("3 Ireland", "27205", 2, "8935305", 19, 353209100000, 100000)


def luhn(digits: str) -> str:
    """The check digit of ITU-T E.118 and of an IMEI (ISO/IEC 7812-1)."""
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits)))
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def fresh(index: int) -> SimulatedSim:
    """SIM number `index` (0 to 99999), always the same one, no two alike: several countries, and every place where a number can stand."""
    issuer, serial = ISSUERS[index % len(ISSUERS)], index // len(ISSUERS)
    if serial >= issuer.numbers:
        issuer, serial = PLENTY, index
    account = issuer.iccid + f"{index:0{issuer.length - 1 - len(issuer.iccid)}d}"
    return SimulatedSim(
        iccid=account + luhn(account),
        imsi=issuer.plmn + f"{index:0{15 - len(issuer.plmn)}d}",
        number=f"+{issuer.first + serial}",
        mnc_length=issuer.mnc_length,
        number_in=("cnum", "cnum", "ef_msisdn", "cnum", "phonebook")[index % 5],
        plmn=issuer.plmn,
        operator=issuer.name,
        record_length=28 + 2 * (index % 4),
    )
