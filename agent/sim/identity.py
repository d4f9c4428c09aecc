"""Identities of a SIM: parsed, checked, masked when printed in a log."""

import re
from dataclasses import dataclass
from typing import Self

from agent.errors import IdentityError

# E.118 promises at most 19 digits, EF_ICCID (TS 102 221 13.2) holds 20 nibbles and cards use them all; some issuers put hex letters inside.
_ICCID = re.compile(r"89[0-9A-F]{16,18}")
# E.212 assigns no MCC of zones 1 and 8, and of zone 0 only the test network.
_IMSI = re.compile(r"(?:001|[2-79][0-9]{2})[0-9]{3,12}")
# E.164: 15 digits at most; no country has complete numbers of fewer than 7.
_MSISDN = re.compile(r"[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True)
class Iccid:
    """ICCID (ITU-T E.118, TS 102 221 13.2): 18 to 20 digits, hex letters kept; str() is masked."""

    digits: str

    def __post_init__(self) -> None:
        if not _ICCID.fullmatch(self.digits):
            raise IdentityError("this is no ICCID", "expected 18 to 20 digits that start with 89")

    @classmethod
    def parse(cls, text: str) -> Self:
        """From what a modem, EF_ICCID or a person wrote: blanks, quotes and one filler F go, `98..` is un-swapped; IdentityError."""
        nibbles = text.strip().strip('"').replace(" ", "")
        # Checked before upper(): some non-ASCII letters become "FF" there.
        if not nibbles.isascii():
            raise IdentityError("this is no ICCID", "only digits and the letters A to F may stand in it")
        nibbles = nibbles.upper()
        if nibbles.startswith("98") and len(nibbles) == 20:
            nibbles = "".join(high + low for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
        return cls(nibbles.removesuffix("F"))

    def __str__(self) -> str:
        return f"{self.digits[:4]}…{self.digits[-4:]}"

    def __repr__(self) -> str:
        return f"Iccid({self})"


@dataclass(frozen=True, slots=True)
class Imsi:
    """IMSI (TS 23.003 2.2): 6 to 15 digits; str() is masked."""

    digits: str

    def __post_init__(self) -> None:
        if not _IMSI.fullmatch(self.digits):
            raise IdentityError("this is no IMSI", "expected 6 to 15 digits that start with a country's MCC")

    @classmethod
    def parse(cls, text: str) -> Self:
        """From the answer to +CIMI or EF_IMSI, quotes allowed; IdentityError."""
        return cls(text.strip().strip('"'))

    @property
    def mcc(self) -> str:
        """Mobile country code, three digits."""
        return self.digits[:3]

    def __str__(self) -> str:
        # Five digits: the MNC of every length begins there and no digit of the subscriber does.
        return f"{self.digits[:5]}…"

    def __repr__(self) -> str:
        return f"Imsi({self})"


@dataclass(frozen=True, slots=True)
class Plmn:
    """A network (TS 23.003 2.2): three digits MCC, two or three digits MNC; str() is `28967`."""

    mcc: str
    mnc: str

    def __post_init__(self) -> None:
        if not (re.fullmatch(r"[0-9]{3}", self.mcc) and re.fullmatch(r"[0-9]{2,3}", self.mnc)):
            raise IdentityError("this is no network", "expected three digits MCC and two or three digits MNC")

    @classmethod
    def parse(cls, text: str) -> Self:
        """`28967` or `310260`: five digits have a two-digit MNC; IdentityError."""
        return cls(text[:3], text[3:])

    @property
    def code(self) -> int:
        """MCC and MNC as one integer: 28967."""
        return int(self.mcc + self.mnc)

    def __str__(self) -> str:
        return self.mcc + self.mnc


@dataclass(frozen=True, slots=True)
class Msisdn:
    """A subscriber number in E.164: `digits` without plus, `calling_code` as integer; str() is `+79407123456`."""

    digits: str
    calling_code: int

    def __post_init__(self) -> None:
        if not (_MSISDN.fullmatch(self.digits) and self.digits.startswith(str(self.calling_code))):
            raise IdentityError("this is no number in E.164", "expected 7 to 15 digits that start with their calling code")

    def __str__(self) -> str:
        return f"+{self.digits}"


@dataclass(frozen=True, slots=True)
class Card:
    """What one SIM says of itself. None = not known, never guessed.

    `mnc_length_from`: "ef_ad", "mcc" or "list"; `number_from`: "config" ([[card]]), "table" (`simgate number`), "cnum", "ef_msisdn",
    "phonebook", "ussd" or "last_known".
    """

    iccid: Iccid
    imsi: Imsi | None = None
    plmn: Plmn | None = None
    mnc_length_from: str | None = None
    msisdn: Msisdn | None = None
    number_from: str | None = None
