"""Digits of identities -> digits of nobody, the same ones every time. Pure: chance comes in as a salt that nobody keeps."""

import hashlib

_ISSUER = 7  # ITU-T E.118: 89, country code and issuer are the first seven digits at most
_PLMN = 6  # TS 23.003 2.2: MCC and MNC are the first six digits at most
_TAC = 8  # TS 23.003 6.2.1: the type of modem; the serial number is the six behind it
_SUBSCRIBER = 6  # last digits of a number, the same ones in the national and the international form
_ICCID_CHECKED = 19  # E.118: with its check digit


class Pseudonyms:
    """Keeps length, letters and what is no person's: issuer, network, type of modem, the beginning of a number.

    Each replaced digit depends on the digits before it: one identity cut short becomes its pseudonym cut short, and two never become one.
    The first replaced digit is always another one.
    """

    def __init__(self, salt: bytes) -> None:
        self._salt = salt

    def iccid(self, digits: str) -> str:
        """ICCID without filler: 89, country and issuer stay; a right check digit stays right."""
        shown = self.behind(digits, _ISSUER, "iccid")
        checked = digits[:_ICCID_CHECKED]
        if len(checked) == _ICCID_CHECKED and _luhn(checked[:-1]) == checked[-1]:
            return shown[: _ICCID_CHECKED - 1] + _luhn(shown[: _ICCID_CHECKED - 1]) + shown[_ICCID_CHECKED:]
        return shown

    def imsi(self, digits: str) -> str:
        """IMSI: MCC and MNC stay."""
        return self.behind(digits, _PLMN, "imsi")

    def imei(self, digits: str) -> str:
        """IMEI with or without check digit, or IMEISV: TAC and software version stay."""
        shown = self.behind(digits[:14], _TAC, "imei")
        if len(digits) == 15:
            return shown + (_luhn(shown) if _luhn(digits[:14]) == digits[14] else digits[14])
        return shown + digits[14:]

    def number(self, text: str) -> str:
        """A number as it is written, blanks and signs included: its last six digits are replaced."""
        places = [at for at, letter in enumerate(text) if letter.isdecimal()][-_SUBSCRIBER:]
        shown = list(text)
        for at, digit in zip(places, self.behind("".join(text[at] for at in places), 0, "number"), strict=True):
            shown[at] = digit
        return "".join(shown)

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


def _luhn(digits: str) -> str:
    """The check digit of ITU-T E.118 and TS 23.003 annex B; "" where there are letters."""
    if not digits.isdecimal():
        return ""
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits)))
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)
