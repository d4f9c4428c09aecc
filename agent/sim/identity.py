"""Identities of a SIM: parsed, checked, masked when printed in a log."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Iccid:
    """ICCID (ITU-T E.118, TS 102 221 13.2): 18 to 20 digits, hex letters kept; str() is masked."""

    digits: str

    @classmethod
    def parse(cls, text: str) -> "Iccid": ...


@dataclass(frozen=True, slots=True)
class Imsi:
    """IMSI (TS 23.003 2.2): 6 to 15 digits; str() is masked."""

    digits: str

    @classmethod
    def parse(cls, text: str) -> "Imsi": ...

    @property
    def mcc(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Plmn:
    """A network (TS 23.003 2.2): three digits MCC, two or three digits MNC; str() is `28967`."""

    mcc: str
    mnc: str


@dataclass(frozen=True, slots=True)
class Msisdn:
    """A subscriber number in E.164: `digits` without plus, `calling_code` as integer; str() is `+79407123456`."""

    digits: str
    calling_code: int


@dataclass(frozen=True, slots=True)
class Card:
    """What one SIM says of itself. None = not known, never guessed.

    `mnc_length_from`: "ef_ad", "mcc" or "list"; `number_from`: "config", "cnum", "ef_msisdn" or "phonebook".
    """

    iccid: Iccid
    imsi: Imsi | None = None
    plmn: Plmn | None = None
    mnc_length_from: str | None = None
    msisdn: Msisdn | None = None
    number_from: str | None = None
