"""Digits of identities -> digits of nobody, the same ones every time. Pure: chance comes in as a salt that nobody keeps."""

import hashlib

from agent.sim import plan
from agent.sim.numbering import region

_ISSUER = 7  # ITU-T E.118: 89, country code and issuer are the first seven digits at most
_PLMN = 6  # TS 23.003 2.2: MCC and MNC are the first six digits at most
_TAC = 8  # TS 23.003 6.2.1: the type of modem; the serial number is the six behind it
_SUBSCRIBER = 6  # last digits of a number, the same ones in the national and the international form
_ICCID_CHECKED = 19  # E.118: with its check digit
_TRIES = [(keep, turn) for keep in range(3) for turn in range(64)]  # in small countries fewer digits are free


class Pseudonyms:
    """Keeps length, letters and what is no person's: issuer, network, type of modem, the beginning of a number.

    Each replaced digit depends on the digits before it: an identity cut short becomes its pseudonym cut short, and two cards never become
    one. The first replaced digit is always another one.
    """

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self._mcc: str | None = None
        self._subscribers: dict[str, str] = {}

    def iccid(self, digits: str) -> str:
        """ICCID without filler: 89, country and issuer stay; a right check digit stays right."""
        shown = self.behind(digits, _ISSUER, "iccid")
        checked = digits[:_ICCID_CHECKED]
        if len(checked) == _ICCID_CHECKED and _luhn(checked[:-1]) == checked[-1]:
            return shown[: _ICCID_CHECKED - 1] + _luhn(shown[: _ICCID_CHECKED - 1]) + shown[_ICCID_CHECKED:]
        return shown

    def imsi(self, digits: str) -> str:
        """IMSI: MCC and MNC stay; its country is where numbers are at home from now on."""
        self._mcc = digits[:3] if region(digits[:3]) else self._mcc
        return self.behind(digits, _PLMN, "imsi")

    def imei(self, digits: str) -> str:
        """IMEI with or without check digit, or IMEISV: TAC and software version stay."""
        shown = self.behind(digits[:14], _TAC, "imei")
        if len(digits) == 15:
            return shown + (_luhn(shown) if _luhn(digits[:14]) == digits[14] else digits[14])
        return shown + digits[14:]

    def number(self, text: str) -> str:
        """A number as it is written, blanks and signs included: its last six digits are others, and number plans read it as before.

        Where the plans are so narrow that no six others will do, five or four are replaced.
        """
        places = [at for at, letter in enumerate(text) if letter.isdecimal()][-_SUBSCRIBER:]
        subscriber = "".join(text[at] for at in places)
        if subscriber not in self._subscribers:
            wanted = self._reading(text)
            tries = (self.behind(subscriber, keep, f"number {turn}") for keep, turn in _TRIES)
            fitting = (one for one in tries if self._reading(_with(text, places, one)) == wanted)
            self._subscribers[subscriber] = next(fitting, self.behind(subscriber, 0, "number"))
        return _with(text, places, self._subscribers[subscriber])

    def _reading(self, text: str) -> tuple[int | None, tuple[int, str | None] | None]:
        """Calling code of what it may be, calling code and region of what it is in the plans."""
        digits = "".join(filter(str.isdecimal, text))
        homes = [home] if self._mcc and (home := region(self._mcc)) else []
        may_be, there_is = plan.possible(f"+{digits}"), plan.completed(digits, homes)
        return may_be.calling_code if may_be else None, (there_is.calling_code, plan.region_of(there_is, None)) if there_is else None

    def behind(self, digits: str, keep: int, kind: str) -> str:
        """All digits behind the first `keep` letters replaced; what is no digit stays."""
        shown = digits[:keep]
        first = True
        for at in range(keep, len(digits)):
            if not digits[at].isdecimal():
                shown += digits[at]
                continue
            chance = hashlib.sha256(self._salt + f"{kind} {digits[:at]}".encode()).digest()[0]
            shown += str((int(digits[at]) + (1 + chance % 9 if first else chance % 10)) % 10)
            first = False
        return shown


def _with(text: str, places: list[int], digits: str) -> str:
    """`text` with these digits at these places."""
    shown = list(text)
    for at, digit in zip(places, digits, strict=True):
        shown[at] = digit
    return "".join(shown)


def _luhn(digits: str) -> str:
    """The check digit of ITU-T E.118 and TS 23.003 annex B; "" where there are letters."""
    if not digits.isdecimal():
        return ""
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits)))
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)
